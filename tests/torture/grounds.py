"""Where a history takes place: a database that can crash, and be copied to a fresh place while it is in use."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Protocol

from tests.postgres import USER, Cluster, start_cluster
from tests.postgres_programs import installed
from tests.torture.play import Play
from tracker.db.migrating import upgrade


class Ground(Protocol):
    """A migrated database."""

    #: Its SQLAlchemy URL.
    url: str

    def crash(self, play: Play) -> None:
        """Let it crash under the players, and come back."""
        ...

    def copied(self, number: int) -> Ground:
        """A copy in a place of its own, as of some moment after the call."""
        ...

    def close(self) -> None:
        """Take it away."""
        ...


class File:
    """A SQLite file. It lives in the processes that have it open, so a crash is the end of them all."""

    def __init__(self, folder: Path, number: int = 0) -> None:
        self._folder = folder
        self._path = folder / f"history{number}.db"
        self.url = f"sqlite:///{self._path}"

    def crash(self, play: Play) -> None:
        play.kill_all()
        play.start()

    def copied(self, number: int) -> File:
        other = File(self._folder, number)
        with closing(sqlite3.connect(self._path)) as source, closing(sqlite3.connect(other._path)) as target:
            source.backup(target)
        return other

    def close(self) -> None:
        """It goes with its folder."""


class Server:
    """A PostgreSQL cluster that is as careful as it is delivered."""

    def __init__(self) -> None:
        self._cluster: Cluster = start_cluster(durable=True)
        self.url = self._cluster.create_database("history")

    def crash(self, play: Play) -> None:
        self._cluster.stop("immediate")
        self._cluster.start()

    def copied(self, number: int) -> Server:
        other = Server()
        dump = self._cluster.folder / f"{number}.dump"
        _run("pg_dump", self._cluster, "--format=custom", f"--file={dump}")
        _run("pg_restore", other._cluster, "--exit-on-error", "--single-transaction", str(dump))
        return other

    def close(self) -> None:
        self._cluster.close()


def new(engine: str, folder: Path) -> Ground:
    """A migrated ground of that engine, "sqlite" or "postgresql"."""
    ground: Ground = File(folder) if engine == "sqlite" else Server()
    upgrade(ground.url)
    return ground


def _run(program: str, cluster: Cluster, *options: str) -> None:
    place = ["--host", str(cluster.folder), "--port", str(cluster.port), "--username", USER, "--dbname", "history"]
    command = [str(installed() / "pginstall" / "bin" / program), *place, *options]
    subprocess.run(command, check=True, env={"PATH": os.defpath}, stdin=subprocess.DEVNULL)
