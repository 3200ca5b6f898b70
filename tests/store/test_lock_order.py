"""Locks are taken in one order, so that nobody waits in a circle: shown by circles that form without it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.rooms import Newsroom, everything, settings_for
from tests.store.writing import NOW, append, read, saying, somebody_waits, text_of
from tests.waiting import wait_until
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Contended
from tracker.handling import handler
from tracker.projections.outlets import OutletList
from tracker.projections.saved_states import SavedStates
from tracker.projections.story_list import StoryList
from tracker.store import followers, log, verifying
from tracker.store.followers import Follower
from tracker.store.log import Appended, WrongVersion
from tracker.store.several import Part, append_to_all
from tracker.stories.commands import RedactContent

STREAMS = ["sty_a", "sty_b", "sty_c", "sty_d"]


def parts(stream_ids: Sequence[str], text: str) -> list[Part]:
    return [Part(stream_id, "story", [saying(text)]) for stream_id in stream_ids]


def in_order_of_mention(connection: Connection, given: Sequence[Part]) -> list[Appended]:
    """As ``append_to_all`` without its order."""
    return [log.append(connection, p.stream_id, p.kind, p.events, expected="any", now=NOW) for p in given]


# ---- Several streams in one transaction


def test_several_streams_are_appended_to_at_once_and_answered_in_the_order_of_mention(database: Database) -> None:
    append(database, "sty_b", "Before.")
    with database.writing() as connection:
        done = append_to_all(connection, parts(["sty_b", "sty_a", "sty_b"], "Now."), now=NOW)
    assert [(each.first, each.last) for each in done] == [(2, 2), (1, 1), (3, 3)]
    assert [text_of(event) for event in read(database, "sty_b")] == ["Before.", "Now.", "Now."]
    assert [text_of(event) for event in read(database, "sty_a")] == ["Now."]


def test_if_one_stream_refuses_nothing_is_appended_to_any(database: Database) -> None:
    append(database, "sty_b", "Before.")
    before = everything(database)
    refused = [*parts(["sty_a", "sty_c"], "Now."), Part("sty_b", "story", [saying("Now.")], expected=7)]
    with pytest.raises(WrongVersion), database.writing() as connection:
        append_to_all(connection, refused, now=NOW)
    assert everything(database) == before


AppendAll = Callable[[Connection, Sequence[Part]], object]


def by_id(connection: Connection, given: Sequence[Part]) -> list[Appended]:
    return append_to_all(connection, given, now=NOW)


@pytest.mark.parametrize(("append_all", "gives_way"), [(in_order_of_mention, 1), (by_id, 0)])
def test_the_order_of_mention_ends_in_a_deadlock_and_the_order_of_ids_in_none(
    migrated_postgresql_url: str, monkeypatch: pytest.MonkeyPatch, append_all: AppendAll, gives_way: int
) -> None:
    with closing(Database(settings_for(migrated_postgresql_url))) as database:
        for stream_id in STREAMS[:2]:
            append(database, stream_id, "Before.")
        gave_way = crossing(database, monkeypatch, append_all)
        assert len(gave_way) == gives_way
        # Whoever gave way has left nothing.
        assert [len(read(database, each)) for each in STREAMS[:2]] == [3 - gives_way] * 2


def crossing(database: Database, monkeypatch: pytest.MonkeyPatch, append_all: AppendAll) -> list[Contended]:
    """Two transactions name two streams in opposite orders; returns those that gave way.

    Whoever has appended to one stream goes on when the other one has, too, or waits for a lock.
    """
    meeting, appended, gave_way = log.append, set[int](), list[Contended]()

    def append_and_meet(*given: Any, **named: Any) -> Appended:
        done = meeting(*given, **named)
        appended.add(threading.get_ident())
        wait_until(lambda: len(appended) == 2 or somebody_waits(database), what="the other one")
        return done

    def write(stream_ids: Sequence[str]) -> None:
        try:
            with database.writing() as connection:
                append_all(connection, parts(stream_ids, "Crossing."))
        except Contended as error:
            gave_way.append(error)

    with monkeypatch.context() as patched, ThreadPoolExecutor(2) as pool:
        patched.setattr(log, "append", append_and_meet)
        list(pool.map(write, [STREAMS[:2], STREAMS[1::-1]]))
    return gave_way


def test_many_who_append_to_the_same_streams_in_any_order_never_wait_in_a_circle(database: Database) -> None:
    orders = [random.Random(number).sample(STREAMS, 3) for number in range(80)]

    def write(number: int) -> None:
        with database.writing() as connection:
            append_to_all(connection, parts(orders[number], str(number)), now=NOW)

    with ThreadPoolExecutor(8) as pool:
        # Nobody gives way: it would be raised here.
        list(pool.map(write, range(len(orders))))
    texts = {stream_id: [text_of(event) for event in read(database, stream_id)] for stream_id in STREAMS}
    for stream_id, found in texts.items():
        assert sorted(map(int, found)) == [number for number, order in enumerate(orders) if stream_id in order]
    assert verifying.verify(database).findings.told == []


# ---- The whole program


@pytest.fixture
def first_try_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gives way is not tried again, so that it shows."""
    monkeypatch.setattr(handler, "_TRIES", 1)


@pytest.mark.usefixtures("first_try_only")
def test_those_who_name_new_outlets_in_each_others_stories_never_wait_in_a_circle(
    database: Database, newsroom: Newsroom
) -> None:
    stories = [newsroom.opens(f"Story {number}") for number in range(2)]
    # Each outlet is named by two at once, for another story each, with the same key of its own or none.
    commands = [
        newsroom.filing(stories[(number + turn) % 2], f"{number}.", outlet=f"Outlet {number // 2}")
        for number in range(60)
        for turn in range(2)
    ]
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(newsroom.asks, commands))) == 120
    assert sum(len(read(database, story_id)) for story_id in stories) == 122
    assert verifying.verify(database).findings.told == []


@pytest.mark.usefixtures("first_try_only")
def test_redactions_filings_and_followers_never_wait_in_a_circle(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    stories = [newsroom.opens(f"Story {number}") for number in range(3)]
    filed = [newsroom.files(stories[number % 3], f"{number}.") for number in range(30)]
    over = threading.Event()

    def redact(number: int) -> None:
        newsroom.files(stories[number % 3], f"Beside {number}.")
        target, of = f"{filed[number].report_id}/1", filed[number].story_id
        newsroom.asks(RedactContent(story_id=of, target=target, reason="A source.", authority="The editor"))

    def follow(follower: Follower) -> None:
        while followers.advance(database, follower, 5) or not over.is_set():
            pass

    with ThreadPoolExecutor(7) as pool:
        following = [pool.submit(follow, each) for each in (StoryList(), OutletList(), SavedStates(3), StoryList())]
        try:
            list(pool.map(redact, range(len(filed))))
        finally:
            over.set()
        for each in following:
            each.result(60)
    redacted = [event for story_id in stories for event in read(database, story_id) if event.redacted]
    assert len(redacted) == 30
    assert verifying.verify(database, content=True, saved_states=True).findings.told == []
