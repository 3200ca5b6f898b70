"""A long story for its benchmark: reports, claims, relations and the rest in the proportion of a large one.

Of eleven hundred events a hundred are reports, four hundred new claims, six hundred relations; then come versions,
more appearances and occurrences. News is about what is new: what is added concerns one of the last ``_RECENT`` reports
or claims, so that a long story is more of the same and not denser. It is the same every time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tracker.stories.events import (
    ClaimAsserted,
    ClaimsRelated,
    Event,
    OccurrenceRecorded,
    Recorded,
    ReportFiled,
    ReportUpdated,
    StoryOpened,
)
from tracker.stories.knowledge import Attribution, ClaimRef, Count, RelationKind, Stance
from tracker.stories.values import Content, OutletRef, PartyRef
from tracker.text.blocks import Block
from tracker.text.passages import Selector

_BEGINNING = datetime(2020, 1, 3, tzinfo=UTC)
_OUTLETS = [OutletRef(id=f"out_{number}", name=f"Outlet {number}", owner=f"Owner {number % 7}") for number in range(40)]
_PARTIES = [PartyRef(id=f"pty_{number}", name=f"Party {number}") for number in range(60)]
_KINDS = [RelationKind.DISPUTES, RelationKind.CORROBORATES, RelationKind.REFINES]
#: Events besides the opening, of each kind, for a story with a hundred reports.
_PARTS = {"report": 100, "claim": 400, "relation": 600, "version": 200, "appearance": 600, "occurrence": 100}


def told(reports: int, seed: int = 1) -> list[Recorded]:
    """What has happened to a story of so many reports; about twenty times as many events."""
    events = _Telling(random.Random(seed)).events(reports)
    return [
        Recorded(
            revision=revision,
            recorded_at=_BEGINNING + timedelta(seconds=revision),
            event=event,
            actor="tok_1",
            event_id=f"evt_{revision}",
        )
        for revision, event in enumerate(events, start=1)
    ]


#: How many reports, or claims, are worked on at a time.
_RECENT = 40


class _Telling:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._versions: dict[str, int] = {}
        self._claims: list[str] = []
        self._appearances: dict[str, int] = {}
        self._relations = 0

    def events(self, reports: int) -> Iterator[Event]:
        yield StoryOpened(slug="story", title="A long story")
        kinds = [kind for kind, count in _PARTS.items() for _ in range(count * reports // 100)]
        self._chance.shuffle(kinds)
        for _ in range(min(3, reports)):
            yield self._report()
        for _ in range(3):
            yield self._claim()
        for kind in kinds[6:]:
            yield getattr(self, f"_{kind}")()

    def _report(self) -> ReportFiled:
        report_id = f"rpt_{len(self._versions)}"
        self._versions[report_id] = 1
        outlet = self._chance.choice(_OUTLETS)
        return ReportFiled(report_id=report_id, outlet=outlet, content=self._content(report_id), uri=f"/{report_id}")

    def _version(self) -> ReportUpdated:
        report_id = self._any_report()
        self._versions[report_id] += 1
        return ReportUpdated(report_id=report_id, version=self._versions[report_id], content=self._content(report_id))

    def _content(self, report_id: str) -> Content:
        words = " ".join(f"Fact {number} of {report_id}." for number in range(12))
        blocks = tuple(Block(f"b{number}", "paragraph", f"Paragraph {number}. {words}") for number in range(1, 5))
        return Content(headline=f"What {report_id} says", blocks=blocks)

    def _claim(self) -> ClaimAsserted:
        claim_id = f"clm_{len(self._claims)}"
        self._claims.append(claim_id)
        return self._made(claim_id)

    def _appearance(self) -> ClaimAsserted:
        return self._made(self._chance.choice(self._claims[-_RECENT:]))

    def _made(self, claim_id: str) -> ClaimAsserted:
        report_id = self._any_report()
        self._appearances[claim_id] = self._appearances.get(claim_id, 0) + 1
        fact = f"Fact {self._chance.randrange(12)} of {report_id}"
        return ClaimAsserted(
            claim_id=claim_id,
            appearance=self._appearances[claim_id],
            statement=f"What {claim_id} says is so.",
            report_id=report_id,
            version=self._versions[report_id],
            selector=Selector(exact=fact, block="b1"),
            stance=self._chance.choice([Stance.ASSERTS] * 8 + [Stance.REPORTS, Stance.DENIES]),
            attribution=self._attribution(),
        )

    def _attribution(self) -> Attribution | None:
        return self._chance.choice(
            [
                None,
                Attribution(party=self._chance.choice(_PARTIES)),
                Attribution(label="officials", count=Count(min=2, max=4)),
                Attribution(label="an official", via=(Attribution(outlet=self._chance.choice(_OUTLETS)),)),
            ]
        )

    def _relation(self) -> ClaimsRelated:
        self._relations += 1
        source, target = self._chance.sample(self._claims[-_RECENT:], 2)
        return ClaimsRelated(
            relation_id=f"rel_{self._relations}",
            source=ClaimRef(claim_id=source),
            target=ClaimRef(claim_id=target),
            relation=self._chance.choice(_KINDS),
            basis="It could undermine that.",
        )

    def _occurrence(self) -> OccurrenceRecorded:
        number = self._chance.randrange(10_000)
        return OccurrenceRecorded(occurrence_id=f"occ_{number}", title=f"Thing {number}", place="Baghdad")

    def _any_report(self) -> str:
        return self._chance.choice(list(self._versions)[-_RECENT:])
