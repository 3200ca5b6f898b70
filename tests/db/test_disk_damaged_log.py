"""The tail of SQLite's write-ahead log is cut, zeroed or overwritten with noise, as a power cut may leave it.

The database opens, is whole, and holds a beginning of what was written: at least everything that was acknowledged
before the damage, nothing by half, and nothing after a gap.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.db.crowd import Crowd, adds, stored
from tests.db.crowd import unhurried as unhurried
from tests.db.places import add
from tests.rooms import settings_for
from tracker.db.database import Database

pytestmark = pytest.mark.usefixtures("unhurried")

_GROUPS, _PARTS = 12, 3
_TRIES = 40

Damage = Callable[[random.Random, bytes, int], bytes]


def cut(_chance: random.Random, log: bytes, at: int) -> bytes:
    return log[:at]


def zeroed(_chance: random.Random, log: bytes, at: int) -> bytes:
    return log[:at] + bytes(len(log) - at)


def noise(chance: random.Random, log: bytes, at: int) -> bytes:
    return log[:at] + chance.randbytes(len(log) - at)


def spot(chance: random.Random, log: bytes, at: int) -> bytes:
    """A few bytes in the middle: what follows is whole, and yet of no use."""
    damaged = bytearray(log)
    damaged[at] ^= chance.randrange(1, 256)
    return bytes(damaged)


def rows_of(number: int) -> list[list[str]]:
    """The rows of a group's parts."""
    return [[f"{number:02}{part}{row}{'.' * 700}" for row in range(2)] for part in range(_PARTS)]


@pytest.fixture
def written(migrated_sqlite_url: str, tmp_path: Path) -> tuple[Path, list[int]]:
    """A folder with database and log as they stand while a process runs, and the log's size after each group."""
    database = Database(settings_for(migrated_sqlite_url))
    log, sizes, folder = tmp_path / "tracker.db-wal", [], tmp_path / "written"
    with database.reading():
        for number in range(_GROUPS):
            assert Crowd(database, *[adds(*rows) for rows in rows_of(number)]).run() == [None] * _PARTS
            sizes.append(log.stat().st_size)
        folder.mkdir()
        for name in ("tracker.db", "tracker.db-wal"):
            shutil.copyfile(tmp_path / name, folder / name)
    database.close()
    return folder, sizes


@pytest.mark.parametrize("damage", [cut, zeroed, noise, spot])
def test_what_was_acknowledged_before_the_damage_is_there(
    written: tuple[Path, list[int]], tmp_path: Path, damage: Damage
) -> None:
    folder, sizes = written
    chance, log = random.Random(20200103), (folder / "tracker.db-wal").read_bytes()
    lost = 0
    for number in range(_TRIES):
        at = chance.randrange(len(log))
        target = tmp_path / f"{damage.__name__}{number}"
        target.mkdir()
        shutil.copyfile(folder / "tracker.db", target / "tracker.db")
        (target / "tracker.db-wal").write_bytes(damage(chance, log, at))
        found = opened(target / "tracker.db")
        groups = len(found) // (2 * _PARTS)
        assert found == sorted(row for number in range(groups) for rows in rows_of(number) for row in rows)
        assert groups >= sum(size <= at for size in sizes)
        lost += groups < _GROUPS
    assert lost, "nothing was damaged"


def opened(path: Path) -> list[str]:
    """What is stored, as the tracker finds it; it can be written to, too."""
    database = Database(settings_for(f"sqlite:///{path}"))
    found = stored(database)
    add(database, "next")
    assert len(stored(database)) == len(found) + 1
    database.close()
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return found
