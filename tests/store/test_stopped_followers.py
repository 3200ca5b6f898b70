"""A process that follows the log is killed or stopped at the worst moment, and yet each event is taken once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.programs import ROOT
from tests.store.scribe import Scribe, make_table, place_and_lag, taken, versions_taken
from tests.store.writing import append
from tests.waiting import wait_until
from tracker.db.database import Database
from tracker.store import followers, parking, replaying

_PROGRAM = """
import os, signal, sys
from tests.rooms import settings_for
from tests.store.scribe import Scribe
from tracker.db.database import Database
from tracker.store import followers, log, replaying

database, act, at = Database(settings_for(sys.argv[1])), sys.argv[2], int(sys.argv[3])
"""
#: Kills itself in the middle of a page, after it has written.
_KILLED = """
def killed(events):
    if any(event.version == at for event in events):
        os.kill(os.getpid(), signal.SIGKILL)

scribe = Scribe(meanwhile=killed)
while followers.advance(database, scribe, 3) if act == "advance" else replaying.replay(database, scribe, "sty_1"):
    pass
"""
#: Stops itself between what it read and what it would write.
_STOPPED = """
read_all = log.read_all

def read_and_stop(*given, **named):
    page = read_all(*given, **named)
    os.kill(os.getpid(), signal.SIGSTOP)
    return page

log.read_all = read_and_stop
assert act == "advance"
assert followers.advance(database, Scribe(), at) == 0
"""


@pytest.fixture(autouse=True)
def _taken(database: Database) -> None:
    make_table(database)


@contextmanager
def program(database: Database, text: str, act: str, at: int) -> Iterator[subprocess.Popen[bytes]]:
    url = database.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM + text, url, act, str(at)], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def park(database: Database) -> None:
    """A stream of which the second event can't be taken."""
    append(database, "sty_1", *"abcdefgh")
    while followers.advance(database, Scribe(stumbles_at={("sty_1", 2)}), 3):
        pass


@pytest.mark.parametrize("at", [1, 2, 5, 8])
def test_a_follower_that_is_killed_leaves_nothing_half_done(database: Database, at: int) -> None:
    append(database, "sty_1", *"abcdefgh")
    with program(database, _KILLED, "advance", at) as process:
        assert process.wait(30) == -signal.SIGKILL
    assert len(taken(database)) == place_and_lag(database)[0] < 8
    while followers.advance(database, Scribe(), 3):
        pass
    assert taken(database) == list(range(1, 9))


@pytest.mark.parametrize("at", [2, 5, 8])
def test_a_replay_that_is_killed_leaves_nothing_half_done(database: Database, at: int) -> None:
    park(database)
    with program(database, _KILLED, "replay", at) as process:
        assert process.wait(30) == -signal.SIGKILL
    with database.reading() as connection:
        (row,) = parking.every(connection)
    assert versions_taken(database, "sty_1") == list(range(1, row.version))
    assert replaying.replay(database, Scribe(), "sty_1") is None
    assert versions_taken(database, "sty_1") == list(range(1, 9))


@pytest.mark.parametrize("at", [1, 3])
def test_a_follower_that_stood_still_while_others_went_on_has_no_second_effect(database: Database, at: int) -> None:
    append(database, "sty_1", *"abcdefgh")
    with program(database, _STOPPED, "advance", at) as process:
        _wait_until_stopped(process)
        while followers.advance(database, Scribe(), 3):
            pass
        process.send_signal(signal.SIGCONT)
        assert process.wait(30) == 0
    assert taken(database) == list(range(1, 9))


def _wait_until_stopped(process: subprocess.Popen[bytes]) -> None:
    def stopped() -> bool:
        found, status = os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)
        return bool(found) and os.WIFSTOPPED(status)

    wait_until(stopped, 30, "the process to stop")
