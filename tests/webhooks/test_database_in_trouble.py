"""Trouble with the database while a message is made is nobody's failed attempt."""

from __future__ import annotations

import dataclasses

import psycopg
import pytest

from tests.rooms import Newsroom, settings_for
from tests.webhooks.receivers import Receiver, answering
from tests.webhooks.subscribers import deliver, deliveries_of, messages_of, plan, sending, subscribe
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Busy


@pytest.fixture
def settings(migrated_postgresql_url: str) -> Settings:
    """Of a worker that waits for no lock."""
    return dataclasses.replace(settings_for(migrated_postgresql_url), lock_timeout_ms=50)


def test_a_message_that_could_not_be_read_is_sent_later_at_its_first_attempt(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with Receiver(answering(200)) as receiver, sending(database, settings) as delivering:
        made, _ = subscribe(database, receiver.url)
        newsroom.opens()
        plan(database)
        with psycopg.connect(settings.database_url.replace("+psycopg", "")) as other:
            other.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Busy):
                delivering.turn(0.0)
            other.rollback()
        deliver(delivering)
        assert len(messages_of(receiver)) == 1
        assert [(row.state, row.attempts) for row in deliveries_of(database, made)] == [("delivered", 1)]
