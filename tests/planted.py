"""A newsroom with words planted in all that is held back, taken back or destroyed, and who may read each of them.

A planted word begins with ``zq``, goes on with the variant that it stands in, and ends with where it stands: the
headline of the report that is held is ``zqheldheadline``. The ids of what is hidden count as planted words, too.

    held      a report that was public, until a legal hold came, and what was done to it since
    embargo   a report under embargo since it was filed, with all that is marked in it
    whole     a story that is held as a whole
    killed    a report that was killed           redacted   one whose versions were destroyed
    request   what the desk was asked to do with one that anybody may read (asked)
    lifted    one that was under embargo until it was lifted
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.rooms import Newsroom
from tracker.access.permissions import Role
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.handling import Outcome
from tracker.store import log, withholding
from tracker.store.withholding import PUBLIC
from tracker.stories.commands import (
    AssertClaim,
    Assertion,
    CorrectReport,
    EditStory,
    FileReport,
    KillReport,
    LiftHold,
    OpenStory,
    PlaceHold,
    Recording,
    RecordOccurrence,
    RedactContent,
    RequestAct,
    UpdateReport,
)
from tracker.stories.desk import KillAct
from tracker.stories.knowledge import Attribution, Basis, HoldKind, HoldReason, Quote
from tracker.stories.values import Content, CorrectionNote, OutletRef, PartyRef
from tracker.text.blocks import paragraphs
from tracker.text.passages import Selector

#: Who may read the words of each variant. The words of those that aren't here are for nobody.
READERS: dict[str, frozenset[Role]] = {
    "held": frozenset({Role.EDITOR, Role.ADMIN}),
    "whole": frozenset({Role.EDITOR, Role.ADMIN}),
    "embargo": frozenset({Role.REPORTER, Role.EDITOR, Role.ADMIN}),
    "request": frozenset({Role.REPORTER, Role.EDITOR, Role.ADMIN}),
    "asked": frozenset(Role),
    "lifted": frozenset(Role),
}
_VARIANTS = ("held", "embargo", "whole", "killed", "redacted", "asked", "request", "lifted")
WORD = re.compile(rf"zq({'|'.join(_VARIANTS)})[a-z]+")
_ID = re.compile(r"[a-z]{3}_[0-9a-z]{26}")
MORNING = datetime(2020, 1, 3, tzinfo=UTC)
UNTIL = datetime(2020, 1, 9, tzinfo=UTC)


class Found(NamedTuple):
    """A report with planted words, and what is marked in it."""

    report_id: str
    claim_id: str
    occurrence_id: str


class Planted:
    """The newsroom; what it made is in its attributes."""

    def __init__(self, newsroom: Newsroom, clock: StoryClock, database: Database) -> None:
        self._room, self._clock, self._database = newsroom, clock, database
        self.story = self._opens("Strike in Baghdad", "baghdad")
        self.public = self._files(self.story, "NBC News", "Strike", "A strike.", uri="https://nbc.example/1")
        self.reports: dict[str, Found] = {}
        self.lifted_hold = ""
        for variant in ("held", "embargo", "killed", "redacted", "asked", "lifted"):
            self.reports[variant] = self._plants(variant, self.story)
        self.whole = self._opens("zqwholetitle", "zqwholeslug")
        self._act(EditStory(story_id=self.whole, slug="zqwholenew", summary="zqwholesummary", topics=("zqwholetopic",)))
        self.reports["whole"] = self._plants("whole", self.whole)
        self.holds: dict[str, str] = {}
        self._restrict()

    # ---- What is planted

    def _plants(self, variant: str, story_id: str) -> Found:
        """A report full of planted words, corrected once, with a claim and an occurrence."""
        z = f"zq{variant}"
        embargoed = variant in ("embargo", "lifted")
        report = self._files(
            story_id,
            f"Outlet of {variant}",
            f"{z}headline",
            f"A {z}said to {z}words of it. “{z}quote” came after.",
            uri=f"https://{variant}.example/{z}uri",
            byline=f"{z}byline",
            until=UNTIL if embargoed else None,
            cites=(self.public,) if story_id == self.story else (),
        )
        claim, occurrence = self._room.new_id("clm"), self._room.new_id("occ")
        self._claims(story_id, report, claim, z)
        self._happened(story_id, report, occurrence, z)
        self._updates(story_id, report, z, f"{z}later")
        self._corrects(story_id, report, z)
        return Found(report, claim, occurrence)

    def _claims(self, story_id: str, report: str, claim: str, z: str) -> None:
        assertion = Assertion(
            claim_id=claim,
            selector=Selector(exact=f"{z}said"),
            statement=f"{z}statement",
            attribution=Attribution(
                label=f"{z}label", anonymity_reason=f"{z}anonymity", via=(Attribution(party=_party(z)),)
            ),
            quotes=(Quote(parts=(Selector(exact=f"{z}quote"),), speaker=Attribution(label=f"{z}speaker")),),
            about=(_party(z),),
        )
        self._act(AssertClaim(story_id=story_id, report_id=report, assertion=assertion, by=self._room.token.person))

    def _happened(self, story_id: str, report: str, occurrence: str, z: str) -> None:
        recording = Recording(
            occurrence_id=occurrence,
            title=f"{z}occurrence",
            place=f"{z}place",
            parties=(_party(z),),
            basis=Basis(text=f"{z}words", report_id=report),
        )
        self._act(RecordOccurrence(story_id=story_id, recording=recording, person=self._room.token.person))

    def _updates(self, story_id: str, report: str, z: str, text: str) -> None:
        self._act(
            UpdateReport(
                story_id=story_id,
                report_id=report,
                content=content_of(f"{z}headlinenew", f"A {z}said and {text}."),
                by=self._room.token.person,
                note=f"{z}note",
            )
        )

    def _corrects(self, story_id: str, report: str, z: str) -> None:
        self._act(
            CorrectReport(
                story_id=story_id,
                report_id=report,
                content=content_of(f"{z}headlinelast", f"A {z}said and {z}corrected."),
                note=CorrectionNote(text=f"{z}correction", wrong=f"{z}wrong", right=f"{z}right"),
                by=self._room.token.person,
            )
        )

    # ---- What becomes of it

    def _restrict(self) -> None:
        held = self.reports["held"]
        self.holds["held"] = self._holds(self.story, held.report_id, "zqheldauthority")
        self._updates(self.story, held.report_id, "zqheld", "zqheldsince")
        self.holds["whole"] = self._holds(self.whole, self.whole, "zqwholeauthority")
        self._act(EditStory(story_id=self.whole, title="zqwholetitlesince"))
        killed = self.reports["killed"].report_id
        self._act(
            KillReport(
                story_id=self.story,
                report_id=killed,
                reason="zqkilledreason",
                public_note="It should not have been published.",
                by=self._room.token.person,
                successor=held.report_id,
            )
        )
        redacted = self.reports["redacted"].report_id
        self._act(RedactContent(story_id=self.story, target=redacted, reason="A name.", authority="A court"))
        asked = self.reports["asked"].report_id
        act = KillAct(report_id=asked, reason="zqrequestreason", public_note="zqrequestpublicnote")
        self.request = self._room.new_id("act")
        self._act(RequestAct(story_id=self.story, act_id=self.request, act=act, by=self._room.token.person))
        lifted = self.reports["lifted"].report_id
        self.lifted_hold = self._hold_of(self.story, lifted)
        self.holds["embargo"] = self._hold_of(self.story, self.reports["embargo"].report_id)
        self._act(LiftHold(story_id=self.story, hold_id=self.lifted_hold))
        self._files(self.story, "NBC News", "Afterwards", "It goes on.", uri="https://nbc.example/2")

    def _holds(self, story_id: str, target: str, authority: str) -> str:
        hold_id = self._room.new_id("hld")
        self._act(
            PlaceHold(
                story_id=story_id,
                hold_id=hold_id,
                target=target,
                kind=HoldKind.PUBLICATION,
                reason=HoldReason.LEGAL,
                authority=authority,
            )
        )
        return hold_id

    def _hold_of(self, story_id: str, target: str) -> str:
        with self._database.reading() as connection:
            events = [event.clear() for event in log.read(connection, story_id) if event.type == "hold.placed"]
        return str(next(each["hold_id"] for each in events if each["target"] == target))

    def _opens(self, title: str, slug: str) -> str:
        story_id = self._room.new_id("sty")
        self._act(OpenStory(story_id=story_id, slug=slug, title=title, topics=("War",)))
        return story_id

    def _files(
        self,
        story_id: str,
        outlet: str,
        headline: str,
        text: str,
        *,
        uri: str,
        byline: str | None = None,
        until: datetime | None = None,
        cites: tuple[str, ...] = (),
    ) -> str:
        report_id = self._room.new_id("rpt")
        self._act(
            FileReport(
                story_id=story_id,
                report_id=report_id,
                outlet=OutletRef(id="", name=outlet),
                content=content_of(headline, text, byline),
                by=self._room.token.person,
                uri=uri,
                cites=cites,
                embargoed_until=until,
                hold_id=self._room.new_id("hld") if until else "",
            )
        )
        return report_id

    def _act(self, command: object) -> Outcome:
        self._clock.set(self._clock.recorded_now() + timedelta(minutes=1))
        return self._room.asks(command)  # type: ignore[arg-type]  # each is a command

    def twins(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Two stories to which the same was done, but for what is under embargo in the first one; and of that the first
        report, and the one under embargo.
        """
        stories = self._opens("Twin", "twin-mixed"), self._opens("Twin", "twin-plain")
        reports = []
        for story in stories:
            z = "Said"
            reports.append(
                self._files(story, "The Twin", "Strike", "A Saidsaid, “Saidquote”.", uri="https://twin.example/1")
            )
            self._claims(story, reports[-1], self._room.new_id("clm"), z)
            if story == stories[0]:
                reports.append(self._hides(story))
            self._files(story, "The Twin", "More", "It goes on.", uri="https://twin.example/2")
            self._updates(story, reports[0] if story == stories[0] else reports[-1], z, "Saidmore")
        return stories, (reports[0], reports[1])

    def _hides(self, story: str) -> str:
        """A report under embargo, with a claim in it, and an occurrence that rests on it."""
        report = self._files(
            story, "The Twin", "Hidden", "A Hidsaid, “Hidquote”.", uri="https://twin.example/3", until=UNTIL
        )
        self._claims(story, report, self._room.new_id("clm"), "Hid")
        recording = Recording(
            occurrence_id=self._room.new_id("occ"), title="Hid", basis=Basis(text="A Hidsaid", report_id=report)
        )
        self._act(RecordOccurrence(story_id=story, recording=recording, person=self._room.token.person))
        return report

    # ---- What is looked for

    def hidden(self, story_id: str) -> frozenset[int]:
        """The revisions of the story that are hidden from the public."""
        with self._database.reading() as connection:
            return withholding.hidden(connection, story_id, PUBLIC)

    def ids(self) -> dict[str, str]:
        """The variant of each id that nobody without the right may see."""
        found = {self.request: "request", self.whole: "whole"}
        for variant in ("held", "embargo", "whole"):
            found |= dict.fromkeys(self.reports[variant], variant)
            found[self.holds[variant]] = variant
        return found | self._event_ids()

    def _event_ids(self) -> dict[str, str]:
        reports = {self.reports[variant].report_id: variant for variant in ("held", "embargo")}
        with self._database.reading() as connection:
            events = log.read(connection, self.story)
        filed = [event for event in events if event.clear().get("report_id") in reports]
        whole = {self.whole: "whole"}
        return {event.event_id: reports[str(event.clear()["report_id"])] for event in filed} | whole


def words_in(text: str, ids: Iterable[str]) -> set[str]:
    """The planted words and ids that stand in ``text``."""
    return {found[0] for found in WORD.finditer(text.casefold())} | set(_ID.findall(text)).intersection(ids)


def _party(z: str) -> PartyRef:
    return PartyRef(id="", name=f"Party of {z.removeprefix('zq')}")


def content_of(headline: str, text: str, byline: str | None = None) -> Content:
    """What a report says."""
    return Content(headline=headline, blocks=paragraphs(text), byline=byline)
