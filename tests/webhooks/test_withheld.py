"""What is held back is not sent, whenever that happens; the event that lifts the hold brings it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.planted import UNTIL, content_of
from tests.rooms import Newsroom
from tests.webhooks.receivers import Receiver, answering
from tests.webhooks.subscribers import (
    Message,
    deliver,
    deliveries_of,
    messages_of,
    plan,
    sending,
    subscribe,
)
from tracker.config import Settings
from tracker.db.database import Database
from tracker.stories.commands import FileReport, KillReport, LiftHold, PlaceHold
from tracker.stories.knowledge import HoldKind, HoldReason
from tracker.stories.values import OutletRef
from tracker.webhooks.body import MOST_BYTES
from tracker.webhooks.endpoints import Endpoint


class Subscriber:
    """Somebody with one endpoint."""

    def __init__(self, database: Database, settings: Settings, receiver: Receiver, made: Endpoint) -> None:
        self.database, self.settings, self.receiver, self.endpoint = database, settings, receiver, made

    def gets(self) -> list[Message]:
        """What comes of what is planned by now."""
        before = len(messages_of(self.receiver))
        with sending(self.database, self.settings) as delivering:
            deliver(delivering)
        return messages_of(self.receiver)[before:]


@contextmanager
def subscriber(database: Database, settings: Settings, **limits: Any) -> Iterator[Subscriber]:
    with Receiver(answering(200)) as receiver:
        made, _ = subscribe(database, receiver.url, **limits)
        yield Subscriber(database, settings, receiver, made)


def holds(newsroom: Newsroom, story: str, target: str) -> str:
    hold_id = newsroom.new_id("hld")
    newsroom.asks(
        PlaceHold(
            story_id=story,
            hold_id=hold_id,
            target=target,
            kind=HoldKind.PUBLICATION,
            reason=HoldReason.LEGAL,
        )
    )
    return hold_id


def embargoes(newsroom: Newsroom, story: str, text: str = "Hidden.") -> str:
    hold_id = newsroom.new_id("hld")
    newsroom.asks(
        FileReport(
            story_id=story,
            report_id=newsroom.new_id("rpt"),
            outlet=OutletRef(id="", name="The Wire"),
            content=content_of("Hidden", text),
            by=newsroom.token.person,
            embargoed_until=UNTIL,
            hold_id=hold_id,
        )
    )
    return hold_id


def test_what_was_planned_before_the_hold_comes_with_its_end(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with subscriber(database, settings) as somebody:
        story = newsroom.opens()
        plan(database)
        assert [message.revision for message in somebody.gets()] == [1]
        report = newsroom.files(story)
        assert report.report_id is not None
        newsroom.files(story, "Another.")
        plan(database)
        hold_id = holds(newsroom, story, report.report_id)
        (message,) = somebody.gets()
        # The endpoint was never told of the revision between.
        assert (message.revision, message.event["data"]["previous_revision"]) == (3, 1)
        assert [row.revision for row in deliveries_of(database, somebody.endpoint)] == [1, 3]
        newsroom.asks(LiftHold(story_id=story, hold_id=hold_id))
        plan(database)
        (release,) = somebody.gets()
        data = release.event["data"]
        assert (release.event["type"], data["previous_revision"]) == ("hold.lifted", 3)
        assert [(each["revision"], each["type"]) for each in data["released"]] == [
            (2, "report.filed"),
            (4, "hold.placed"),
        ]
        assert data["released"][0]["report_id"] == report.report_id
        assert "rest" not in data
        shown = {row.revision: row.state for row in deliveries_of(database, somebody.endpoint)}
        assert shown == {1: "delivered", 2: "withheld", 3: "delivered", 5: "delivered"}


def test_what_is_withheld_is_not_planned_and_its_release_is_for_whoever_wants_it(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with subscriber(database, settings, types=["report.filed"]) as somebody:
        story = newsroom.opens()
        hold_id = embargoes(newsroom, story)
        newsroom.files(story)
        plan(database)
        assert [message.revision for message in somebody.gets()] == [4]
        assert [row.revision for row in deliveries_of(database, somebody.endpoint)] == [4]
        newsroom.asks(LiftHold(story_id=story, hold_id=hold_id))
        plan(database)
        (release,) = somebody.gets()
        assert release.event["data"]["released"][0]["headline"] == "Hidden"


def test_what_is_lifted_before_it_was_planned_comes_once(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with subscriber(database, settings) as somebody:
        story = newsroom.opens()
        newsroom.asks(LiftHold(story_id=story, hold_id=embargoes(newsroom, story)))
        plan(database)
        first, release = somebody.gets()
        assert (first.revision, release.revision) == (1, 4)
        assert [each["revision"] for each in release.event["data"]["released"]] == [2, 3]


def test_more_than_one_body_takes_is_read_elsewhere(database: Database, settings: Settings, newsroom: Newsroom) -> None:
    with subscriber(database, settings) as somebody:
        story = newsroom.opens()
        hold_id = holds(newsroom, story, story)
        for number in range(40):
            newsroom.asks(
                FileReport(
                    story_id=story,
                    report_id=newsroom.new_id("rpt"),
                    outlet=OutletRef(id="", name="The Wire"),
                    content=content_of("H" * 500, f"{number}."),
                    by=newsroom.token.person,
                )
            )
        newsroom.asks(LiftHold(story_id=story, hold_id=hold_id))
        plan(database)
        opened, release = somebody.gets()
        assert opened.revision == 1
        data = release.event["data"]
        assert len(release.body) <= MOST_BYTES
        found = [each["revision"] for each in data["released"]]
        assert found == list(range(1, len(found) + 1))
        assert 10 < len(found) < 42
        assert data["rest"].endswith(f"/v1/stories/{story}/revisions")


def test_what_a_killed_report_said_is_not_sent_any_more(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with subscriber(database, settings) as somebody:
        story = newsroom.opens()
        report = newsroom.files(story, uri="https://nbc.example/1")
        assert report.report_id is not None
        plan(database)
        newsroom.asks(
            KillReport(
                story_id=story,
                report_id=report.report_id,
                reason="It is made up.",
                public_note="It is wrong.",
                by=newsroom.token.person,
            )
        )
        plan(database)
        _, filed, killed = somebody.gets()
        assert filed.event["data"]["killed"] is True
        assert {"headline", "uri", "outlet"}.isdisjoint(filed.event["data"])
        assert killed.event["data"]["public_note"] == "It is wrong."
        assert b"made up" not in killed.body
