"""One total order that no follower can miss anything of, whoever commits first and however many write at once."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from tests.store.writing import NOW, append, read_all, saying, text_of
from tracker.db.database import Database
from tracker.store import log
from tracker.store.log_events import LogEvent

WRITERS, APPENDS, STREAMS = 8, 12, 4


@dataclass
class Reader:
    """Follows the log from its beginning and keeps what it was given, in order."""

    database: Database
    seen: list[LogEvent] = field(default_factory=list)

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


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_who_appended_first_and_commits_last_comes_last_and_is_not_missed(database: Database) -> None:
    reader = Reader(database)
    with database.writing() as slow:
        log.append(slow, "sty_slow", "story", [saying("slow")], expected="none", now=NOW)
        append(database, "sty_quick", "quick")
        reader.read_on()
    reader.read_on()
    assert [(event.position, text_of(event)) for event in reader.seen] == [(1, "quick"), (2, "slow")]
