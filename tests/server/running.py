"""Processes for the tests of the server: started, asked, and gone when the test is over."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.waiting import wait_until

REPOSITORY = Path(__file__).parent.parent.parent
_SERVE = """
import logging, sys
from tracker.cli.serving import serve_web
from tracker.config import load
from tracker.errors import Misconfigured
logging.basicConfig(level="WARNING")
try:
    sys.exit(serve_web(load(), sys.argv[1]))
except Misconfigured as error:
    sys.exit(str(error))
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A server in a process of its own: ``process`` owns the workers."""

    process: subprocess.Popen[bytes]
    port: int
    errors: Path

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer; the names of its headers in small letters."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, fields, response.read())
        finally:
            connection.close()

    def send(self, raw: bytes) -> socket.socket:
        """A connection on which ``raw`` was sent, and which stays open."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(raw)
        return connection

    def listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=20).close()
        except OSError:
            return False
        return True

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send ``number`` and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def serving(target: str, **settings: object) -> Iterator[Server]:
    """``target`` behind the real server with ``settings``, on a free port, listening."""
    with starting(target, **settings) as server:
        wait_until(lambda: server.listens() or server.process.poll() is not None, 20, "the server to listen")
        assert server.process.poll() is None, server.errors.read_text()
        yield server


@contextmanager
def starting(target: str, **settings: object) -> Iterator[Server]:
    """As ``serving``, without waiting until it listens."""
    settings.setdefault("port", free_port())
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder) / "errors"
        with errors.open("wb") as file:
            process = start([sys.executable, "-c", _SERVE, target], stderr=file, **settings)
        try:
            yield Server(process, int(str(settings["port"])), errors)
        finally:
            end(process)


def start(
    command: Sequence[str], stdout: Any = None, stderr: Any = None, **settings: object
) -> subprocess.Popen[bytes]:
    """``command`` as the leader of a process group, in the repository, with ``settings`` as variables."""
    ours = {f"TRACKER_{name.upper()}": str(value) for name, value in settings.items()}
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return subprocess.Popen(command, cwd=REPOSITORY, env=theirs | ours, stdout=stdout, stderr=stderr, process_group=0)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process and its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def gone(process: psutil.Process | int) -> bool:
    """Whether it has ended; also if nobody has asked for its status yet."""
    try:
        found = psutil.Process(process) if isinstance(process, int) else process
        return not found.is_running() or found.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
