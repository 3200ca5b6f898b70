"""What subscribers are told of claims, dates, links, withdrawals, kills and holds that are lifted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.history.knowing import IMMINENT, WEIGHED, disputes, kills, marks
from tests.rooms import Newsroom
from tracker.access.quoting import SHORT_QUOTE
from tracker.access.sight import PUBLIC as ANYBODY
from tracker.db.database import Database
from tracker.store import log, seeing
from tracker.store.releases import released
from tracker.store.veils import NO_VEIL, veils
from tracker.stories.commands import (
    AssertClaim,
    Assertion,
    LiftHold,
    LinkStories,
    PlaceHold,
    Recording,
    RecordOccurrence,
    WithdrawAnnotation,
)
from tracker.stories.dates import When
from tracker.stories.knowledge import Attribution, Basis, HoldKind, HoldReason, LinkKind, Quote
from tracker.stories.stored import all_types
from tracker.stories.values import OutletRef, PartyRef
from tracker.text.passages import Selector
from tracker.webhooks import schemas
from tracker.webhooks.body import Message
from tracker.webhooks.endpoints import TYPES
from tracker.webhooks.schemas import schema_of

PUBLIC = "https://tracker.example.org"
_TEXT = "It was imminent, officials said. It was weighed long before. The timing could undermine it."


@pytest.fixture
def known(newsroom: Newsroom) -> str:
    """A story with an event of each of these types."""
    story_id, other = newsroom.opens("Strike in Baghdad"), newsroom.opens("The crisis")
    report = newsroom.files(story_id, _TEXT)
    assert report.report_id is not None
    imminent = marks(newsroom, report, "It was imminent", IMMINENT, label="officials")
    weighed = marks(newsroom, report, "It was weighed long before", WEIGHED)
    relation_id = disputes(newsroom, report, weighed, imminent, "The timing could undermine it")
    recording = Recording(
        occurrence_id=newsroom.new_id("occ"),
        title="The idea",
        when=When(phrase="in spring of 2017"),
        place="Washington",
        parties=(PartyRef(id="", name="Donald Trump"),),
        basis=Basis(text="It was weighed", report_id=report.report_id),
    )
    newsroom.asks(RecordOccurrence(story_id=story_id, recording=recording, person=newsroom.token.person))
    link_id = newsroom.new_id("lnk")
    newsroom.asks(LinkStories(story_id=story_id, link_id=link_id, other_id=other, relation=LinkKind.PART_OF))
    newsroom.asks(WithdrawAnnotation(story_id=story_id, target=relation_id, reason="It was ours, and wrong."))
    wire = newsroom.asks(newsroom.filing(story_id, "So it was.", outlet="The Wire"))
    assert wire.report_id is not None
    hold = PlaceHold(
        story_id=story_id,
        hold_id=newsroom.new_id("hld"),
        target=wire.report_id,
        kind=HoldKind.PUBLICATION,
        reason=HoldReason.LEGAL,
        authority="The lawyer",
    )
    newsroom.asks(hold)
    newsroom.asks(LiftHold(story_id=story_id, hold_id=hold.hold_id, authority="The lawyer"))
    return story_id


def test_every_type_that_is_not_the_newsrooms_own_may_be_subscribed_to() -> None:
    own = {"act.requested", "act.approved", "act.declined", "hold.placed"}
    others = {each for each in all_types() if each.startswith(("outlet.", "party."))}
    assert set(TYPES) == set(all_types()) - own - others


def test_what_is_known_is_told_by_bodies_that_fit_their_schemas(database: Database, known: str) -> None:
    told = _bodies(database, known)
    for event in told:
        schema = schema_of(event["type"], PUBLIC)
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(event)
        assert event["data"]["title"] == "Strike in Baghdad"
        alone = not {"truncated", "redacted", "killed"} & set(event["data"])
        # It fits the schema of the whole, and not only that of what names it.
        assert not alone or _whole(schema).is_valid(event["data"])
    kinds = {"story.", "report.", "content."}
    assert {event["type"] for event in told} >= {each for each in TYPES if not each.startswith(tuple(kinds))}


def test_the_bodies_are_what_was_agreed_on(database: Database, known: str) -> None:
    """What receivers hold in their hands: a change here that isn't an addition breaks them."""
    data = {event["type"]: _without_ids(event["data"]) for event in reversed(_bodies(database, known))}
    nbc = {"name": "NBC News"}
    assert data["claim.asserted"] == {
        "appearance": 1,
        "version": 1,
        "statement": IMMINENT,
        "outlet": nbc,
        "stance": "asserts",
        "selector": {"exact": "It was imminent"},
        "attribution": {"label": "officials"},
    }
    assert data["claims.related"] == {
        "version": 1,
        "source": {},
        "relation": "disputes",
        "basis": "The timing could undermine it",
        "by": {**nbc, "owner": None},
    }
    assert data["occurrence.recorded"] == {
        "version": 1,
        "occurrence_title": "The idea",
        "when": {
            "phrase": "in spring of 2017",
            "edtf": "2017-21",
            "earliest": "2017-03-01",
            "latest": "2017-05-31",
        },
        "place": "Washington",
        "parties": [{"name": "Donald Trump"}],
        "basis": "It was weighed",
    }
    assert data["stories.linked"] == {"relation": "partOf", "inverse": False}
    assert data["annotation.withdrawn"] == {"reason": "It was ours, and wrong."}
    lifted = data["hold.lifted"]
    assert (lifted["kind"], lifted["reason"]) == ("publication", "legal")


def test_a_kill_tells_its_public_note_and_of_what_was_said_before_only_that_it_was(
    database: Database, newsroom: Newsroom
) -> None:
    report = newsroom.files(newsroom.opens("Strike in Baghdad"), _TEXT)
    marks(newsroom, report, "It was imminent", IMMINENT)
    kills(newsroom, report)
    _, filed, claimed, killed = _bodies(database, report.story_id)
    for event in (filed, claimed, killed):
        Draft202012Validator(schema_of(event["type"], PUBLIC), format_checker=FormatChecker()).validate(event)
    assert _without_ids(filed["data"]) == {"version": 1, "killed": True}
    assert _without_ids(claimed["data"]) == {"appearance": 1, "version": 1, "killed": True}
    assert _without_ids(killed["data"]) == {
        "outlet": {"name": "NBC News"},
        "issued_by": "outlet",
        "public_note": "It should not have been published.",
    }
    assert killed["data"]["report_id"] == report.report_id


@pytest.mark.parametrize("event_type", TYPES)
def test_what_an_event_says_has_no_name_that_its_place_in_the_story_has(event_type: str) -> None:
    whole = schema_of(event_type, PUBLIC)["properties"]["data"]["anyOf"][0]
    place = ("story", "slug", "title", "revision", "previous_revision", "url", "compare_url")
    required, optional = schemas._FACTS[event_type]
    assert not {*required, *optional}.intersection(place)
    assert {*place, *required} <= set(whole["required"])


def test_what_is_the_newsrooms_own_is_in_no_body(database: Database, newsroom: Newsroom, known: str) -> None:
    kills(newsroom, newsroom.files(known, "It is made up."))
    told = json.dumps(_bodies(database, known))
    assert "made up" not in told
    assert "The lawyer" not in told


def test_long_words_of_the_text_stay_here(database: Database, newsroom: Newsroom) -> None:
    words = "Zebras crossed the Euphrates" + " and crossed it again" * (SHORT_QUOTE // 20)
    report = newsroom.files(newsroom.opens(), f"{words}. It was so.")
    assert report.report_id is not None
    assertion = Assertion(
        claim_id=newsroom.new_id("clm"),
        selector=Selector(exact=words),
        statement="Animals crossed.",
        attribution=Attribution(outlet=OutletRef(id="", name="The Wire")),
        quotes=(Quote(parts=(Selector(exact=words),)),),
    )
    newsroom.asks(
        AssertClaim(story_id=report.story_id, report_id=report.report_id, assertion=assertion, by=newsroom.token.person)
    )
    told = _bodies(database, report.story_id)[-1]
    Draft202012Validator(schema_of("claim.asserted", PUBLIC)).validate(told)
    assert "Zebras" not in json.dumps(told)
    assert (told["data"]["selector"], told["data"]["quotes"]) == ({}, [{"parts": []}])


def _bodies(database: Database, story_id: str) -> list[dict[str, Any]]:
    """What is sent of each event that is sent."""
    with database.reading() as connection:
        story = seeing.seen(connection, story_id, ANYBODY)
        veil = veils(connection, [story_id], ANYBODY).get(story_id, NO_VEIL)
        sent = [event for event in log.read(connection, story_id) if event.type in TYPES]
        messages = [
            Message(event, story, PUBLIC, veil=veil, released=released(connection, event, veil.hidden, ANYBODY))
            for event in sent
        ]
    return [json.loads(message.body(None)) for message in messages]


def _whole(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema["properties"]["data"]["anyOf"][0])


def _without_ids(value: Any) -> Any:
    """``value`` without ids and without its place in the story, which another test holds."""
    place = {"story", "slug", "title", "revision", "previous_revision", "url", "compare_url", "target"}
    if isinstance(value, list):
        return [_without_ids(each) for each in value]
    if not isinstance(value, dict):
        return value
    named = {name: _without_ids(each) for name, each in value.items() if name not in place}
    return {name: each for name, each in named.items() if name != "id" and not name.endswith("_id")}
