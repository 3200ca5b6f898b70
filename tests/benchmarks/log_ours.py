"""Our side of the log's benchmark: the store, through the functions that the rest of the program calls.

Reports are ``ReportFiled`` events, their content sealed under a key of their own, as ``handling`` files them. An append
is a transaction of its own; on PostgreSQL that is one statement. Deciding is done by ``handling`` as for a request: a
filing that may be the next version of a report, so that the story must be known. Who follows lets the sequencer tick at
every look.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

from sqlalchemy import Connection

from tests.benchmarks.log_reports import Report
from tests.benchmarks.log_sides import PAGE, Hear
from tests.store.writing import forget
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.clock import Clock
from tracker.config import load
from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.errors import Busy, Contended
from tracker.handling import Asked, Handler
from tracker.ids import new_id
from tracker.store import followers, loading, log, order, sequencer
from tracker.store.log_events import LogEvent, NewEvent
from tracker.stories.commands import FileReport
from tracker.stories.events import ReportFiled, StoryOpened
from tracker.stories.values import Content, OutletRef
from tracker.text.blocks import Block

#: Who follows looks at the log so often.
_LOOK_EVERY_SECONDS = 0.005

_count = Prepared(
    "INSERT INTO benchmark_count (follower, outlet_id, reports) VALUES (:follower, :outlet_id, :reports) "
    "ON CONFLICT (follower, outlet_id) DO UPDATE SET reports = benchmark_count.reports + excluded.reports"
)
_counted = Prepared("SELECT coalesce(sum(reports), 0) FROM benchmark_count WHERE follower = :follower")


class Ours:
    """The tracker's store on the migrated database at ``url``."""

    def __init__(self, url: str, connections: int) -> None:
        settings = {"TRACKER_DATABASE_URL": url, "TRACKER_SECRET_KEY": "b" * 40, "TRACKER_POOL_SIZE": str(connections)}
        loaded = load(settings)
        self._database = Database(loaded)
        self._clock = Clock()
        self._handler = Handler(self._database, self._clock, loaded)
        with self._database.writing() as connection:
            token, _ = tokens.create(connection, self._clock, name="A desk", role=Role.REPORTER)
        self._asked = Asked(token, new_id("req", self._clock))
        with self._database.writing() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS benchmark_count (follower TEXT NOT NULL, outlet_id TEXT NOT NULL, "
                "reports BIGINT NOT NULL, PRIMARY KEY (follower, outlet_id))"
            )

    def open_story(self) -> UUID:
        story = uuid.uuid4()
        opened = StoryOpened(slug=f"story-{story.hex}", title="A bridge is closed", language="en")
        self._append(story, [self._new(opened)], "none")
        return story

    def append_at(self, story: UUID, reports: Sequence[Report], version: int) -> None:
        self._append(story, [self._filed(report) for report in reports], version)

    def append(self, story: UUID, report: Report) -> None:
        self._append(story, [self._filed(report)], "any")

    def decide(self, story: UUID, report: Report) -> None:
        filed = FileReport(
            story_id=_stream(story),
            report_id=report.report_id,
            outlet=OutletRef(id="", name=report.outlet),
            content=_content(report),
            by=self._asked.token.person,
            uri=report.uri,
            # Whether it is the next version of one that is here can be told from the story alone.
            as_next_version=True,
        )
        while True:
            try:
                self._handler.handle(filed, self._asked)
            except (Busy, Contended):
                continue
            return

    def settle(self) -> None:
        sequencer.tick(self._database)

    def read_stream(self, story: UUID) -> int:
        with self._database.reading() as connection:
            return len([event.open() for event in log.read(connection, _stream(story), placed=False)])

    def catch_up(self) -> int:
        return sum(1 for event in self._whole_log() if event.open() is not None)

    def rebuild(self) -> int:
        counting = Counting(f"benchmark-{uuid.uuid4().hex}")
        while followers.advance(self._database, counting):
            pass
        with self._database.reading() as connection:
            row = _counted.first(connection, follower=counting.name)
        assert row is not None
        return int(row[0])

    def load(self, story: UUID, version: int) -> int:
        forget(self._database)
        with self._database.reading() as connection:
            return len(loading.load(connection, _stream(story), version).reports)

    def save_state(self, story: UUID) -> None:
        with self._database.writing() as connection:
            loading.save(connection, _stream(story), every=1)

    @contextmanager
    def left_open(self, story: UUID, report: Report, version: int) -> Iterator[None]:
        with self._database.writing() as connection:
            self._append_in(connection, _stream(story), [self._filed(report)], version)
            yield

    @contextmanager
    def following(self, heard: Hear) -> Iterator[None]:
        ended = threading.Event()
        with self._database.reading() as connection:
            position = order.last_position(connection)
        thread = threading.Thread(target=self._follow, args=(position, heard, ended))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def close(self) -> None:
        self._database.close()

    def _append(self, story: UUID, events: list[NewEvent], expected: log.Expected) -> None:
        while True:
            try:
                with self._alone(len(events)) as connection:
                    self._append_in(connection, _stream(story), events, expected)
                return
            except (Busy, Contended):
                continue

    def _alone(self, count: int) -> AbstractContextManager[Connection]:
        """A connection for one append of ``count`` events."""
        return self._database.at_once() if count == 1 else self._database.writing()

    def _append_in(
        self, connection: Connection, stream: str, events: list[NewEvent], expected: log.Expected
    ) -> log.Appended:
        return log.append(connection, stream, "story", events, expected=expected, now=self._clock.recorded_now())

    def _new(self, event: StoryOpened | ReportFiled, key_id: str | None = None) -> NewEvent:
        return NewEvent(
            event_id=new_id("evt", self._clock),
            event=event,
            actor="tok_00000000000000000000000000",
            correlation_id="req_00000000000000000000000000",
            key_id=key_id,
        )

    def _filed(self, report: Report) -> NewEvent:
        filed = ReportFiled(
            report_id=report.report_id,
            outlet=OutletRef(id=report.outlet_id, name=report.outlet),
            content=_content(report),
            uri=report.uri,
        )
        return self._new(filed, key_id=f"{report.report_id}/1")

    def _whole_log(self) -> Iterator[LogEvent]:
        position = 0
        with self._database.reading() as connection:
            while page := self._page(connection, position):
                yield from page
                position = page[-1].position

    def _page(self, connection: Connection, position: int) -> list[LogEvent]:
        return log.read_all(connection, after=position, limit=PAGE)

    def _follow(self, position: int, heard: Hear, ended: threading.Event) -> None:
        while not ended.is_set():
            sequencer.tick(self._database)
            with self._database.reading() as connection:
                page = self._page(connection, position)
            for event in page:
                position = event.position
                content = event.open()
                if isinstance(content, ReportFiled):
                    heard(content.report_id)
            if not page:
                ended.wait(_LOOK_EVERY_SECONDS)


class Counting:
    """Counts the reports of each outlet. The outlet is in the clear, so the content stays sealed."""

    def __init__(self, name: str) -> None:
        self.name = name

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        found = Counter(event.clear()["outlet"]["id"] for event in events if event.type == "report.filed")
        rows = [{"follower": self.name, "outlet_id": outlet, "reports": count} for outlet, count in found.items()]
        _count.run_many(connection, rows)


def _content(report: Report) -> Content:
    blocks = tuple(Block(f"b{n}", "paragraph", text) for n, text in enumerate(report.paragraphs, start=1))
    return Content(headline=report.headline, blocks=blocks, language="en")


def _stream(story: UUID) -> str:
    return f"sty_{story.hex}"
