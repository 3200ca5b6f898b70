"""A log that is carried from one database to the other goes on as if nothing had happened."""

from __future__ import annotations

import base64
import ipaddress
import json
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, text

from tests.asking import Client as Person
from tests.asking import House, report
from tests.postgres import Cluster
from tests.rooms import everything, settings_for
from tests.store.writing import NOW, append, read_all
from tests.webhooks import receivers
from tests.webhooks.subscribers import messages_of
from tracker.access.permissions import Role
from tracker.cli.export import CARRIED_FOLLOWERS
from tracker.clock import StoryClock
from tracker.config import Settings
from tracker.db import migrating, schema
from tracker.db.database import Database
from tracker.db.schema import metadata
from tracker.demo.founding_story import AGGREGATOR, NBC, POST, SLUG, WIRE, acts
from tracker.demo.telling import Answer, Client, tell
from tracker.errors import Damaged, Refusal
from tracker.store import followers, redaction, transfer, verifying
from tracker.store.log import LogEvent
from tracker.store.transfer import lines
from tracker.store.transfer.tables import CARRIED, LEFT
from tracker.store.tree import Tree
from tracker.webhooks.progress import status
from tracker.worker import Worker

WAYS = [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite"), ("postgresql", "postgresql")]


@pytest.fixture
def empty(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Makes an empty database of a kind, and gives its URL."""
    made: list[str] = []

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / 'other.db'}"
        cluster: Cluster = request.getfixturevalue("postgres")
        made.append(f"other_{random.SystemRandom().getrandbits(64):x}")
        return cluster.create_database(made[-1])

    yield make
    for name in made:
        request.getfixturevalue("postgres").drop_database(name)


@pytest.fixture(params=WAYS, ids=[" to ".join(way) for way in WAYS])
def way(request: pytest.FixtureRequest, empty: Callable[[str], str]) -> Iterator[tuple[Database, Database]]:
    """A migrated database with nothing in it, and another one, of the same kind or not."""
    source, target = request.param
    ends = Database(settings_for(request.getfixturevalue(f"migrated_{source}_url"))), _migrated(empty(target))
    yield ends
    for end in ends:
        end.close()


def _migrated(url: str) -> Database:
    database = Database(settings_for(url))
    migrating.upgrade_database(database)
    return database


def exported(database: Database, folder: Path, name: str = "log", **given: Any) -> tuple[Path, Path]:
    """The two files of an export."""
    path, keys = folder / f"{name}.jsonl", folder / f"{name}.keys"
    transfer.export(database, path, keys, NOW, export_id="exp_1", followers=CARRIED_FOLLOWERS, **given)
    return path, keys


def carried(database: Database) -> dict[str, Any]:
    """Every row that goes along, by table; of the log the events with their positions."""
    rows = {name: found for name, found in everything(database).items() if metadata.tables[name] in CARRIED}
    rows["content_key"] = everything(database)["content_key"]
    rows["event"] = plain(read_all(database))
    for table in ("checkpoint", "parked"):
        rows[table] = [row for row in rows[table] if row[0] in CARRIED_FOLLOWERS]
    return rows


def plain(events: list[LogEvent]) -> list[tuple[Any, ...]]:
    """All that is stored of them."""
    return [event[: LogEvent._fields.index("ring")] for event in events]


def write_at_random(database: Database, seed: int, count: int = 300) -> None:
    """Events of a dozen streams, one or several at once, and the tree over them."""
    drawn = random.Random(seed)
    while (count := count - (several := drawn.randint(1, 5))) > 0:
        append(database, f"sty_{drawn.randrange(12)}", *(f"{count} ü \x1f “{number}”" for number in range(several)))
    while followers.advance(database, Tree()):
        pass


def test_every_table_is_carried_or_left_for_a_reason() -> None:
    others = {metadata.tables["content_key"]}
    assert {*CARRIED, *LEFT, *others} == set(metadata.tables.values())
    assert not set(CARRIED) & set(LEFT)


def test_every_follower_whose_tables_stay_behind_begins_again(database: Database, settings: Settings) -> None:
    with database.reading() as connection:
        names = {each.name for each in status(connection, settings).followers}
    assert names - set(CARRIED_FOLLOWERS) == {"story_list", "outlets", "saved_states"}
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


class Told:
    """The founding story, told to a tracker that has one subscriber."""

    def __init__(self, url: str, receiver: receivers.Receiver) -> None:
        self.clock = StoryClock(acts()[0].recorded_at)
        self.house = House(url, self.clock)
        networks = (ipaddress.ip_network("127.0.0.0/8"),)
        self.settings = settings_for(url, webhook_allowed_networks=networks)
        self.app = self.house.app_with(webhook_allowed_networks=networks)
        self.receiver = receiver
        people = {"editor": self.house.client(Role.EDITOR)}
        people |= {name: self.house.client(Role.REPORTER, outlets=[name]) for name in (WIRE, NBC, POST, AGGREGATOR)}
        self.people = people
        subscriber = self.house.client(Role.SUBSCRIBER).at(self.app)
        self.endpoint = subscriber.post("/v1/endpoints", {"url": receiver.url}).body
        written = {name: str(person.written) for name, person in people.items()}
        self.answers = list(tell(_InProcess(self.app), self.clock, written))
        self.work(self.house.database)

    def at(self, house: House, name: str) -> Person:
        """The same person, with the same token, at another tracker."""
        person = self.people[name]
        return Person(house, house.app, person.token, person.written)

    def work(self, database: Database) -> None:
        with Worker(database, self.clock, self.settings) as worker:
            assert worker.drain()


class _InProcess(Client):
    """Asks the application itself instead of a server."""

    def __init__(self, app: Any) -> None:
        super().__init__("")
        self._app = app

    def ask(self, method: str, path: str, token: str, body: Any = None, headers: Any = None) -> Answer:
        given = {"Authorization": f"Bearer {token}", **(headers or {})}
        given["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body)
        found = self._app.test_client().open(path, method=method, data=data, headers=given)
        return Answer(found.status_code, dict(found.headers), found.json)


@pytest.mark.parametrize(("source", "target"), WAYS[:2], ids=[" to ".join(way) for way in WAYS[:2]])
def test_the_founding_story_goes_on_in_the_other_database(
    source: str, target: str, request: pytest.FixtureRequest, empty: Callable[[str], str], tmp_path: Path
) -> None:
    with receivers.Receiver(receivers.answering(204)) as receiver:
        told = Told(request.getfixturevalue(f"migrated_{source}_url"), receiver)
        editor = told.people["editor"]
        first = editor.get("/v1/feed?limit=4").body
        state = editor.get(f"/v1/stories/{SLUG}").body
        rest = editor.get(f"/v1/feed?after={first['next']}").body
        messages = messages_of(receiver)
        assert len(messages) == len(acts())

        database = _migrated(empty(target))
        database.close()
        there = House(str(database.engine.url.render_as_string(hide_password=False)), told.clock)
        transfer.import_(there.database, *exported(told.house.database, tmp_path), NOW)
        moved, wire = told.at(there, "editor"), told.at(there, WIRE)

        # The lists are made anew by the worker; nobody is told again.
        told.settings = settings_for(
            there.settings.database_url, webhook_allowed_networks=told.settings.webhook_allowed_networks
        )
        told.work(there.database)
        assert messages_of(receiver) == messages
        assert verifying.verify(there.database, content=True, saved_states=True).findings.told == []

        # Cursors lead where they led, addresses and answers are the same.
        assert moved.get("/v1/feed?limit=4").body == first
        assert moved.get(f"/v1/feed?after={first['next']}").body == rest
        assert moved.get(f"/v1/stories/{SLUG}").body == state

        # A request that is sent again, since its answer was not heard, gets the first answer.
        act, answer = told.answers[0].act, told.answers[0].answer
        repeated = moved.post("/v1/stories", act.body, Idempotency_Key="founding-story-1")
        assert (repeated.status, repeated.body["id"]) == (answer.status, answer.body["id"]), repeated.body

        # What is new is told once, as what follows the last that this endpoint was told of.
        filed = wire.post(f"/v1/stories/{SLUG}/reports", report("Something new.", outlet=WIRE))
        assert (filed.status, filed.body["revision"]) == (201, len(acts()) + 1)
        told.work(there.database)
        [new] = messages_of(receiver)[len(messages) :]
        assert new.event["data"]["previous_revision"] == len(acts())
        there.close()
        told.house.close()


@pytest.fixture
def small(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """The files of a small export with an endpoint and a destroyed key in it."""
    database = Database(settings_for(migrated_sqlite_url))
    write_at_random(database, 3, 12)
    with database.writing() as connection:
        connection.execute(
            text(f'INSERT INTO endpoint (id, owner, url, secret, created_at, "after") VALUES {ENDPOINT}')
        )
        event = read_all(database)[0]
        redaction.redact(connection, event.stream_id, [str(event.key_id)], version=event.version, at=1)
    yield exported(database, tmp_path)
    database.close()


ENDPOINT = "('end_1', 'tok_1', 'https://hooks.example/of-nobody-else', 'whsec_hush', 1, 0)"


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, empty: Callable[[str], str]) -> Iterator[Database]:
    database = _migrated(empty(request.param))
    yield database
    database.close()


def is_refused(database: Database, path: Path, keys: Path | None, match: str) -> None:
    """The import says so, and leaves the database as it was."""
    before = everything(database)
    with pytest.raises((Damaged, Refusal), match=match):
        transfer.import_(database, path, keys, NOW)
    assert everything(database) == before


def test_a_line_that_was_altered_is_named(target: Database, small: tuple[Path, Path], tmp_path: Path) -> None:
    for whole in small:
        found = whole.read_bytes().splitlines(keepends=True)
        damaged = tmp_path / "damaged"
        for number, line in enumerate(found, start=1):
            altered = bytearray(line)
            altered[len(line) // 2] ^= 1
            damaged.write_bytes(b"".join([*found[: number - 1], bytes(altered), *found[number:]]))
            files = (damaged, small[1]) if whole is small[0] else (small[0], damaged)
            is_refused(target, *files, match=rf"damaged, line {number}: |is no export of a tracker")


def test_a_file_that_was_cut_anywhere_is_refused(target: Database, small: tuple[Path, Path], tmp_path: Path) -> None:
    path, keys = small
    whole, damaged = path.read_bytes(), tmp_path / "damaged"
    drawn = random.Random(5)
    for end in [0, 1, len(whole) - 1, *(drawn.randrange(len(whole)) for _ in range(20))]:
        damaged.write_bytes(whole[:end])
        is_refused(target, damaged, keys, match="line|no export")
    for end in [place + 1 for place, byte in enumerate(whole) if byte == 10][:-1]:
        damaged.write_bytes(whole[:end])
        is_refused(target, damaged, keys, match=rf"line {whole[:end].count(10) + 1}: The file was cut off")
    damaged.write_bytes(whole + b"\n")
    is_refused(target, damaged, keys, match="behind what should be the last line")


def test_a_line_that_was_lost_moved_or_doubled_is_named(
    target: Database, small: tuple[Path, Path], tmp_path: Path
) -> None:
    path, keys = small
    found, damaged = path.read_bytes().splitlines(keepends=True), tmp_path / "damaged"
    for changed in (found[:4] + found[5:], [*found[:4], found[5], found[4], *found[6:]], found[:5] + found[4:]):
        damaged.write_bytes(b"".join(changed))
        is_refused(target, damaged, keys, match="damaged, line [56]: ")


def summed_anew(path: Path, change: Callable[[int, str, bytes], list[bytes]], to: Path) -> None:
    """Somebody edits a file and writes its sums anew; ``change`` gives the bodies that stand for a line."""
    with to.open("wb") as file:
        writer = lines.Writer(file)
        for line in lines.read(path):
            for body in change(line.number, line.name, line.body):
                writer.write(line.name, msgspec.json.decode(body))
        writer.end()


EDITS: list[tuple[str, Callable[[int, str, bytes], list[bytes]], str]] = [
    ("a header", lambda n, name, body: [body.replace(b'"tok_1"', b'"tok_2"') if n == 4 else body], "line 4: .* follow"),
    ("a gap", lambda n, name, body: [] if n == 4 else [body], "line 4: Position 3 was to come"),
    ("twice", lambda n, name, body: [body] * 2 if n == 4 else [body], "line 5: Position 4 was to come"),
    ("a field", lambda n, name, body: [body.replace(b'"actor"', b'"actress"')], "line 2: This can't be read"),
    (
        "a type",
        lambda n, name, body: [body.replace(b'"position":3,', b'"position":"3",') if n == 4 else body],
        "line 4: This can't be read",
    ),
    (
        "a head",
        lambda n, name, body: [body.replace(b'"head_hash":"', b'"head_hash":"AAAA')],
        "the row of stream sty_.* doesn't name its last event",
    ),
    ("a stream", lambda n, name, body: [body] if name != "stream" else [], "Rows are missing"),
    ("the count", lambda n, name, body: [body.replace(b'"event":', b'"event":1')] if n == 1 else [body], "missing"),
    ("the format", lambda n, name, body: [body.replace(b'"format":1', b'"format":2')], "another version"),
]


@pytest.mark.parametrize(("change", "match"), [edit[1:] for edit in EDITS], ids=[edit[0] for edit in EDITS])
def test_what_was_edited_with_its_sums_is_found_by_what_it_says(
    target: Database,
    small: tuple[Path, Path],
    tmp_path: Path,
    change: Callable[[int, str, bytes], list[bytes]],
    match: str,
) -> None:
    edited = tmp_path / "edited"
    summed_anew(small[0], change, edited)
    is_refused(target, edited, small[1], match=match)


def test_without_its_keys_an_export_holds_neither_content_nor_key_nor_secret(
    target: Database, small: tuple[Path, Path]
) -> None:
    path, keys = small
    assert (path.stat().st_mode & 0o777, keys.stat().st_mode & 0o777) == (0o600, 0o600)
    held = path.read_bytes()
    decoder = msgspec.json.Decoder()
    secret = [decoder.decode(line.body) for line in lines.read(keys) if line.name != "tracker"]
    assert {len(base64.b64decode(row["key"])) for row in secret if "key" in row} == {32}
    for word in ("hooks.example", "whsec_hush", *(row["key"] for row in secret if "key" in row)):
        assert word.encode() not in held
    transfer.import_(target, path, None, NOW)
    with target.reading() as connection:
        endpoint = connection.execute(select(schema.endpoint)).mappings().one()
        assert (endpoint["url"], endpoint["secret"], endpoint["deleted_at"] is None) == ("", "", False)
    assert set(verifying.verify(target).findings.counts) == {"key"}


def test_keys_bring_back_what_they_open_and_nothing_that_was_destroyed(
    target: Database, small: tuple[Path, Path]
) -> None:
    transfer.import_(target, *small, NOW)
    with target.reading() as connection:
        endpoint = connection.execute(select(schema.endpoint)).mappings().one()
    assert (endpoint["url"], endpoint["secret"]) == ("https://hooks.example/of-nobody-else", "whsec_hush")
    assert endpoint["deleted_at"] is None
    assert [event.redacted for event in read_all(target)].count(True) == 1
    assert verifying.verify(target, content=True).findings.told == []


def test_the_keys_of_another_export_are_refused(target: Database, small: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    summed_anew(small[1], lambda n, name, body: [body.replace(b"exp_1", b"exp_2")], other)
    is_refused(target, small[0], other, match="the keys of another export")
    is_refused(target, small[1], small[0], match="mixed up")
    summed_anew(small[1], lambda n, name, body: [body], other)
    transfer.import_(target, small[0], other, NOW)


def test_only_an_empty_database_takes_an_import(target: Database, small: tuple[Path, Path]) -> None:
    append(target, "sty_1", "Here already.")
    is_refused(target, *small, match="not empty: there are rows in")


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
