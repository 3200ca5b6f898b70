"""One total order that no follower can miss anything of, whoever commits first and however many write at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.store.writing import NOW, append, read_all, saying, somebody_waits, text_of
from tests.waiting import wait_until
from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.store import log, writing

WRITERS, APPENDS, STREAMS = 8, 12, 4


@dataclass
class Reader:
    """Follows the log from its beginning and keeps what it was given, in order."""

    database: Database
    seen: list[log.LogEvent] = field(default_factory=list)

    def read_on(self) -> None:
        after = self.seen[-1].position if self.seen else 0
        self.seen += read_all(self.database, after=after, limit=7)


class GaveUp(Exception):
    """A writer's change of mind, after it appended."""


def test_eight_writers_and_a_follower_that_reads_meanwhile_miss_nothing(database: Database) -> None:
    """Of each writer's appends some are of several events, some rolled back, and some slow to commit."""
    reader, pause = Reader(database), threading.Event()
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(_write, database, number, pause) for number in range(WRITERS)]
        while not all(writer.done() for writer in writers):
            reader.read_on()
        written = [text for writer in writers for text in writer.result()]
    while len(reader.seen) < len(written):
        before = len(reader.seen)
        reader.read_on()
        assert len(reader.seen) > before, "the follower came to the end and hasn't seen all"
    assert [event.position for event in reader.seen] == list(range(1, len(written) + 1))
    assert sorted(map(text_of, reader.seen)) == sorted(written)
    for stream in {event.stream_id for event in reader.seen}:
        versions = [event.version for event in reader.seen if event.stream_id == stream]
        assert versions == list(range(1, len(versions) + 1))


def _write(database: Database, number: int, pause: threading.Event) -> list[str]:
    """Appends to several streams; returns the texts of what was committed."""
    committed = []
    for n in range(APPENDS):
        texts = [f"{number}.{n}.{part}" for part in range(1 + n % 2)]
        with contextlib.suppress(GaveUp), database.writing() as connection:
            log.append(
                connection, f"sty_{(number + n) % STREAMS}", "story", [*map(saying, texts)], expected="any", now=NOW
            )
            if n % 5 == number % 5:
                raise GaveUp
            if n % 4 == number % 4:
                pause.wait(0.005)
        if n % 5 != number % 5:
            committed += texts
    return committed


# ---- The guard, and what it guards against -------------------------------------------------------------------------


def _first_to_append_last_to_commit(database: Database) -> Reader:
    """One writer appends and doesn't commit; another appends and commits if it can; a follower reads meanwhile."""
    reader = Reader(database)
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as slow:
            log.append(slow, "sty_slow", "story", [saying("slow")], expected="none", now=NOW)
            quick = pool.submit(append, database, "sty_quick", "quick")
            wait_until(lambda: quick.done() or somebody_waits(database), what="the quick writer to end or to wait")
            reader.read_on()
        quick.result(timeout=30)
    reader.read_on()
    return reader


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_who_appended_first_and_commits_last_is_not_missed(database: Database) -> None:
    reader = _first_to_append_last_to_commit(database)
    assert [(event.position, text_of(event)) for event in reader.seen] == [(1, "slow"), (2, "quick")]


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_with_a_bare_sequence_as_the_order_it_would_be_missed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "write", _write_by_sequence)
    monkeypatch.setattr(log, "_read_all", _READ_BY_SEQUENCE)
    reader = _first_to_append_last_to_commit(database)
    assert [text_of(event) for event in reader.seen] == ["quick"]
    assert {text_of(event) for event in read_all(database)} == {"slow", "quick"}


_SEQUENCE = Prepared("SELECT seq FROM event WHERE stream_id = :stream_id AND version = :version")
_READ_BY_SEQUENCE = Prepared(
    f"SELECT e.seq, {log._COLUMNS} FROM event e {log._KEYED} WHERE e.seq > :after ORDER BY e.seq LIMIT :most"
)


def _write_by_sequence(connection: Connection, kind: str, rows: Sequence[Mapping[str, Any]], *, begin: bool) -> int:
    """As an append would write without a turn: the number that INSERT took is the position."""
    last = rows[-1]
    head = {"id": last["stream_id"], "last": last["version"], "head": last["hash"], "at": last["recorded_at"]}
    assert begin
    writing._begin_stream.run(connection, kind=kind, **head)
    writing._insert.run_many(connection, rows)
    row = _SEQUENCE.first(connection, stream_id=last["stream_id"], version=last["version"])
    assert row is not None
    return int(row[0])
