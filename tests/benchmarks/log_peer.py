"""The peer's side of the log's benchmark: PyPI ``eventsourcing``, each thing by the quickest way that its API has.

Events are written by ``Application.events`` (no aggregate is loaded where the version is known) and hold plain dicts,
so that reading one makes no objects. To append wherever a stream is, there is only: look up the last version, append,
begin again after a conflict. To decide: the repository with its cache on and without its copies, append, begin again.
Projections count in their own table, in the transaction of the tracking record: by ``ProjectionRunner`` on PostgreSQL;
SQLite has no subscriptions in this library, so there the recorder is read by pages as large as a subscription's.

The settings are its best documented ones. SQLite: it sets WAL and leaves ``synchronous`` at SQLite's FULL, which is
checked here. PostgreSQL: not ``POSTGRES_ENABLE_DB_FUNCTIONS``, whose function inserts without the table lock that keeps
its followers from passing over events.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import InfrastructureFactory, IntegrityError, Tracking
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.projection import ApplicationSubscription, Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteApplicationRecorder
from eventsourcing.utils import Environment
from sqlalchemy import make_url

from tests.benchmarks.log_peer_counts import VIEWS
from tests.benchmarks.log_reports import Report
from tests.benchmarks.log_sides import PAGE, Hear

_LOOK_EVERY_SECONDS = 0.01
#: The same in every process that opens a database of one run.
_KEY = base64.b64encode(b"benchmark" * 3 + b"bench").decode()


class BenchmarkStory(Aggregate):
    """A story, as much of it as ours holds of its reports."""

    reports: dict[str, dict[str, Any]]

    def __init__(self) -> None:
        self.reports = {}

    class Filed(Aggregate.Event):
        report_id: str
        outlet: dict[str, Any]
        content: dict[str, Any]
        uri: str

        def apply(self, aggregate: BenchmarkStory) -> None:
            version = {
                "version": 1,
                "revision": self.originator_version,
                "recorded_at": self.timestamp,
                "act": "filed",
                "headline": self.content["headline"],
            }
            aggregate.reports[self.report_id] = {
                "report_id": self.report_id,
                "outlet": self.outlet,
                "uri": self.uri,
                "content": self.content,
                "versions": [version],
                "corrections": [],
            }


class Newsroom(Application[UUID]):
    """Where stories are kept."""


class Counting(Projection[Any]):
    """Counts the reports of each outlet."""

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        if isinstance(domain_event, BenchmarkStory.Filed):
            self.view.count(domain_event.outlet["id"], tracking)
        else:
            self.view.insert_tracking(tracking)


class Peer:
    """The peer on the database at ``url``, with its cipher and compressor if ``sealed``."""

    def __init__(self, engine: str, url: str, connections: int, *, sealed: bool) -> None:
        self._engine = engine
        self._env = _environment(engine, url, connections, sealed)
        self._app = Newsroom(self._env)
        if engine == "sqlite":
            self._require_durable()

    def open_story(self) -> UUID:
        story = BenchmarkStory()
        self._app.save(story)
        return story.id

    def append_at(self, story: UUID, reports: Sequence[Report], version: int) -> None:
        self._app.events.put([_filed(story, at, report) for at, report in enumerate(reports, start=version + 1)])

    def append(self, story: UUID, report: Report) -> None:
        while True:
            last = self._app.recorder.select_events(story, desc=True, limit=1)[0]
            if self._put(story, report, last.originator_version):
                return

    def decide(self, story: UUID, report: Report) -> None:
        while True:
            state: BenchmarkStory = self._app.repository.get(story, deepcopy_from_cache=False)
            version = state.version
            assert report.report_id not in state.reports
            if self._put(story, report, version):
                return

    def settle(self) -> None:
        """Notification ids are given by the append itself."""

    def read_stream(self, story: UUID) -> int:
        return len(list(self._app.events.get(story)))

    def catch_up(self) -> int:
        return sum(1 for _ in self._whole_log())

    def rebuild(self) -> int:
        view = self._view
        view.clear(Newsroom.name)
        end = self._app.recorder.max_notification_id()
        if self._engine == "postgresql" and end is not None:
            self._run_projection(end)
        else:
            counting = Counting(view)
            for event, tracking in self._whole_log():
                counting.process_event(event, tracking)
        return int(view.counted())

    def load(self, story: UUID, version: int) -> int:
        # Asked for a version, the repository passes its cache over and looks for a snapshot.
        state: BenchmarkStory = self._app.repository.get(story, version=version)
        return len(state.reports)

    def save_state(self, story: UUID) -> None:
        self._app.take_snapshot(story)

    @contextmanager
    def left_open(self, story: UUID, report: Report, version: int) -> Iterator[None]:
        recorder = cast(PostgresApplicationRecorder, self._app.recorder)
        stored = self._app.mapper.to_stored_event(_filed(story, version + 1, report))
        with recorder.datastore.transaction(commit=True) as cursor:
            # The statements of an append, in its own transaction; only its COMMIT is late.
            recorder._insert_stored_events(cursor, [stored])
            yield

    @contextmanager
    def following(self, heard: Hear) -> Iterator[None]:
        with ApplicationSubscription(self._app, gt=self._app.recorder.max_notification_id()) as subscription:
            thread = threading.Thread(target=_hear, args=(subscription, heard))
            thread.start()
            try:
                yield
            finally:
                subscription.stop()
                thread.join()

    def close(self) -> None:
        if "_view" in vars(self):
            self._view.datastore.close()
        self._app.close()

    @cached_property
    def _view(self) -> Any:
        factory = InfrastructureFactory[Any].construct(Environment(Counting.name, self._env))
        return factory.tracking_recorder(VIEWS[self._engine])

    def _put(self, story: UUID, report: Report, version: int) -> bool:
        try:
            self._app.events.put([_filed(story, version + 1, report)])
        except IntegrityError:
            return False
        return True

    def _whole_log(self) -> Iterator[tuple[Any, Tracking]]:
        last: int | None = None
        recorder, mapper = self._app.recorder, self._app.mapper
        while page := recorder.select_notifications(last, PAGE, inclusive_of_start=False):
            for notification in page:
                yield mapper.to_domain_event(notification), Tracking(Newsroom.name, notification.id)
            last = page[-1].id

    def _run_projection(self, end: int) -> None:
        pause = threading.Event()
        with ProjectionRunner(
            application_class=Newsroom, projection_class=Counting, view_class=VIEWS["postgresql"], env=self._env
        ) as runner:
            # The runner's own wait sleeps longer and longer, up to 0.8 s.
            while (runner.view.max_tracking_id(Newsroom.name) or 0) < end and not runner.is_interrupted.is_set():
                pause.wait(_LOOK_EVERY_SECONDS)

    def _require_durable(self) -> None:
        recorder = cast(SQLiteApplicationRecorder, self._app.recorder)
        with recorder.datastore.transaction(commit=False) as cursor:
            for pragma, wanted in (("synchronous", 2), ("journal_mode", "wal")):
                cursor.execute(f"PRAGMA {pragma}")
                found = cursor.fetchone()[0]
                if found != wanted:
                    raise SystemExit(f"the peer runs with {pragma} = {found}, which is not durable")


def _filed(story: UUID, version: int, report: Report) -> BenchmarkStory.Filed:
    blocks = [{"id": f"b{n}", "kind": "paragraph", "text": text} for n, text in enumerate(report.paragraphs, start=1)]
    return BenchmarkStory.Filed(
        originator_id=story,
        originator_version=version,
        timestamp=BenchmarkStory.Filed.create_timestamp(),
        report_id=report.report_id,  # type: ignore[call-arg]  # a metaclass makes the fields
        outlet={"id": report.outlet_id, "name": report.outlet},
        content={"headline": report.headline, "blocks": blocks, "language": "en"},
        uri=report.uri,
    )


def _hear(subscription: ApplicationSubscription[UUID], heard: Hear) -> None:
    for event, _ in subscription:
        if isinstance(event, BenchmarkStory.Filed):
            heard(event.report_id)


def _environment(engine: str, url: str, connections: int, sealed: bool) -> dict[str, str]:
    at = make_url(url)
    common = {"IS_SNAPSHOTTING_ENABLED": "y", "AGGREGATE_CACHE_MAXSIZE": "1000"}
    if sealed:
        common |= {
            "CIPHER_TOPIC": "eventsourcing.cryptography:AESCipher",
            "CIPHER_KEY": _KEY,
            "COMPRESSOR_TOPIC": "eventsourcing.compressor:ZlibCompressor",
        }
    if engine == "sqlite":
        sqlite = {"SQLITE_DBNAME": str(at.database), "SQLITE_LOCK_TIMEOUT": "60"}
        return {**common, "PERSISTENCE_MODULE": "eventsourcing.sqlite", **sqlite}
    return {
        **common,
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(at.database),
        "POSTGRES_HOST": str(at.host),
        "POSTGRES_PORT": str(at.port),
        "POSTGRES_USER": str(at.username),
        "POSTGRES_PASSWORD": str(at.password),
        "POSTGRES_POOL_SIZE": str(connections),
        "POSTGRES_MAX_OVERFLOW": "0",
    }
