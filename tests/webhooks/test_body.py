"""The body is a contract: a Standard Webhooks payload, a CloudEvents 1.0 event, and never the outlet's text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from jsonschema import Draft202012Validator, FormatChecker

from tests.rooms import Newsroom
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.store import loading, log
from tracker.stories.commands import (
    CloseStory,
    CorrectReport,
    EditStory,
    FileReport,
    RedactContent,
    ReopenStory,
    UpdateReport,
)
from tracker.stories.outlets import Redistribute
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, OutletRef
from tracker.text.blocks import paragraphs
from tracker.webhooks import signing
from tracker.webhooks.body import MOST_BYTES, Message
from tracker.webhooks.endpoints import TYPES
from tracker.webhooks.schemas import schema_of

PUBLIC = "https://tracker.example.org"
TEXT = "Zebras crossed the Euphrates, said nobody."


@pytest.fixture
def story(newsroom: Newsroom, clock: StoryClock) -> str:
    """One event of each type, with every field that an event can have."""
    story = newsroom.opens("Strike in Baghdad")
    newsroom.asks(EditStory(story_id=story, slug="baghdad-strike", summary="It began.", topics=("iraq",), urgency=2))
    newsroom.asks(CloseStory(story_id=story, reason="It ended."))
    newsroom.asks(ReopenStory(story_id=story, reason="It began anew."))
    clock.set(datetime(2020, 1, 3, 2, 30, tzinfo=UTC))
    person, outlet = newsroom.token.person, OutletRef(id="", name="NBC News")
    report, uri = newsroom.new_id("rpt"), "https://nbc.example/strike"
    newsroom.asks(FileReport(story_id=story, report_id=report, outlet=outlet, content=_content(""), by=person, uri=uri))
    newsroom.asks(
        UpdateReport(story_id=story, report_id=report, content=_content(" Twice."), by=person, note="Adds a word")
    )
    note = CorrectionNote(text="It was Friday.", wrong="Thursday", right="Friday")
    newsroom.asks(
        CorrectReport(
            story_id=story,
            report_id=report,
            content=_content(" Thrice."),
            note=note,
            by=person,
            kind=CorrectionKind.CLARIFICATION,
        )
    )
    return story


def test_every_type_has_a_schema_that_its_bodies_fit(database: Database, story: str) -> None:
    schemas = {event_type: schema_of(event_type, PUBLIC) for event_type in TYPES}
    seen = set()
    for revision, message in enumerate(_messages(database, story), 1):
        for previous in (None, revision - 1 or None):
            event = json.loads(message.body(previous))
            Draft202012Validator.check_schema(schemas[event["type"]])
            Draft202012Validator(schemas[event["type"]], format_checker=FormatChecker()).validate(event)
            assert event["dataschema"] == schemas[event["type"]]["$id"]
            assert not any(hidden in event["data"] for hidden in ("truncated", "redacted"))
        seen.add(event["type"])
    # The others are in test_body_of_knowledge, and content.redacted is below.
    assert seen == {each for each in TYPES if each.startswith(("story.", "report."))} - {"report.killed"}


def test_a_schema_refuses_a_body_without_what_was_promised(database: Database, story: str) -> None:
    event = json.loads(_messages(database, story)[-1].body(6))
    validator = Draft202012Validator(schema_of(event["type"], PUBLIC))
    for broken in (
        {**event, "type": "report.filed"},
        {name: value for name, value in event.items() if name != "timestamp"},
        {**event, "data": {name: value for name, value in event["data"].items() if name != "previous_revision"}},
        {**event, "data": {name: value for name, value in event["data"].items() if name != "headline"}},
    ):
        assert not validator.is_valid(broken)


def test_the_body_is_what_was_agreed_on(database: Database, story: str) -> None:
    """What receivers hold in their hands: a change here that isn't an addition breaks them."""
    event = json.loads(_messages(database, story)[-1].body(5))
    address = f"{PUBLIC}/v1/stories/{story}"
    assert event["data"].pop("report_id").startswith("rpt_")
    assert event["data"]["outlet"].pop("id").startswith("out_")
    assert event.pop("id").startswith("evt_")
    assert event == {
        "specversion": "1.0",
        "source": PUBLIC,
        "subject": story,
        "type": "report.corrected",
        "time": "2020-01-03T02:30:00Z",
        "timestamp": "2020-01-03T02:30:00Z",
        "datacontenttype": "application/json",
        "dataschema": f"{PUBLIC}/v1/schemas/webhooks/report.corrected",
        "data": {
            "story": story,
            "slug": "baghdad-strike",
            "title": "Strike in Baghdad",
            "revision": 7,
            "previous_revision": 5,
            "url": f"{address}?revision=7",
            "compare_url": f"{address}/compare/5...7",
            "version": 3,
            "outlet": {"name": "NBC News"},
            "uri": "https://nbc.example/strike",
            "headline": "Zebras!",
            "language": "en",
            "published_at": "2020-01-03T01:00:00Z",
            "kind": "clarification",
            "issued_by": "outlet",
            "note": {"text": "It was Friday.", "wrong": "Thursday", "right": "Friday"},
        },
    }


def test_what_the_desk_says_of_the_story_is_told(database: Database, story: str) -> None:
    data = [json.loads(message.body(None))["data"] for message in _messages(database, story)]
    assert data[0]["topics"] == []
    changed = {"slug": "baghdad-strike", "summary": "It began.", "topics": ["iraq"], "urgency": 2}
    assert data[1]["changed"] == changed
    assert (data[2]["reason"], data[3]["reason"]) == ("It ended.", "It began anew.")
    assert data[5]["note"] == {"text": "Adds a word"}
    assert data[0]["compare_url"] is None


def test_the_text_of_a_report_is_never_sent(database: Database, story: str) -> None:
    for message in _messages(database, story):
        assert b"Euphrates" not in message.body(None)


def test_where_its_outlet_allows_it_the_text_is_sent(database: Database, story: str) -> None:
    with database.reading() as connection:
        state, events = loading.load(connection, story), log.read(connection, story)
    for event in events[4:]:
        told = json.loads(Message(event, state, PUBLIC, Redistribute.TEXT).body(None))
        Draft202012Validator(schema_of(event.type, PUBLIC), format_checker=FormatChecker()).validate(told)
        assert told["data"]["blocks"][0]["text"].startswith(TEXT)


def test_a_text_that_is_too_long_is_left_out_before_all_else(
    database: Database, newsroom: Newsroom, story: str
) -> None:
    newsroom.files(story, "Ω" * MOST_BYTES)
    with database.reading() as connection:
        state, events = loading.load(connection, story), log.read(connection, story, after=7)
    body = Message(events[0], state, PUBLIC, Redistribute.TEXT).body(None)
    told = json.loads(body)
    assert len(body) <= MOST_BYTES
    assert (told["data"]["headline"], told["data"]["truncated"]) == ("Strike", True)
    assert "blocks" not in told["data"]
    Draft202012Validator(schema_of("report.filed", PUBLIC), format_checker=FormatChecker()).validate(told)


def test_a_cloud_events_library_reads_it_as_a_structured_event(database: Database, story: str) -> None:
    headers = {"content-type": signing.CONTENT_TYPE}
    for message in _messages(database, story):
        body = message.body(None)
        event = from_structured(HTTPMessage(headers=headers, body=body), JSONFormat())
        assert (event.get_specversion(), event.get_subject()) == ("1.0", story)
        assert event.get_time() == datetime.fromisoformat(json.loads(body)["timestamp"])
        assert event.get_data() == json.loads(body)["data"]


def test_one_that_would_be_too_long_says_so_and_still_fits_its_schema(
    database: Database, newsroom: Newsroom, story: str
) -> None:
    newsroom.asks(EditStory(story_id=story, summary="Ω" * MOST_BYTES))
    body = _messages(database, story)[-1].body(7)
    event = json.loads(body)
    assert len(body) <= MOST_BYTES
    assert event["data"]["truncated"] is True
    assert "changed" not in event["data"]
    Draft202012Validator(schema_of("story.edited", PUBLIC)).validate(event)


@pytest.mark.parametrize("version", ["", "/2"])
def test_a_redaction_says_of_what(database: Database, newsroom: Newsroom, story: str, version: str) -> None:
    report = json.loads(_messages(database, story)[-1].body(6))["data"]["report_id"]
    command = RedactContent(
        story_id=story, target=report + version, reason="It names a source.", authority="Nobody is told who"
    )
    newsroom.asks(command)
    body = _messages(database, story)[-1].body(7)
    event = json.loads(body)
    Draft202012Validator(schema_of("content.redacted", PUBLIC), format_checker=FormatChecker()).validate(event)
    assert (event["type"], event["data"]["target"]) == ("content.redacted", report + version)
    assert (event["data"]["report_id"], event["data"].get("version")) == (report, 2 if version else None)
    assert event["data"]["reason"] == "It names a source."
    assert b"Nobody" not in body


def test_where_the_content_was_destroyed_it_tells_only_what_happened(database: Database, story: str) -> None:
    with database.reading() as connection:
        state, events = loading.load(connection, story), log.read(connection, story)
    for event in events[4:]:
        told = json.loads(Message(event.without_key(1), state, PUBLIC).body(None))
        Draft202012Validator(schema_of(event.type, PUBLIC)).validate(told)
        assert told["data"]["redacted"] is True
        assert told["data"]["version"] == event.version - 4
        assert "Zebras" not in json.dumps(told)


def _content(more: str) -> Content:
    published_at = datetime(2020, 1, 3, 1, tzinfo=UTC)
    return Content(headline="Zebras!", blocks=paragraphs(TEXT + more), language="en", published_at=published_at)


def _messages(database: Database, story: str) -> list[Any]:
    with database.reading() as connection:
        state = loading.load(connection, story)
        return [Message(event, state, PUBLIC) for event in log.read(connection, story)]
