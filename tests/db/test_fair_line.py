"""Processes write in the order in which they came, and who is dead or stopped holds nobody up.

Who stands in line is told by the locks of whoever opened the file, so that two in one process are as good as two
processes, except where one is killed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.programs import ROOT
from tests.waiting import wait_until
from tracker.clock import Clock
from tracker.db.line import Line

pytestmark = pytest.mark.skipif(not hasattr(fcntl, "F_OFD_SETLK"), reason="this system has no such locks")

_EVER = float("inf")

_STAND = """
import sqlite3, sys, time
from tracker.clock import Clock
from tracker.db.line import Line
line = Line(Clock())
line.stand(sqlite3.connect(sys.argv[1]), float("inf"))
print("I stand", flush=True)
time.sleep(3600)
"""


class Looking(Clock):
    """Counts how often it is read: once for a place, and once for each look that found somebody before."""

    read = 0

    def monotonic(self) -> float:
        self.read += 1
        return super().monotonic()


class Writer:
    """Stands in line in a thread of its own, and writes its name down when its turn has come."""

    def __init__(self, name: str, path: Path, order: list[str]) -> None:
        self.clock = Looking()
        self.line = Line(self.clock)
        self._name, self._path, self._order = name, path, order
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def comes(self) -> None:
        """Come, and return when the place in the line is taken."""
        self._thread.start()
        wait_until(lambda: self._name in self._order or self.clock.read >= 2, what="the place in the line")

    def has_its_turn(self) -> None:
        """Wait for it."""
        wait_until(lambda: self._name in self._order, what="the next one's turn")

    def leaves(self) -> None:
        self._leave.set()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _write(self) -> None:
        with closing(sqlite3.connect(self._path)) as driver:
            self.line.stand(driver, _EVER)
        self._order.append(self._name)
        self._leave.wait(10)
        self.line.leave()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tracker.db"
    with closing(sqlite3.connect(path)) as driver:
        driver.execute("CREATE TABLE something (id INTEGER)")
    return path


@pytest.fixture
def driver(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as opened:
        yield opened


def test_first_come_first_served(path: Path) -> None:
    order: list[str] = []
    writers = [Writer(name, path, order) for name in "abcde"]
    for writer in writers:
        writer.comes()
    for number, writer in enumerate(writers):
        writer.has_its_turn()
        assert order == list("abcde")[: number + 1]
        writer.leaves()


def test_who_has_just_written_queues_behind_who_waits(path: Path, driver: sqlite3.Connection) -> None:
    order: list[str] = []
    line = Line(Clock())
    line.stand(driver, _EVER)
    other = Writer("other", path, order)
    other.comes()
    line.leave()
    clock = Looking()
    again = Line(clock)
    again.stand(driver, clock.monotonic() + 0.05)
    wait_until(lambda: order, what="the other's turn")
    assert clock.read > 2, "it did not wait"
    other.leaves()


@pytest.fixture
def standing(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that stands in line and does nothing."""
    command = [sys.executable, "-c", _STAND, str(path)]
    with ExitStack() as stack:
        process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        stack.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == "I stand\n"
        yield process


def test_a_killed_process_holds_nobody_up(path: Path, standing: subprocess.Popen[str]) -> None:
    order: list[str] = []
    writer = Writer("a", path, order)
    writer.comes()
    assert order == []
    standing.kill()
    wait_until(lambda: order, what="its turn")
    writer.leaves()


def test_a_stopped_process_is_waited_for_as_long_as_patience_lasts(
    driver: sqlite3.Connection, standing: subprocess.Popen[str]
) -> None:
    standing.send_signal(signal.SIGSTOP)
    clock = Looking()
    line = Line(clock)
    line.stand(driver, clock.monotonic() + 0.05)
    assert clock.read > 3
    line.leave()


def test_without_such_locks_everybody_goes_at_once(
    driver: sqlite3.Connection, standing: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> bytes:
        raise OSError(errno.ENOLCK, "no locks here")

    monkeypatch.setattr(fcntl, "fcntl", refused)
    Line(Clock()).stand(driver, _EVER)


def test_without_a_place_for_the_file_everybody_goes_at_once(
    path: Path, driver: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    path.with_name("tracker.db-turn").mkdir()
    line = Line(Clock())
    line.stand(driver, _EVER)
    line.leave()
    line.close()
    assert "take no turns" in caplog.text


def test_the_file_stays_empty_and_is_as_open_to_others_as_the_database(path: Path, driver: sqlite3.Connection) -> None:
    path.chmod(0o640)
    line = Line(Clock())
    line.stand(driver, _EVER)
    found = os.stat(path.with_name("tracker.db-turn"))
    assert (found.st_size, found.st_mode & 0o777) == (0, 0o640)
    line.leave()
    line.close()


def test_a_database_in_memory_has_no_line() -> None:
    with closing(sqlite3.connect(":memory:")) as driver:
        Line(Clock()).stand(driver, _EVER)
