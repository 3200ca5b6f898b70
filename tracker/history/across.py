"""What readers ask over all stories, each entry read from its story as whoever asks sees it now.

The projections tell where an entry is; what it says, and whether it may be seen, the story tells. An entry that was
withdrawn or killed, or is hidden from whoever asks, is left out, and the page is filled from those after it. What it
does badly: after ``_PATIENCE`` times as many entries as a page holds it gives up filling, so that a page may have fewer
than it could, or none, though more follow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec
from sqlalchemy import Connection

from tracker.history.parties import parties_known
from tracker.projections import mentions, remedies
from tracker.projections.mentions import Mention
from tracker.projections.remedies import Remedied
from tracker.store import followers, seeing
from tracker.store.withholding import Sight
from tracker.stories.claims import Appearance, Claim
from tracker.stories.knowledge import Stance
from tracker.stories.marks import Account, Occurrence
from tracker.stories.parties import Party, Role, role_at
from tracker.stories.questions.chains import ChainLink, chain
from tracker.stories.questions.corrections import CorrectionAnswer, Remedy, corrections
from tracker.stories.questions.mentions import SAYING, Part, parts_of
from tracker.stories.questions.places import Place, place, words
from tracker.stories.questions.timeline import WhenAnswer, when_answer
from tracker.stories.standing_in_words import in_words
from tracker.stories.story import Story

#: How many pages' worth of entries are looked at to fill one page.
_PATIENCE = 5


class Placed(Protocol):
    """Where an entry is."""

    @property
    def story_id(self) -> str: ...

    @property
    def position(self) -> int: ...


Row = TypeVar("Row", bound=Placed)
Entry = TypeVar("Entry")


class StoryNamed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The story that it is part of."""

    id: str
    url: str
    slug: str
    title: str


class MentionAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That a party said something, or that it was spoken of."""

    story: StoryNamed
    #: "source", "speaker", "through" or "about"; it may be several.
    parts: tuple[Part, ...]
    #: What the party was at that time: when it was published, or when that happened.
    roles: tuple[Role, ...]
    #: Of a claim: which, in which of its appearances, and how it stands in a sentence.
    claim_id: str | None
    appearance: int | None
    statement: str | None
    words: str | None
    stance: Stance | None
    #: From the source to the outlet.
    chain: tuple[ChainLink, ...]
    #: Of an occurrence: which, and when it was.
    occurrence_id: str | None
    title: str | None
    when: WhenAnswer | None
    #: The report that says so.
    place: Place | None
    revision: int
    recorded_at: datetime


class StoryCorrection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That something was set right or taken back."""

    story: StoryNamed
    correction: CorrectionAnswer


class AcrossPage(NamedTuple, Generic[Entry]):
    """Some entries, the latest first."""

    items: list[Entry]
    #: The list was followed up to here.
    as_at_position: int
    #: The position after which the next page goes on; ``None``: nothing follows.
    before: int | None


def said_by_or_about(
    connection: Connection,
    party_id: str,
    merged: Collection[str],
    *,
    said: bool,
    sight: Sight,
    before: int | None,
    limit: int,
) -> AcrossPage[MentionAnswer]:
    """What the party said, or what was said of it; ``merged``: the ids of those that were merged into it."""
    as_at = followers.position_of(connection, mentions.NAME)
    names = frozenset([party_id, *merged])
    party = parties_known(connection, [party_id]).get(party_id)

    def rows(last: int | None, most: int) -> Sequence[Mention]:
        return mentions.find(connection, names, said=said, before=last, limit=most)

    def told(story: Story, row: Mention) -> MentionAnswer | None:
        return _mention(story, row, names, party, said=said)

    return _filled(connection, sight, rows, told, as_at, before, limit)


def all_corrections(
    connection: Connection,
    *,
    sight: Sight,
    outlet_ids: frozenset[str] | None = None,
    kind: Remedy | None = None,
    since: datetime | None = None,
    before: int | None,
    limit: int,
) -> AcrossPage[StoryCorrection]:
    """What was set right or taken back in any story: of these outlets, of that kind, recorded ``since`` then."""
    as_at = followers.position_of(connection, remedies.NAME)

    def rows(last: int | None, most: int) -> Sequence[Remedied]:
        return remedies.find(connection, outlet_ids=outlet_ids, kind=kind, since=since, before=last, limit=most)

    def told(story: Story, row: Remedied) -> StoryCorrection | None:
        found = next((each for each in corrections(story) if each.revision == row.revision), None)
        if found is None or not (outlet_ids is None or (found.outlet and found.outlet.id in outlet_ids)):
            return None
        return StoryCorrection(story=_named(row.story_id, story), correction=found)

    return _filled(connection, sight, rows, told, as_at, before, limit)


def _filled(
    connection: Connection,
    sight: Sight,
    rows: Callable[[int | None, int], Sequence[Row]],
    told: Callable[[Story, Row], Entry | None],
    as_at: int,
    before: int | None,
    limit: int,
) -> AcrossPage[Entry]:
    """A page of what ``rows`` lead to, as far as it may be seen."""
    items: list[Entry] = []
    stories: dict[str, Story] = {}
    for _ in range(_PATIENCE):
        found = rows(before, limit + 1)
        for row in found[:limit]:
            if row.story_id not in stories:
                stories[row.story_id] = seeing.seen(connection, row.story_id, sight)
            entry = told(stories[row.story_id], row)
            before = row.position
            items += [entry] if entry is not None else []
            if len(items) == limit:
                break
        if not found or (len(found) <= limit and before == found[-1].position):
            return AcrossPage(items, as_at, None)
        if len(items) == limit:
            break
    return AcrossPage(items, as_at, before)


def _mention(
    story: Story, row: Mention, names: frozenset[str], party: Party | None, *, said: bool
) -> MentionAnswer | None:
    if row.subject in story.occurrences:
        return _in_occurrence(story, row, story.occurrences[row.subject], names, party)
    claim = story.claims.get(row.subject.partition("/")[0])
    made = next((each for each in claim.appearances if each.revision == row.revision), None) if claim else None
    if claim is None or made is None:
        return None
    parts = tuple(part for part in parts_of(made, names) if (part in SAYING) == said)
    return _in_claim(story, row, claim, made, parts, party) if parts else None


def _in_claim(
    story: Story, row: Mention, claim: Claim, made: Appearance, parts: tuple[Part, ...], party: Party | None
) -> MentionAnswer:
    stands_in = place(story, made.report_id, made.version)
    day = ((stands_in and stands_in.published_at) or made.recorded_at).date()
    return MentionAnswer(
        story=_named(row.story_id, story),
        parts=parts,
        roles=_roles(party, day, day),
        claim_id=claim.claim_id,
        appearance=made.number,
        statement=claim.statement,
        words=in_words(claim.standing),
        stance=made.stance,
        chain=chain(made.attribution, story.reports[made.report_id], story),
        occurrence_id=None,
        title=None,
        when=None,
        place=stands_in,
        revision=made.revision,
        recorded_at=made.recorded_at,
    )


def _in_occurrence(
    story: Story, row: Mention, occurrence: Occurrence, names: frozenset[str], party: Party | None
) -> MentionAnswer | None:
    account = next((each for each in occurrence.accounts if each.revision == row.revision), None)
    if account is None or names.isdisjoint(each.id for each in account.parties):
        return None
    basis = words(story, account.basis)
    return MentionAnswer(
        story=_named(row.story_id, story),
        parts=(Part.ABOUT,),
        roles=_roles(party, *_days(account)),
        claim_id=None,
        appearance=None,
        statement=None,
        words=None,
        stance=None,
        chain=(),
        occurrence_id=occurrence.occurrence_id,
        title=account.title,
        when=when_answer(account.when) if account.when else None,
        place=basis.place if basis else None,
        revision=account.revision,
        recorded_at=account.recorded_at,
    )


def _days(account: Account) -> tuple[date, date]:
    """From which to which day it may have been; where nobody says, any day: all roles are told."""
    when = account.when
    return (when and when.earliest) or date.min, (when and when.latest) or date.max


def _roles(party: Party | None, earliest: date, latest: date) -> tuple[Role, ...]:
    return role_at(party, earliest, latest) if party else ()


def _named(story_id: str, story: Story) -> StoryNamed:
    return StoryNamed(id=story_id, url=f"/v1/stories/{story_id}", slug=story.slug, title=story.title)
