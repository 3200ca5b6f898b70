"""The databases of the tests: real, one for each test, and none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import sqlalchemy

from tests import postgres_programs
from tests.postgres import Cluster, start_cluster
from tests.programs import ROOT
from tests.waiting import wait_until

#: Starts a cluster, or joins the one in the folder named to it, says so, and stays until it is ended.
_USER_OF_A_CLUSTER = """
import signal, sys, time
from pathlib import Path
from tests.postgres import Cluster, start_cluster
signal.signal(signal.SIGINT, signal.default_int_handler)  # It is ignored where the tests run in the background.
cluster = Cluster.join(Path(sys.argv[1])) if sys.argv[1:] else start_cluster()
print(cluster.pid, cluster.folder, flush=True)
time.sleep(600)
"""


@pytest.fixture
def cluster(postgres: Cluster) -> Iterator[Cluster]:
    """A durable cluster of the test's own. The shared one comes first: it skips where there is none."""
    with start_cluster(durable=True) as own:
        yield own


@contextmanager
def _connected(url: str) -> Iterator[sqlalchemy.Connection]:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _user_of_a_cluster(*folder: str) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    command = [sys.executable, "-c", _USER_OF_A_CLUSTER, *folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        pid, place = process.stdout.readline().split()
        try:
            yield process, int(pid), Path(place)
        finally:
            process.kill()


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_begins_with_an_empty_database(database_url: str, turn: str) -> None:
    with _connected(database_url) as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
        connection.exec_driver_sql("CREATE TABLE left_behind (turn TEXT)")


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_begins_with_a_migrated_database_of_its_own(migrated_url: str, turn: str) -> None:
    with _connected(migrated_url) as connection:
        tables = sqlalchemy.inspect(connection).get_table_names()
        assert "alembic_version" in tables
        assert "left_behind" not in tables
        connection.exec_driver_sql("CREATE TABLE left_behind (turn TEXT)")


def test_a_migrated_copy_has_what_a_migration_makes(database_url: str, request: pytest.FixtureRequest) -> None:
    from tracker.db.migrating import upgrade

    kind = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    upgrade(database_url)
    with _connected(database_url) as connection:
        made = sorted(sqlalchemy.inspect(connection).get_table_names())
    if kind == "sqlite":
        Path(database_url.removeprefix("sqlite:///")).unlink()
    with _connected(request.getfixturevalue(f"migrated_{kind}_url")) as connection:
        assert sorted(sqlalchemy.inspect(connection).get_table_names()) == made


def test_the_server_never_runs_as_root(postgres: Cluster) -> None:
    assert psutil.Process(postgres.pid).uids().effective != 0


def test_over_tcp_a_password_is_asked(postgres: Cluster) -> None:
    url = postgres.url("postgres", tcp=True)
    with _connected(url) as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    wrong = sqlalchemy.make_url(url).set(password="guessed", drivername="postgresql")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong.render_as_string(hide_password=False))


@pytest.mark.parametrize("end", ["immediate", "kill"])
def test_a_crashed_server_starts_again_with_what_it_acknowledged(cluster: Cluster, end: str) -> None:
    url = cluster.create_database("stories")
    with _connected(url) as connection:
        connection.exec_driver_sql("CREATE TABLE told AS SELECT generate_series(1, 1000) AS n")
    if end == "kill":
        cluster.kill()
    else:
        cluster.stop("immediate")
    assert not cluster.running
    cluster.start()
    with _connected(url) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM told").scalar() == 1000
    assert "database system was not properly shut down" in cluster.log


def test_a_server_stopped_in_good_order_has_nothing_to_recover(cluster: Cluster) -> None:
    cluster.stop()
    cluster.start()
    assert "not properly shut down" not in cluster.log


def test_a_durable_cluster_keeps_the_defaults_that_a_quick_one_gives_up(cluster: Cluster, postgres: Cluster) -> None:
    for name in ("fsync", "full_page_writes", "autovacuum"):
        for one, expected in ((cluster, "on"), (postgres, "off")):
            with one.connect() as connection:
                assert connection.execute(f"SHOW {name}").fetchone() == (expected,)


def test_where_the_server_may_not_read_the_programs_it_gets_a_copy(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_programs, "_server_can_run", lambda program: False)
    with start_cluster() as copied:
        assert copied.programs.is_relative_to(copied.folder)
        with copied.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_workers_of_a_run_share_one_server_and_one_migration(
    postgres: Cluster, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest('pytest_plugins = ["tests.databases"]')
    pytester.makepyfile(
        """
        def test_a_database(postgres, migrated_postgresql_url, run_folder, worker_id):
            (run_folder / f"server-of-{worker_id}").write_text(str(postgres.pid))
        """
    )
    outcome = pytester.runpytest_subprocess("--dist=each", "--numprocesses=2", f"--basetemp={pytester.path / 'run'}")
    outcome.assert_outcomes(passed=2)
    servers = {path.read_text() for path in (pytester.path / "run").glob("server-of-gw*")}
    assert len(servers) == 1
    wait_until(lambda: not psutil.pid_exists(int(min(servers))), what="the server to end with the run")


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_a_cluster_whose_user_is_ended(postgres: Cluster, sent: signal.Signals) -> None:
    with _user_of_a_cluster() as (process, server, folder):
        os.kill(process.pid, sent)
        process.wait(timeout=120)
        wait_until(lambda: not folder.exists(), what="the folder to go")
        wait_until(lambda: not psutil.pid_exists(server), what="the server to end")


def test_a_cluster_lives_until_its_last_user_has_gone(postgres: Cluster) -> None:
    with (
        _user_of_a_cluster() as (first, server, folder),
        _user_of_a_cluster(str(folder)) as (second, same_server, _),
    ):
        assert server == same_server
        first.kill()
        first.wait()
        joined = Cluster.join(folder)
        assert joined is not None
        second.kill()
        second.wait()
        with joined.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        joined.close()
        assert not folder.exists()
        assert Cluster.join(folder) is None
