"""Kills, redactions, holds and requests of a plain story (``plain_story``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from tests.stories.plain_parts import Account, Plain, require
from tracker.stories import commands
from tracker.stories.commands import Command
from tracker.stories.desk import CorrectionAct, DeskAct, KillAct, RedactionAct
from tracker.stories.knowledge import HoldKind, HoldReason


@dataclass
class Hold:
    target: str
    kind: HoldKind
    reason: HoldReason
    until: datetime | None
    lifted: bool = False


@dataclass
class Request:
    act: DeskAct | None
    report_id: str
    #: The number of versions then.
    version: int
    by: str
    state: str = "waiting"


class PlainDesk(Plain):
    """What the desk does."""

    if TYPE_CHECKING:
        # Of the reports (``plain_story``), of which the desk corrects one.
        def correct(self, asked: Any, issued_by: str) -> None: ...

    def acts(self, command: Command) -> bool:
        """Carry out ``command`` if it is one of the desk's."""
        match command:
            case commands.KillReport():
                self.require_right(command.by, self.report(command.report_id).outlet)
                self._kill(command, "outlet")
            case commands.RedactContent():
                self._redact(command.target)
            case commands.PlaceHold():
                self._place(command)
            case commands.LiftHold():
                require(command.hold_id in self.holds, "unknown-hold")
                self.revision += not self.holds[command.hold_id].lifted
                self.holds[command.hold_id].lifted = True
            case commands.RequestAct():
                self._request(command)
            case commands.ApproveAct():
                self._approve(command)
            case commands.DeclineAct():
                self._decline(command)
            case _:
                return False
        return True

    # ---- Kills

    def _kill(self, asked: Any, issued_by: str) -> None:
        report = self.report(asked.report_id)
        require(asked.successor != asked.report_id, "relation-to-itself")
        if asked.successor is not None:
            self.report(asked.successor)
        if report.killed:
            require((report.killed, report.killed_by) == (asked.public_note, issued_by), "killed-already")
            return
        report.killed, report.killed_by = asked.public_note, issued_by
        self._forget_what_rested_on(asked.report_id)
        self.revision += 1

    def _forget_what_rested_on(self, report_id: str) -> None:
        fallen = {name for name in self.claims if self.has_fallen(name) and self._appears_in(name, report_id)}
        self.relations = {
            name: each
            for name, each in self.relations.items()
            if not fallen & set(each.ends()) and not (each.basis and each.basis.report_id == report_id)
        }
        left = {
            name: [each for each in accounts if not (each.basis and each.basis.report_id == report_id)]
            for name, accounts in self.occurrences.items()
        }
        self.occurrences = {name: accounts for name, accounts in left.items() if accounts}
        for request in self.requests.values():
            if request.report_id == report_id:
                request.act = None

    def _appears_in(self, claim_id: str, report_id: str) -> bool:
        return any(each.report_id == report_id for each in self.claims[claim_id].appearances)

    # ---- Redactions

    def _versions(self, target: str) -> tuple[str, list[int]]:
        report_id, _, number = target.partition("/")
        require(report_id in self.reports, "unknown-target")
        numbers = list(range(1, len(self.reports[report_id].versions) + 1))
        found = [each for each in numbers if not number or str(each) == number]
        require(bool(found), "unknown-target")
        return report_id, found

    def _redact(self, target: str) -> None:
        report_id, numbers = self._versions(target)
        report = self.reports[report_id]
        if all(report.versions[each - 1].redacted for each in numbers):
            return
        for held in self.holds.values():
            kept = held.kind is HoldKind.PRESERVATION and not held.lifted
            require(not (kept and held.target in (report_id, self.story_id)), "preserved")
        for each in report.repeats if not report.killed else ():
            readable = not report.versions[each - 1].redacted
            require(not (readable and each - 1 in numbers and each not in numbers), "words-repeated")
        for each in numbers:
            report.versions[each - 1].redacted = True
        self._forget_words(report_id, numbers)
        self.revision += 1

    def _forget_words(self, report_id: str, numbers: list[int]) -> None:
        for relation in self.relations.values():
            if relation.basis and relation.basis.report_id == report_id and relation.basis.version in numbers:
                relation.basis = msgspec.structs.replace(relation.basis, text="")
        for accounts in self.occurrences.values():
            for at, each in enumerate(accounts):
                if each.basis and each.basis.report_id == report_id and each.basis.version in numbers:
                    accounts[at] = Account("", None, None, (), msgspec.structs.replace(each.basis, text=""))
        for request in self.requests.values():
            about = request.report_id == report_id and not isinstance(request.act, RedactionAct)
            if about and {request.version, request.version + 1} & set(numbers):
                request.act = None

    # ---- Holds

    def _place(self, command: commands.PlaceHold) -> None:
        if command.target != self.story_id:
            self.report(command.target)
        require(command.reason is not HoldReason.EMBARGO or command.until is not None, "embargo-without-end")
        made = Hold(command.target, command.kind, command.reason, command.until)
        if made in self.holds.values():
            return
        self._hold(command.hold_id, made)

    def embargo(self, report_id: str, hold_id: str, until: datetime) -> None:
        """Of a filing."""
        self._hold(hold_id, Hold(report_id, HoldKind.PUBLICATION, HoldReason.EMBARGO, until))

    def _hold(self, hold_id: str, made: Hold) -> None:
        require(hold_id not in self.holds, "id-taken")
        self.holds[hold_id] = made
        self.revision += 1

    # ---- Requests

    def _request(self, command: commands.RequestAct) -> None:
        # The newsroom's setting asks for a second person.
        require(command.alone_because is None, "second-person-needed")
        if any(each.state == "waiting" and each.act == command.act for each in self.requests.values()):
            return
        kept = self.copied()
        self._done(command.act)
        changed = self.revision != kept["revision"]
        self.__dict__.update(kept)
        if not changed:
            return
        require(command.act_id not in self.requests, "id-taken")
        named = command.act.target if isinstance(command.act, RedactionAct) else command.act.report_id
        report_id = named.partition("/")[0]
        count = len(self.reports[report_id].versions)
        self.requests[command.act_id] = Request(command.act, report_id, count, command.by.id)
        self.revision += 1

    def _done(self, act: DeskAct) -> None:
        match act:
            case CorrectionAct():
                self.correct(act, "desk")
            case KillAct():
                self._kill(act, "desk")
            case RedactionAct():
                self._redact(act.target)

    def _approve(self, command: commands.ApproveAct) -> None:
        require(command.act_id in self.requests, "unknown-request")
        request = self.requests[command.act_id]
        if request.state == "approved":
            return
        require(request.state == "waiting" and request.act is not None, "request-decided")
        require(request.by != command.by.id, "second-person-needed")
        versions = len(self.reports[request.report_id].versions)
        whole = isinstance(request.act, RedactionAct) and "/" not in request.act.target
        stale = (isinstance(request.act, CorrectionAct) or whole) and versions != request.version
        require(not stale, "request-decided")
        request.state = "approved"
        self.revision += 1
        self._done(request.act)

    def _decline(self, command: commands.DeclineAct) -> None:
        require(command.act_id in self.requests, "unknown-request")
        request = self.requests[command.act_id]
        if request.state != "declined":
            require(request.state == "waiting", "request-decided")
            request.state = "declined"
            self.revision += 1
