"""One worker at a time sends to an endpoint, and whoever is killed or stopped loses and reorders nothing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from tests.rooms import Newsroom
from tests.waiting import wait_until
from tests.webhooks.receivers import Receiver, answering
from tests.webhooks.subscribers import (
    OWNER,
    Gate,
    ShiftedClock,
    choosing,
    deliver,
    deliveries_of,
    messages_of,
    plan,
    reachable,
    revisions_by_story,
    subscribe,
)
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.webhooks import endpoints, leases
from tracker.webhooks.delivering import Delivering
from tracker.webhooks.leases import Lease

LENGTH = timedelta(seconds=15)
URL = "http://127.0.0.1:9/hook"


def test_a_lease_is_given_once_until_it_is_over(database: Database, newsroom: Newsroom) -> None:
    made = sorted(subscribe(database, URL)[0].id for _ in range(3))
    newsroom.opens()
    plan(database)
    now = Clock().now()
    first = _claim(database, now, most=2)
    assert [lease.epoch for lease in first] == [1, 1]
    rest = _claim(database, now)
    assert sorted(lease.endpoint_id for lease in first + rest) == made
    assert _claim(database, now + LENGTH) == []
    again = _claim(database, now + LENGTH + timedelta(microseconds=1))
    assert [(lease.endpoint_id, lease.epoch) for lease in again] == [(each, 2) for each in made]


def test_a_lease_that_ends_later_than_any_can_is_over_too_for_a_clock_has_jumped(
    database: Database, newsroom: Newsroom
) -> None:
    subscribe(database, URL)
    newsroom.opens()
    plan(database)
    now = Clock().now()
    assert len(_claim(database, now + timedelta(days=1))) == 1
    assert len(_claim(database, now)) == 1


def test_a_fresh_lease_holds_for_somebody_who_read_the_clock_before_it_was_taken(
    database: Database, newsroom: Newsroom
) -> None:
    subscribe(database, URL)
    newsroom.opens()
    plan(database)
    now = Clock().now()
    assert len(_claim(database, now)) == 1
    assert _claim(database, now - timedelta(microseconds=1)) == []
    assert _claim(database, now - timedelta(seconds=5)) == []


def test_only_endpoints_with_something_due_are_leased(database: Database, newsroom: Newsroom) -> None:
    story = newsroom.opens()
    wants, _ = subscribe(database, URL)
    subscribe(database, URL, types=["report.corrected"])
    newsroom.files(story)
    plan(database)
    assert [lease.endpoint_id for lease in _claim(database, Clock().now())] == [wants.id]


def test_a_lease_can_be_renewed_and_given_back_by_its_holder_only(database: Database, newsroom: Newsroom) -> None:
    subscribe(database, URL)
    newsroom.opens()
    plan(database)
    now = Clock().now()
    (old,) = _claim(database, now)
    late = now + LENGTH + timedelta(seconds=1)
    with database.writing() as connection:
        (renewed,) = leases.renew(connection, [old], late, LENGTH)
    assert renewed.until == late + LENGTH
    assert _claim(database, late) == []
    (new,) = _claim(database, late + LENGTH + timedelta(seconds=1))
    with database.writing() as connection:
        assert leases.renew(connection, [old], late, LENGTH) == []
        assert leases.held(connection, [old, new]) == {new}
        leases.release(connection, [old])
    assert _claim(database, late + LENGTH + timedelta(seconds=2)) == []
    with database.writing() as connection:
        leases.release(connection, [new])
    assert len(_claim(database, late + LENGTH + timedelta(seconds=2))) == 1


def test_deleting_an_endpoint_ends_its_lease(database: Database, newsroom: Newsroom) -> None:
    made, _ = subscribe(database, URL)
    newsroom.opens()
    plan(database)
    (lease,) = _claim(database, Clock().now())
    with database.writing() as connection:
        endpoints.delete(connection, Clock(), OWNER, made.id)
        assert leases.held(connection, [lease]) == set()
    assert _claim(database, Clock().now() + 2 * LENGTH) == []


def test_workers_that_claim_at_once_never_get_the_same_lease(database: Database, newsroom: Newsroom) -> None:
    made = {subscribe(database, URL)[0].id for _ in range(60)}
    newsroom.opens()
    plan(database)
    claimed: list[Lease] = []
    begin, now = threading.Barrier(3), Clock().now()

    def claim() -> None:
        begin.wait(20)
        while found := _claim(database, now, most=4):
            claimed.extend(found)

    workers = [threading.Thread(target=claim) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    # Where another was faster with all four, a worker ends early; what is left is still to be had.
    claimed += _claim(database, now)
    assert Counter(lease.endpoint_id for lease in claimed) == dict.fromkeys(made, 1)


def test_an_outcome_that_comes_late_changes_nothing(database: Database, settings: Settings, newsroom: Newsroom) -> None:
    """The first worker is stopped between sending and writing for longer than its lease; the second goes on."""
    gate, clock = Gate(), ShiftedClock(timedelta(minutes=1))
    with Receiver(gate) as receiver, _sending(database, settings, Clock()) as stopped:
        made, _ = subscribe(database, receiver.url)
        story = newsroom.opens()
        plan(database)
        wait_until(lambda: stopped.turn(0.01) or gate.asked.acquire(blocking=False), what="the first message")
        gate.open()
        newsroom.files(story)
        plan(database)
        with _sending(database, settings, clock) as second:
            deliver(second)
        written = deliveries_of(database, made)
        assert [(row.state, row.attempts) for row in written] == [("delivered", 1), ("delivered", 1)]
        deliver(stopped)
        assert deliveries_of(database, made) == written
        assert [message.revision for message in messages_of(receiver)] == [1, 1, 2]


def test_a_late_failure_does_not_bring_back_what_another_worker_delivered(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    answers = iter([500, 200, 200])
    asked, answered = threading.Semaphore(0), threading.Event()

    def choose(_event: dict[str, Any]) -> int:
        answer = next(answers)
        if answer == 500:
            asked.release()
            answered.wait(30)
        return answer

    with Receiver(choosing(choose)) as receiver, _sending(database, settings, Clock()) as stopped:
        made, _ = subscribe(database, receiver.url)
        newsroom.opens()
        plan(database)
        wait_until(lambda: stopped.turn(0.01) or asked.acquire(blocking=False), what="the first message")
        with _sending(database, settings, ShiftedClock(timedelta(minutes=1))) as second:
            deliver(second)
        answered.set()
        deliver(stopped)
        row = deliveries_of(database, made)[0]
        assert (row.state, row.attempts, row.due_at) == ("delivered", 1, None)


def test_who_was_stopped_for_longer_than_the_lease_begins_nothing_on_it(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    gate, clock = Gate(), ShiftedClock()
    with Receiver(gate) as receiver, _sending(database, settings, clock) as stopped:
        made, _ = subscribe(database, receiver.url)
        story = newsroom.opens()
        newsroom.files(story)
        plan(database)
        wait_until(lambda: stopped.turn(0.01) or gate.asked.acquire(blocking=False), what="the first message")
        # Another worker has it now, and its process wakes up again.
        clock.shift += timedelta(minutes=1)
        (other,) = _claim(database, clock.now())
        gate.open()
        deliver(stopped)
        assert [message.revision for message in messages_of(receiver)] == [1]
        assert [row.state for row in deliveries_of(database, made)] == ["due", "due"]
        with database.writing() as connection:
            assert leases.held(connection, [other]) == {other}


def test_a_long_attempt_keeps_its_lease(database: Database, settings: Settings, newsroom: Newsroom) -> None:
    gate = Gate()
    with Receiver(gate) as receiver:
        short = Delivering(database, Clock(), reachable(settings), lease_seconds=0.6)
        with short:
            made, _ = subscribe(database, receiver.url)
            newsroom.opens()
            plan(database)
            wait_until(lambda: short.turn(0.01) or gate.asked.acquire(blocking=False), what="the first message")
            began = Clock().now()
            while Clock().now() < began + timedelta(seconds=2):
                short.turn(0.05)
                assert _claim(database, Clock().now(), length=timedelta(seconds=0.6)) == []
            gate.open()
            deliver(short)
        assert len(receiver.requests) == 1
        assert deliveries_of(database, made)[0].state == "delivered"


def test_two_workers_at_once_send_each_message_once_and_keep_each_storys_order(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with Receiver(answering(200)) as receiver:
        made = [subscribe(database, f"{receiver.url}/{n}")[0] for n in range(6)]
        stories = [newsroom.opens() for _ in range(2)]
        for _ in range(14):
            for story in stories:
                newsroom.files(story)
        plan(database)
        workers = [threading.Thread(target=_deliver_all, args=(database, settings)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        sent = Counter((head.split(b" ")[1], message.id) for head, message in _with_heads(receiver))
        assert len(sent) == 6 * 30
        assert set(sent.values()) == {1}
        for n in range(6):
            told = [message for head, message in _with_heads(receiver) if b"/hook/%d " % n in head]
            assert revisions_by_story(told) == {story: list(range(1, 16)) for story in stories}
        for endpoint in made:
            assert {row.state for row in deliveries_of(database, endpoint)} == {"delivered"}


def _with_heads(receiver: Receiver) -> Iterator[tuple[bytes, Any]]:
    return zip((head for head, _ in receiver.requests), messages_of(receiver), strict=True)


@contextmanager
def _sending(database: Database, settings: Settings, clock: Clock) -> Iterator[Delivering]:
    with Delivering(database, clock, reachable(settings), lease_seconds=LENGTH.total_seconds()) as delivering:
        yield delivering


def _deliver_all(database: Database, settings: Settings) -> None:
    with _sending(database, settings, Clock()) as delivering:
        deliver(delivering)


def _claim(database: Database, now: datetime, *, most: int = 100, length: timedelta = LENGTH) -> list[Lease]:
    with database.reading() as connection:
        waiting = leases.due(connection, now, length, most)
    with database.writing() as connection:
        return leases.claim(connection, waiting, now, length)
