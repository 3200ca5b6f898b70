"""A redaction, from the command to the last byte: what was said is nowhere any more, and that it was said stays."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.chronicle import follow
from tests.rooms import Newsroom, everything
from tests.store.writing import forget, read
from tracker.clock import StoryClock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.errors import Trouble
from tracker.handling import Handler, Outcome
from tracker.projections.following import all_followers
from tracker.store import chain, keys, loading, packed, redaction
from tracker.store.requests import RequestKey
from tracker.stories.commands import CloseStory, RedactContent
from tracker.stories.errors import ReportIdTaken, UnknownTarget
from tracker.stories.events import ContentRedacted
from tracker.stories.folding import fold
from tracker.stories.story import Story
from tracker.worker import Worker

SECRET = "Zebulon Quartermaine was the source"


def redacting(report: Outcome, version: int | None = None) -> RedactContent:
    target = f"{report.report_id}/{version}" if version else str(report.report_id)
    return RedactContent(story_id=report.story_id, target=target, reason="It names a source.", authority="The editor")


def asked(database: Database, outcome: Outcome) -> Story:
    with database.reading() as connection:
        return loading.load(connection, outcome.story_id)


@pytest.fixture
def report(newsroom: Newsroom, database: Database, settings: Settings) -> Outcome:
    """A report whose second version is the one to be redacted, in a story that everybody has followed."""
    filed = newsroom.files(newsroom.opens(), "One.", uri="https://nbc.example/strike")
    corrected = newsroom.corrects(filed, f"{SECRET}. It said so.", note=f"{SECRET}, not another.")
    follow(database, *all_followers(dataclasses.replace(settings, saved_state_every=1)))
    return corrected


# ---- What is left


def test_nothing_that_was_said_is_anywhere_and_the_chain_is_whole(
    database: Database, newsroom: Newsroom, report: Outcome
) -> None:
    sealed = key_of(database, report)
    assert SECRET in words_in(database)
    assert sealed in raw(database)
    newsroom.asks(redacting(report, 2))
    assert SECRET not in words_in(database)
    found = raw(database)
    for kept in (SECRET.encode(), SECRET.split()[0].encode(), sealed):
        assert kept not in found
    previous = chain.GENESIS
    for event in read(database, report.story_id):
        assert event.follows(previous)
        previous = event.hash
    assert [event.redacted for event in read(database, report.story_id)] == [False, False, True, False]


def test_the_story_says_that_it_was_redacted_and_is_what_the_log_gives(
    database: Database, newsroom: Newsroom, report: Outcome
) -> None:
    outcome = newsroom.asks(redacting(report, 2))
    story = asked(database, outcome)
    assert (outcome.written, outcome.revision, story.revision) == (True, 4, 4)
    (found,) = story.reports.values()
    assert [version.redacted for version in found.versions] == [False, True]
    assert (found.redacted, found.corrections[0].note.text, found.redactions[0].versions) == (True, "", (2,))
    assert SECRET not in str(story)
    forget(database)
    with database.reading() as connection:
        assert asked(database, outcome) == fold(Story(), loading.history(connection, report.story_id)) == story
        for revision in range(1, 5):
            assert SECRET not in str(loading.load(connection, report.story_id, revision))


def test_a_whole_report_is_redacted_in_all_its_versions_and_a_later_one_is_readable(
    database: Database, newsroom: Newsroom, report: Outcome
) -> None:
    newsroom.asks(redacting(report))
    newsroom.updates(report, "Nothing of that.")
    (found,) = asked(database, report).reports.values()
    assert [version.redacted for version in found.versions] == [True, True, False]
    assert found.content.blocks[0].text == "Nothing of that."


def test_a_closed_story_is_redacted_too(newsroom: Newsroom, report: Outcome) -> None:
    newsroom.asks(CloseStory(story_id=report.story_id, reason="Over."))
    assert newsroom.asks(redacting(report)).written


def test_a_second_redaction_of_the_same_changes_nothing(
    database: Database, newsroom: Newsroom, report: Outcome
) -> None:
    newsroom.asks(redacting(report))
    before = everything(database)
    again = newsroom.asks(redacting(report, 2))
    assert (again.written, again.revision) == (False, 4)
    assert everything(database) == before


def test_what_is_not_there_is_refused(database: Database, newsroom: Newsroom, report: Outcome) -> None:
    before = everything(database)
    with pytest.raises(UnknownTarget):
        newsroom.asks(redacting(report, 3))
    assert everything(database) == before


def test_the_same_uri_is_not_filed_again_once_its_first_version_was_redacted(
    database: Database, newsroom: Newsroom, report: Outcome
) -> None:
    newsroom.asks(redacting(report))
    before = everything(database)
    for text in ("One.", "Other."):
        with pytest.raises(keys.Redacted):
            newsroom.files(report.story_id, text, uri="https://nbc.example/strike")
    assert everything(database) == before


# ---- What is left to be done after the commit


def list_of(settings: Settings) -> Path:
    path = redaction.list_path(settings)
    assert path
    return path


@pytest.fixture
def listed(settings: Settings, tmp_path: Path) -> Settings:
    return dataclasses.replace(settings, destroyed_keys_file=str(tmp_path / "destroyed"))


def test_the_list_is_written_after_the_commit(
    database: Database, clock: StoryClock, newsroom: Newsroom, report: Outcome, listed: Settings
) -> None:
    Newsroom(Handler(database, clock, listed), newsroom.token, clock).asks(redacting(report))
    assert [line.key_id for line in redaction.read_list(list_of(listed))] == [
        f"{report.report_id}/1",
        f"{report.report_id}/2",
    ]


def test_the_worker_completes_what_a_crash_after_the_commit_left_undone(
    database: Database,
    clock: StoryClock,
    newsroom: Newsroom,
    report: Outcome,
    listed: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed = key_of(database, report)
    with monkeypatch.context() as patched:
        patched.setattr(redaction, "after_commit", lambda *_: False)
        newsroom.asks(redacting(report, 2))
    assert not list_of(listed).exists()
    with Worker(database, clock, listed) as worker:
        worker._tidy()
    assert [line.key_id for line in redaction.read_list(list_of(listed))] == [f"{report.report_id}/2"]
    assert sealed not in raw(database)


def test_trouble_with_the_list_leaves_the_redaction_done(
    database: Database, clock: StoryClock, newsroom: Newsroom, report: Outcome, listed: Settings
) -> None:
    list_of(listed).mkdir()
    outcome = Newsroom(Handler(database, clock, listed), newsroom.token, clock).asks(redacting(report))
    assert outcome.written
    assert SECRET not in words_in(database)


# ---- At once with others, and interrupted


def test_versions_that_are_filed_meanwhile_are_redacted_or_come_after(
    database: Database, newsroom: Newsroom, report: Outcome
) -> None:
    done: list[Outcome] = []
    threads = [threading.Thread(target=lambda n=n: done.append(newsroom.updates(report, f"{n}."))) for n in range(4)]
    threads.insert(2, threading.Thread(target=lambda: done.append(newsroom.asks(redacting(report)))))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 5
    events = read(database, report.story_id)
    (at,) = (event.version for event in events if isinstance(event.open(), ContentRedacted))
    assert {event.redacted for event in events if event.type.startswith("report.") and event.version < at} == {True}
    assert not any(event.redacted for event in events if event.version > at)
    with database.reading() as connection:
        assert asked(database, report) == fold(Story(), loading.history(connection, report.story_id))


class Died(Exception):
    """A statement was not carried out."""


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Counts statements; the one of number ``at`` fails."""
    counted = {"at": 0, "so_far": 0}
    cursor, run_many = Prepared._cursor, Prepared.run_many

    def counting(step: Any) -> Any:
        def counted_step(*given: Any, **named: Any) -> Any:
            counted["so_far"] += 1
            if counted["so_far"] == counted["at"]:
                raise Died
            return step(*given, **named)

        return counted_step

    monkeypatch.setattr(Prepared, "_cursor", counting(cursor))
    monkeypatch.setattr(Prepared, "run_many", counting(run_many))
    yield counted
    counted["at"] = 0


def test_a_redaction_that_dies_at_any_statement_did_nothing_and_its_retry_gives_the_first_answer(
    database: Database, newsroom: Newsroom, report: Outcome, dying: dict[str, int]
) -> None:
    key = RequestKey(token_id=newsroom.token.id, key="k", route="redact", fingerprint=b"f")
    before = everything(database)
    died = 0
    while everything(database) == before:
        died += 1
        dying |= {"at": died, "so_far": 0}
        with suppress(Died, Trouble):
            newsroom.asks(redacting(report), key=key)
        dying["at"] = 0
    assert died > 10
    # All of it, also where it died after the commit.
    assert SECRET not in words_in(database)
    assert [event.type for event in read(database, report.story_id)][3:] == ["content.redacted"]
    after = everything(database)
    again = newsroom.asks(redacting(report), key=key)
    assert (again.revision, again.written, again.replayed) == (4, True, True)
    assert everything(database) == after


# ---- Where words may be


def key_of(database: Database, report: Outcome) -> bytes:
    """What seals the report's second version."""
    with database.reading() as connection:
        return keys.find(connection, report.story_id, f"{report.report_id}/2")


def raw(database: Database) -> bytes:
    """All bytes of a SQLite database, its write-ahead log and its index; on PostgreSQL all rows."""
    if database.kind != "sqlite":
        return b"\0".join(value for value in _values(database) if isinstance(value, bytes))
    file = Path(str(database.engine.url.database))
    return b"\0".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))


def words_in(database: Database) -> str:
    """All that any table says, also where it says it compressed."""
    return "\n".join(_said(value) for value in _values(database))


def _values(database: Database) -> Iterator[object]:
    for rows in everything(database).values():
        for row in rows:
            yield from row


def _said(value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    with suppress(packed.Unusable):
        story, _ = packed.unpack(value)
        return "".join(str(report.content) for report in story.reports.values()) + str(story)
    return str(value)


def test_a_report_that_was_redacted_never_lends_its_id_to_another(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    gone = newsroom.files(story_id, uri="https://nbc.example/1")
    newsroom.asks(redacting(gone))
    again = structs.replace(newsroom.filing(story_id, uri="https://nbc.example/2"), report_id=str(gone.report_id))
    before = everything(database)
    with pytest.raises(ReportIdTaken):
        newsroom.asks(again)
    assert everything(database) == before
    with database.reading() as connection:
        assert loading.load(connection, story_id).report(str(gone.report_id)).content.blocks == ()
