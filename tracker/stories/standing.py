"""How a claim stands, derived from the state of its story alone: who supports it, who disputes it, what became of it.

What counts
    An appearance counts while its report isn't killed and its outlet has not taken it back. An outlet takes a claim
    back by a *retracts* relation of its own, or by correcting the report with a retraction (of the whole report, or
    of the passages that it names). What it published before that counts no more; what it says anew afterwards does.
    An appearance that *denies* never supports: it disputes, in the name of the party (or the label, or the outlet)
    that its attribution names, else of its own outlet.
Support
    See ``support``. A claim that *corroborates* another lends it its own live appearances, as long as somebody says
    the other too; what corroborates the one that corroborates does not count. One of another story lends nothing:
    this state does not know who says so there.
Disputes
    A *disputes* relation counts while somebody says the claim from which it comes; of another story's claim it
    counts as it is. Whether the disputing claim is itself disputed or superseded does not matter.
Fate
    *Fallen*: all reports it appeared in were killed. *Retracted*: nobody is left who asserts it, and somebody took it
    back. *Superseded*: a *supersedes* relation leads to it. *supersedes* and *retracts* hold until they leave the
    state, whatever becomes of the claim from which they come: that brings back nothing that was given up.

So every effect goes one step. A standing depends on the claim's own appearances and relations, and on the appearances
and retractions of those claims that dispute or corroborate it, never on another standing: deriving anew the claims of
``touched_by``, once, is enough.

A standing takes time in proportion to the claim's appearances (and what their reports cite), its relations, and the
same of the claims that corroborate it; of one that disputes it, its relations, and its appearances up to the first
that counts. The size of the story does not matter. What it does badly: nothing is kept from one time to the next, so
a claim that appears n times takes about n²/2 such steps over its life.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from tracker.stories.claims import Appearance, Claim, Disputant, Fate, Relation, Standing
from tracker.stories.knowledge import Attribution, RelationKind, Stance
from tracker.stories.reports import Correction, Report
from tracker.stories.sayings import Saying, outlet_of, saying_of
from tracker.stories.story import Story
from tracker.stories.support import NOBODY, Backing, backing_of
from tracker.stories.values import CorrectionKind, IssuedBy

#: A change of one claim reaches another by these.
_REACHING = frozenset({RelationKind.DISPUTES, RelationKind.CORROBORATES})


def standing_of(story: Story, claim_id: str) -> Standing:
    """How the claim stands in ``story``; raises ``KeyError`` where there is none of that id."""
    return standing_at(story, claim_id, story.reports)


def standing_at(story: Story, claim_id: str, reports: Container[str]) -> Standing:
    """How the claim would stand if there were no reports but those whose ids are ``reports``.

    Relations that rest on words of other reports, or come from claims that appear in none of these, are not there
    either. A claim that appears in none of them has no support, and is current.
    """
    claim = story.claims[claim_id]
    relations = list(_relations_to(claim, story, reports))
    made = list(_made(claim, relations, story, reports))
    backing = _backing(made, relations, story, reports)
    return Standing(
        support=backing.support,
        outlets=backing.outlets,
        sources=backing.sources,
        disputed=_disputants(made, relations, story, reports),
        fate=_fate(made, relations),
    )


def touched_by(story: Story, claim_id: str) -> tuple[str, ...]:
    """The other claims of ``story`` whose standing may change when what is said of this one does: those that it
    disputes or corroborates. What these touch in turn does not change.
    """
    related = (story.relations[relation_id] for relation_id in story.claims[claim_id].relations)
    reached = {
        relation.target.claim_id: None
        for relation in related
        if relation.relation in _REACHING
        and (relation.source.claim_id, relation.source.story_id) == (claim_id, None)
        and relation.target.story_id is None
    }
    return tuple(reached)


# ---- What counts


class _Made(NamedTuple):
    """An appearance, and whether it still counts."""

    appearance: Appearance
    report: Report
    taken_back: bool

    @property
    def counts(self) -> bool:
        return self.report.kill is None and not self.taken_back

    @property
    def says_so(self) -> bool:
        return self.appearance.stance is not Stance.DENIES


def _made(claim: Claim, relations: Iterable[Relation], story: Story, reports: Container[str]) -> Iterator[_Made]:
    """The appearances of ``claim`` in ``reports``; ``relations`` are those that lead to it."""
    retracted = _retracted(relations)
    for appearance in claim.appearances:
        if appearance.report_id in reports:
            report = story.reports[appearance.report_id]
            yield _Made(appearance, report, _is_taken_back(appearance, report, retracted))


def _retracted(relations: Iterable[Relation]) -> dict[str, int]:
    """At which revision each outlet last took the claim back, by the outlet's id."""
    by_outlet = [
        (relation.by.id, relation.revision)
        for relation in relations
        if relation.relation is RelationKind.RETRACTS and relation.by is not None
    ]
    return dict(sorted(by_outlet, key=lambda each: each[1]))


def _is_taken_back(appearance: Appearance, report: Report, retracted: dict[str, int]) -> bool:
    if appearance.stance is not Stance.DENIES:
        published = report.version_numbered(appearance.version)
        if published and published.revision < retracted.get(report.outlet.id, 0):
            return True
    return any(_takes_back(correction, appearance) for correction in report.corrections)


def _takes_back(correction: Correction, appearance: Appearance) -> bool:
    """Whether the outlet retracted the words, or all of the report; all of it, too, where what it named is gone."""
    if (correction.kind, correction.issued_by) != (CorrectionKind.RETRACTION, IssuedBy.OUTLET):
        return False
    if appearance.version >= correction.version:
        return False
    words = appearance.selector.exact
    named = [passage.exact for passage in correction.passages]
    return not named or any(words in each or each in words for each in named)


def _relations_to(claim: Claim, story: Story, reports: Container[str]) -> Iterator[Relation]:
    """The relations that lead to ``claim``, as far as they are made in ``reports``."""
    for relation_id in claim.relations:
        relation = story.relations[relation_id]
        leads_here = (relation.target.claim_id, relation.target.story_id) == (claim.claim_id, None)
        if leads_here and _is_made_in(relation, story, reports):
            yield relation


def _is_made_in(relation: Relation, story: Story, reports: Container[str]) -> bool:
    basis = relation.basis
    if basis is not None and basis.report_id is not None and basis.report_id not in reports:
        return False
    if relation.source.story_id is not None:
        return True
    source = story.claims[relation.source.claim_id]
    return any(appearance.report_id in reports for appearance in source.appearances)


# ---- Support


def _backing(made: list[_Made], relations: list[Relation], story: Story, reports: Container[str]) -> Backing:
    if not any(each.counts and each.says_so for each in made):
        return NOBODY
    lent = (each for claim in _corroborating(relations, story) for each in _made_of(claim, story, reports))
    return backing_of(_sayings([*made, *lent], story))


def _corroborating(relations: Iterable[Relation], story: Story) -> list[Claim]:
    sources = {
        relation.source.claim_id: None
        for relation in relations
        if relation.relation is RelationKind.CORROBORATES and relation.source.story_id is None
    }
    return [story.claims[claim_id] for claim_id in sources]


def _made_of(claim: Claim, story: Story, reports: Container[str]) -> Iterator[_Made]:
    return _made(claim, _relations_to(claim, story, reports), story, reports)


def _sayings(made: Iterable[_Made], story: Story) -> list[Saying]:
    said = [each for each in made if each.says_so]
    beside = {each.report.report_id for each in said}
    return [saying_of(each.appearance, each.report, story, beside, live=each.counts) for each in said]


# ---- Disputes and fate


def _disputants(
    made: Iterable[_Made], relations: Iterable[Relation], story: Story, reports: Container[str]
) -> tuple[Disputant, ...]:
    """In the order in which they came."""
    denied = [(each.appearance.revision, _denying(each, story)) for each in made if each.counts and not each.says_so]
    disputing = [
        (relation.revision, Disputant(outlet=relation.by, relation_id=relation.relation_id, claim=relation.source))
        for relation in relations
        if relation.relation is RelationKind.DISPUTES and _is_still_said(relation, story, reports)
    ]
    return tuple(disputant for _, disputant in sorted(denied + disputing, key=lambda each: each[0]))


def _denying(made: _Made, story: Story) -> Disputant:
    given = made.appearance.attribution or Attribution()
    number = made.appearance.number
    if given.party is not None:
        return Disputant(party=given.party, appearance=number)
    if given.label is not None:
        return Disputant(label=given.label, appearance=number)
    named = outlet_of(given.report_id, story) if given.report_id is not None else given.outlet
    return Disputant(outlet=named or made.report.outlet, appearance=number)


def _is_still_said(relation: Relation, story: Story, reports: Container[str]) -> bool:
    """Whether somebody says the claim from which ``relation`` comes; of another story's, as it is."""
    if relation.source.story_id is not None:
        return True
    source = story.claims[relation.source.claim_id]
    return any(each.counts and each.says_so for each in _made_of(source, story, reports))


def _fate(made: list[_Made], relations: Iterable[Relation]) -> Fate:
    if made and all(each.report.kill is not None for each in made):
        return Fate.FALLEN
    said = [each for each in made if each.says_so]
    if not any(each.counts for each in said) and any(each.taken_back for each in said):
        return Fate.RETRACTED
    superseded = any(relation.relation is RelationKind.SUPERSEDES for relation in relations)
    return Fate.SUPERSEDED if superseded else Fate.CURRENT
