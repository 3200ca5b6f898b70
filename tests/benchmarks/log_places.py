"""Fresh databases for the log's benchmark, durable as in production.

SQLite: files in a temporary folder. PostgreSQL: databases of one durable cluster, over TCP, since over a Unix socket a
batch of 1,000 makes the peer hang (psycopg 3.3 in pipeline mode stops sending when the socket is full). Ours is a copy
of a database that was migrated once. A temporary folder that is held in memory is refused: nothing is durable there.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psutil

from tests.benchmarks.log_sides import Kind, Place
from tests.postgres import Cluster, start_cluster
from tracker.db.migrating import upgrade

#: Makes a fresh database for each of the sides given.
Fresh = Callable[[Sequence[Kind]], dict[Kind, Place]]

_IN_MEMORY = ("tmpfs", "ramfs")


@contextmanager
def grounds(engine: str) -> Iterator[Fresh]:
    """Within it, fresh databases can be made."""
    with _files() if engine == "sqlite" else _databases() as fresh:
        yield fresh


@contextmanager
def _files() -> Iterator[Fresh]:
    with tempfile.TemporaryDirectory(prefix="tracker-benchmark-") as name:
        folder = Path(name)
        _require_disk(folder)
        template, numbers = folder / "template.db", itertools.count()
        upgrade(f"sqlite:///{template}")
        with closing(sqlite3.connect(template)) as connection:
            # What still stands in the write-ahead log would be missing from a copy of the file.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        def fresh(kinds: Sequence[Kind]) -> dict[Kind, Place]:
            paths = {kind: folder / f"{kind}{next(numbers)}.db" for kind in kinds}
            shutil.copyfile(template, paths["ours"])
            return {kind: Place(kind, "sqlite", f"sqlite:///{path}") for kind, path in paths.items()}

        yield fresh


@contextmanager
def _databases() -> Iterator[Fresh]:
    with start_cluster(durable=True) as cluster:
        _require_disk(cluster.folder)
        yield databases_of(cluster)


def databases_of(cluster: Cluster) -> Fresh:
    """Fresh databases of ``cluster``; they stay until it ends."""
    run = uuid.uuid4().hex
    upgrade(cluster.create_database(f"migrated_{run}"))
    numbers = itertools.count()

    def fresh(kinds: Sequence[Kind]) -> dict[Kind, Place]:
        templates = {kind: f"migrated_{run}" if kind == "ours" else None for kind in kinds}
        names = {kind: f"{kind}{next(numbers)}_{run}" for kind in kinds}
        for kind, name in names.items():
            cluster.create_database(name, templates[kind])
        return {kind: Place(kind, "postgresql", cluster.url(name, tcp=True)) for kind, name in names.items()}

    return fresh


def _require_disk(folder: Path) -> None:
    mounts = [part for part in psutil.disk_partitions(all=True) if folder.resolve().is_relative_to(part.mountpoint)]
    if max(mounts, key=lambda part: len(part.mountpoint)).fstype in _IN_MEMORY:
        raise SystemExit(f"{folder} is held in memory, where nothing is durable; set TMPDIR to a folder on a disk")
