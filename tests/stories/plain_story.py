"""A story told slowly, from the rules alone: dicts, lists, and everything reckoned anew whenever it is asked for.

``PlainStory.do(command)`` carries a command out and says how many events it makes, or raises ``Refused`` with the name
of the refusal. ``view`` is what a state shows, of this or (``view_of``) of the tracker's own.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from tests.stories import plain_standing
from tests.stories.plain_desk import PlainDesk
from tests.stories.plain_marks import PlainMarks
from tests.stories.plain_parts import Refused, Version, require
from tests.stories.plain_text import places
from tracker.stories import commands
from tracker.stories.commands import Command, FileReport
from tracker.stories.story import Story
from tracker.stories.values import Content, CorrectionKind, with_block_ids

__all__ = ["PlainStory", "Refused", "view_of"]


class PlainStory(PlainMarks, PlainDesk):
    """One story."""

    def do(self, command: Command) -> int:
        """Carry ``command`` out, or change nothing. Returns the number of events."""
        kept = self.copied()
        before = self.revision
        try:
            self._do(command)
        except Refused:
            self.__dict__.update(kept)
            raise
        return self.revision - before

    def _do(self, command: Command) -> None:
        match command:
            case commands.EditStory():
                self._edit(command)
            case commands.CloseStory() | commands.ReopenStory():
                if self.closed != isinstance(command, commands.CloseStory):
                    self.closed = not self.closed
                    self.revision += 1
            case FileReport():
                self._file(command)
            case commands.UpdateReport():
                report = self.report(command.report_id)
                self.require_right(command.by, report.outlet)
                self._next(command.report_id, command.content)
            case commands.CorrectReport():
                self.require_right(command.by, self.report(command.report_id).outlet)
                self.correct(command, "outlet")
            case _ if self.marks(command) or self.acts(command):
                pass
            case _:
                raise AssertionError(command)

    def _edit(self, command: commands.EditStory) -> None:
        said = {name: getattr(command, name) for name in ("title", "summary", "topics", "urgency")}
        changed = {name: value for name, value in said.items() if value is not UNSET and value != self.said[name]}
        self.said |= changed
        self.revision += bool(changed)

    # ---- Reports

    def _file(self, command: FileReport) -> None:
        self.require_right(command.by, command.outlet)
        known = self._at(command.outlet.id, command.uri) or (
            command.report_id if command.report_id in self.reports else None
        )
        if known is None:
            return self._file_new(command)
        report = self.reports[known]
        require(not report.killed, "report-killed")
        require((report.outlet.id, report.known_uri) == (command.outlet.id, command.uri), "report-id-taken")
        if command.as_next_version:
            return self._ride(command, known) if self._next(known, command.content) else None
        same = [each for each in (report.versions[0], report.versions[-1]) if each.says(command.content)]
        require(bool(same), "report-exists")
        return None

    def _at(self, outlet_id: str, uri: str | None) -> str | None:
        found = [
            name
            for name, report in self.reports.items()
            if uri and (report.outlet.id, report.uri) == (outlet_id, uri) and not report.versions[0].redacted
        ]
        return found[-1] if found else None

    def _file_new(self, command: FileReport) -> None:
        require(not self.closed, "story-closed")
        for each in command.cites:
            self.report(each)
        self.revision += 1
        self.add_report(command, _numbered(command.content, None, 0))
        self._ride(command, command.report_id)
        # Of what was destroyed the log still knows that it was there.
        name = (command.outlet.id, command.uri or command.report_id)
        require(name not in self.filed, "redacted")
        self.filed.add(name)

    def _ride(self, command: FileReport, report_id: str) -> None:
        if command.embargoed_until is not None:
            self.embargo(report_id, command.hold_id, command.embargoed_until)
        self.ride_along(command, report_id)

    def _next(self, report_id: str, content: Content) -> bool:
        report = self.reports[report_id]
        require(not report.killed, "report-killed")
        if report.versions[-1].says(content):
            return False
        require(not self.closed, "story-closed")
        self._add_version(report_id, content)
        return True

    def _add_version(self, report_id: str, content: Content) -> None:
        report = self.reports[report_id]
        numbered = _numbered(content, report.latest, report.blocks_used)
        self.revision += 1
        report.versions.append(Version(numbered, self.revision))
        report.blocks_used = max([report.blocks_used, *(int((block.id or "b0")[1:]) for block in numbered.blocks)])

    def correct(self, asked: Any, issued_by: str) -> None:
        """A correction, whoever issues it."""
        report = self.report(asked.report_id)
        require(not report.killed, "report-killed")
        if report.versions[-1].says(asked.content):
            if (len(report.versions), asked.note, asked.kind, issued_by) == report.last_correction:
                return
            require(asked.kind is not CorrectionKind.CORRECTION, "nothing-corrected")
        require(not self.closed, "story-closed")
        if asked.passages:
            require(not report.versions[-1].redacted, "content-redacted")
        for passage in asked.passages:
            found = places(report.latest, passage)
            require(len(found) == 1, "passage-ambiguous" if found else "passage-not-found")
        self._add_version(asked.report_id, asked.content)
        report.corrections.append((len(report.versions), asked.note, asked.kind, issued_by))
        if asked.passages:
            report.repeats.add(len(report.versions))

    # ---- What it shows

    def view(self) -> dict[str, Any]:
        """All that is compared."""
        return {
            "revision": self.revision,
            "closed": self.closed,
            "said": self.said,
            "reports": {name: report.view() for name, report in self.reports.items()},
            "claims": {name: self.claim_view(name) for name in self.claims},
            "relations": {name: each.view() for name, each in self.relations.items()},
            "occurrences": {name: [each.title for each in accounts] for name, accounts in self.occurrences.items()},
            "links": dict(self.links),
            "holds": {name: (each.target, each.kind, each.reason, each.lifted) for name, each in self.holds.items()},
            "requests": {name: (each.state, each.act is not None) for name, each in self.requests.items()},
            "withdrawn": set(self.withdrawn),
            "standings": {name: plain_standing.of(self, name) for name in self.claims},
        }


def view_of(story: Story, plain: PlainStory) -> dict[str, Any]:
    """The same of a state of the tracker; standings of which the plain one says nothing are left out."""
    return {
        "revision": story.revision,
        "closed": story.status == "closed",
        "said": {name: getattr(story, name) for name in plain.said},
        "reports": {
            name: (
                [(each.revision, each.redacted) for each in report.versions],
                report.kill.public_note if report.kill else None,
                [block.text for block in report.content.blocks],
                len(report.corrections),
            )
            for name, report in story.reports.items()
        },
        "claims": {
            name: (
                claim.statement,
                [
                    (each.number, each.report_id, each.version, each.selector.exact, each.found_in)
                    for each in claim.appearances
                ],
                sorted(claim.relations),
            )
            for name, claim in story.claims.items()
        },
        "relations": {
            name: (each.source.claim_id, each.relation, each.target.claim_id, each.basis.text if each.basis else None)
            for name, each in story.relations.items()
        },
        "occurrences": {name: [each.title for each in found.accounts] for name, found in story.occurrences.items()},
        "links": {name: (each.story_id, each.relation, each.inverse) for name, each in story.links.items()},
        "holds": {
            name: (each.target, each.kind, each.reason, each.lifted is not None) for name, each in story.holds.items()
        },
        "requests": {name: (each.state.value, each.act is not None) for name, each in story.requests.items()},
        "withdrawn": set(story.withdrawn),
        "standings": {name: plain_standing.shown(plain, story, name) for name in story.claims},
    }


def _numbered(content: Content, before: Content | None, used: int) -> Content:
    blocks = with_block_ids(content.blocks, before.blocks if before else (), used)
    return msgspec.structs.replace(content, blocks=blocks)
