"""Orders that look right and are not: each is shown to lose or reorder events, in a script that ours passes.

What goes wrong is each time the same: a number is taken at one moment, and what it numbers becomes visible at another.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import Connection

from tests.postgres import Cluster, start_cluster
from tests.postgres_programs import PostgresMissing
from tests.requirements import unavailable
from tests.rooms import settings_for
from tests.store.designs import ALL_AFTER, FINISHED, FROM_COUNTER, FROM_SEQUENCE, Losing, Ours
from tests.store.interleaving import Stage, random_script
from tests.store.writing import NOW, append, saying, somebody_waits
from tests.torture.checker import Kind, faults, kinds
from tests.waiting import wait_until
from tracker.db.database import Database
from tracker.db.migrating import upgrade
from tracker.db.prepared import Prepared, Row
from tracker.store import log, sequencer

#: What a follower must never see.
BAD = {Kind.MISSED, Kind.TWICE, Kind.REORDERED}
RANDOM_SCRIPTS = 16

#: The last one to commit has the lower number.
LATE_COMMIT = "A begin, A append s1, B begin, B append s2, B commit, poll, A commit, poll"
#: The same, and the one with the higher number has the older transaction.
OLDER_TRANSACTION = (
    "B begin, B xid, A begin, A append s1, B append s2, B commit, poll, A commit, poll, "
    "A begin, A append s1, A commit, poll"
)
#: Three transactions, of which the one in the middle stays open: the youngest is numbered first and finished last.
OPEN_BETWEEN = (
    "C begin, C xid, X begin, X xid, B begin, B append s1, B commit, C append s2, C commit, poll, X rollback, poll"
)
#: An old transaction appends to a stream after a younger one has.
OLD_APPENDS_LAST = (
    "A begin, A append s1, A commit, A begin, A xid, B begin, B append s1, B commit, A append s1, A commit, poll"
)
#: Two at one stream, the second waiting for the first, and what the first wrote after a savepoint is taken back.
ONE_STREAM = (
    "A begin, A append s1 2, B begin, B append s1, A savepoint, A append s2, A back, poll, A commit, "
    "poll, B commit, poll"
)
SCRIPTS = [LATE_COMMIT, OLDER_TRANSACTION, OPEN_BETWEEN, OLD_APPENDS_LAST, ONE_STREAM]


class Loser(NamedTuple):
    """A design, the script that breaks it, and what is then wrong."""

    make: Callable[[], Losing]
    script: str
    wrong: Kind


_AFTER_FINISHED = f"{ALL_AFTER} AND {FINISHED}"
_BY_XID = f"(xid, position) > (%(xid)s::text::xid8, %(position)s) AND {FINISHED}"
DESIGNS = {
    "a bare sequence": Loser(lambda: Losing(FROM_SEQUENCE, ALL_AFTER), LATE_COMMIT, Kind.MISSED),
    "a sequence, of finished transactions": Loser(
        lambda: Losing(FROM_SEQUENCE, _AFTER_FINISHED), OLDER_TRANSACTION, Kind.MISSED
    ),
    "a sequence, with one row locked before COMMIT": Loser(
        lambda: Losing(FROM_SEQUENCE, ALL_AFTER, at_the_end=FROM_COUNTER), LATE_COMMIT, Kind.MISSED
    ),
    "the same, of finished transactions": Loser(
        lambda: Losing(FROM_SEQUENCE, _AFTER_FINISHED, at_the_end=FROM_COUNTER), OLDER_TRANSACTION, Kind.MISSED
    ),
    "a locked counter, of finished transactions": Loser(
        lambda: Losing(FROM_COUNTER, _AFTER_FINISHED), OPEN_BETWEEN, Kind.MISSED
    ),
    "by transaction, finished ones": Loser(
        lambda: Losing(FROM_SEQUENCE, _BY_XID, "xid, position"), OLD_APPENDS_LAST, Kind.REORDERED
    ),
    "by transaction, finished ones, with a locked counter": Loser(
        lambda: Losing(FROM_COUNTER, _BY_XID, "xid, position"), OLD_APPENDS_LAST, Kind.REORDERED
    ),
}
each_design = pytest.mark.parametrize("losing", DESIGNS.values(), ids=DESIGNS.keys())


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One of its own: a snapshot knows the whole cluster, and other tests' transactions would change what it says."""
    try:
        with start_cluster() as started:
            upgrade(started.create_database("migrated"))
            yield started
    except PostgresMissing as missing:
        unavailable(str(missing))


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[Database]:
    with _database(cluster, None) as database:
        yield database


@pytest.fixture
def tracker(cluster: Cluster) -> Iterator[Database]:
    with _database(cluster, "migrated") as database:
        yield database


@contextmanager
def _database(cluster: Cluster, template: str | None) -> Iterator[Database]:
    url = cluster.create_database(f"test_{uuid.uuid4().hex}", template)
    database = Database(settings_for(url, lock_timeout_ms=30_000))
    yield database
    database.close()


@each_design
def test_it_works_while_transactions_come_one_after_the_other(empty: Database, losing: Loser) -> None:
    stage = _stage_of(losing, empty)
    stage.perform("A begin, A append s1, A append s2 2, A commit, poll, B begin, B append s1, B commit, poll")
    assert not BAD & kinds(faults(stage.history()))


@each_design
def test_there_is_a_script_that_breaks_it(empty: Database, losing: Loser) -> None:
    stage = _stage_of(losing, empty)
    stage.perform(losing.script)
    found = faults(stage.history())
    assert BAD & kinds(found) == {losing.wrong}, found


@each_design
def test_random_scripts_break_it(empty: Database, losing: Loser) -> None:
    stage = _stage_of(losing, empty)
    for seed in range(RANDOM_SCRIPTS):
        stage.perform(random_script(seed))
        if losing.wrong in kinds(faults(stage.history())):
            return
    pytest.fail("nothing went wrong")


@pytest.mark.parametrize("script", SCRIPTS)
def test_ours_passes_every_one_of_these_scripts(tracker: Database, script: str) -> None:
    stage = Stage(tracker, Ours())
    stage.perform(script)
    assert faults(stage.history()) == []


@pytest.mark.slow
@pytest.mark.parametrize("streams_at_once", [1, 2])
def test_ours_passes_the_random_scripts(tracker: Database, streams_at_once: int) -> None:
    stage = Stage(tracker, Ours())
    for seed in range(RANDOM_SCRIPTS):
        script = random_script(seed, streams_at_once=streams_at_once)
        stage.perform(script)
        assert faults(stage.history()) == [], script


# ---- Ours without one of its rules ---------------------------------------------------------------------------------


#: What is replaced in the statement that numbers, and what is then wrong.
_TAKEN_AWAY = {
    "who was in progress is forgotten": ({"xid = ANY(": "false AND xid = ANY("}, LATE_COMMIT, Kind.MISSED),
    "sorted by transaction": (
        {"SELECT seq,": "SELECT xid, seq,", "ORDER BY seq": "ORDER BY xid, seq"},
        OLD_APPENDS_LAST,
        Kind.REORDERED,
    ),
    "sorted by nothing that grows": ({"ORDER BY seq": "ORDER BY -seq"}, ONE_STREAM, Kind.REORDERED),
}


@pytest.mark.parametrize(("replaced", "script", "wrong"), _TAKEN_AWAY.values(), ids=_TAKEN_AWAY.keys())
def test_ours_without_one_of_its_rules_fails(
    tracker: Database, monkeypatch: pytest.MonkeyPatch, replaced: dict[str, str], script: str, wrong: Kind
) -> None:
    statement = str(sequencer._number_fresh._statements["postgresql"])
    for rule, without in replaced.items():
        assert rule in statement
        statement = statement.replace(rule, without)
    monkeypatch.setattr(sequencer, "_number_fresh", Prepared(postgresql=statement))
    stage = Stage(tracker, Ours())
    stage.perform(script)
    assert wrong in kinds(faults(stage.history()))


class KeepsALaterSnapshot:
    """Numbers as ever, but looks a second time for what it keeps; somebody commits in between."""

    def __init__(self, rightly: Prepared, meanwhile: Callable[[], object]) -> None:
        self._rightly, self._meanwhile = rightly, meanwhile

    def first(self, connection: Connection, **parameters: object) -> Row | None:
        row = self._rightly.first(connection, **parameters)
        self._meanwhile()
        connection.exec_driver_sql("UPDATE sequencer SET snapshot = CAST(pg_current_snapshot() AS text)")
        return row


def test_ours_with_a_second_look_at_what_it_saw_misses_what_came_between(
    tracker: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tracker, Ours())
    second_look = KeepsALaterSnapshot(sequencer._number_fresh, lambda: append(tracker, "s2", "Between."))
    with monkeypatch.context() as patched:
        patched.setattr(sequencer, "_number_fresh", second_look)
        stage.perform("A begin, A append s1, A commit, poll")
    stage.perform("A begin, A append s1, A commit, poll")
    assert {Kind.UNNUMBERED, Kind.MISSED} <= kinds(faults(stage.history()))


def test_ours_without_the_lease_is_stopped_by_what_is_unique(
    tracker: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two ticks that number the same: the second one waits for the first one's COMMIT, and fails."""
    assert _ticks_during_a_tick(tracker) == 0
    lease = str(sequencer._lease._statements["postgresql"])
    assert "FOR UPDATE SKIP LOCKED" in lease
    monkeypatch.setattr(sequencer, "_lease", Prepared(postgresql=lease.replace("FOR UPDATE SKIP LOCKED", "")))
    with pytest.raises(UniqueViolation, match="event_order"):
        _ticks_during_a_tick(tracker)


def _ticks_during_a_tick(database: Database) -> int:
    """How many events a tick numbers while another one has numbered the only new one and doesn't commit yet."""
    with database.writing() as writer:
        log.append(writer, "s1", "story", [saying("More.")], expected="any", now=NOW)
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as first:
            lease = sequencer._lease.first(first)
            assert lease is not None
            assert sequencer._numbered(first, lease) == 1
            second = pool.submit(sequencer.tick, database)
            wait_until(lambda: second.done() or somebody_waits(database), what="the second tick to end or to wait")
        return second.result(timeout=30)


class TicksTooEarly(Ours):
    """Ticks within the transaction that appends."""

    def before_commit(self, connection: Connection) -> None:
        lease = sequencer._lease.first(connection)
        assert lease is not None
        sequencer._numbered(connection, lease)


def test_ours_with_a_tick_inside_the_transaction_that_appends_would_number_twice(tracker: Database) -> None:
    """It sees what others don't see yet, so the next tick finds it once more; no event can have two positions."""
    stage = Stage(tracker, TicksTooEarly())
    with pytest.raises(UniqueViolation, match="event_order"):
        stage.perform("A begin, A append s1, A commit, poll")


def _stage_of(losing: Loser, empty: Database) -> Stage:
    design = losing.make()
    design.prepare(empty)
    return Stage(empty, design)
