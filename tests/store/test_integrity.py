"""What stands in the log is sealed, and chained so that a change behind the database's back shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
import sqlalchemy
from msgspec import structs

from tests.rooms import everything
from tests.store.oracle import GENESIS, hash_after
from tests.store.writing import NOW, append, read, read_all, saying, text_of
from tracker.db.database import Database
from tracker.errors import Damaged
from tracker.store import chain
from tracker.stories.events import StoryOpened

STREAM = "sty_1"


def test_private_words_stand_nowhere_in_the_log_as_they_are(database: Database) -> None:
    append(database, STREAM, "A word that nobody may find.")
    assert b"nobody may find" not in repr(everything(database)).encode()


def test_events_of_one_report_version_share_a_key_and_others_have_their_own(database: Database) -> None:
    append(
        database, STREAM, saying("1", key_id="rpt_1/1"), saying("2", key_id="rpt_1/1"), saying("3", event_id="evt_3")
    )
    append(database, STREAM, saying("4", key_id="rpt_1/1", shares_key=True))
    append(database, "sty_2", saying("5", key_id="rpt_1/1"))
    *events, elsewhere = read_all(database)
    assert [e.key_id for e in events] == ["rpt_1/1", "rpt_1/1", "evt_3", "rpt_1/1"]
    assert len({e.key for e in events}) == 2
    assert elsewhere.key not in {e.key for e in events}
    assert [text_of(e) for e in events] == ["1", "2", "3", "4"]


def test_without_its_key_an_event_keeps_its_place_and_what_is_clear(database: Database) -> None:
    opened = structs.replace(saying(""), event=StoryOpened(slug="strike", title="Strike"))
    append(database, STREAM, opened, "Two.")
    with database.writing() as connection:
        connection.execute(sqlalchemy.text("DELETE FROM content_key WHERE key_id = :id"), {"id": opened.event_id})
    event, other = read(database, STREAM)
    assert event.clear() == {"slug": "strike"}
    assert not event.redacted
    with pytest.raises(Damaged, match=rf"{opened.event_id} of {STREAM} is missing"):
        event.open()
    assert text_of(other) == "Two."


def test_the_chain_holds_from_the_beginning_to_the_head_of_every_stream(database: Database) -> None:
    append(database, "sty_1", saying("One.", on_behalf_of="out_ü"), "Two.")
    append(database, "sty_2", "Elsewhere.")
    append(database, "sty_1", "Three.", now=NOW + timedelta(minutes=1))
    assert broken_links(database) == set()


#: What somebody with the database's password might do to a stream's event 2, or its last.
CHANGES = [
    "UPDATE event SET actor = 'tok_2' WHERE version = 2 AND stream_id = '{}'",
    "UPDATE event SET recorded_at = recorded_at - 1 WHERE version = 2 AND stream_id = '{}'",
    "UPDATE event SET on_behalf_of = '' WHERE version = 2 AND stream_id = '{}'",
    "UPDATE event SET data = hash WHERE version = 2 AND stream_id = '{}'",
    "DELETE FROM event WHERE version = 2 AND stream_id = '{}'",
    "DELETE FROM event WHERE version = 3 AND stream_id = '{}'",
]


def test_a_change_behind_the_databases_back_shows(database: Database, without_guards: Callable[[], None]) -> None:
    streams = [f"sty_{number}" for number in range(len(CHANGES))]
    for stream in streams:
        append(database, stream, "One.", "Two.", "Three.")
    assert broken_links(database) == set()
    without_guards()
    for number, (stream, change) in enumerate(zip(streams, CHANGES, strict=True), start=1):
        with database.writing() as connection:
            connection.exec_driver_sql(change.format(stream))
        assert broken_links(database) == set(streams[:number]), change


def test_sealed_content_that_was_altered_is_damaged(database: Database, without_guards: Callable[[], None]) -> None:
    append(database, STREAM, "One.")
    [event] = read(database, STREAM)
    without_guards()
    with database.writing() as connection:
        altered = event.data[:-1] + bytes([event.data[-1] ^ 1])
        connection.execute(sqlalchemy.text("UPDATE event SET data = :data"), {"data": altered})
    with pytest.raises(Damaged, match="altered"):
        read(database, STREAM)[0].open()


def broken_links(database: Database) -> set[str]:
    """The streams whose chain doesn't hold, told from the stored rows and nothing else."""
    names = ("stream_id", "version", "recorded_at", *chain.Header._fields[1:], "data", "data_hash", "hash")
    broken, last = set(), dict[str, bytes]()
    with database.reading() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT {', '.join(names)} FROM event ORDER BY stream_id, version"
        ).mappings()
        heads = {id: bytes(hash) for id, hash in connection.exec_driver_sql("SELECT id, head_hash FROM stream")}
    for row in rows:
        stream, data = row["stream_id"], bytes(row["data"])
        header = [row[name] for name in chain.Header._fields]
        wanted = hash_after(last.get(stream, GENESIS), row["version"], row["recorded_at"], header, data)
        if (bytes(row["hash"]), bytes(row["data_hash"])) != (wanted, sha256(data).digest()):
            broken.add(stream)
        last[stream] = bytes(row["hash"])
    return broken | {stream for stream, head in heads.items() if last.get(stream) != head}
