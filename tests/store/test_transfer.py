"""A log that is carried from one database to the other is the same there, and goes on."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rooms import everything
from tests.store.transferring import carried, exported, plain, write_at_random
from tests.store.writing import NOW, append, read_all
from tracker.cli.export import CARRIED_FOLLOWERS
from tracker.config import Settings
from tracker.db.database import Database
from tracker.db.schema import metadata
from tracker.errors import Refusal
from tracker.projections.following import projections
from tracker.store import followers, transfer, verifying
from tracker.store.transfer.tables import CARRIED, LEFT
from tracker.store.tree import Tree
from tracker.webhooks.progress import status


def test_every_table_is_carried_or_left_for_a_reason() -> None:
    others = {metadata.tables["content_key"]}
    assert {*CARRIED, *LEFT, *others} == set(metadata.tables.values())
    assert not set(CARRIED) & set(LEFT)


def test_every_follower_whose_tables_stay_behind_begins_again(database: Database, settings: Settings) -> None:
    with database.reading() as connection:
        names = {each.name for each in status(connection, settings).followers}
    assert names - set(CARRIED_FOLLOWERS) == {*(each.name for each in projections()), "saved_states"}
    assert set(CARRIED_FOLLOWERS) <= names


def test_a_random_history_is_the_same_on_the_other_side_and_goes_on(
    way: tuple[Database, Database], tmp_path: Path
) -> None:
    source, target = way
    write_at_random(source, seed := random.SystemRandom().getrandbits(32))
    path, keys = exported(source, tmp_path)
    done = transfer.import_(target, path, keys, NOW)
    assert carried(target) == carried(source), f"seed {seed}"
    before, after = verifying.verify(source, content=True), verifying.verify(target, content=True)
    assert after._replace(findings=before.findings) == before
    assert after.findings.told == before.findings.told == []
    appended = append(target, "sty_3", "It goes on.")
    assert appended.position == done.events + 1
    assert followers.advance(target, Tree()) == 1
    assert verifying.verify(target, content=True).findings.told == []


def test_what_comes_back_is_what_went(
    way: tuple[Database, Database], tmp_path: Path, empty: Callable[[str], str]
) -> None:
    """Across and back the files are the same, but for the line that says when they were made and of which export."""
    source, target = way
    write_at_random(source, 1, 60)
    path, keys = exported(source, tmp_path)
    transfer.import_(target, path, keys, NOW)
    again = exported(target, tmp_path, "again")
    assert [each.read_bytes() for each in again] == [each.read_bytes() for each in (path, keys)]


def test_an_import_that_was_broken_off_left_nothing_and_is_begun_again(
    way: tuple[Database, Database], tmp_path: Path
) -> None:
    source, target = way
    write_at_random(source, 4, 700)
    files = exported(source, tmp_path)
    before, seen = everything(target), list[dict[str, Any]]()

    def interrupt(count: int) -> None:
        seen.append(everything(target))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer.import_(target, *files, NOW, advance=interrupt)
    assert seen == [before], "somebody saw a part of it"
    assert everything(target) == before
    transfer.import_(target, *files, NOW)
    assert carried(target) == carried(source)


def test_an_export_that_was_broken_off_left_no_file_and_none_is_written_over(
    database: Database, tmp_path: Path
) -> None:
    write_at_random(database, 4, 700)

    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "exports"
    folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        exported(database, folder, advance=interrupt)
    assert list(folder.iterdir()) == []
    for name in ("log.keys", "log.jsonl"):
        (folder / name).write_text("mine")
        with pytest.raises(Refusal, match="is there already"):
            exported(database, folder)
        assert {each.name: each.read_text() for each in folder.iterdir()} == {name: "mine"}
        (folder / name).unlink()


def test_an_export_is_of_one_moment_while_others_write(way: tuple[Database, Database], tmp_path: Path) -> None:
    source, target = way
    write_at_random(source, 6, 100)
    stop = threading.Event()

    def write(number: int) -> None:
        count = 0
        while not stop.is_set():
            append(source, f"sty_{number}_{count % 5}", "One.", "Two.")
            count += 1

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        append(source, "sty_before", "This is in it.")
        files = exported(source, tmp_path)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    done = transfer.import_(target, *files, NOW)
    assert verifying.verify(target, content=True).findings.told == []
    there = read_all(target)
    assert plain(there) == plain(read_all(source)[: done.events])
    assert "sty_before" in {event.stream_id for event in there}
