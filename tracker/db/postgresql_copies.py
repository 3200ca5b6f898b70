"""Copies of a PostgreSQL database, made and taken by PostgreSQL's own programs pg_dump and pg_restore.

A password is never on a command line, where every user of the machine sees it: the programs are given it in their
environment (PGPASSWORD, https://www.postgresql.org/docs/current/libpq-envars.html). A copy is of the moment of a
snapshot that is exported to pg_dump, so that its position is known. Where a program is missing, or older than the
server, the error names the exact command, to be run where there is one. The same functions stand in ``sqlite_copies``.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, make_url

from tracker.config import Settings
from tracker.db import postgresql
from tracker.db.copies import Advance
from tracker.db.database import Database
from tracker.errors import Misconfigured, Refusal, Unavailable

UNIT = "bytes"

#: Seconds between two looks at how far a program has come.
_LOOK_EVERY = 0.2
#: Seconds that a program has to end when it is told to.
_PARTING = 5.0

#: How many tables, views and sequences there are that are not PostgreSQL's own.
_OURS = (
    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
)


def write(
    connection: Connection,
    settings: Settings,
    to: Path,
    *,
    programs: Path | None,
    expect: Callable[[int], None],
    advance: Advance,
) -> None:
    """See ``copies.write``."""
    where, environment = connecting(settings)
    command = ["pg_dump", "--format=custom", f"--file={to}", f"--dbname={where}"]
    program = _program(command, programs, connection)
    snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
    _run([program, *command[1:], f"--snapshot={snapshot}"], environment, to, advance)


@contextmanager
def placed(settings: Settings, file: Path, *, programs: Path | None, advance: Advance) -> Iterator[Settings]:
    """See ``copies.placed``. The database must exist, and be empty."""
    if not file.is_file():
        raise Unavailable(f"{file} can't be read: there is no such file.")
    with closing(Database(settings)) as database:
        with database.reading() as connection:
            if connection.exec_driver_sql(_OURS).scalar_one():
                raise Refusal("The database is not empty, and nothing is written over it. Restore into a new one.")
            where, environment = connecting(settings)
            command = ["pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
            command += [f"--dbname={where}", str(file)]
            program = _program(command, programs, connection)
        _run([program, *command[1:]], environment, None, advance)
    yield settings


def connecting(settings: Settings) -> tuple[str, dict[str, str]]:
    """How a program reaches the database: what may stand on its command line, and its environment."""
    url = make_url(settings.database_url)
    _, given = postgresql.statement_dialect().create_connect_args(url)
    environment = dict(os.environ)
    if password := given.pop("password", None):
        environment["PGPASSWORD"] = str(password)
    if secret := next((name for name in given if "password" in name), None):
        raise Misconfigured(f"{secret} in database_url can't be handed to another program; put it in a service file.")
    return make_conninfo(**given), environment


def _program(command: Sequence[str], folder: Path | None, connection: Connection) -> str:
    """The program to run. Raises ``Unavailable``, with the whole command, where there is none that fits the server."""
    name = command[0]
    server = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    found = shutil.which(name, path=None if folder is None else str(folder))
    version = _version_of(found) if found else None
    if found and version and version >= server:
        return found
    state = f"The {name} here is of version {version}" if found else f"There is no {name} here"
    raise Unavailable(
        f"{state}, and the server is of version {server}. Install its programs (Debian: postgresql-client-{server}) or "
        f"name their folder (--programs); or run where there is one, with the password in PGPASSWORD:\n"
        f"  {shlex.join(command)}"
    )


def _version_of(program: str) -> int | None:
    """The first number of the version that a program gives."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\b(\d+)(?:\.\d+|devel|beta\d+|rc\d+)", said)
    return int(found[1]) if found else None


def _run(command: Sequence[str], environment: dict[str, str], written: Path | None, advance: Advance) -> None:
    """Run a program to its end, which comes early when this is interrupted. Raises ``Unavailable`` if it failed."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            _wait(process, written, advance)
        finally:
            _end(process)
        if process.returncode:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()[-5:]
            raise Unavailable(f"{Path(command[0]).name} failed with {process.returncode}: {' '.join(lines)}")


def _wait(process: subprocess.Popen[bytes], written: Path | None, advance: Advance) -> None:
    size = 0
    while process.poll() is None:
        try:
            process.wait(timeout=_LOOK_EVERY)
        except subprocess.TimeoutExpired:
            now = written.stat().st_size if written else 0
            advance(now - size)
            size = now


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=_PARTING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
