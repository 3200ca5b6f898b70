"""What a story is, and how texts differ, needs no web, no database and no clock."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import tracker.stories
import tracker.text

_IMPURE = ("flask", "flask_smorest", "marshmallow", "sqlalchemy", "alembic", "psycopg", "sqlite3", "pycurl")
_PROGRAM = """
import importlib, sys
for name in {modules!r}:
    importlib.import_module(name)
print(sorted(set(sys.modules) & set({impure!r})))
print(sorted(name for name in sys.modules if name.startswith("tracker.")))
"""


def modules_of(package: object) -> list[str]:
    names = [found.name for found in pkgutil.iter_modules(package.__path__)]  # type: ignore[attr-defined]
    return [f"{package.__name__}.{name}" for name in names]  # type: ignore[attr-defined]


@pytest.mark.parametrize("package", [tracker.stories, tracker.text], ids=["stories", "text"])
def test_every_module_is_imported_without_web_database_or_clock(package: object) -> None:
    modules = modules_of(package)
    assert len(modules) > 3
    program = _PROGRAM.format(modules=modules, impure=_IMPURE)
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True)
    impure, ours = done.stdout.splitlines()
    assert impure == "[]"
    for room in ("db", "store", "access", "handling", "api", "web", "clock", "ids", "config"):
        assert f"'tracker.{room}'" not in ours
