"""A group commit that is interrupted, or killed, at its 1st, 2nd, 3rd … line: nobody is told yes who is not stored,
nobody hangs, and the next one writes.

The lines are those of ``groups`` and ``turns``, in all threads together. What ends a thread there is an exception that
no handler expects; what ends the process is kill -9.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.db.crowd import Crowd, adds, refuses, stored
from tests.db.crowd import unhurried as unhurried
from tests.db.places import add
from tests.programs import ROOT
from tests.rooms import settings_for
from tracker.db import groups, turns
from tracker.db.database import Database


def _lines_of(path: str) -> set[int]:
    """The lines of a file where an exception can come, which is not where a ``try`` or a ``with`` begins.

    The one does nothing. The other comes again after its block, and from there to ``__exit__`` Python lets nothing in.
    """
    tree = ast.parse(Path(path).read_text("utf-8"))
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    return {node.lineno for node in statements} - {
        node.lineno for node in statements if isinstance(node, ast.With | ast.Try)
    }


_LINES = {path: _lines_of(path) for path in (groups.__file__, turns.__file__)}
#: The rows of the group's parts: the first part is the transaction itself, the second a savepoint, the third refused.
_PARTS = {0: ("a", "aa"), 1: ("b", "bb")}
_REFUSED = ("c", "cc")

pytestmark = pytest.mark.usefixtures("unhurried")


class Interrupted(BaseException):
    """As KeyboardInterrupt, but nobody else's."""


class AtLine:
    """Does something, once, when the ``number``-th line of the group commit is about to run."""

    def __init__(self, number: int, does: Callable[[], None]) -> None:
        self._does = does
        self._number = number
        self._lines = itertools.count(1)
        #: Whether there was such a line.
        self.happened = False

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Count the lines of all threads that start within it."""
        threading.settrace(self)
        try:
            yield
        finally:
            threading.settrace(None)

    def __call__(self, frame: FrameType, kind: str, _given: Any) -> Any:
        if frame.f_code.co_filename not in _LINES:
            return None
        known = frame.f_lineno in _LINES[frame.f_code.co_filename]
        if kind == "line" and known and next(self._lines) == self._number:
            self.happened = True
            self._does()
        return self


def crowd(database: Database, tell: Callable[[int], object] = lambda _: None) -> Crowd:
    return Crowd(database, adds(*_PARTS[0]), adds(*_PARTS[1]), refuses(*_REFUSED), tell=tell)


def interrupt() -> None:
    raise Interrupted


def test_an_interruption_at_any_line_lies_to_nobody_and_leaves_nobody_waiting(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    for line in itertools.count(1):  # until the group ends before its turn comes
        path = shutil.copyfile(tmp_path / "tracker.db", tmp_path / f"{line}.db")
        database = Database(settings_for(f"sqlite:///{path}"))
        with database.reading():
            pass
        at = AtLine(line, interrupt)
        with at.watching():
            told = crowd(database).run()
        check(told, stored(database))
        add(database, "next")
        database.close()
        if not at.happened:
            assert told[0] is told[1] is None
            assert line > 100
            return


def test_a_process_killed_at_any_line_has_lied_to_nobody_and_holds_nobody_up(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    program = f"from {__name__} import kill_at_each_line as kill; kill({str(tmp_path)!r})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    for path, _, told in runs:
        with closing(sqlite3.connect(path)) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database = Database(settings_for(f"sqlite:///{path}"))
        check([None if number in told else Interrupted() for number in range(3)], stored(database))
        add(database, "next")
        database.close()
    ended = [(status, told) for _, status, told in runs]
    assert len(ended) > 100
    assert {status for status, _ in ended[:-1]} == {signal.SIGKILL}
    assert ended[-1] == (0, [0, 1])


def kill_at_each_line(folder: str) -> None:
    """Print for each run: the database, how the process ended, and who was told yes before. Forks: runs by itself."""
    groups._LONGEST = 3600.0
    for line in itertools.count(1):
        path = shutil.copyfile(f"{folder}/tracker.db", Path(folder) / f"{line}.db")
        status, told = killed(path, line)
        sys.stdout.write(json.dumps([str(path), status, sorted(told)]) + "\n")
        sys.stdout.flush()
        if status == 0:
            return


def killed(path: Path, line: int) -> tuple[int, set[int]]:
    """How a process ended that writes a group and kills itself at ``line``, and who was told yes before."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            write_and_tell(path, line, lambda number: os.write(writing, bytes([number])))
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        told = set(answers.read())
    return os.waitpid(child, 0)[1], told


def write_and_tell(path: Path, line: int, tell: Callable[[int], object]) -> None:
    database = Database(settings_for(f"sqlite:///{path}"))
    with AtLine(line, lambda: os.kill(os.getpid(), signal.SIGKILL)).watching():
        crowd(database, tell).run()


def check(told: Sequence[BaseException | None], found: list[str]) -> None:
    """Who was told yes is stored, who was refused is not, and nobody by half."""
    assert not set(_REFUSED) & set(found)
    for number, rows in _PARTS.items():
        assert len({row in found for row in rows}) == 1
        assert told[number] is not None or rows[0] in found
    assert isinstance(told[2], BaseException)
