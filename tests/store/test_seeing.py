"""A story as somebody sees it: the fold of what isn't hidden, without what was killed; in memory or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from sqlalchemy import Connection

from tests.planted import Planted, words_in
from tests.rooms import Newsroom
from tracker.access.sight import ALL, AUDIENCES, PUBLIC, Sight
from tracker.clock import StoryClock, from_microseconds
from tracker.db.database import Database
from tracker.handling import Outcome
from tracker.store import loading, log, recent, seeing, withholding
from tracker.store.veils import NO_VEIL, veil, veils
from tracker.stories.errors import UnknownStory
from tracker.stories.events import HoldLifted
from tracker.stories.folding import fold, struck
from tracker.stories.references import without_names, without_revisions
from tracker.stories.story import Story


class Known(NamedTuple):
    """A newsroom, and a connection to its database."""

    planted: Planted
    connection: Connection


@pytest.fixture
def known(newsroom: Newsroom, clock: StoryClock, database: Database) -> Iterator[Known]:
    planted = Planted(newsroom, clock, database)
    with database.reading() as connection:
        yield Known(planted, connection)


def expected(known: Known, story_id: str, sight: Sight, revision: int) -> Story:
    """The slow way: everything from the beginning, without what is hidden, and then without what was killed."""
    hidden = withholding.hidden(known.connection, story_id, sight)
    names = seeing.names_hidden(known.connection, story_id, sight)
    history = loading.history(known.connection, story_id, up_to=revision)
    shown = [each for each in history if each.revision not in hidden]
    told = [
        type(each)(
            **{name: getattr(each, name) for name in each.__struct_fields__ if name != "event"},
            event=without_revisions(without_names(each.event, names), hidden),
        )
        for each in shown
    ]
    whole = loading.load(known.connection, story_id)
    kills = {
        report.report_id: type(report.kill)(
            **{name: getattr(report.kill, name) for name in report.kill.__struct_fields__ if name != "successor"},
            successor=None if report.kill.successor in names else report.kill.successor,
        )
        for report in whole.reports.values()
        if report.kill
    }
    return struck(fold(Story(), told), kills)


@pytest.mark.parametrize("audience", sorted(AUDIENCES))
def test_every_revision_is_the_fold_of_what_is_seen_of_it(known: Known, audience: str) -> None:
    for story_id in (known.planted.story, known.planted.whole):
        head = log.head(known.connection, story_id)
        assert head is not None
        for revision in range(1, head.version + 1):
            found = seeing.seen(known.connection, story_id, AUDIENCES[audience], revision=revision)
            assert found == expected(known, story_id, AUDIENCES[audience], revision), revision


def test_it_is_kept_in_memory_for_each_sight_and_forgotten_for_all(known: Known) -> None:
    story_id = known.planted.story
    first = {name: seeing.seen(known.connection, story_id, sight) for name, sight in AUDIENCES.items()}
    assert all(seeing.seen(known.connection, story_id, sight) is first[name] for name, sight in AUDIENCES.items())
    loading.forget(known.connection.engine, story_id)
    kept = recent.of(known.connection.engine)
    assert [kept.last(name) for name in (story_id, recent.name_of(story_id, PUBLIC))] == [None, None]
    assert seeing.seen(known.connection, story_id, PUBLIC) == first["public"]


def test_what_is_in_memory_is_carried_on_with_what_is_seen_of_what_came_since(
    newsroom: Newsroom, clock: StoryClock, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = Planted(newsroom, clock, database)
    with database.reading() as connection:
        before = {name: seeing.seen(connection, planted.story, sight) for name, sight in AUDIENCES.items()}
    newsroom.files(planted.story, "Seen.")
    newsroom.updates(Outcome(planted.story, 0, report_id=planted.reports["held"].report_id), "Not seen.")
    monkeypatch.setattr(seeing, "_folded", lambda *_: 1 / 0)
    with database.reading() as connection:
        known = Known(planted, connection)
        for name, sight in AUDIENCES.items():
            found = seeing.seen(connection, planted.story, sight)
            assert found == expected(known, planted.story, sight, before[name].revision + 2)
            assert found.revision == before[name].revision + (2 if sight == ALL else 1)


def test_revisions_that_are_hidden_are_passed_over(known: Known) -> None:
    story_id, hidden = known.planted.story, known.planted.hidden(known.planted.story)
    events = log.read(known.connection, story_id)
    shown = [event.version for event in events if event.version not in hidden]
    assert seeing.latest(known.connection, story_id, PUBLIC) == shown[-1]
    assert [version for version in range(1, events[-1].version + 1)
            if not seeing.hides(known.connection, story_id, PUBLIC, version)] == shown  # fmt: skip
    for event in events:
        at = from_microseconds(event.recorded_at)
        last = max(version for version in shown if events[version - 1].recorded_at <= event.recorded_at)
        assert seeing.revision_at(known.connection, story_id, PUBLIC, at) == last


def test_of_a_story_that_is_held_as_a_whole_there_is_nothing(known: Known) -> None:
    assert seeing.seen(known.connection, known.planted.whole, PUBLIC) == Story()
    assert seeing.latest(known.connection, known.planted.whole, PUBLIC) == 0
    with pytest.raises(UnknownStory):
        seeing.require(known.connection, known.planted.whole, PUBLIC)
    assert seeing.require(known.connection, known.planted.whole, ALL).title == "zqwholetitlesince"


def test_a_veil_lets_nothing_through_that_is_hidden_or_gone(known: Known) -> None:
    story_id = known.planted.story
    head = log.head(known.connection, story_id)
    assert head is not None
    before = veil(known.connection, story_id, PUBLIC, head)
    told = ""
    for event in log.read(known.connection, story_id):
        if event.version in before.hidden:
            continue
        told += repr(before.opened(event)) + repr(before.clear(event))
        if event.type == "hold.lifted":
            said = before.opened(event)
            assert isinstance(said, HoldLifted)
            assert said.released == tuple(range(29, 35))
    assert {word[:7] for word in words_in(told, known.planted.ids())} == {"zqasked", "zqlifte", "zqkille"}
    # Of the kill itself the reason is told to nobody, by whoever writes it out (``access.redistribution``).
    assert {word for word in words_in(told, ()) if word.startswith("zqkilled")} == {"zqkilledreason"}


def test_where_nothing_was_ever_restricted_nothing_is_looked_up(
    newsroom: Newsroom, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = newsroom.opens()
    newsroom.files(story_id)
    for name in ("hidden", "once_shown"):
        monkeypatch.setattr(withholding, name, lambda *_: 1 / 0)
    with database.reading() as connection:
        head = log.head(connection, story_id)
        assert head is not None
        assert seeing.seen(connection, story_id, PUBLIC) == loading.load(connection, story_id)
        assert (seeing.latest(connection, story_id, PUBLIC), seeing.stamp(connection, story_id, PUBLIC, head)) == (
            2,
            "",
        )
        assert veils(connection, [story_id], PUBLIC).get(story_id, NO_VEIL) is NO_VEIL
