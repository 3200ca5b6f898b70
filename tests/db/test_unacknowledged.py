"""A COMMIT whose wait for a synchronous standby is cancelled reports success; nobody may take it for one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.postgres import Cluster, start_cluster
from tests.postgres_programs import PostgresMissing
from tests.requirements import unavailable
from tests.rooms import settings_for
from tests.store.writing import NOW, read, saying, text_of
from tests.waiting import wait_until
from tracker.db import migrating
from tracker.db.database import Database
from tracker.errors import Unavailable
from tracker.store import log

_WAITING = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """One of its own: which standbys it waits for is the whole cluster's business."""
    try:
        with start_cluster() as started:
            yield started
    except PostgresMissing as missing:
        unavailable(str(missing))


def test_what_no_standby_has_confirmed_is_unknown_and_never_a_success(cluster: Cluster) -> None:
    database = Database(settings_for(cluster.create_database("stories")))
    migrating.upgrade_database(database)
    with cluster.connect() as operator, ThreadPoolExecutor(1) as pool:
        operator.execute("ALTER SYSTEM SET synchronous_standby_names = 'absent'")
        operator.execute("SELECT pg_reload_conf()")
        wait_until(
            lambda: operator.execute("SHOW synchronous_standby_names").fetchone() == ("absent",), what="a reload"
        )
        writer = pool.submit(_append, database)
        wait_until(lambda: bool(operator.execute(_WAITING).fetchall()), what="the writer to wait for a standby")
        with pytest.raises(Unavailable, match="not known whether this is stored"):
            writer.result(timeout=30)
        # It is here; but this server alone was not to be trusted with it.
        assert [text_of(event) for event in read(database, "sty_1")] == ["One."]
        operator.execute("ALTER SYSTEM RESET synchronous_standby_names")
        operator.execute("SELECT pg_reload_conf()")
        wait_until(lambda: operator.execute("SHOW synchronous_standby_names").fetchone() == ("",), what="a reload")
        assert _append(database).again
    database.close()


def _append(database: Database) -> log.Appended:
    with database.writing() as connection:
        one = saying("One.", event_id="evt_1")
        return log.append(connection, "sty_1", "story", [one], expected="any", now=NOW)
