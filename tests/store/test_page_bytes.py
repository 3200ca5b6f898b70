"""A page of events is bounded in bytes as well as in number, and nothing is left out between two pages."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from tests.store.writing import append, saying, text_of
from tracker.access.sight import ALL
from tracker.db.database import Database
from tracker.store import entries, log, sequencer
from tracker.store.log_events import LogEvent

#: Each event's text, without anything for a compressor to find in it.
SIZES = [10, 3000, 10, 10, 2000, 50_000, 10, 2000, 2000]
MOST = 1500


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch, database: Database) -> Database:
    monkeypatch.setattr(log, "PAGE_BYTES", MOST)
    append(database, "sty_1", *(saying(_noise(number, size)) for number, size in enumerate(SIZES)))
    sequencer.tick(database)
    return database


def test_the_log_is_read_by_pages_that_hold_so_much_and_one_event_at_least(short_pages: Database) -> None:
    pages, position = [], 0
    with short_pages.reading() as connection:
        while page := log.read_all(connection, after=position, limit=5):
            pages.append(page)
            position = page[-1].position
    _require_whole_and_bounded(pages)
    assert [event.position for page in pages for event in page] == list(range(1, len(SIZES) + 1))


def test_a_stream_is_read_backwards_by_such_pages(short_pages: Database) -> None:
    pages: list[Any] = []
    with short_pages.reading() as connection:
        while page := _before(connection, pages[-1][-1].version if pages else None):
            pages.append(page)
    _require_whole_and_bounded([page[::-1] for page in pages[::-1]], backwards=True)


@given(st.lists(st.integers(1, 3 * log.PAGE_BYTES)))
def test_a_page_takes_events_until_it_is_full(lengths: list[int]) -> None:
    taken = log.fitting(lengths)
    assert taken == len(lengths) or sum(lengths[:taken]) >= log.PAGE_BYTES
    assert not taken or sum(lengths[: taken - 1]) < log.PAGE_BYTES


def _require_whole_and_bounded(pages: list[list[LogEvent]], *, backwards: bool = False) -> None:
    assert [text_of(event) for page in pages for event in page] == [_noise(n, size) for n, size in enumerate(SIZES)]
    assert len(pages) >= 3
    for page in pages:
        before_the_last = page[1:] if backwards else page[:-1]
        assert sum(len(event.data) for event in before_the_last) < MOST
    ended = [log.fills_page(page) or len(page) == 5 for page in (pages[1:] if backwards else pages[:-1])]
    assert all(ended)


def _before(connection: Connection, version: int | None) -> list[LogEvent]:
    return entries.newest(connection, "sty_1", before=version, limit=5, sight=ALL)


def _noise(number: int, size: int) -> str:
    return "".join(random.Random(number).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=size))
