"""Fixtures: the tracker's rooms, opened on a test's own database, and a newsroom that works in them.

``settings``   the packaged ones, with the test's database; a test may replace what it needs smaller.
``clock``      stands at midnight of 3 January 2020 (UTC) until the test moves it.
``database``   migrated, on SQLite and on PostgreSQL: a test that asks for it runs twice. Closed at the end.
``token``      an administrator's, not limited to outlets.
``handler``    handles commands on ``database``.
``newsroom``   opens stories and files reports through ``handler``, in one short line each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column, Select, Table, select

from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.access.tokens import Token
from tracker.clock import Clock, StoryClock
from tracker.config import Settings, load
from tracker.db.database import Database
from tracker.db.schema import metadata
from tracker.handling import Asked, Handler, Outcome
from tracker.ids import new_id
from tracker.stories.commands import Command, CorrectReport, FileReport, OpenStory, UpdateReport
from tracker.stories.values import Content, CorrectionNote, OutletRef
from tracker.text.blocks import paragraphs


@pytest.fixture
def settings(migrated_url: str) -> Settings:
    return settings_for(migrated_url)


@pytest.fixture
def clock() -> StoryClock:
    return StoryClock(datetime(2020, 1, 3, tzinfo=UTC))


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings)
    yield opened
    opened.close()


@pytest.fixture
def token(database: Database, clock: StoryClock) -> Token:
    return make_token(database, clock)


@pytest.fixture
def handler(database: Database, clock: StoryClock, settings: Settings) -> Handler:
    return Handler(database, clock, settings)


@pytest.fixture
def newsroom(handler: Handler, token: Token, clock: StoryClock) -> Newsroom:
    return Newsroom(handler, token, clock)


def settings_for(url: str, **changed: Any) -> Settings:
    """The packaged settings, with the database at ``url`` and whatever else is ``changed``."""
    packaged = load({"TRACKER_SECRET_KEY": "of the tests, and of no use anywhere"})
    return dataclasses.replace(packaged, database_url=url, **changed)


def make_token(database: Database, clock: Clock, role: Role = Role.ADMIN, **limits: Any) -> Token:
    """A new token; ``limits`` as ``tokens.create`` takes them."""
    with database.writing() as connection:
        return tokens.create(connection, clock, name="Ayesha", role=role, **limits)[0]


class Newsroom:
    """Somebody who works with one token. Every act is a request of its own; ``given`` goes into its ``Asked``."""

    def __init__(self, handler: Handler, token: Token, clock: Clock) -> None:
        self._handler = handler
        self._clock = clock
        self.token = token

    def asks(self, command: Command, **given: Any) -> Outcome:
        """Have ``command`` handled."""
        return self._handler.handle(command, Asked(self.token, self.new_id("req"), **given))

    def opens(self, title: str = "Strike in Baghdad", slug: str = "", **given: Any) -> str:
        """Open a story; returns its id."""
        return self.asks(OpenStory(story_id=self.new_id("sty"), slug=slug, title=title), **given).story_id

    def files(self, story_id: str, text: str = "One.", *, uri: str | None = None, **given: Any) -> Outcome:
        """File a report of NBC News."""
        return self.asks(self.filing(story_id, text, uri=uri), **given)

    def filing(
        self, story_id: str, text: str = "One.", *, outlet: str = "NBC News", uri: str | None = None
    ) -> FileReport:
        """The command that files a report under a new id."""
        return FileReport(
            story_id=story_id,
            report_id=self.new_id("rpt"),
            outlet=OutletRef(id="", name=outlet),
            content=_content(text),
            by=self.token.person,
            uri=uri,
        )

    def updates(self, report: Outcome, text: str, **given: Any) -> Outcome:
        """File the next version of a report that was filed before."""
        assert report.report_id is not None
        command = UpdateReport(
            story_id=report.story_id, report_id=report.report_id, content=_content(text), by=self.token.person
        )
        return self.asks(command, **given)

    def corrects(self, report: Outcome, text: str, note: str = "It was Thursday.", **given: Any) -> Outcome:
        """File a corrected version of a report that was filed before."""
        assert report.report_id is not None
        command = CorrectReport(
            story_id=report.story_id,
            report_id=report.report_id,
            content=_content(text),
            note=CorrectionNote(text=note),
            by=self.token.person,
        )
        return self.asks(command, **given)

    def new_id(self, prefix: str) -> str:
        return new_id(prefix, self._clock)


def _content(text: str) -> Content:
    return Content(headline="Strike", blocks=paragraphs(text))


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, by table: what must be the same before and after something that changes nothing."""
    with database.reading() as connection:
        tables = [table for table in metadata.sorted_tables if _is_on(database, table)]
        return {t.name: sorted(map(tuple, connection.execute(_every_row(database, t))), key=repr) for t in tables}


def _every_row(database: Database, table: Table) -> Select[Any]:
    return select(*(column for column in table.columns if _is_on(database, column)))


def _is_on(database: Database, thing: Table | Column[Any]) -> bool:
    return thing.info.get("only") in (None, database.kind)
