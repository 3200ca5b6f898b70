"""Take a PostgreSQL cluster away when nobody uses it any more, however its users ended.

    python reaper.py FOLDER PG_CTL

Every user of a cluster holds a shared lock on ``FOLDER/in-use``. The kernel lets go of it when the user ends,
in good order, by Ctrl-C or by ``kill -9``. This process waits for the exclusive lock in the background, in a
session of its own, where Ctrl-C at a terminal does not reach it; then it stops the server and removes FOLDER.
What it does badly: nobody guards it, so who kills it and the users keeps a server.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil


def main(folder: Path, pg_ctl: str) -> None:
    """Go into the background at once; return there when the cluster in ``folder`` is gone."""
    with (folder / "in-use").open("rb") as lock:
        if os.fork():
            os._exit(0)
        os.setsid()
        os.chdir("/")
        fcntl.flock(lock, fcntl.LOCK_EX)
        stop_server(folder / "data", pg_ctl)
        shutil.rmtree(folder, ignore_errors=True)


def stop_server(data: Path, pg_ctl: str) -> None:
    """Stop the server of ``data`` at once, without a checkpoint: what it holds is thrown away."""
    if not serves(data):
        return
    owner = data.stat()
    command = [pg_ctl, "stop", "--pgdata", str(data), "--mode", "immediate", "--silent"]
    if os.geteuid() == 0:
        subprocess.run(command, check=False, user=owner.st_uid, group=owner.st_gid, extra_groups=[])
    else:
        subprocess.run(command, check=False)


def serves(data: Path) -> bool:
    """Whether a live server holds ``data``: the number in its postmaster.pid may since be another's."""
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
        return Path(process.cwd()) == data
    except (OSError, ValueError, psutil.Error):
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
