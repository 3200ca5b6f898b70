"""Redaction at the level of the log: the list that is kept apart, tables that forget, followers that come late."""

from __future__ import annotations

import stat
import threading
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from tests.chronicle import follow
from tests.rooms import Newsroom, everything, settings_for
from tests.store.writing import append, destroy, read, saying, text_of
from tracker.access.sight import ALL
from tracker.db.database import Database
from tracker.db.schema import metadata
from tracker.errors import Invalid
from tracker.projections import story_list
from tracker.projections.story_list import StoryList
from tracker.store import chain, followers, loading, log, recent, redaction, restrictions
from tracker.store.redaction import Destroyed
from tracker.store.restrictions import Kind, Restriction

STREAM = "sty_1"

#: Tables that hold nothing of what is sealed. A new table stands here, or says how it forgets.
WITHOUT_CONTENT = {
    *("log", "sequencer", "stream", "event_order", "content_key", "destroyed_key", "restriction", "address"),
    *("idempotency", "token", "checkpoint", "parked", "dropped", "tree_node", "tree_root", "backup", "generation"),
    *(
        "hold",
        "withheld",
        "outlet",
        "party",
        "party_list",
        "story_topic",
        "story_outlet",
        "outlet_list",
        "remedy",
        "endpoint",
        "delivery_queue",
        "delivery",
    ),
    # What is private in an event stands there sealed.
    "event",
}


def test_every_table_with_content_says_how_it_forgets() -> None:
    forgetting = {table.name for table in metadata.tables.values() if "forget" in table.info}
    assert forgetting == {"saved_state", "story_list", "mention"}
    assert set(metadata.tables) - forgetting == WITHOUT_CONTENT


def test_a_destroyed_key_leaves_the_event_in_its_place_and_the_chain_whole(database: Database) -> None:
    append(database, STREAM, saying("One.", key_id="rpt_1/1"), saying("Two.", key_id="rpt_1/2"))
    before = read(database, STREAM)
    destroy(database, STREAM, "rpt_1/1")
    after = read(database, STREAM)
    assert [event.redacted for event in after] == [True, False]
    assert [text_of(event) for event in after] == ["", "Two."]
    assert [(event.data, event.hash) for event in after] == [(event.data, event.hash) for event in before]
    assert after[0].follows(chain.GENESIS)
    assert after[1].follows(after[0].hash)


def test_a_redaction_writes_what_every_reader_asks_for(database: Database) -> None:
    append(database, STREAM, saying("One.", key_id="rpt_1/1"))
    append(database, "sty_2", saying("One.", key_id="rpt_1/1"))
    destroy(database, STREAM, "rpt_1/1")
    with database.reading() as connection:
        head, other = log.head(connection, STREAM), log.head(connection, "sty_2")
        assert head
        assert other
        assert (head.redactions, other.redactions) == (1, 0)
        found = restrictions.of(connection, STREAM)
    assert found.all == (Restriction("rpt_1/1", Kind.REDACTION, 1, head.recorded_at),)
    assert everything(database)["destroyed_key"] == [(STREAM, "rpt_1/1", head.recorded_at)]
    assert [event.redacted for event in read(database, "sty_2")] == [False]


# ---- Who writes what he read before


def _opened(database: Database, story_id: str) -> str:
    return read(database, story_id)[0].event_id


def test_a_follower_with_an_old_page_does_not_bring_a_title_back(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Strike in Baghdad", slug="slug")
    follow(database)
    _, page = followers._page(database, story_list.NAME, 200)
    assert page
    destroy(database, story_id, _opened(database, story_id))
    with database.writing() as connection:
        StoryList().apply(connection, page)
    with database.reading() as connection:
        assert [row.title for row in story_list.find(connection, limit=1, sight=ALL).items] == [""]
    assert "Baghdad" not in repr(everything(database)["story_list"])


def test_a_redaction_waits_for_a_follower_that_is_writing_and_then_takes_its_title_away(
    migrated_postgresql_url: str,
) -> None:
    """On SQLite there is one writer at a time."""
    database = Database(settings_for(migrated_postgresql_url))
    append(database, STREAM, saying("", key_id="evt_1"))
    page = read(database, STREAM)
    waiting, done = threading.Event(), threading.Event()

    def redact() -> None:
        waiting.set()
        destroy(database, STREAM, "evt_1")
        done.set()

    with database.writing() as connection:
        assert [event.redacted for event in redaction.as_of_now(connection, page)] == [False]
        thread = threading.Thread(target=redact)
        thread.start()
        waiting.wait(10)
        assert not done.wait(0.2)
    thread.join()
    with database.writing() as connection:
        assert [event.redacted for event in redaction.as_of_now(connection, page)] == [True]
    database.close()


def test_a_state_that_was_read_before_the_redaction_is_not_saved(
    migrated_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(settings_for(migrated_postgresql_url))
    append(database, STREAM, saying("One.", key_id="rpt_1/1"), "Two.")
    lock = log.lock

    def first_redacted(connection: object, stream_id: str) -> log.Head | None:
        monkeypatch.setattr(log, "lock", lock)
        destroy(database, STREAM, "rpt_1/1")
        return lock(connection, stream_id)  # type: ignore[arg-type]

    monkeypatch.setattr(log, "lock", first_redacted)
    with database.writing() as connection:
        assert not loading.save(connection, STREAM, 1)
    assert everything(database)["saved_state"] == []
    database.close()


def test_a_story_in_memory_is_passed_over_once_something_was_redacted(database: Database, newsroom: Newsroom) -> None:
    report = newsroom.files(newsroom.opens(), "Zebras.")
    with database.reading() as connection:
        assert "Zebras" in str(loading.load(connection, report.story_id))
    assert recent.of(database.engine).last(report.story_id)
    destroy(database, report.story_id, f"{report.report_id}/1")
    with database.reading() as connection:
        assert "Zebras" not in str(loading.load(connection, report.story_id))
    kept = recent.of(database.engine).last(report.story_id)
    assert kept
    assert "Zebras" not in str(kept.story)


# ---- The list that is kept apart


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "destroyed"


def _fill(database: Database) -> None:
    append(database, STREAM, *(saying(f"{n}.", key_id=f"rpt_1/{n}") for n in range(4)))
    append(database, "sty_2", saying("Other.", key_id="rpt_2/1"))


def _named(path: Path) -> list[str]:
    return [line.key_id for line in redaction.read_list(path)]


def test_the_list_names_each_destroyed_key_once_and_nobody_else_reads_it(database: Database, path: Path) -> None:
    _fill(database)
    assert redaction.complete_list(database, path) == 0
    assert not path.exists()
    destroy(database, STREAM, "rpt_1/1")
    assert redaction.complete_list(database, path) == 1
    destroy(database, "sty_2", "rpt_2/1")
    assert [redaction.complete_list(database, path) for _ in range(2)] == [1, 0]
    assert _named(path) == ["rpt_1/1", "rpt_2/1"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert msgspec.json.decode(path.read_bytes().splitlines()[0]) == {
        "stream_id": STREAM,
        "key_id": "rpt_1/1",
        "destroyed_at": read(database, STREAM)[0].recorded_at,
    }


def test_of_those_who_complete_the_list_at_once_nobody_loses_or_repeats_a_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = (Destroyed(STREAM, f"rpt_1/{n}", 1) for n in range(3))
    both_have_read, lines = threading.Barrier(2), redaction._lines

    def read_together(content: bytes, path: Path) -> list[Destroyed]:
        # Whoever is alone in it, since he holds the lock, goes on after a moment.
        with suppress(threading.BrokenBarrierError):
            both_have_read.wait(0.3)
        return list(lines(content, path))

    monkeypatch.setattr(redaction, "_lines", read_together)
    known = ([one, two], [two, three])
    threads = [threading.Thread(target=redaction._append_missing, args=(path, each)) for each in known]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()
    assert sorted(redaction.read_list(path)) == [one, two, three]


def test_a_line_that_a_crash_cut_short_is_written_again(database: Database, path: Path) -> None:
    _fill(database)
    destroy(database, STREAM, "rpt_1/1", "rpt_1/2")
    redaction.complete_list(database, path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        redaction.complete_list(database, path)
        assert path.read_bytes() == whole


def test_what_is_no_line_is_refused_by_its_number(database: Database, path: Path) -> None:
    path.write_text('{"stream_id":"sty_1","key_id":"rpt_1/1","destroyed_at":1}\n{"stream_id":"sty_1"}\n')
    with pytest.raises(Invalid, match="line 2"):
        redaction.apply_list(database, path)


def test_a_restored_backup_is_redacted_again(database: Database, path: Path) -> None:
    _fill(database)
    at = read(database, STREAM)[0].recorded_at
    lines = [Destroyed(STREAM, "rpt_1/1", at), Destroyed("sty_2", "rpt_2/1", at), Destroyed("sty_9", "rpt_9/1", at)]
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    assert redaction.apply_list(database, path) == 2
    assert redaction.apply_list(database, path) == 0
    assert [event.redacted for event in read(database, STREAM)] == [False, True, False, False]
    assert [event.redacted for event in read(database, "sty_2")] == [True]
    assert len(everything(database)["restriction"]) == len(everything(database)["destroyed_key"]) == 2


def test_a_key_of_that_name_that_was_made_afterwards_is_another_and_stays(database: Database, path: Path) -> None:
    """The backup was older than the version: what was filed in its place since then is nobody's to destroy."""
    _fill(database)
    before = read(database, STREAM)[0].recorded_at - 1
    path.write_bytes(msgspec.json.encode(Destroyed(STREAM, "rpt_1/1", before)) + b"\n")
    assert redaction.apply_list(database, path) == 0
    assert not any(event.redacted for event in read(database, STREAM))


def test_the_list_lies_beside_a_sqlite_file_and_elsewhere_where_it_is_set(tmp_path: Path) -> None:
    file = tmp_path / "tracker.db"
    assert redaction.list_path(settings_for(f"sqlite:///{file}")) == tmp_path / "tracker.db.destroyed-keys"
    assert redaction.list_path(settings_for("postgresql+psycopg://somewhere/tracker")) is None
    for url in (f"sqlite:///{file}", "postgresql+psycopg://somewhere/tracker"):
        assert redaction.list_path(settings_for(url, destroyed_keys_file="/var/keys")) == Path("/var/keys")
