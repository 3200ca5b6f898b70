"""Claims, relations, occurrences, links and withdrawals of a plain story (``plain_story``)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from tests.stories.plain_parts import Account, Appearance, Claim, Plain, Refused, Relation, require
from tests.stories.plain_text import places, quotes_fault, stands_in
from tracker.stories import commands
from tracker.stories.commands import Assertion, Command, FileReport, Recording, Relating
from tracker.stories.dates import When, resolve
from tracker.stories.edtf import BadDate
from tracker.stories.knowledge import ACROSS_STORIES, ACYCLIC, Attribution, Basis, Quote, RelationKind, Stance
from tracker.stories.values import Person


class PlainMarks(Plain):
    """What is marked in it."""

    #: The other stories that are there, and their claims.
    others: dict[str, set[str]]

    def marks(self, command: Command) -> bool:
        """Carry out ``command`` if it marks something."""
        match command:
            case commands.AssertClaim():
                self.require_right(command.by, self.report(command.report_id).outlet)
                self._assert(command.assertion, command.report_id, command.version)
            case commands.RelateClaims():
                self._relate(command.relating, command.person, self.others)
            case commands.RecordOccurrence():
                self._record(command.recording)
            case commands.LinkStories():
                self._link(command)
            case commands.WithdrawAnnotation():
                self._withdraw(command.target)
            case _:
                return False
        return True

    def ride_along(self, command: FileReport, report_id: str) -> None:
        """What is marked with a filing."""
        for claim in command.claims:
            self._assert(claim, report_id, None)
        for recording in command.occurrences:
            self._record(msgspec.structs.replace(recording, basis=_in_this(recording.basis, report_id)))
        for relating in command.relations:
            asked = msgspec.structs.replace(relating, basis=_in_this(relating.basis, report_id))
            # What rides along joins claims of this story alone.
            self._relate(asked, command.by, others={})

    # ---- Claims

    def _assert(self, asked: Assertion, report_id: str, version: int | None) -> None:
        text, number = self.text_of(report_id, version)
        claim = self.claims.get(asked.claim_id)
        if claim is None:
            require(asked.claim_id not in {each.partition("/")[0] for each in self.withdrawn}, "annotation-withdrawn")
            require(not asked.is_here, "unknown-claim")
        for source in _sources(asked.attribution, asked.quotes):
            self.report(source)
        found = places(text, asked.selector)
        require(len(found) == 1, "passage-ambiguous" if found else "passage-not-found")
        statement = self.statement(asked.claim_id) if claim else ""
        require(not statement or asked.statement in (None, statement), "statement-differs")
        if fault := quotes_fault(text, asked.quotes):
            raise Refused(fault)
        made = Appearance(
            number=claim.numbered + 1 if claim else 1,
            revision=self.revision + 1,
            report_id=report_id,
            version=number,
            latest=len(self.reports[report_id].versions),
            selector=asked.selector,
            stance=asked.stance,
            attribution=asked.attribution,
            quotes=asked.quotes,
            about=asked.about,
            statement=statement or asked.statement or asked.selector.exact,
        )
        if self._is_marked(made, asked.claim_id):
            return
        claim = self.claims.setdefault(asked.claim_id, Claim())
        claim.appearances.append(made)
        claim.numbered = made.number
        self.revision += 1

    def _is_marked(self, made: Appearance, claim_id: str) -> bool:
        if claim_id in self.claims:
            there = [each for each in self.claims[claim_id].appearances if _place(each) == _place(made)]
            there = [each for each in there if not self.is_gone(each)]
            require(all(_footing(each) == _footing(made) for each in there), "appearance-exists")
            return bool(there)
        return any(
            (_place(each), _footing(each)) == (_place(made), _footing(made))
            for other, claim in self.claims.items()
            for each in claim.appearances
            if self.statement(other) == made.statement and not self.is_gone(each)
        )

    def statement(self, claim_id: str) -> str:
        return next((each.statement for each in self.claims[claim_id].appearances if not self.is_gone(each)), "")

    def claim_view(self, claim_id: str) -> tuple[Any, ...]:
        made = self.claims[claim_id].appearances
        words = ["" if self.is_gone(each) else each.selector.exact for each in made]
        shown = [
            (each.number, each.report_id, each.version, exact, self._found(each))
            for each, exact in zip(made, words, strict=True)
        ]
        return self.statement(claim_id), shown, sorted(self._joined(claim_id))

    def _found(self, appearance: Appearance) -> tuple[int, ...]:
        """The later versions in which its words stand just once, from the one on that was the latest then."""
        if self.is_redacted(appearance):
            return ()
        versions = enumerate(self.reports[appearance.report_id].versions, start=1)
        return tuple(
            number
            for number, version in versions
            if number > appearance.version and number >= appearance.latest and not version.redacted
            if stands_in(version.content, appearance.selector, appearance.quotes)
        )

    def _joined(self, claim_id: str) -> list[str]:
        return [name for name, each in self.relations.items() if claim_id in each.ends()]

    # ---- Relations

    def _relate(self, asked: Relating, person: Person, others: Mapping[str, Collection[str]]) -> None:
        require(asked.relation_id not in self.withdrawn, "annotation-withdrawn")
        require(asked.by is not None or person.outlets is None, "forbidden-outlet")
        if asked.by:
            self.require_right(person, asked.by)
        require(asked.source != asked.target, "relation-to-itself")
        self._require_ends(asked, others)
        if asked.relation is RelationKind.RETRACTS:
            said = [each for each in self.claims[asked.target.claim_id].appearances if each.stance is not Stance.DENIES]
            outlets = {self.reports[each.report_id].outlet.id for each in said}
            require(asked.by is not None and asked.by.id in outlets, "not-the-asserter")
        if asked.relation in ACYCLIC:
            reached = {asked.target.claim_id}
            while more := self._next_to(reached, asked.relation) - reached:
                reached |= more
            require(asked.source.claim_id not in reached, "relation-goes-round")
        basis = self._settled(asked.basis)
        made = Relation(asked.source, asked.target, asked.relation, asked.by, basis, self.revision + 1)
        if any(_said(each) == _said(made) for each in self.relations.values()):
            return
        require(asked.relation_id not in self.relations, "id-taken")
        across = any(end.story_id for end in (asked.source, asked.target))
        if across:
            held = self.is_held([*made.ends(), basis.report_id or "" if basis else ""])
            require(not held, "held-apart")
        self.relations[asked.relation_id] = made
        self.revision += 1

    def _require_ends(self, asked: Relating, others: Mapping[str, Collection[str]]) -> None:
        ends = (asked.source, asked.target)
        here = [end.claim_id for end in ends if end.story_id is None]
        require(bool(here), "relation-across-stories")
        for claim_id in here:
            require(claim_id in self.claims, "unknown-claim")
            require(not self.has_fallen(claim_id), "claim-fallen")
        for end in ends:
            if end.story_id is not None:
                require(asked.relation in ACROSS_STORIES, "relation-across-stories")
                require(end.claim_id in others.get(end.story_id, ()), "unknown-claim")
                require(any(link[0] == end.story_id for link in self.links.values()), "relation-across-stories")

    def _next_to(self, claim_ids: set[str], kind: RelationKind) -> set[str]:
        related = self.relations.values()
        return {each.target.claim_id for each in related if each.kind is kind and each.source.claim_id in claim_ids}

    def _settled(self, basis: Basis | None) -> Basis | None:
        if basis is None or basis.report_id is None:
            return basis
        text, number = self.text_of(basis.report_id, basis.version)
        require(any(basis.text in block.text for block in text.blocks), "passage-not-found")
        return msgspec.structs.replace(basis, version=number)

    # ---- Occurrences and links

    def _record(self, asked: Recording) -> None:
        require(asked.occurrence_id not in self.withdrawn, "annotation-withdrawn")
        require(not asked.is_here or asked.occurrence_id in self.occurrences, "unknown-annotation")
        basis = self._settled(asked.basis)
        made = Account(asked.title, self._when(asked, basis), asked.place, asked.parties, basis)
        known = self.occurrences.get(asked.occurrence_id)
        if any(each[-1] == made for each in ([known] if known else self.occurrences.values())):
            return
        self.occurrences.setdefault(asked.occurrence_id, []).append(made)
        self.revision += 1

    def _when(self, asked: Recording, basis: Basis | None) -> When | None:
        if asked.when is None:
            return None
        anchor, anchor_day = asked.when.anchor, None
        if anchor is not None:
            require(anchor.occurrence != asked.occurrence_id, "relation-to-itself")
            require(anchor.occurrence in self.occurrences, "unknown-annotation")
            anchor_day = self.occurrences[anchor.occurrence][-1].when
        content = self.text_of(basis.report_id, basis.version)[0] if basis and basis.report_id else None
        day = content.published_at.date() if content and content.published_at else None
        try:
            return resolve(asked.when.phrase, published=day, anchor=anchor, anchor_day=anchor_day)
        except BadDate as bad:
            raise Refused(bad.name) from bad

    def _link(self, command: commands.LinkStories) -> None:
        require(command.other_id != self.story_id, "relation-to-itself")
        require(command.link_id not in self.withdrawn, "annotation-withdrawn")
        made = (command.other_id, command.relation, command.inverse)
        if made in self.links.values():
            return
        require(command.link_id not in self.links, "id-taken")
        require(not self.is_held([]), "held-apart")
        self.links[command.link_id] = made
        self.revision += 1

    # ---- What is taken back

    def _withdraw(self, target: str) -> None:
        if target in self.withdrawn:
            return
        claim_id, _, number = target.partition("/")
        left = [each for each in self._appearances(claim_id) if number and str(each.number) != number]
        named = {f"{claim_id}/{each.number}" for each in self._appearances(claim_id)}
        markings = (self.claims, self.relations, self.occurrences, self.links)
        require(target in named or any(target in each for each in markings), "unknown-annotation")
        with_it = [] if left or claim_id not in self.claims else self._joined(claim_id)
        across = [each for each in with_it if self._is_across(each)] or self._across_by(target)
        require(not across, "joined-across-stories")
        crosses = target in self.links or (target in self.relations and self._is_across(target))
        if crosses:
            relation = self.relations.get(target)
            basis = relation.basis.report_id or "" if relation and relation.basis else ""
            require(not self.is_held([*(relation.ends() if relation else ()), basis]), "held-apart")
        for each in with_it:
            del self.relations[each]
        if left:
            self.claims[claim_id].appearances = left
        else:
            for marked in (self.claims, self.relations, self.occurrences, self.links):
                marked.pop(claim_id, None)
        self.withdrawn.add(target)
        self.revision += 1

    def _appearances(self, claim_id: str) -> list[Appearance]:
        return self.claims[claim_id].appearances if claim_id in self.claims else []

    def _is_across(self, relation_id: str) -> bool:
        relation = self.relations[relation_id]
        return bool(relation.source.story_id or relation.target.story_id)

    def _across_by(self, link_id: str) -> list[str]:
        """The relations with the story that only this link leads to."""
        if link_id not in self.links:
            return []
        other = self.links[link_id][0]
        if sum(each[0] == other for each in self.links.values()) > 1:
            return []
        return [name for name, each in self.relations.items() if other in (each.source.story_id, each.target.story_id)]

    # ---- What is held

    def is_held(self, names: list[str]) -> bool:
        """Whether the story is held, or one of these reports and claims."""
        held = {each.target for each in self.holds.values() if each.kind == "publication" and not each.lifted}
        return self.story_id in held or any(name in held or self._claim_is_held(name, held) for name in names)

    def _claim_is_held(self, claim_id: str, held: set[str]) -> bool:
        made = self._appearances(claim_id)
        alive = [each for each in made if not self.reports[each.report_id].killed] or made
        rests = [{each.report_id, *self._known_sources(each)} for each in alive]
        return bool(rests) and all(each & held for each in rests)

    def _known_sources(self, appearance: Appearance) -> Iterator[str]:
        return iter(()) if self.is_redacted(appearance) else _sources(appearance.attribution, appearance.quotes)


def _in_this(basis: Basis | None, report_id: str) -> Basis | None:
    return msgspec.structs.replace(basis, report_id=report_id) if basis and basis.report_id is None else basis


def _place(made: Appearance) -> tuple[object, ...]:
    return made.report_id, made.version, made.selector


def _footing(made: Appearance) -> tuple[object, ...]:
    return made.stance, made.attribution, made.quotes, made.about


def _said(made: Relation) -> tuple[object, ...]:
    return made.source, made.target, made.kind, made.by, made.basis


def _sources(attribution: Attribution | None, quotes: tuple[Quote, ...]) -> Iterator[str]:
    """The reports that are named as sources, however deep."""
    if attribution is not None:
        if attribution.report_id:
            yield attribution.report_id
        for each in attribution.via:
            yield from _sources(each, ())
    for quote in quotes:
        yield from _sources(quote.speaker, quote.inner)
