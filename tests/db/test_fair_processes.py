"""Processes that write to one SQLite file as fast as they can each get their share.

Each write carries how long the log was before its process queued for it. The difference to its own number is how many
others came first: a measure in turns, whatever the time they took. A process that the machine lets wait between the two
has a large one without anybody's fault, so it is the median that is judged.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from statistics import median

import pytest

from tests.db.places import add
from tests.programs import ROOT
from tests.rooms import settings_for
from tracker.db.database import Database

_MOST = 300

_WRITE = """
import sys, threading
from tests.rooms import settings_for
from tracker.db.database import Database

url, who, threads, most = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
database = Database(settings_for(url, sqlite_busy_timeout_ms=60_000))

def length():
    with database.reading() as connection:
        return connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM turns").scalar_one()

def write():
    while (seen := length()) < most:
        with database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO turns (who, seen) VALUES (?, ?)", (who, seen))

length()
print("ready", flush=True)
sys.stdin.readline()
crowd = [threading.Thread(target=write) for _ in range(threads)]
for thread in crowd:
    thread.start()
for thread in crowd:
    thread.join()
"""


@pytest.fixture
def url(migrated_sqlite_url: str) -> str:
    database = Database(settings_for(migrated_sqlite_url))
    with database.writing(alone=True) as connection:
        connection.exec_driver_sql("CREATE TABLE turns (id INTEGER PRIMARY KEY AUTOINCREMENT, who TEXT, seen INTEGER)")
    database.close()
    return migrated_sqlite_url


class Race:
    """Processes with some threads each, which wait for the start."""

    def __init__(self, url: str, threads: Sequence[int], most: int = _MOST) -> None:
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITE, url, str(who), str(how_many), str(most)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for who, how_many in enumerate(threads)
        ]

    def __enter__(self) -> Race:
        for process in self.processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()

    def run(self) -> None:
        """Run to the end."""
        with self:
            for process in self.processes:
                assert process.wait(60) == 0


def waits(url: str) -> Iterator[tuple[str, list[int]]]:
    """For each process, how many others' writes came between its asking and its writing."""
    database = Database(settings_for(url))
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT id, who, seen FROM turns").all()
    database.close()
    for who in sorted({row.who for row in rows}):
        yield who, [row.id - row.seen - 1 for row in rows if row.who == who]


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_that_write_without_a_pause_have_equal_shares(url: str, processes: int) -> None:
    Race(url, [1] * processes).run()
    waited = dict(waits(url))
    assert len(waited) == processes
    for each in waited.values():
        assert len(each) > _MOST / processes / 2
        assert median(each) <= processes


def test_a_single_writer_waits_for_one_group_of_a_crowd_at_a_time(url: str) -> None:
    """Eight threads bring eight writes into a group, since each waits for the COMMIT before its next."""
    Race(url, [8, 1]).run()
    waited = dict(waits(url))
    assert len(waited["1"]) > _MOST / 9 / 2
    assert median(waited["1"]) <= 8


def test_a_killed_writer_holds_nobody_up(url: str) -> None:
    """Whatever it is at: it is killed while it writes without a pause."""
    for number in range(5):
        with Race(url, [4], most=10**9) as race:
            race.processes[0].send_signal(signal.SIGKILL)
            race.processes[0].wait(10)
            database = Database(settings_for(url))
            add(database, f"after {number}")
            database.close()
