"""What changed in what is known: claims, where they appear, how they stand, and how they relate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from tracker.stories.changes.reasons import reasons
from tracker.stories.changes.values import OneSided, Op, Sides, op_of
from tracker.stories.claims import Appearance, Claim, Relation, Standing
from tracker.stories.questions.orphans import orphans
from tracker.stories.sentences.marks import relation as in_words
from tracker.stories.story import Story
from tracker.stories.values import OutletRef


class ClaimChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="claim"):
    """A claim that one side doesn't have, or whose statement differs: it is blank where it is gone."""

    op: Op
    claim_id: str
    old: str | None = msgspec.field(name="from")
    new: str | None = msgspec.field(name="to")


class AppearanceChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="appearance"):
    """That a claim is made in a report, on one side only; or with words that are gone on one."""

    op: Op
    claim_id: str
    number: int
    statement: str
    report_id: str
    outlet: OutletRef
    old: Appearance | None = msgspec.field(name="from")
    new: Appearance | None = msgspec.field(name="to")


class OrphanChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="orphan"):
    """An appearance whose words do not stand, just once, in the report's latest version: on one side only."""

    op: OneSided
    claim_id: str
    number: int
    statement: str
    report_id: str
    outlet: OutletRef
    #: The words, and the version in which they were marked.
    words: str
    marked_version: int
    #: The latest version, in which they are missed.
    version: int


class StandingChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="standing"):
    """How a claim stands; ``None`` where a side doesn't have it."""

    op: Op
    claim_id: str
    statement: str
    old: Standing | None = msgspec.field(name="from")
    new: Standing | None = msgspec.field(name="to")
    #: What came between and touched it, in words, whichever side is compared to which.
    why: tuple[str, ...]


class RelationChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="relation"):
    """A relation of claims that one side doesn't have, or has with its words gone."""

    op: Op
    relation_id: str
    #: For instance ``NBC News disputes “…” with “…”``.
    words: str
    old: Relation | None = msgspec.field(name="from")
    new: Relation | None = msgspec.field(name="to")


OfClaims: TypeAlias = ClaimChange | AppearanceChange | OrphanChange | StandingChange | RelationChange


def of_claims(sides: Sides) -> Iterator[OfClaims]:
    """The changes of each claim, then those of relations."""
    for claim_id, old, new in sides.entries(sides.before.claims, sides.after.claims):
        yield from _of_claim(sides, claim_id, old, new)
    # A new version may leave a claim as it was, and its words behind.
    yield from _orphans(sides)
    for relation_id, there, here in sides.entries(sides.before.relations, sides.after.relations):
        either = here or there
        assert either is not None
        yield RelationChange(
            op=op_of(there, here),
            relation_id=relation_id,
            words=in_words(either, sides.names),
            old=there,
            new=here,
        )


def _of_claim(sides: Sides, claim_id: str, old: Claim | None, new: Claim | None) -> Iterator[OfClaims]:
    there, here = (claim.statement if claim else None for claim in (old, new))
    if there != here:
        yield ClaimChange(op=op_of(there, here), claim_id=claim_id, old=there, new=here)
    statement = _statement(sides, claim_id)
    made = sides.entries(_by_number(old), _by_number(new))
    for _, before, after in made:
        either = after or before
        assert either is not None
        yield AppearanceChange(
            op=op_of(before, after),
            claim_id=claim_id,
            number=either.number,
            statement=statement,
            report_id=either.report_id,
            outlet=_outlet(sides, either.report_id),
            old=before,
            new=after,
        )
    stood, stands = (claim.standing if claim else None for claim in (old, new))
    if stood != stands:
        yield StandingChange(
            op=op_of(stood, stands),
            claim_id=claim_id,
            statement=statement,
            old=stood,
            new=stands,
            why=tuple(reasons(sides, claim_id)),
        )


def _orphans(sides: Sides) -> Iterator[OrphanChange]:
    for name, there, here in sides.entries(_orphaned(sides.before), _orphaned(sides.after)):
        if there is None or here is None:
            yield _orphan(sides, name, "delete" if here is None else "insert")


def _orphaned(story: Story) -> dict[str, int]:
    """The latest versions in which words are missed, by the appearance's claim and number."""
    return {f"{each.claim_id}/{each.appearance}": each.latest for each in orphans(story)}


def _orphan(sides: Sides, name: str, op: OneSided) -> OrphanChange:
    claim_id, _, number = name.partition("/")
    story = sides.after if op == "insert" else sides.before
    claim = story.claims[claim_id]
    made = next(each for each in claim.appearances if each.number == int(number))
    return OrphanChange(
        op=op,
        claim_id=claim_id,
        number=made.number,
        statement=claim.statement,
        report_id=made.report_id,
        outlet=_outlet(sides, made.report_id),
        words=made.selector.exact,
        marked_version=made.version,
        version=story.reports[made.report_id].version,
    )


def _by_number(claim: Claim | None) -> dict[str, Appearance]:
    """Its appearances; in which later versions their words stand is told by what is orphaned."""
    made = claim.appearances if claim else []
    return {str(each.number): msgspec.structs.replace(each, found_in=()) for each in made}


def _statement(sides: Sides, claim_id: str) -> str:
    return sides.names.story.claims[claim_id].statement


def _outlet(sides: Sides, report_id: str) -> OutletRef:
    return sides.names.story.reports[report_id].outlet
