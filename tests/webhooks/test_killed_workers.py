"""Workers are killed in the middle of their work, really, and every message arrives in the order of its story."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from typing import Any

import pytest

from tests.rooms import Newsroom
from tests.waiting import wait_until
from tests.webhooks.receivers import Receiver
from tests.webhooks.sending_worker import worker_process
from tests.webhooks.subscribers import (
    choosing,
    deliveries_of,
    messages_of,
    reachable,
    revisions_by_story,
    subscribe,
)
from tracker.config import Settings
from tracker.db.database import Database
from tracker.webhooks import endpoints


@pytest.mark.slow
def test_a_worker_killed_between_sending_and_writing_loses_nothing_and_keeps_the_order(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    """Real processes, ``kill -9`` at random messages, before the answer or after it."""
    chance = random.Random(20200103)
    children: list[int] = []
    kills = set(chance.sample(range(3, 90), 4))
    seen: list[str] = []

    def choose(event: dict[str, Any]) -> int:
        seen.append(event["id"])
        if len(seen) in kills and children:
            os.kill(children[-1], signal.SIGKILL)
        return 503 if chance.random() < 0.1 else 200

    settings = reachable(settings, webhook_retry_schedule=(1,) * 30, worker_poll_seconds=0.05)
    with Receiver(choosing(choose)) as receiver:
        made, _ = subscribe(database, receiver.url)
        stories = [newsroom.opens() for _ in range(5)]
        for _ in range(19):
            for story in stories:
                newsroom.files(story)
        for _ in range(len(kills)):
            with worker_process(settings, lease_seconds=0.5) as process:
                children.append(process.pid)
                process.wait(60)
                assert process.returncode == -signal.SIGKILL
        children.clear()
        with worker_process(settings, lease_seconds=0.5):
            wait_until(lambda: _states(database, made) == {"delivered": 100}, 60, "every delivery")
        assert revisions_by_story(messages_of(receiver)) == {story: list(range(1, 21)) for story in stories}
        ids = {(message.story, message.revision): message.id for message in messages_of(receiver)}
        assert all(ids[message.story, message.revision] == message.id for message in messages_of(receiver))
        rows = {(row.story_id, row.revision): row.event_id for row in deliveries_of(database, made)}
        assert rows == ids


def _states(database: Database, endpoint: endpoints.Endpoint) -> dict[str, int]:
    return Counter(row.state for row in deliveries_of(database, endpoint))
