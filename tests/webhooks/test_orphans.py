"""Whoever may no longer ask is no longer told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from click.testing import CliRunner

from tests.rooms import Newsroom, make_token
from tests.webhooks.receivers import Receiver, answering
from tests.webhooks.subscribers import deliver, messages_of, plan, reachable, sending
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.access.tokens import Token
from tracker.cli import tracker
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.webhooks import endpoints
from tracker.webhooks.addresses import AddressRules
from tracker.worker import Worker

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def subscribed(database: Database, owner: Token, url: str = "http://127.0.0.1:9/") -> str:
    """The id of an endpoint of ``owner``."""
    with database.writing() as connection:
        return endpoints.create(connection, Clock(), AddressRules(["127.0.0.0/8"]), owner=owner.id, url=url)[0].id


def alive(database: Database) -> set[str]:
    """The ids of the endpoints that are told of what happens."""
    with database.reading() as connection:
        return {endpoint.id for endpoint in endpoints.every(connection)}


def test_the_endpoints_of_a_revoked_or_expired_token_are_deleted_and_no_others(database: Database) -> None:
    revoked, expired, lasting, endless = (
        make_token(database, Clock(), Role.SUBSCRIBER, expires_at=expires)
        for expires in (None, NOW, NOW + timedelta(microseconds=1), None)
    )
    made = [subscribed(database, owner) for owner in (revoked, expired, lasting, endless)]
    with database.writing() as connection:
        tokens.revoke(connection, revoked.id, NOW)
        assert endpoints.delete_orphans(connection, NOW) == 2
        assert endpoints.delete_orphans(connection, NOW) == 0
    assert alive(database) == set(made[2:])


def test_who_was_revoked_gets_nothing_more_also_of_what_was_planned(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    owner = make_token(database, Clock(), Role.SUBSCRIBER)
    with Receiver(answering(200)) as receiver, sending(database, settings) as delivering:
        subscribed(database, owner, receiver.url)
        newsroom.opens("Told")
        plan(database)
        deliver(delivering)
        newsroom.opens("Planned")
        plan(database)
        url = settings.database_url
        done = CliRunner().invoke(tracker, ["token", "revoke", owner.id, "--database-url", url])
        assert done.exit_code == 0, done.output
        newsroom.opens("Not planned")
        plan(database)
        deliver(delivering)
        assert [message.event["data"]["title"] for message in messages_of(receiver)] == ["Told"]


def test_a_worker_deletes_the_endpoints_of_a_token_that_ended(database: Database, settings: Settings) -> None:
    owner = make_token(database, Clock(), Role.SUBSCRIBER, expires_at=NOW - timedelta(days=3650))
    subscribed(database, owner)
    with Worker(database, Clock(), reachable(settings)) as worker:
        worker._tidy()
    assert alive(database) == set()
