"""Who is spoken of in a story, and what each was at the time that is spoken of, and is at the time of the story.

What a party was, and when, is told by its own stream; whoever asks hands it in as it was known at the moment of the
state. *Now* is the day on which the story last changed, so that a past state tells what was so then.

A party that was merged into another is told as that one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from tracker.stories.dates import When
from tracker.stories.parties import Party, PartyKind, Role, role_at
from tracker.stories.questions.mentions import Part, mentions
from tracker.stories.questions.timeline import WhenAnswer, when_answer, when_of
from tracker.stories.story import Story
from tracker.stories.values import PartyRef


class Then(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a party was when something happened."""

    occurrence_id: str
    title: str
    when: WhenAnswer
    #: More than one where the date leaves that open.
    roles: tuple[Role, ...]


class PersonAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A party, and its part in the story."""

    id: str
    name: str
    kind: PartyKind | None
    #: The roles that it has on the day of the story's last change.
    roles_now: tuple[Role, ...]
    #: Those that it had before.
    roles_before: tuple[Role, ...]
    #: For each occurrence that it took part in and that has a date.
    then: tuple[Then, ...]
    #: Its parts in what is said: "source", "speaker", "through", "about".
    parts: tuple[Part, ...]
    #: The claims in which it is named.
    claims: tuple[str, ...]


def party_ids(story: Story) -> list[str]:
    """Ids of all parties that are named, each once."""
    return list(dict.fromkeys(ref.id for ref in _refs(story)))


def people(story: Story, known: Mapping[str, Party]) -> list[PersonAnswer]:
    """All parties that are named, in the order in which they first were; ``known``: what is known of each, by its id.

    One of which nothing is known stands there with its name alone.
    """
    found: dict[str, _Named] = {}
    for claim in story.claims.values():
        for appearance in claim.appearances:
            for part, ref in mentions(appearance):
                named = _of(ref, found, known)
                named.parts[part] = None
                named.claims[claim.claim_id] = None
    for occurrence in story.occurrences.values():
        for ref in (party for account in occurrence.accounts for party in account.parties):
            _of(ref, found, known).occurrences[occurrence.occurrence_id] = None
    return [_person(story, party_id, named, known.get(party_id)) for party_id, named in found.items()]


class _Named:
    """Where a party is named."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: dict[Part, None] = {}
        self.claims: dict[str, None] = {}
        self.occurrences: dict[str, None] = {}


def _of(ref: PartyRef, found: dict[str, _Named], known: Mapping[str, Party]) -> _Named:
    return found.setdefault(_what_is_left(ref.id, known), _Named(ref.name))


def _refs(story: Story) -> Iterator[PartyRef]:
    for claim in story.claims.values():
        for appearance in claim.appearances:
            yield from (party for _, party in mentions(appearance))
    for occurrence in story.occurrences.values():
        for account in occurrence.accounts:
            yield from account.parties


def _what_is_left(party_id: str, known: Mapping[str, Party]) -> str:
    seen = {party_id}
    while (party := known.get(party_id)) and party.merged_into and party.merged_into not in seen:
        party_id = party.merged_into
        seen.add(party_id)
    return party_id


def _person(story: Story, party_id: str, named: _Named, party: Party | None) -> PersonAnswer:
    day = story.changed_at.date() if story.changed_at else date.min
    now = role_at(party, day, day) if party else ()
    return PersonAnswer(
        id=party_id,
        name=party.name if party else named.name,
        kind=party.kind if party else None,
        roles_now=now,
        roles_before=tuple(role for role in role_at(party, date.min, day) if role not in now) if party else (),
        then=tuple(_then(story, named, party)) if party else (),
        parts=tuple(named.parts),
        claims=tuple(named.claims),
    )


def _then(story: Story, named: _Named, party: Party) -> Iterator[Then]:
    for occurrence_id in named.occurrences:
        occurrence = story.occurrences[occurrence_id]
        when = when_of(occurrence)
        if when is not None and _is_dated(when):
            yield Then(
                occurrence_id=occurrence_id,
                title=occurrence.now.title,
                when=when_answer(when),
                roles=role_at(party, when.earliest or date.min, when.latest or date.max),
            )


def _is_dated(when: When) -> bool:
    return when.earliest is not None or when.latest is not None
