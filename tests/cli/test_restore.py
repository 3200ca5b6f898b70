"""Losing a database and restoring it is rehearsed: on both engines, from the write before to the write after."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from tests.asking import Client, House
from tests.cli.typing_commands import ask
from tests.postgres import Cluster, start_cluster
from tests.postgres_programs import installed
from tests.rooms import settings_for
from tests.store.writing import append, read_all
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.store import backups, redaction, verifying


@dataclass(frozen=True)
class Places:
    """Where a tracker lives, and where it is restored to, which is empty."""

    lost: str
    restored: str
    #: Options that name PostgreSQL's own programs.
    programs: tuple[str, ...]


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    """On PostgreSQL the other place is in another cluster."""
    if request.param == "sqlite":
        lost = request.getfixturevalue("migrated_sqlite_url")
        yield Places(lost, f"sqlite:///{tmp_path / 'restored.db'}", ())
        return
    lost = request.getfixturevalue("migrated_postgresql_url")
    with start_cluster() as elsewhere:
        yield Places(lost, elsewhere.create_database("restored"), programs())


def programs() -> tuple[str, ...]:
    return ("--programs", str(installed() / "pginstall" / "bin"))


class Writing:
    """Threads that write without a pause, as long as it lasts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(3)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, number: int) -> None:
        count = 0
        while not self._stop.is_set():
            append(self._database, f"sty_{number}_{count % 5}", f"{count}", "more")
            count += 1


def test_a_lost_database_is_restored(places: Places, clock: StoryClock, tmp_path: Path) -> None:
    file, destroyed = tmp_path / "tracker.backup", tmp_path / "destroyed-keys"
    house = House(places.lost, clock)
    editor = house.client()
    story = editor.opens()
    editor.files(story, "What is redacted later.")
    append(house.database, "sty_kept", "What stays.")
    before = editor.get("/v1/feed").body["next"]
    with Writing(house.database):
        done = ask("backup", file, *places.programs, url=places.lost)
    assert done.exit_code == 0, done.output
    assert file.stat().st_mode & 0o777 == 0o600
    with house.database.reading() as connection:
        made = backups.last(connection)
    assert made is not None
    assert (made.file, f"up to position {made.position}." in done.output) == (str(file), True)
    redact(house.database, story["id"], destroyed)
    editor.files(story, "What comes too late for the backup.")
    after = last_cursor(editor)
    house.close()
    lose(places.lost)

    restored = ask("restore", file, "--destroyed", destroyed, *places.programs, url=places.restored)
    assert restored.exit_code == 0, restored.output
    assert "keys of" in restored.output
    assert "Everything is as it was written" in restored.output
    assert f"after position {made.position} gets 409" in restored.output

    again = House(places.restored, clock)
    same = Client(again, again.app, editor.token, editor.written)
    assert same.get(f"/v1/feed?after={before}").status == 200
    assert same.get(f"/v1/feed?after={after}").problem == "cursor-of-another-history"
    events = read_all(again.database)
    assert len(events) == made.position
    filed = [event for event in events if event.stream_id == story["id"] and event.key_id]
    assert {event.redacted for event in filed} == {True}
    assert "What is redacted later." not in repr([event.open() for event in events])
    with again.database.reading() as connection:
        assert backups.last(connection) == made
    # And it goes on.
    same.files(same.opens(), "After the restore.")
    assert len(read_all(again.database)) > made.position
    assert verifying.verify(again.database, content=True).findings.told == []
    again.close()


def redact(database: Database, stream_id: str, destroyed: Path) -> None:
    """Destroy every key of a stream, and note it in the list that is kept apart."""
    events = [event for event in read_all(database) if event.stream_id == stream_id and event.key_id]
    with database.writing() as connection:
        key_ids = sorted({str(event.key_id) for event in events})
        redaction.redact(connection, stream_id, key_ids, version=events[-1].version, at=events[-1].recorded_at)
    redaction.after_commit(database, destroyed)


def last_cursor(client: Client) -> str:
    """The cursor at the end of the feed."""
    *_, last = client.pages("/v1/feed?limit=200")
    return str(last.body["next"])


def lose(url: str) -> None:
    """What is lost is gone."""
    if url.startswith("sqlite"):
        for path in Path(url.removeprefix("sqlite:///")).parent.glob("tracker.db*"):
            path.unlink()
        return
    database = Database(settings_for(url))
    with database.writing(alone=True) as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
    database.close()


def test_a_copy_without_its_list_of_destroyed_keys_is_restored_with_a_warning(places: Places, tmp_path: Path) -> None:
    file = tmp_path / "tracker.backup"
    database = Database(settings_for(places.lost))
    append(database, "sty_1", "One.")
    database.close()
    assert ask("backup", file, *places.programs, url=places.lost).exit_code == 0
    restored = ask("restore", file, *places.programs, url=places.restored)
    assert restored.exit_code == 0, restored.output
    assert "! No list of destroyed keys was found" in restored.stderr


def test_nothing_is_written_over(places: Places, tmp_path: Path) -> None:
    file = tmp_path / "tracker.backup"
    file.write_text("mine")
    refused = ask("backup", file, *places.programs, url=places.lost)
    assert (refused.exit_code, "is there already" in str(refused.exception)) == (1, True)
    assert file.read_text() == "mine"
    file.unlink()
    database = Database(settings_for(places.lost))
    append(database, "sty_1", "One.")
    assert ask("backup", file, *places.programs, url=places.lost).exit_code == 0
    append(database, "sty_1", "Two.")
    refused = ask("restore", file, *places.programs, url=places.lost)
    assert (refused.exit_code, "nothing is written over" in str(refused.exception)) == (1, True)
    assert len(read_all(database)) == 2
    database.close()


def test_a_damaged_copy_is_refused_and_leaves_the_place_empty(places: Places, tmp_path: Path) -> None:
    file = tmp_path / "tracker.backup"
    database = Database(settings_for(places.lost))
    append(database, "sty_1", *(f"{number}" * 500 for number in range(50)))
    database.close()
    assert ask("backup", file, *places.programs, url=places.lost).exit_code == 0
    whole = file.read_bytes()
    for damaged in (b"", b"noise", whole[: len(whole) // 2]):
        file.write_bytes(damaged)
        refused = ask("restore", file, *places.programs, url=places.restored)
        assert refused.exit_code == 1, refused.output
        assert refused.exception is not None
    file.write_bytes(whole)
    assert ask("restore", file, *places.programs, url=places.restored).exit_code == 0
    assert list(tmp_path.glob(".*.part*")) == []


def test_a_backup_that_was_broken_off_leaves_no_file_and_no_row(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tracker.db.new_file._force", interrupt)
    folder = tmp_path / "backups"
    folder.mkdir()
    assert ask("backup", folder / "file", *places.programs, url=places.lost).exit_code == 1
    assert list(folder.iterdir()) == []
    database = Database(settings_for(places.lost))
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM backup")).scalar_one() == 0
    database.close()


class TestPostgresPrograms:
    """What is done where pg_dump is not, or is older than the server."""

    def test_the_exact_command_is_named_without_a_password(
        self, postgres: Cluster, migrated_postgresql_url: str, tmp_path: Path
    ) -> None:
        url = with_password(postgres, migrated_postgresql_url)
        empty = tmp_path / "empty"
        empty.mkdir()
        done = ask("backup", tmp_path / "file", "--programs", empty, url=url)
        said = str(done.exception)
        assert (done.exit_code, "There is no pg_dump here" in said) == (1, True)
        assert f"pg_dump --format=custom --file={tmp_path}" in said.replace("'", "")
        assert password_of(url) not in done.output + said
        assert list(tmp_path.glob("*file*")) == []

    def test_an_older_program_is_refused(self, migrated_postgresql_url: str, tmp_path: Path) -> None:
        program(tmp_path, "#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
        done = ask("backup", tmp_path / "file", "--programs", tmp_path, url=migrated_postgresql_url)
        assert (done.exit_code, "is of version 9, and the server" in str(done.exception)) == (1, True)

    def test_a_program_is_given_the_password_where_nobody_sees_it(
        self, postgres: Cluster, migrated_postgresql_url: str, tmp_path: Path
    ) -> None:
        url = with_password(postgres, migrated_postgresql_url)
        seen = tmp_path / "seen"
        program(
            tmp_path,
            f'#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" && exit\n'
            f'echo "$@" > {seen}; echo "$PGPASSWORD" >> {seen}; echo "no room" >&2; exit 3\n',
        )
        done = ask("backup", tmp_path / "file", "--programs", tmp_path, url=url)
        line, password = seen.read_text().splitlines()
        assert password == password_of(url)
        assert password not in line
        assert "--snapshot=" in line
        assert (done.exit_code, "pg_dump failed with 3: no room" in str(done.exception)) == (1, True)
        assert password not in done.output + str(done.exception)
        assert not (tmp_path / "file").exists()


def program(folder: Path, script: str) -> None:
    (folder / "pg_dump").write_text(script)
    (folder / "pg_dump").chmod(0o755)


def with_password(cluster: Cluster, url: str) -> str:
    """The same database, reached over TCP."""
    return cluster.url(str(make_url(url).database), tcp=True)


def password_of(url: str) -> str:
    return str(make_url(url).password)
