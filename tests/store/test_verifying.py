"""Whatever is altered behind the database's back is found, and the event is named."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from tests.rooms import Newsroom, settings_for
from tests.store.writing import append, read, saying
from tracker.db import schema
from tracker.db.database import Database
from tracker.store import chain, followers, loading, order, tree, verifying
from tracker.store.tree import Tree
from tracker.store.verifying.findings import Finding

A, B = "sty_a", "sty_b"


@pytest.fixture
def log(database: Database) -> Database:
    """Six events of two streams, in turns: A1, B1, A2, B2, A3, B3, and the tree over them."""
    return written(database)


@pytest.fixture
def numbered(migrated_postgresql_url: str) -> Iterator[Database]:
    """The same where positions are rows of their own, and those without guards; on SQLite they are the events'."""
    database = Database(settings_for(migrated_postgresql_url))
    change(written(database), "ALTER TABLE event_order DISABLE TRIGGER ALL")
    yield database
    database.close()


def written(database: Database) -> Database:
    for number in (1, 2, 3):
        append(database, A, f"A{number}")
        append(database, B, f"B{number}")
    while followers.advance(database, Tree()):
        pass
    assert found(database) == []
    return database


def found(database: Database, *, content: bool = False, saved_states: bool = False) -> list[Finding]:
    return verifying.verify(database, content=content, saved_states=saved_states).findings.told


def change(database: Database, *statements: str, **given: object) -> None:
    with database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement), given)


def kinds(findings: list[Finding]) -> set[str]:
    return {each.kind for each in findings}


def test_a_log_that_nobody_touched_is_clean_and_the_root_is_that_of_its_tree(log: Database) -> None:
    verified = verifying.verify(log, content=True, saved_states=True)
    assert (verified.streams, verified.events, len(verified.findings)) == (2, 6, 0)
    with log.reading() as connection:
        assert verified.root == tree.root(connection, 6)


def test_an_empty_log_is_clean(database: Database) -> None:
    verified = verifying.verify(database)
    assert (verified.streams, verified.events, verified.findings.told) == (0, 0, [])


ALTERED = [
    ("actor = 'tok_2'", {"chain"}),
    ("type = 'report.filed'", {"chain"}),
    ("on_behalf_of = ''", {"chain"}),
    ("recorded_at = recorded_at + 1", {"chain", "time"}),
    ("key_id = 'rpt_1/1'", {"chain", "key"}),
    ("data_hash = hash", {"chain", "data"}),
    ("hash = data_hash", {"chain", "tree"}),
]


@pytest.mark.parametrize(("altered", "expected"), ALTERED, ids=[each[0] for each in ALTERED])
def test_an_altered_column_names_its_event(
    log: Database, without_guards: Callable[[], None], altered: str, expected: set[str]
) -> None:
    event = read(log, A)[1]
    without_guards()
    change(log, f"UPDATE event SET {altered} WHERE stream_id = 'sty_a' AND version = 2")
    verified = verifying.verify(log)
    assert kinds(verified.findings.told) == expected
    first = verified.findings.first
    assert first is not None
    assert (first.event_id, first.position, first.version) == (event.event_id, event.position, 2)


@pytest.mark.parametrize("place", [0, 7, -1])
def test_one_altered_byte_of_data_names_its_event_and_no_other(
    log: Database, without_guards: Callable[[], None], place: int
) -> None:
    event = read(log, A)[1]
    altered = bytearray(event.data)
    altered[place] ^= 1
    without_guards()
    change(log, "UPDATE event SET data = :data WHERE stream_id = 'sty_a' AND version = 2", data=bytes(altered))
    assert {(each.kind, each.event_id) for each in found(log)} == {("data", event.event_id)}
    assert {(each.kind, each.event_id) for each in found(log, content=True)} == {
        ("data", event.event_id),
        ("content", event.event_id),
    }
    change(log, "UPDATE event SET data = :data WHERE stream_id = 'sty_a' AND version = 2", data=event.data)
    assert found(log) == []


def test_a_removed_middle_event_is_missed_by_the_next_one(log: Database, without_guards: Callable[[], None]) -> None:
    event = read(log, A)[2]
    without_guards()
    change(log, "DELETE FROM event WHERE stream_id = 'sty_a' AND version = 2")
    findings = found(log)
    assert "versions 2" not in findings[0].what
    assert [(each.kind, each.event_id) for each in findings if each.kind == "version"] == [("version", event.event_id)]
    assert "order" in kinds(findings)


def test_a_removed_last_event_is_missed_by_its_streams_head(log: Database, without_guards: Callable[[], None]) -> None:
    event = read(log, B)[1]
    without_guards()
    cut_off(log)
    heads = [each for each in found(log) if each.kind == "head"]
    assert [each.event_id for each in heads] == [event.event_id]


def test_a_removed_last_event_is_missed_by_tree_order_and_followers_where_the_head_was_adjusted(
    log: Database, without_guards: Callable[[], None]
) -> None:
    event = read(log, B)[1]
    without_guards()
    cut_off(log)
    change(log, "UPDATE stream SET version = 2, head_hash = :hash WHERE id = 'sty_b'", hash=event.hash)
    assert kinds(found(log)) == {"order", "tree", "follower"}


def cut_off(database: Database) -> None:
    """Remove the last event, and what the database itself has of its place."""
    if database.kind == "postgresql":
        change(database, "DELETE FROM event_order WHERE position = 6")
    change(database, "DELETE FROM event WHERE stream_id = 'sty_b' AND version = 3")


def test_a_swapped_pair_of_one_stream_is_out_of_order(log: Database, without_guards: Callable[[], None]) -> None:
    event = read(log, A)[2]
    without_guards()
    swap(log, 3, 5)
    verified = verifying.verify(log)
    assert kinds(verified.findings.told) == {"order", "tree"}
    assert [each.event_id for each in verified.findings.told if each.kind == "order"] == [event.event_id]


def test_a_swapped_pair_of_two_streams_is_found_by_the_tree(log: Database, without_guards: Callable[[], None]) -> None:
    without_guards()
    swap(log, 3, 4)
    findings = found(log)
    assert kinds(findings) == {"tree"}
    assert [each.position for each in findings] == [3, 4]


def swap(database: Database, one: int, other: int) -> None:
    table, column = ("event", "seq") if database.kind == "sqlite" else ("event_order", "position")
    for now, then in ((one, -1), (other, one), (-1, other)):
        change(database, f"UPDATE {table} SET {column} = {then} WHERE {column} = {now}")


def test_a_swapped_pair_of_versions_breaks_the_chain(log: Database, without_guards: Callable[[], None]) -> None:
    without_guards()
    for now, then in ((2, -1), (3, 2), (-1, 3)):
        change(log, f"UPDATE event SET version = {then} WHERE stream_id = 'sty_a' AND version = {now}")
    assert "chain" in kinds(found(log))


def test_a_position_that_is_there_twice_is_found(numbered: Database) -> None:
    change(numbered, "ALTER TABLE event_order DROP CONSTRAINT pk_event_order")
    change(numbered, "UPDATE event_order SET position = 3 WHERE position = 4")
    assert [(each.kind, each.position) for each in found(numbered) if "twice" in each.what] == [("order", 3)]
    assert [each.position for each in found(numbered) if "4 is missing" in each.what] == [5]


def test_an_event_with_two_positions_is_found(numbered: Database) -> None:
    event = read(numbered, B)[1]
    change(numbered, "ALTER TABLE event_order DROP CONSTRAINT uq_event_order_stream_id_version")
    change(numbered, "INSERT INTO event_order VALUES (7, 'sty_b', 2)")
    assert [each.event_id for each in found(numbered) if each.kind == "version"] == [event.event_id]


def test_an_event_that_lost_its_position_is_found(numbered: Database) -> None:
    event = read(numbered, B)[2]
    change(numbered, "DELETE FROM event_order WHERE position = 6")
    assert event.event_id in {each.event_id for each in found(numbered) if "no position" in each.what}


def test_an_event_that_waits_for_its_position_is_no_finding(log: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.store.sequencer.tick", lambda database: 0)
    append(log, A, "A4")
    assert found(log) == []


def test_a_forged_event_is_found_by_the_head(log: Database) -> None:
    event_id = forge(log, adjusted=False)
    assert {(each.kind, each.event_id) for each in found(log)} >= {("head", event_id)}


def test_a_forged_event_with_head_and_position_is_one_that_was_appended(log: Database) -> None:
    """Nothing tells them apart: whoever has the database's password can append, and the next append goes on from it."""
    forge(log, adjusted=True)
    if log.kind == "postgresql":
        assert kinds(found(log)) == {"order"}, "it never got a number of its transaction"
        change(log, "UPDATE sequencer SET position = 7", "INSERT INTO event_order VALUES (7, 'sty_a', 4)")
    assert found(log) == []
    append(log, A, "A5")
    assert found(log) == []


def forge(database: Database, *, adjusted: bool) -> str:
    """Put an event with a right hash behind the last one of A, and adjust the head or leave it."""
    last = read(database, A)[-1]
    forged = last._replace(version=4, event_id="evt_forged")
    header = chain.Header(*(getattr(forged, name) for name in chain.Header._fields))
    data_hash = chain.data_hash(last.data)
    forged = forged._replace(hash=chain.link(last.hash, 4, last.recorded_at, header, data_hash))
    row = {**forged._asdict(), "data_hash": data_hash}
    names = [column.name for column in schema.event.columns if column.name in row]
    values = ", ".join(f":{name}" for name in names)
    change(database, f"INSERT INTO event ({', '.join(names)}) VALUES ({values})", **{name: row[name] for name in names})
    if adjusted:
        change(database, "UPDATE stream SET version = 4, head_hash = :hash WHERE id = 'sty_a'", hash=forged.hash)
    return "evt_forged"


def test_a_history_written_anew_with_right_hashes_is_found_by_the_tree(
    log: Database, without_guards: Callable[[], None]
) -> None:
    event = read(log, A)[1]
    without_guards()
    rewrite(log)
    verified = verifying.verify(log)
    assert kinds(verified.findings.told) == {"tree"}
    assert verified.findings.first is not None
    assert verified.findings.first.event_id == event.event_id


def test_with_its_tree_written_anew_too_it_is_found_by_a_kept_root(
    database: Database, without_guards: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "KEEP_EVERY", 4)
    for number in (1, 2, 3):
        append(database, A, f"A{number}")
        append(database, B, f"B{number}")
    followers.advance(database, Tree())
    without_guards()
    rewrite(database)
    kept = "SELECT size, root, kept_at FROM tree_root"
    with database.reading() as connection:
        [root] = connection.execute(text(kept)).all()
    change(database, "DELETE FROM tree_node", "DELETE FROM tree_root", "DELETE FROM checkpoint")
    followers.advance(database, Tree())
    assert found(database) == []
    change(database, "UPDATE tree_root SET root = :root", root=root.root)
    assert [(each.kind, each.position) for each in found(database)] == [("tree", 4)]


def rewrite(database: Database) -> None:
    """Change who wrote A2, and every hash of A that follows from it."""
    previous = read(database, A)[0].hash
    for event in read(database, A)[1:]:
        header = chain.Header(*(getattr(event, name) for name in chain.Header._fields))._replace(actor="tok_2")
        previous = chain.link(previous, event.version, event.recorded_at, header, chain.data_hash(event.data))
        change(
            database,
            "UPDATE event SET actor = 'tok_2', hash = :hash WHERE stream_id = :id AND version = :version",
            hash=previous,
            id=event.stream_id,
            version=event.version,
        )
    change(database, "UPDATE stream SET head_hash = :hash WHERE id = 'sty_a'", hash=previous)


HEADS = [
    ("head_hash = :hash", "another hash"),
    ("recorded_at = recorded_at + 1", "another"),
    ("version = 4", "4 events by its head"),
    ("version = 2", "version 2"),
]


@pytest.mark.parametrize(("altered", "what"), HEADS, ids=[each[0] for each in HEADS])
def test_a_wrong_head_is_found(log: Database, altered: str, what: str) -> None:
    change(
        log, f"UPDATE stream SET {altered} WHERE id = 'sty_a'", **({"hash": bytes(32)} if ":hash" in altered else {})
    )
    [finding] = found(log)
    assert (finding.kind, finding.event_id, what in finding.what) == ("head", read(log, A)[-1].event_id, True)


def test_a_stream_without_its_row_and_a_row_without_its_stream_are_found(log: Database) -> None:
    change(log, "UPDATE stream SET id = 'sty_c' WHERE id = 'sty_a'")
    assert [(each.kind, each.stream_id) for each in found(log)] == [("stream", A), ("stream", "sty_c")]


def test_a_missing_key_is_damage_and_a_destroyed_one_is_not(log: Database) -> None:
    event = read(log, A)[1]
    change(log, "DELETE FROM content_key WHERE stream_id = 'sty_a' AND key_id = :id", id=event.key_id)
    assert [(each.kind, each.event_id) for each in found(log, content=True)] == [("key", event.event_id)]
    change(log, "INSERT INTO destroyed_key VALUES ('sty_a', :id, 0)", id=event.key_id)
    assert found(log, content=True) == []
    change(
        log,
        "INSERT INTO content_key (stream_id, key_id, key) VALUES ('sty_a', :id, :key)",
        id=event.key_id,
        key=event.key,
    )
    assert [(each.kind, each.event_id) for each in found(log)] == [("key", event.event_id)]


def test_the_key_of_another_event_is_found_with_its_content(log: Database) -> None:
    event = read(log, A)[1]
    change(log, "UPDATE content_key SET key = :key WHERE key_id = :id", id=event.key_id, key=bytes(32))
    assert found(log) == []
    assert [(each.kind, each.event_id) for each in found(log, content=True)] == [("content", event.event_id)]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_an_altered_or_missing_node_of_the_tree_is_found(log: Database, level: int) -> None:
    change(log, f"UPDATE tree_node SET hash = :hash WHERE level = {level} AND number = 0", hash=bytes(32))
    assert kinds(found(log)) == {"tree"}
    change(log, f"DELETE FROM tree_node WHERE level = {level} AND number = 0")
    assert kinds(found(log)) == {"tree"}


def test_a_saved_state_that_is_not_the_fold_is_found(database: Database, newsroom: Newsroom) -> None:
    story = newsroom.opens()
    newsroom.files(story, "One.")
    newsroom.files(story, "Two.")
    with database.writing() as connection:
        assert loading.save(connection, story, 1)
    assert found(database, saved_states=True) == []
    change(database, "UPDATE saved_state SET revision = 2")
    assert [(each.kind, each.stream_id) for each in found(database, saved_states=True)] == [("saved state", story)]
    change(database, "UPDATE saved_state SET data = :data", data=b"noise")
    assert kinds(found(database, saved_states=True)) == {"saved state"}
    change(database, "UPDATE saved_state SET shape = 'of another program'")
    assert found(database, saved_states=True) == []


def test_findings_are_bounded_and_counted(database: Database, without_guards: Callable[[], None]) -> None:
    append(database, A, *(saying(f"A{number}") for number in range(60)))
    without_guards()
    change(database, "UPDATE event SET actor = 'tok_2'")
    findings = verifying.verify(database).findings
    assert (findings.counts["chain"], len(findings.told), len(findings)) == (60, 20, 60)
    assert findings.first is not None
    assert findings.first.version == 1


def test_whoever_writes_and_follows_meanwhile_is_no_finding(log: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "KEEP_EVERY", 2)
    stop = threading.Event()

    def write(number: int) -> None:
        count = 0
        while not stop.is_set():
            append(log, f"sty_{number}_{count % 7}", f"{count}", "more")
            count += 1

    def follow() -> None:
        while not stop.is_set():
            followers.advance(log, Tree(), 7)

    threads = [
        *(threading.Thread(target=write, args=(number,)) for number in range(3)),
        threading.Thread(target=follow),
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in range(8):
            assert found(log) == []
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    with log.reading() as connection:
        assert order.last_position(connection) > 6
    assert found(log) == []


def test_a_root_over_more_than_there_is_is_found(log: Database) -> None:
    change(log, "INSERT INTO tree_root VALUES (7, :root, 0)", root=bytes(32))
    assert [(each.kind, "over 7 events" in each.what) for each in found(log)] == [("tree", True)]
