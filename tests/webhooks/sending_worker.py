"""A worker in a process of its own, to be killed: ``python -m tests.webhooks.sending_worker LEASE_SECONDS``.

Its settings come from the environment. It says "ready" on a line when it begins.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tracker.clock import Clock
from tracker.config import Settings, as_environ, load
from tracker.db.database import Database
from tracker.worker import Worker


@contextmanager
def worker_process(settings: Settings, lease_seconds: float) -> Iterator[subprocess.Popen[str]]:
    """A running worker; killed at the end, if it still runs."""
    command = [sys.executable, "-m", "tests.webhooks.sending_worker", str(lease_seconds)]
    process = subprocess.Popen(command, env=as_environ(settings), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def main(lease_seconds: float) -> None:
    settings = load()
    worker = Worker(Database(settings), Clock(), settings, lease_seconds=lease_seconds)
    print("ready", flush=True)  # noqa: T201  (the parent waits for it)
    worker.run(threading.Event())


if __name__ == "__main__":
    main(float(sys.argv[1]))
