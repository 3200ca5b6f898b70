"""Fixtures: databases, each test with its own, on both of the systems that the tracker runs on.

``database_url``   runs the test twice, on SQLite and on PostgreSQL; the database is empty and not migrated.
``migrated_url``   the same, but with the tracker's tables.
``shared_url``     a migrated one that the tests of a module share: for those that look only at what they made.
``sqlite_url``, ``postgresql_url``, ``migrated_sqlite_url``, ``migrated_postgresql_url``   one of them alone.
``postgres``       the running cluster itself (tests/postgres.py), one for all workers of a run.

A migrated database is a copy of one that was migrated once: per run on PostgreSQL, per worker on SQLite.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.postgres import Cluster, start_cluster
from tests.postgres_programs import PostgresMissing
from tests.requirements import unavailable

_MIGRATED = "migrated_template"


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share, and no other run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(scope="session")
def postgres(run_folder: Path) -> Iterator[Cluster]:
    """The run's cluster: the first worker that asks for it starts it, it ends with the last."""
    try:
        with _alone(run_folder / "postgres.lock"):
            cluster = _joined(run_folder) or start_cluster()
            (run_folder / "postgres.folder").write_text(str(cluster.folder))
    except PostgresMissing as missing:
        unavailable(str(missing))
    yield cluster
    cluster.close(wait=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of a new, empty database."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of a new database with the tracker's tables and no row of its content."""
    return str(request.getfixturevalue(f"migrated_{request.param}_url"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database file that doesn't exist yet."""
    return f"sqlite:///{tmp_path / 'tracker.db'}"


@pytest.fixture
def postgresql_url(postgres: Cluster) -> Iterator[str]:
    """An empty database."""
    with _database(postgres, None) as url:
        yield url


@pytest.fixture
def migrated_sqlite_url(sqlite_url: str, tmp_path: Path, _migrated_file: Path) -> str:
    """A copy of the migrated file."""
    shutil.copyfile(_migrated_file, tmp_path / "tracker.db")
    return sqlite_url


@pytest.fixture
def migrated_postgresql_url(postgres: Cluster, _migrated_template: str) -> Iterator[str]:
    """A copy of the migrated database."""
    with _database(postgres, _migrated_template) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of a migrated database that all tests of a module share, whatever stands in it by now."""
    return str(request.getfixturevalue(f"shared_{request.param}_url"))


@pytest.fixture(scope="module")
def shared_sqlite_url(tmp_path_factory: pytest.TempPathFactory, _migrated_file: Path) -> str:
    path = tmp_path_factory.mktemp("shared") / "tracker.db"
    shutil.copyfile(_migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def shared_postgresql_url(postgres: Cluster, _migrated_template: str) -> Iterator[str]:
    with _database(postgres, _migrated_template) as url:
        yield url


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "template.db"
    _upgrade(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        # What still stands in the write-ahead log would be missing from a copy of the file.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def _migrated_template(postgres: Cluster, run_folder: Path) -> str:
    with _alone(run_folder / "migrated.lock"), postgres.connect() as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_MIGRATED]).fetchone():
            # It gets its name only when it is whole: a run that failed half-way leaves nothing to copy.
            unfinished = f"unfinished_{uuid.uuid4().hex}"
            _upgrade(postgres.create_database(unfinished))
            connection.execute(f"ALTER DATABASE {unfinished} RENAME TO {_MIGRATED}")
    return _MIGRATED


def _upgrade(url: str) -> None:
    from tracker.db.migrating import upgrade

    upgrade(url)


def _joined(run_folder: Path) -> Cluster | None:
    known = run_folder / "postgres.folder"
    return Cluster.join(Path(known.read_text())) if known.exists() else None


@contextmanager
def _database(cluster: Cluster, template: str | None) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    yield cluster.create_database(name, template)
    cluster.drop_database(name)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold ``path`` as a lock among the processes of this run."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
