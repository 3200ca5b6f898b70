"""Trouble with the database in the middle of a request is the database's trouble, and not a failure of the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection
from werkzeug.test import TestResponse

from tests.rooms import settings_for
from tracker import create_app
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.store import log


@contextmanager
def asking(url: str) -> Iterator[tuple[FlaskClient, str]]:
    """A client of an application that waits for no lock, and the token to ask with."""
    settings = settings_for(url, lock_timeout_ms=50)
    database = Database(settings)
    with database.writing() as connection:
        _, written = tokens.create(connection, Clock(), name="Ayesha", role=Role.ADMIN)
    yield create_app(settings, database=database).test_client(), written
    database.close()


@contextmanager
def locked(url: str, table: str) -> Iterator[None]:
    """The table is somebody else's alone."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@pytest.mark.parametrize("table", ["token", "event_order"])
def test_a_read_that_waits_too_long_is_told_to_come_back(migrated_postgresql_url: str, table: str) -> None:
    with asking(migrated_postgresql_url) as (client, token):
        with locked(migrated_postgresql_url, table):
            answer = _feed(client, token)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.json is not None
        assert answer.json["type"] == "/problems/busy"
        # The connection that it happened on is as good as before.
        assert [_feed(client, token).status_code for _ in range(20)] == [200] * 20


def test_a_page_that_waits_too_long_is_told_so_on_a_page(migrated_postgresql_url: str) -> None:
    with asking(migrated_postgresql_url) as (client, token):
        client.post("/sign-in", data={"token": token})
        with locked(migrated_postgresql_url, "story_list"):
            answer = client.get("/")
        assert (answer.status_code, answer.mimetype, answer.headers["Retry-After"]) == (503, "text/html", "1")
        assert client.get("/").status_code == 200


def test_a_read_whose_connection_is_cut_is_told_that_the_database_is_away(
    migrated_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asking(migrated_postgresql_url) as (client, token):
        reading = log.read_all

        def cut(connection: object, **asked: int) -> object:
            with psycopg.connect(migrated_postgresql_url.replace("+psycopg", ""), autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            return reading(connection, **asked)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(log, "read_all", cut)
            answer = _feed(client, token)
        assert answer.status_code == 503
        assert answer.json is not None
        assert answer.json["type"] == "/problems/unavailable"
        assert _feed(client, token).status_code == 200


def test_a_write_that_gave_way_is_done_once_and_leaves_its_connection_clean(
    migrated_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = log.append
    gave_way: list[log.Appended] = []

    def giving_way(connection: Connection, *given: Any, **named: Any) -> log.Appended:
        done = append(connection, *given, **named)
        if len(gave_way) < 2:
            gave_way.append(done)
            driver: Any = connection.connection.dbapi_connection
            driver.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$")
        return done

    monkeypatch.setattr(log, "append", giving_way)
    with asking(migrated_postgresql_url) as (client, token):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "once"}
        opened = client.post("/v1/stories", headers=headers, json={"title": "Strike"})
        assert (opened.status_code, len(gave_way)) == (201, 2)
        answers = [_feed(client, token) for _ in range(5)]
        assert [[event["revision"] for event in (each.json or {})["items"]] for each in answers] == [[1]] * 5
        with psycopg.connect(migrated_postgresql_url.replace("+psycopg", "")) as other:
            open_still = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
            )
            assert other.execute(open_still).fetchone() == (0,)


def _feed(client: FlaskClient, token: str) -> TestResponse:
    return client.get("/v1/feed", headers={"Authorization": f"Bearer {token}"})
