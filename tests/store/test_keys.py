"""Keys that seal content: bare, or wrapped by a master key."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms import settings_for
from tests.store.writing import append, destroy, read, saying, text_of
from tracker.db.database import Database
from tracker.db.prepared import Row
from tracker.errors import Damaged, Misconfigured
from tracker.store import keys
from tracker.store.keys import KEY_BYTES, MasterKeyMissing, Redacted, Ring

STREAM = "sty_1"
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@contextmanager
def opened(url: str, *masters: bytes) -> Iterator[Database]:
    """The database, by a process with these master keys."""
    database = Database(settings_for(url, content_master_keys=masters))
    yield database
    database.close()


def rows(database: Database) -> list[tuple[bytes, str | None]]:
    with database.reading() as connection:
        found = connection.exec_driver_sql("SELECT key, wrapped_by FROM content_key ORDER BY key_id").all()
    return [(bytes(key), wrapped_by) for key, wrapped_by in found]


# ---- The ring


def test_a_key_is_wrapped_as_rfc_3394_has_it() -> None:
    """§4.6: 256 bits of key data with a 256-bit key encryption key."""
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    wrapped = bytes.fromhex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")
    ring = Ring((OLD,))
    assert ring.wrapped(key) == wrapped
    assert ring.opened(wrapped, ring.first) == key


def test_a_fingerprint_stays_the_same_for_ever() -> None:
    assert keys.fingerprint(OLD) == "97c3316b9ba582b3"


def test_a_key_is_new_each_time_and_as_long_as_the_cipher_wants() -> None:
    made = [Ring(()).make() for _ in range(20)]
    assert len({each.key for each in made}) == 20
    assert {(len(each.key), each.stored == each.key, each.wrapped_by) for each in made} == {(KEY_BYTES, True, None)}


@given(st.binary(min_size=32, max_size=32), st.integers(0, 39), st.integers(1, 255))
def test_any_altered_byte_of_a_wrapped_key_shows(key: bytes, at: int, by: int) -> None:
    ring = Ring((OLD,))
    wrapped = bytearray(ring.wrapped(key))
    wrapped[at] ^= by
    with pytest.raises(Damaged, match="altered"):
        ring.opened(bytes(wrapped), ring.first)


def test_the_first_master_key_wraps_and_all_unwrap() -> None:
    made = Ring((OLD,)).make()
    ring = Ring((NEW, OLD))
    assert ring.opened(made.stored, made.wrapped_by) == made.key
    assert ring.make().wrapped_by == keys.fingerprint(NEW)


def test_a_missing_master_key_is_named_by_its_fingerprint_alone() -> None:
    made = Ring((OLD,)).make()
    with pytest.raises(MasterKeyMissing, match=keys.fingerprint(OLD)) as missing:
        Ring((NEW,)).opened(made.stored, made.wrapped_by)
    assert OLD.hex() not in str(missing.value)


# ---- In the log


def test_without_a_master_key_keys_are_stored_as_they_are(database: Database) -> None:
    append(database, STREAM, "One.")
    ((key, wrapped_by),) = rows(database)
    assert (len(key), wrapped_by) == (KEY_BYTES, None)


def test_with_a_master_key_what_is_stored_opens_nothing_by_itself(migrated_url: str) -> None:
    with opened(migrated_url, OLD) as database:
        append(database, STREAM, "One.", "Two.")
        append(database, STREAM, "Three.")
        assert {(len(key), wrapped_by) for key, wrapped_by in rows(database)} == {(40, keys.fingerprint(OLD))}
        assert [text_of(event) for event in read(database, STREAM)] == ["One.", "Two.", "Three."]
    with opened(migrated_url) as database:
        for event in read(database, STREAM):
            assert not event.redacted
            with pytest.raises(MasterKeyMissing, match=keys.fingerprint(OLD)):
                event.open()
        with database.reading() as connection:
            assert keys.missing_masters(connection) == [keys.fingerprint(OLD)]
        with pytest.raises(Misconfigured, match=f"TRACKER_CONTENT_MASTER_KEYS.*{keys.fingerprint(OLD)}"):
            keys.require_masters(database)


def test_a_wrapped_key_seals_the_next_event_that_shares_it(migrated_url: str) -> None:
    with opened(migrated_url, OLD) as database:
        append(database, STREAM, saying("One.", key_id="rpt_1/1"))
        append(database, STREAM, saying("Two.", key_id="rpt_1/1", shares_key=True))
        assert [text_of(event) for event in read(database, STREAM)] == ["One.", "Two."]
        assert len(rows(database)) == 1


def test_a_destroyed_key_seals_nothing_more_and_a_missing_one_is_damage(database: Database) -> None:
    append(database, STREAM, saying("One.", key_id="rpt_1/1"))
    with pytest.raises(Damaged, match="rpt_1/2 of sty_1 is missing"):
        append(database, STREAM, saying("Two.", key_id="rpt_1/2", shares_key=True))
    destroy(database, STREAM, "rpt_1/1")
    with pytest.raises(Redacted):
        append(database, STREAM, saying("Two.", key_id="rpt_1/1", shares_key=True))


# ---- Wrapped anew


def _fill(url: str) -> None:
    with opened(url) as database:
        append(database, STREAM, "Bare.", "Bare too.")
    with opened(url, OLD) as database:
        append(database, STREAM, "Old.")
    with opened(url, NEW, OLD) as database:
        append(database, STREAM, "New.")


def test_all_keys_are_wrapped_anew_and_the_old_master_key_is_needed_no_more(migrated_url: str) -> None:
    _fill(migrated_url)
    told: list[int] = []
    with opened(migrated_url, NEW, OLD) as database:
        with database.reading() as connection:
            assert keys.to_rewrap(connection) == 3
        assert keys.rewrap(database, advance=told.append) == sum(told) == 3
        assert keys.rewrap(database) == 0
    with opened(migrated_url, NEW) as database:
        keys.require_masters(database)
        assert {wrapped_by for _, wrapped_by in rows(database)} == {keys.fingerprint(NEW)}
        assert [text_of(event) for event in read(database, STREAM)] == ["Bare.", "Bare too.", "Old.", "New."]


def test_wrapping_anew_goes_on_where_it_was_interrupted(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(migrated_url)
    monkeypatch.setattr(keys, "_BATCH", 1)

    def interrupt(_count: int) -> None:
        raise KeyboardInterrupt

    with opened(migrated_url, NEW, OLD) as database:
        with pytest.raises(KeyboardInterrupt):
            keys.rewrap(database, advance=interrupt)
        with database.reading() as connection:
            left = keys.to_rewrap(connection)
        assert left < 4
        assert keys.rewrap(database) == left
        assert [text_of(event) for event in read(database, STREAM)] == ["Bare.", "Bare too.", "Old.", "New."]


def test_a_key_that_is_destroyed_while_keys_are_wrapped_anew_stays_away(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(migrated_url)
    with opened(migrated_url, NEW, OLD) as database:
        first = read(database, STREAM)[0]
        read_page = keys._read_page

        def meanwhile(database: Database, after: tuple[str, str]) -> list[Row]:
            page = read_page(database, after)
            if page:
                destroy(database, STREAM, first.event_id)
            return page

        monkeypatch.setattr(keys, "_read_page", meanwhile)
        assert keys.rewrap(database) == 2
        assert [event.redacted for event in read(database, STREAM)] == [True, False, False, False]
        assert len(rows(database)) == 3


def test_wrapping_anew_needs_a_master_key_and_those_that_wrapped_before(migrated_url: str) -> None:
    _fill(migrated_url)
    with opened(migrated_url) as database, pytest.raises(Misconfigured, match="There is no master key"):
        keys.rewrap(database)
    before = None
    with opened(migrated_url, os.urandom(32)) as database:
        before = rows(database)
        with pytest.raises(MasterKeyMissing, match=f"{keys.fingerprint(OLD)}|{keys.fingerprint(NEW)}"):
            keys.rewrap(database)
        assert rows(database) == before
