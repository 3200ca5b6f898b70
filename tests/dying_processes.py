"""Processes that do one thing on a database and are killed (SIGKILL) at a statement of it.

    with DyingProcesses(url) as processes:
        processes.do("file", at=3, how="killed", story_id=…, …)     what it answered; ``None`` if it was killed
        with processes.held("file", at=3, …) as held: …             it has come to that statement, and stays there

One process loads the program once and forks one for each deed, so that a death costs some hundredths of a second. It
knows the deeds of ``DEEDS``: each gets the settings, and what counts and dies (tests/dying.py).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import msgspec

from tests.dying import How, Steps, killed, killed_after
from tests.programs import ROOT
from tests.rooms import Newsroom, settings_for
from tests.store.writing import NOW, saying
from tracker.access.permissions import Role
from tracker.access.tokens import Token
from tracker.clock import StoryClock
from tracker.config import Settings
from tracker.db import migrating
from tracker.db.database import Database
from tracker.handling import Handler
from tracker.projections.story_list import StoryList
from tracker.store import followers, log, sequencer
from tracker.store.requests import RequestKey
from tracker.stories.commands import RedactContent

_PATIENCE = 60


class DyingProcesses:
    """The process that forks them."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.dying_processes", url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> DyingProcesses:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(_PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def do(self, deed: str, at: int = 0, how: str = "killed", **given: Any) -> Any:
        """What the deed answered, as JSON has it; ``None`` where it was killed. Fails where it ended otherwise."""
        self.send(deed, at, how, **given)
        return self.result()

    def result(self) -> Any:
        """What the deed that is under way answers."""
        said = self._hear()
        assert "failed" not in said, said["failed"]
        return said.get("answer")

    @contextmanager
    def held(self, deed: str, at: int, **given: Any) -> Iterator[Callable[[], None]]:
        """The deed has come to the statement ``at``, and stays there; call what this gives to kill it."""
        self.send(deed, at, "held", **given)
        pid = self._hear()["held"]

        alive = [pid]

        def kill() -> None:
            os.kill(alive.pop(), signal.SIGKILL)
            assert self._hear() == {"killed": signal.SIGKILL}

        try:
            yield kill
        finally:
            if alive:
                kill()

    def send(self, deed: str, at: int = 0, how: str = "killed", **given: Any) -> None:
        """Let the deed be done; ``result`` waits for it."""
        assert self._process.stdin is not None
        print(json.dumps([deed, at, how, given]), file=self._process.stdin, flush=True)

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


# ---- The deeds


def filing(database: Database, settings: Settings, *, token: str, key: str | None, **given: Any) -> Any:
    """File a report, as ``Newsroom.filing`` takes it."""
    newsroom = _newsroom(database, settings, token)
    report_id = given.pop("report_id")
    command = msgspec.structs.replace(newsroom.filing(**given), report_id=report_id)
    return msgspec.to_builtins(newsroom.asks(command, key=_key(token, key)))


def redacting(database: Database, settings: Settings, *, token: str, story_id: str, target: str, key: str) -> Any:
    """Redact a report."""
    command = RedactContent(story_id=story_id, target=target, reason="It names a source.", authority="The editor")
    return msgspec.to_builtins(_newsroom(database, settings, token).asks(command, key=_key(token, key)))


def appending(database: Database, _: Settings, *, stream_id: str, ids: list[str]) -> Any:
    """Append an event of each of these ids."""
    with database.writing() as connection:
        events = [saying(each, event_id=each) for each in ids]
        return log.append(connection, stream_id, "story", events, expected="any", now=NOW).last


def ticking(database: Database, _: Settings) -> Any:
    """Let the sequencer tick."""
    return sequencer.tick(database)


def following(database: Database, _: Settings) -> Any:
    """Take a page into the list of stories."""
    return followers.advance(database, StoryList())


def migrating_(database: Database, _: Settings, *, to: str) -> Any:
    """Migrate."""
    migrating.upgrade_database(database, to)
    return migrating.revision_of(database)


DEEDS: dict[str, Callable[..., Any]] = {
    "file": filing,
    "redact": redacting,
    "append": appending,
    "tick": ticking,
    "follow": following,
    "migrate": migrating_,
}


def _newsroom(database: Database, settings: Settings, token: str) -> Newsroom:
    clock = StoryClock(NOW)
    known = Token(token, "Ayesha", Role.ADMIN, None, NOW, None, None)
    return Newsroom(Handler(database, clock, settings), known, clock)


def _key(token: str, key: str | None) -> RequestKey | None:
    return RequestKey(token_id=token, key=key, route="POST /v1/stories", fingerprint=b"1") if key else None


# ---- In the process


def _held(_driver: Any, run: Callable[[], Any]) -> Any:
    _say({"held": os.getpid()})
    signal.pause()


_WAYS: dict[str, How] = {"killed": killed, "killed_after": killed_after, "held": _held}


def _say(what: dict[str, Any]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _do(url: str, deed: str, at: int, how: str, given: dict[str, Any]) -> dict[str, Any]:
    settings = settings_for(url)
    database = Database(settings)
    # A connection that is there: what is killed is the deed, not its opening.
    steps = Steps(database)
    with database.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
    with steps.counting(at, _WAYS[how]):
        answer = DEEDS[deed](database, settings, **given)
    return {"answer": answer}


def main(url: str) -> None:
    """Do what stands on each line of standard input, in a process of its own, and say what became of it."""
    for line in sys.stdin:
        if not (pid := os.fork()):
            try:
                _say(_do(url, *json.loads(line)))
            except BaseException:
                _say({"failed": traceback.format_exc()})
            os._exit(0)
        status = os.waitpid(pid, 0)[1]
        if os.WIFSIGNALED(status):
            _say({"killed": os.WTERMSIG(status)})


if __name__ == "__main__":
    main(sys.argv[1])
