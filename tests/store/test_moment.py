"""What is copied is of one moment, whatever is written while it is copied."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.rooms import settings_for
from tests.store.writing import NOW, append, saying
from tracker.db.database import Database
from tracker.store import backups, log, moment, order, sequencer, ticking
from tracker.store.moment import one_moment


def append_alone(database: Database, text: str) -> None:
    """Without giving it a position."""
    with database.writing() as connection:
        log.append(connection, "sty_1", "story", [saying(text)], expected="any", now=NOW)


def test_an_event_that_comes_at_the_last_moment_has_its_position_in_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(database, "sty_1", "One.")
    ticked: list[int] = []

    def tick_and_append(of: Database) -> int:
        count = sequencer.tick(of)
        if not ticked:
            append_alone(of, "Just now.")
        ticked.append(count)
        return count

    # Only as that module calls it: the real one is called within.
    monkeypatch.setattr(moment, "sequencer", SimpleNamespace(**{**vars(sequencer), "tick": tick_and_append}))
    with one_moment(database) as connection:
        assert order.last_position(connection) == 2
        append_alone(database, "Too late.")
        assert len(log.read(connection, "sty_1")) == 2


def test_it_waits_for_whoever_is_giving_positions_just_then(
    migrated_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, looks = Database(settings_for(migrated_postgresql_url)), list[bool]()
    append_alone(database, "One.")

    def tick_later(of: Database) -> int:
        """As whoever finds the lease taken, the first few times."""
        looks.append(True)
        return sequencer.tick(of) if len(looks) > 4 else 0

    for module in (moment, ticking):
        monkeypatch.setattr(module, "sequencer", SimpleNamespace(**{**vars(sequencer), "tick": tick_later}))
    with one_moment(database) as connection:
        assert order.last_position(connection) == 1
    database.close()


def test_a_copy_that_takes_long_is_of_the_moment_in_which_it_was_begun(
    migrated_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.db.sqlite_copies._PAGES", 1)
    database, steps = Database(settings_for(migrated_sqlite_url)), list[int]()
    append(database, "sty_1", "One.", "Two.")

    def write_meanwhile(count: int) -> None:
        steps.append(count)
        if len(steps) < 30:
            append(database, "sty_1", f"{len(steps)} " * 500)

    done = backups.make(database, settings_for(migrated_sqlite_url), tmp_path / "copy", NOW, advance=write_meanwhile)
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT count(*) FROM event").fetchone() == (2,)
    assert (done.position, len(steps) > 30, sum(steps)) == (2, True, len(steps))
    database.close()
