"""Take a PostgreSQL cluster away when nobody uses it any more, however its users ended.

    python reaper.py FOLDER

Every user of a cluster holds a shared lock on ``FOLDER/in-use``. The kernel lets go of it when the user ends, in good
order, by Ctrl-C or by ``kill -9``. This process waits for the exclusive lock in the background, in a session of its
own, where Ctrl-C at a terminal does not reach it; then it ends the server, or its making, and removes FOLDER.
What it does badly: nobody guards it, so who kills it and the users keeps a server.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import sys
from pathlib import Path

import psutil

#: How long a server may take to end at once, in seconds, before it is killed.
_PATIENCE = 10


def main(folder: Path) -> None:
    """Go into the background at once; return there when the cluster in ``folder`` is gone."""
    with (folder / "in-use").open("rb") as lock:
        if os.fork():
            os._exit(0)
        os.chdir("/")
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Again and again: a pg_ctl that was just starting a server may have been quicker.
        while living := processes_of(folder / "data"):
            end(living)
        shutil.rmtree(folder, ignore_errors=True)


def processes_of(data: Path) -> list[psutil.Process]:
    """Whoever was started on the cluster in ``data``: its server, without its helpers, or initdb or pg_ctl."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(data) in argument for argument in process.info["cmdline"] or ())
    ]


def end(processes: list[psutil.Process]) -> None:
    """End them at once: a server throws away what it holds, tells its helpers, and leaves nothing in memory."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGQUIT)
    _, stubborn = psutil.wait_procs(processes, timeout=_PATIENCE)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
