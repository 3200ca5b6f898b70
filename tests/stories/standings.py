"""Stories put together piece by piece, and a plain reckoning of how their claims stand, for the tests of standing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tracker.stories.claims import Appearance, Claim, Relation, Standing
from tracker.stories.knowledge import Attribution, Basis, ClaimRef, Count, RelationKind, Stance
from tracker.stories.reports import Act, Correction, Kill, Report, Version
from tracker.stories.standing import standing_of
from tracker.stories.story import Story
from tracker.stories.values import (
    Content,
    CorrectionKind,
    CorrectionNote,
    IssuedBy,
    OutletRef,
    PartyRef,
)
from tracker.text.passages import Selector

NBC = OutletRef(id="out_nbc", name="NBC News")
POST = OutletRef(id="out_post", name="The Washington Post")
WIRE = OutletRef(id="out_wire", name="The Wire")
DIGEST = OutletRef(id="out_digest", name="The Digest")
ESPER = PartyRef(id="pty_esper", name="Mark Esper")
IRAN = PartyRef(id="pty_iran", name="Iran")
CLAIM = "clm_1"
OTHER = "clm_2"
_START = datetime(2020, 1, 3, tzinfo=UTC)


def outlet(name: str, owner: str | None = None) -> OutletRef:
    return OutletRef(id=f"out_{name}", name=name, owner=owner)


def by(party: PartyRef, **fields: Any) -> Attribution:
    """On the word of a party."""
    return Attribution(party=party, **fields)


def via(outlet: OutletRef, **fields: Any) -> Attribution:
    """As another outlet says."""
    return Attribution(outlet=outlet, **fields)


def sources(least: int | None = None, most: int | None = None, label: str = "officials", **fields: Any) -> Attribution:
    """On the word of ``least`` to ``most`` people without a name."""
    count = Count(min=least, max=most) if least or most else None
    return Attribution(label=label, count=count, **fields)


class Telling:
    """A story as a test tells it; ``standing`` says how a claim of it stands."""

    def __init__(self) -> None:
        self.story = Story()

    def standing(self, claim_id: str = CLAIM) -> Standing:
        return standing_of(self.story, claim_id)

    def report(self, outlet: OutletRef, *cites: str) -> str:
        """File a report; returns its id."""
        report_id = f"rpt_{len(self.story.reports) + 1}"
        versions = [self._version(1, Act.FILED)]
        self.story.reports[report_id] = Report(
            report_id=report_id,
            outlet=outlet,
            uri=None,
            held=Content(headline="Strike"),
            versions=versions,
            corrections=[],
            blocks_used=0,
            cites=cites,
        )
        return report_id

    def update(self, report_id: str) -> int:
        """Publish the report's next version; returns its number."""
        versions = self.story.reports[report_id].versions
        versions.append(self._version(len(versions) + 1, Act.UPDATED))
        return len(versions)

    def retract(self, report_id: str, *passages: str, issued_by: IssuedBy = IssuedBy.OUTLET) -> None:
        """Correct the report by a retraction: of these passages, or of all of it."""
        version = self.update(report_id)
        correction = Correction(
            version=version,
            revision=self.story.revision,
            kind=CorrectionKind.RETRACTION,
            issued_by=issued_by,
            note=CorrectionNote(text="It was wrong."),
            passages=tuple(Selector(exact=words) for words in passages),
        )
        self.story.reports[report_id].corrections.append(correction)

    def kill(self, report_id: str) -> None:
        self._go_on()
        self.story.reports[report_id].kill = Kill(
            revision=self.story.revision,
            recorded_at=_START,
            issued_by=IssuedBy.OUTLET,
            public_note="It was wrong.",
            reason="It was wrong.",
        )

    def says(
        self,
        report_id: str,
        attribution: Attribution | None = None,
        claim_id: str = CLAIM,
        stance: Stance = Stance.ASSERTS,
        words: str = "It happened.",
    ) -> int:
        """Mark the claim in the latest version of the report; returns the number of the appearance."""
        claim = self._claim(claim_id)
        claim.numbered += 1
        appearance = Appearance(
            number=claim.numbered,
            revision=self._go_on(),
            recorded_at=_START,
            report_id=report_id,
            version=self.story.reports[report_id].version,
            selector=Selector(exact=words),
            stance=stance,
            attribution=attribution,
        )
        claim.appearances.append(appearance)
        there = self.story.claims_in.get(report_id, ())
        self.story.claims_in[report_id] = tuple(dict.fromkeys((*there, claim_id)))
        return claim.numbered

    def told_by(
        self, outlet: OutletRef, attribution: Attribution | None = None, *cites: str, claim_id: str = CLAIM
    ) -> str:
        """File a report that makes the claim; returns its id."""
        report_id = self.report(outlet, *cites)
        self.says(report_id, attribution, claim_id)
        return report_id

    def relate(
        self,
        source: str,
        relation: RelationKind,
        target: str = CLAIM,
        by: OutletRef | None = None,
        basis: Basis | None = None,
        story_id: str | None = None,
    ) -> str:
        """Relate a claim (of the story ``story_id``, if it is another) to one; returns the relation's id."""
        relation_id = f"rel_{self._go_on()}"
        self.story.relations[relation_id] = Relation(
            relation_id=relation_id,
            revision=self.story.revision,
            recorded_at=_START,
            source=ClaimRef(claim_id=source, story_id=story_id),
            target=ClaimRef(claim_id=target),
            relation=relation,
            basis=basis,
            by=by,
        )
        for claim_id in (target,) if story_id else (source, target):
            self._claim(claim_id).relations.append(relation_id)
        return relation_id

    def redact(self, claim_id: str, number: int) -> None:
        """Destroy the words of an appearance, and what they tell of its source."""
        claim = self.story.claims[claim_id]
        gone = {"selector": Selector(exact=""), "attribution": None, "redacted": True}
        claim.appearances = [
            msgspec.structs.replace(each, **gone) if each.number == number else each for each in claim.appearances
        ]

    def withdraw_relation(self, relation_id: str) -> None:
        relation = self.story.relations.pop(relation_id)
        for end in (relation.source, relation.target):
            if end.story_id is None:
                self.story.claims[end.claim_id].relations.remove(relation_id)

    def withdraw_appearance(self, number: int, claim_id: str = CLAIM) -> None:
        claim = self.story.claims[claim_id]
        claim.appearances = [each for each in claim.appearances if each.number != number]

    def rearranged(self, order: list[int], claim_id: str = CLAIM) -> Telling:
        """The same story, the appearances of the claim in another order."""
        telling = self.copy()
        claim = telling.story.claims[claim_id]
        claim.appearances = [claim.appearances[place] for place in order]
        return telling

    def copy(self) -> Telling:
        telling = Telling()
        telling.story = msgspec.msgpack.decode(msgspec.msgpack.encode(self.story), type=Story)
        for report in telling.story.reports.values():
            report.held = Content(headline="Strike")
        return telling

    def _claim(self, claim_id: str) -> Claim:
        fresh = Claim(
            claim_id=claim_id, statement=claim_id, revision=0, appearances=[], numbered=0, relations=[], standings=[]
        )
        return self.story.claims.setdefault(claim_id, fresh)

    def _version(self, number: int, act: Act) -> Version:
        revision = self._go_on()
        at = _START + timedelta(minutes=revision)
        return Version(version=number, revision=revision, recorded_at=at, act=act, headline="Strike", digest="")

    def _go_on(self) -> int:
        self.story.revision += 1
        return self.story.revision
