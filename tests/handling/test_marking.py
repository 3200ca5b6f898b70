"""Markings through the handler: names, older texts, two stories at once, and what goes with a version's key."""

from __future__ import annotations

import pytest
from msgspec import structs

from tests.handling.stories import Work
from tests.handling.test_redaction import SECRET, words_in
from tests.rooms import Newsroom, everything, make_token
from tests.stories.samples import asks, claims, content, link, mark, redact, relate, relates, update, withdraw
from tracker.access.permissions import Role
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.errors import Refusal
from tracker.handling import Handler
from tracker.handling.others import HeldApart
from tracker.store import loading, verifying
from tracker.stories.commands import ApproveAct, Recording, RecordOccurrence
from tracker.stories.desk import CorrectionAct
from tracker.stories.errors import JoinedAcross, PassageNotFound, RelationAcross, UnknownClaim, UnknownStory
from tracker.stories.events import ClaimsRelated, Event, StoriesLinked
from tracker.stories.folding import fold
from tracker.stories.knowledge import Attribution, Basis, RelationKind
from tracker.stories.story import Story
from tracker.stories.values import CorrectionNote, OutletRef, PartyRef

DISPUTES = RelationKind.DISPUTES


@pytest.fixture
def work(newsroom: Newsroom, database: Database) -> Work:
    return Work(newsroom, database)


@pytest.fixture
def there(newsroom: Newsroom, database: Database) -> Work:
    return Work(newsroom, database)


def last(work: Work) -> Event:
    return work.history()[-1].event


# ---- Names


def test_outlets_and_parties_in_a_marking_come_into_being_with_it(work: Work) -> None:
    report = work.files("One. Two.")
    asked = mark(
        "clm_1",
        "One",
        report_id=report,
        attribution=Attribution(party=PartyRef(id="", name="John Bolton"), via=(Attribution(outlet=_the("Post")),)),
        about=(PartyRef(id="", name="john  bolton"), PartyRef(id="", name="Mike Pompeo")),
    )
    outcome = work.asks(asked)
    assert (outcome.new_outlets, sorted(outcome.new_parties)) == (("Post",), ["John Bolton", "Mike Pompeo"])
    [appearance] = work.seen().claims["clm_1"].appearances
    assert appearance.attribution is not None
    assert appearance.attribution.party == appearance.about[0]
    again = work.asks(asked)
    assert (again.written, again.subject, again.new_parties) == (False, "clm_1/1", ())


def test_a_marking_that_is_refused_leaves_no_name_behind(work: Work) -> None:
    report = work.files("One.")
    before = everything(work.database)
    with pytest.raises(Refusal):
        work.asks(mark("clm_1", "Two", report_id=report, about=(PartyRef(id="", name="Mike Pompeo"),)))
    assert everything(work.database) == before


def _the(name: str) -> OutletRef:
    return OutletRef(id="", name=name)


# ---- Older versions


def test_words_of_an_older_version_are_read_from_the_log(work: Work) -> None:
    report = work.files("One. Two.", "One", "Two")
    first, second = work.seen().claims_in[report]
    work.asks(update("Three.", report_id=report))
    assert work.marks(report, "One. Two", version=1)
    basis = Basis(text="Two", report_id=report, version=1)
    work.relates(first, second, basis=basis)
    related = last(work)
    assert isinstance(related, ClaimsRelated)
    assert related.version == 1
    recording = Recording(occurrence_id="occ_1", title="It happened", basis=basis)
    work.asks(RecordOccurrence(story_id=work.id, recording=recording, person=work.newsroom.token.person))
    assert work.seen().occurrences["occ_1"].now.basis == basis


def test_what_rides_along_may_rest_on_an_older_version_of_another_report(work: Work) -> None:
    report = work.files("One. Two.", "One", "Two")
    first, second = work.seen().claims_in[report]
    work.asks(update("Three.", report_id=report))
    basis = Basis(text="Two", report_id=report, version=1)
    work.files("Four.", outlet="The Wire", relations=(relates(first, DISPUTES, second, basis=basis),))
    assert work.seen().relations["rel_1"].basis == basis
    wrong = relates(second, DISPUTES, first, "rel_2", basis=structs.replace(basis, text="Three"))
    with pytest.raises(PassageNotFound):
        work.files("Five.", outlet="The Wire", relations=(wrong,))


def test_all_of_a_filing_is_written_or_nothing(work: Work) -> None:
    before = everything(work.database)
    made = (claims("clm_1", "One"), claims("clm_2", "Nowhere"))
    with pytest.raises(Refusal):
        work.newsroom.asks(work.filing("One.", outlet="Somebody New", claims=made))
    assert everything(work.database) == before
    filed = work.newsroom.asks(work.filing("One.", outlet="Somebody New", claims=made[:1]))
    assert (len(work.history()), filed.new_outlets) == (3, ("Somebody New",))
    assert len({each.correlation_id for each in work.history()[1:]}) == 1


# ---- Two stories


def linked(work: Work, there: Work) -> tuple[str, str]:
    """A claim of each of two stories that are linked."""
    claim, other = work.marks(work.files("One."), "One"), there.marks(there.files("Two."), "Two")
    work.asks(link(work.newsroom.new_id("lnk"), there.id))
    return claim, other


def test_a_link_is_in_both_stories_each_with_its_side(work: Work, there: Work) -> None:
    linked(work, there)
    mine, theirs = last(work), last(there)
    assert isinstance(mine, StoriesLinked)
    assert isinstance(theirs, StoriesLinked)
    assert (mine.story_id, mine.inverse, theirs.story_id, theirs.inverse) == (there.id, False, work.id, True)
    assert mine.link_id == theirs.link_id


def test_a_relation_across_stories_is_in_both_and_counts_in_both(work: Work, there: Work) -> None:
    claim, other = linked(work, there)
    basis = Basis(text="One", report_id=next(iter(work.seen().reports)))
    relation = work.relates(f"{there.id}/{other}", claim, basis=basis)
    assert len(work.seen().claims[claim].standing.disputed) == 1
    theirs = there.seen().relations[relation]
    assert (theirs.source.story_id, theirs.target.story_id, theirs.basis) == (None, work.id, None)
    assert there.seen().claims[other].relations == [relation]
    work.asks(withdraw(relation))
    assert (work.seen().relations, there.seen().relations) == ({}, {})
    assert verifying.verify(work.database).findings.told == []


def test_it_is_withdrawn_from_either_side_and_before_what_it_joins(work: Work, there: Work) -> None:
    claim, other = linked(work, there)
    relation = work.relates(claim, f"{there.id}/{other}")
    with pytest.raises(JoinedAcross):
        there.asks(withdraw(other))
    there.asks(withdraw(relation))
    assert work.seen().relations == {}
    assert there.asks(withdraw(other)).written


def test_a_relation_needs_the_other_story_its_claim_and_a_link(work: Work, there: Work) -> None:
    claim, other = work.marks(work.files("One."), "One"), there.marks(there.files("Two."), "Two")
    for target, kind in (
        (f"{there.id}/{other}", RelationAcross),
        (f"{there.id}/clm_9", UnknownClaim),
        (f"sty_nowhere/{other}", UnknownStory),
    ):
        with pytest.raises(kind):
            work.relates(claim, target)


def test_what_is_held_is_not_joined_with_another_story_whichever_side_it_is_on(work: Work, there: Work) -> None:
    claim, other = linked(work, there)
    hold_id = work.holds(next(iter(work.seen().reports)))
    before = everything(work.database)
    for asker, command in (
        (work, relate(claim, DISPUTES, f"{there.id}/{other}")),
        (there, relate(other, DISPUTES, f"{work.id}/{claim}")),
    ):
        with pytest.raises(HeldApart):
            asker.asks(command)
    assert everything(work.database) == before
    work.lifts(hold_id)
    assert there.asks(relate(other, DISPUTES, f"{work.id}/{claim}")).written


def test_a_story_that_is_held_is_not_linked(work: Work, there: Work) -> None:
    work.holds()
    for asker, other in ((work, there), (there, work)):
        with pytest.raises(HeldApart):
            asker.asks(link("lnk_1", other.id))


# ---- What goes with a version


@pytest.fixture
def second(handler: Handler, database: Database, clock: StoryClock) -> Newsroom:
    return Newsroom(handler, make_token(database, clock, Role.EDITOR), clock)


def test_a_correction_that_was_asked_for_is_destroyed_with_the_version_that_it_brought(
    work: Work, second: Newsroom, database: Database
) -> None:
    report = work.files("One.")
    act = CorrectionAct(report_id=report, content=content(f"{SECRET}."), note=CorrectionNote(text="It was he."))
    work.asks(asks(act, by=work.newsroom.token.person))
    second.asks(ApproveAct(story_id=work.id, act_id="act_1", by=second.token.person))
    work.marks(report, SECRET)
    assert SECRET in said(work)
    work.asks(redact(f"{report}/2"))
    assert SECRET not in said(work) + words_in(database)
    assert work.seen().requests == {}
    _check_replay(work)


def test_markings_are_destroyed_with_the_version_whose_words_they_repeat(work: Work, database: Database) -> None:
    report = work.files(f"{SECRET}. One.", SECRET, "One")
    first, other = work.seen().claims_in[report]
    work.relates(first, other, basis=Basis(text=SECRET, report_id=report))
    work.asks(update("Two.", report_id=report))
    assert SECRET in said(work)
    work.asks(redact(f"{report}/1"))
    assert SECRET not in said(work) + words_in(database)
    assert work.seen().claims[first].statement == ""
    _check_replay(work)


def said(work: Work) -> str:
    """All that is said in the story's log."""
    with work.database.reading() as connection:
        return str(loading.history(connection, work.id))


def _check_replay(work: Work) -> None:
    with work.database.reading() as connection:
        history = loading.history(connection, work.id)
        assert loading.load(connection, work.id) == fold(Story(), history)
    assert verifying.verify(work.database).findings.told == []
