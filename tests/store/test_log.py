"""Appending and reading: on both databases, one winner, nothing lost and nothing twice."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.rooms import everything
from tests.store.writing import NOW, append, read, read_all, saying, text_of
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.ids import new_id
from tracker.store import log, order
from tracker.store.log import EventDiffers, Expected, WrongVersion
from tracker.store.log_events import NewEvent
from tracker.stories.events import StoryOpened

STREAM = "sty_1"
#: What a caller may expect of a stream that is at version 3, when it repeats events.
EXPECTED: tuple[Expected, ...] = ("none", "any", "exists", 0, 7)


def test_what_was_appended_is_read_with_all_that_came_along(database: Database) -> None:
    new = NewEvent(
        event_id="evt_1",
        event=StoryOpened(slug="strike", title="Strike"),
        actor="tok_1",
        correlation_id="req_1",
        on_behalf_of="out_1",
        causation_id="evt_0",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        key_id="rpt_1/1",
    )
    done = append(database, STREAM, new, expected="none")
    assert (done.first, done.last, done.position, done.recorded_at, done.again) == (1, 1, 1, NOW, False)
    [event] = read(database, STREAM)
    assert (event.position, event.stream_id, event.version) == (1, STREAM, 1)
    assert (event.event_id, event.type, event.schema_version) == ("evt_1", "story.opened", 1)
    assert {name: getattr(event, name) for name in ("actor", "correlation_id", "on_behalf_of", "causation_id")} == {
        "actor": "tok_1",
        "correlation_id": "req_1",
        "on_behalf_of": "out_1",
        "causation_id": "evt_0",
    }
    assert (event.traceparent, event.key_id) == (new.traceparent, "rpt_1/1")
    assert event.open() == new.event
    assert event.clear() == {"slug": "strike"}
    assert read_all(database) == [event]


def test_a_recorded_event_carries_its_place_time_and_people(database: Database) -> None:
    append(database, STREAM, saying("One.", event_id="evt_1", on_behalf_of="out_1"))
    recorded = read(database, STREAM)[0].recorded()
    assert (recorded.revision, recorded.recorded_at, recorded.event_id) == (1, NOW, "evt_1")
    assert (recorded.actor, recorded.on_behalf_of, recorded.correlation_id) == ("tok_1", "out_1", "req_1")


def test_several_events_are_appended_at_once_in_their_order(database: Database) -> None:
    append(database, STREAM, "One.")
    done = append(database, STREAM, "Two.", "Three.", "Four.")
    assert (done.first, done.last, done.position) == (2, 4, 4)
    events = read(database, STREAM)
    assert [(e.version, e.position, text_of(e)) for e in events] == [
        (1, 1, "One."),
        (2, 2, "Two."),
        (3, 3, "Three."),
        (4, 4, "Four."),
    ]


def test_a_stream_is_read_in_part(database: Database) -> None:
    append(database, STREAM, *(f"{n}." for n in range(1, 7)))
    assert [e.version for e in read(database, STREAM, after=2)] == [3, 4, 5, 6]
    assert [e.version for e in read(database, STREAM, after=2, up_to=4)] == [3, 4]
    assert [e.version for e in read(database, STREAM, after=2, limit=1)] == [3]
    assert read(database, STREAM, after=6) == read(database, "sty_2") == []
    assert read(database, STREAM, up_to=0) == read(database, STREAM, limit=0) == []


def test_the_whole_log_is_read_in_pages_in_one_dense_order(database: Database) -> None:
    for n in range(7):
        append(database, f"sty_{n % 3}", f"{n}.")
    with database.reading() as connection:
        assert order.last_position(connection) == 7
    pages = [read_all(database, after=after, limit=3) for after in (0, 3, 6, 7)]
    assert [[e.position for e in page] for page in pages] == [[1, 2, 3], [4, 5, 6], [7], []]
    assert [text_of(e) for page in pages for e in page] == [f"{n}." for n in range(7)]


def test_an_empty_log_has_no_last_position(database: Database) -> None:
    with database.reading() as connection:
        assert order.last_position(connection) == 0
        assert log.head(connection, STREAM) is None


def test_a_log_has_a_name_of_its_own_that_stays(database: Database) -> None:
    with database.reading() as connection:
        name = log.log_id(connection)
        append(database, STREAM, "One.")
        assert log.log_id(connection) == name
    assert len(name) == 32


# ---- What is expected ----------------------------------------------------------------------------------------------


#: What is expected, how many events are there, and whether that fits.
EXPECTATIONS: list[tuple[Expected, int, bool]] = [
    ("none", 0, True),
    ("none", 2, False),
    ("any", 0, True),
    ("any", 2, True),
    ("exists", 0, False),
    ("exists", 2, True),
    (0, 0, True),
    (0, 2, False),
    (1, 0, False),
    (1, 2, False),
    (2, 2, True),
    (3, 2, False),
]


def test_an_append_is_made_if_the_stream_is_where_it_is_expected(database: Database) -> None:
    for expected, there, fits in EXPECTATIONS:
        if fits:
            stream = _stream_of(database, there)
            assert append(database, stream, "More.", expected=expected).last == there + 1, (expected, there)


def test_a_stream_that_is_elsewhere_refuses_and_says_what_was_expected_and_found(database: Database) -> None:
    for expected, there, fits in EXPECTATIONS:
        if not fits:
            stream = _stream_of(database, there)
            before = everything(database)
            with pytest.raises(WrongVersion) as caught:
                append(database, stream, "More.", expected=expected)
            assert caught.value.facts == {"expected": expected, "found": there}
            assert f"expected version {expected}, found {there}" in str(caught.value)
            assert everything(database) == before


def test_the_same_events_again_are_answered_with_the_first_result(database: Database) -> None:
    one, two, three = saying("One."), saying("Two."), saying("Three.")
    first = append(database, STREAM, one, two)
    append(database, STREAM, three)
    before = everything(database)
    for expected in EXPECTED:
        again = append(database, STREAM, one, two, expected=expected, now=NOW + timedelta(days=1))
        assert again == first._replace(again=True, rests=())
        assert append(database, STREAM, three, expected=expected).last == 3
    assert everything(database) == before


def test_an_event_of_the_same_id_with_other_content_is_refused(database: Database) -> None:
    one, two = saying("One."), saying("Two.")
    append(database, STREAM, one, two)
    other = saying("Other.", event_id=one.event_id)
    before = everything(database)
    for expected in EXPECTED:
        for events in ([other], [one, saying("More.")], [one, two, saying("More.")], [two, one]):
            with pytest.raises(EventDiffers):
                append(database, STREAM, *events, expected=expected)
    assert everything(database) == before


def test_a_number_that_fits_never_adds_an_event_id_a_second_time(database: Database) -> None:
    one = saying("One.")
    append(database, STREAM, one)
    before = everything(database)
    assert append(database, STREAM, one, expected=1).again
    with pytest.raises(EventDiffers):
        append(database, STREAM, saying("Two.", event_id=one.event_id), expected=1)
    assert everything(database) == before


def test_the_same_event_id_in_another_stream_is_another_event(database: Database) -> None:
    one = saying("One.")
    assert append(database, "sty_1", one).position == 1
    assert append(database, "sty_2", one).position == 2


def test_of_eight_who_expect_the_same_version_one_wins(database: Database) -> None:
    start = threading.Barrier(8)

    def attempt(n: int) -> list[bool]:
        won = []
        for version in range(5):
            start.wait(timeout=30)
            try:
                append(database, STREAM, f"{n}.", expected=version)
                won.append(True)
            except WrongVersion:
                won.append(False)
        return won

    with ThreadPoolExecutor(8) as pool:
        rounds = list(zip(*pool.map(attempt, range(8)), strict=True))
    assert [sum(round) for round in rounds] == [1] * 5
    assert [e.version for e in read(database, STREAM)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("expected", ["any", "none"])
def test_of_eight_who_begin_a_stream_nobody_is_lost(database: Database, expected: Expected) -> None:
    start = threading.Barrier(8)

    def attempt(n: int) -> bool:
        start.wait(timeout=30)
        try:
            append(database, STREAM, f"{n}.", expected=expected)
        except WrongVersion:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = sum(pool.map(attempt, range(8)))
    assert won == (8 if expected == "any" else 1)
    assert [e.version for e in read(database, STREAM)] == list(range(1, won + 1))


# ---- Time ----------------------------------------------------------------------------------------------------------


def test_recorded_time_never_runs_back_within_a_stream(database: Database) -> None:
    times = [NOW, NOW + timedelta(hours=2), NOW + timedelta(hours=1), NOW - timedelta(days=9), NOW + timedelta(hours=3)]
    done = [append(database, STREAM, "More.", now=time).recorded_at for time in times]
    assert done == [NOW + timedelta(hours=hours) for hours in (0, 2, 2, 2, 3)]
    assert [e.recorded().recorded_at for e in read(database, STREAM)] == done


def test_recorded_time_is_kept_to_the_microsecond(database: Database) -> None:
    exact = NOW + timedelta(microseconds=1)
    append(database, STREAM, "One.", now=exact)
    assert read(database, STREAM)[0].recorded().recorded_at == exact


def test_another_stream_may_be_recorded_earlier(database: Database) -> None:
    append(database, "sty_1", "One.", now=NOW)
    assert append(database, "sty_2", "Two.", now=NOW - timedelta(days=1)).recorded_at == NOW - timedelta(days=1)


# ---- All or nothing ------------------------------------------------------------------------------------------------


def test_what_is_rolled_back_leaves_no_trace_and_no_gap(database: Database) -> None:
    append(database, STREAM, "One.")
    before = everything(database)
    with contextlib.suppress(ZeroDivisionError), database.writing() as connection:
        log.append(connection, STREAM, "story", [saying("Two.")], expected="any", now=NOW)
        log.append(connection, "sty_2", "story", [saying("Three.")], expected="none", now=NOW)
        raise ZeroDivisionError
    assert everything(database) == before
    assert append(database, "sty_2", "Three.").position == 2


def test_nobody_sees_an_append_before_it_is_committed(database: Database) -> None:
    with database.writing() as connection:
        done = log.append(connection, STREAM, "story", [saying("One.")], expected="none", now=NOW)
        assert [e.version for e in log.read(connection, STREAM)] == [1]
        assert read(database, STREAM) == read_all(database) == []
    assert [(e.version, e.position) for e in read_all(database)] == [(done.last, 1)]


def _stream_of(database: Database, length: int) -> str:
    stream = new_id("sty", Clock())
    if length:
        append(database, stream, *(f"{n}." for n in range(length)))
    return stream
