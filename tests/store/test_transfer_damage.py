"""A file that was damaged, edited, or is another's is refused, and the database stays empty."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, text

from tests.rooms import everything, settings_for
from tests.store.transferring import exported, write_at_random
from tests.store.writing import NOW, append, read_all
from tracker.db import schema
from tracker.db.database import Database
from tracker.errors import Damaged, Refusal
from tracker.store import redaction, transfer, verifying
from tracker.store.transfer import lines


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
