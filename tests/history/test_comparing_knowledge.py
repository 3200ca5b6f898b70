"""What changed in what is known between two revisions: the document, its schema, and the lines of a page."""

from __future__ import annotations

from typing import Any

import jsonschema

from tests.history.knowing import IMMINENT, WEIGHED, disputes, kills, marks
from tests.rooms import Newsroom
from tracker import history
from tracker.access.sight import ALL, PUBLIC
from tracker.db.database import Database
from tracker.history import COMPARISON_SCHEMA, StoryComparison, knowledge
from tracker.history.knowledge_schema import ENTRIES
from tracker.stories.commands import PlaceHold, Recording, RecordOccurrence, RequestAct
from tracker.stories.dates import When
from tracker.stories.desk import KillAct
from tracker.stories.knowledge import HoldKind, HoldReason

_TEXT = "It was imminent, officials said. It was weighed long before. The timing could undermine it."
_valid = jsonschema.Draft202012Validator(COMPARISON_SCHEMA, format_checker=jsonschema.FormatChecker())


def test_every_kind_of_change_has_its_list_in_the_document_and_in_the_schema() -> None:
    assert set(ENTRIES) == set(knowledge.KINDS)
    assert set(knowledge.KINDS) <= set(COMPARISON_SCHEMA["required"])


def test_a_dispute_is_told_with_the_words_it_rests_on_and_what_it_changed(
    database: Database, newsroom: Newsroom
) -> None:
    report = newsroom.files(newsroom.opens(), _TEXT)
    imminent = marks(newsroom, report, "It was imminent", IMMINENT, label="officials")
    weighed = marks(newsroom, report, "It was weighed long before", WEIGHED)
    relation_id = disputes(newsroom, report, weighed, imminent, "The timing could undermine it")
    found = _compared(database, report.story_id, 4, 5)
    document = _checked(found)
    (relation,) = document["relations"]
    assert (relation["op"], relation["relation_id"], relation["from"]) == ("insert", relation_id, None)
    assert relation["to"]["basis"]["text"] == "The timing could undermine it"
    (standing,) = document["standings"]
    assert (standing["claim_id"], standing["from"]["disputed"]) == (imminent, [])
    assert standing["to"]["words"] == "Said by 1 independent outlet, at least 1 source; disputed by NBC News."
    assert standing["why"] == [f"{relation['words']}: “The timing could undermine it”"]
    assert (document["claims"], document["appearances"], document["reports"]) == ([], [], [])
    lines = {part.heading: part.lines for part in history.told(found.knowledge)}
    assert set(lines) == {"Claims", "How claims relate"}
    assert lines["Claims"][0].new == standing["to"]["words"]


def test_backwards_the_sides_are_exchanged_and_what_came_between_is_the_same(
    database: Database, newsroom: Newsroom
) -> None:
    story_id, latest = _everything(newsroom)
    there, back = (_document(database, story_id, *sides) for sides in ((1, latest), (latest, 1)))
    for kind in knowledge.KINDS:
        assert len(there[kind]) == len(back[kind])
        for one, other in zip(there[kind], back[kind], strict=True):
            assert (one.get("from"), one.get("to")) == (other.get("to"), other.get("from"))
            assert one.get("why") == other.get("why")
            assert {one["op"], other["op"]} in ({"insert", "delete"}, {"replace"})
    same = _compared(database, story_id, latest, latest)
    assert same.is_equal
    assert not history.told(same.knowledge)


def test_what_the_newsroom_keeps_to_itself_is_not_in_the_document(database: Database, newsroom: Newsroom) -> None:
    story_id, latest = _everything(newsroom)
    document = _document(database, story_id, 1, latest)
    assert [kind for kind in ("claims", "occurrences", "holds", "requests") if not document[kind]] == []
    said = str(document)
    assert "The lawyer" not in said
    assert "made up" not in said
    assert newsroom.token.id not in str({kind: document[kind] for kind in knowledge.KINDS if kind != "requests"})


def test_who_does_not_see_a_hold_or_a_request_finds_neither(database: Database, newsroom: Newsroom) -> None:
    story_id, _ = _everything(newsroom)
    with database.reading() as connection:
        seen = history.at(connection, story_id, sight=PUBLIC).revision
        found = history.compare(connection, story_id, 1, seen, sight=PUBLIC)
    document = _checked(found)
    assert (document["holds"], document["requests"]) == ([], [])


def test_across_a_kill_it_is_told_how_the_claim_stood_and_nothing_of_what_the_report_said(
    database: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens()
    nbc = newsroom.files(story_id, _TEXT)
    wire = newsroom.asks(newsroom.filing(story_id, "It was imminent.", outlet="The Wire"))
    imminent = marks(newsroom, wire, "It was imminent", IMMINENT, label="a diplomat")
    marks(newsroom, nbc, "It was imminent", IMMINENT, claim_id=imminent, label="officials")
    weighed = marks(newsroom, nbc, "It was weighed long before", WEIGHED)
    kills(newsroom, nbc)
    document = _document(database, story_id, 6, 7)
    (kill,) = document["kills"]
    assert (kill["op"], kill["note"], kill["revision"]) == ("insert", "It should not have been published.", 7)
    stood = {each["claim_id"]: each for each in document["standings"]}
    assert (stood[imminent]["from"]["support"], stood[imminent]["to"]["support"]) == ("corroborated", "single-source")
    assert (stood[weighed]["from"]["fate"], stood[weighed]["to"]["fate"]) == ("current", "fallen")
    assert stood[imminent]["why"] == ["a report of NBC News was killed"]
    for a, b in ((1, 7), (4, 6), (6, 7), (2, 3)):
        assert not any(words in str(_document(database, story_id, a, b)) for words in (WEIGHED, "weighed", "undermine"))


def test_more_changes_than_are_shown_are_said_to_be_more(
    database: Database, newsroom: Newsroom, monkeypatch: Any
) -> None:
    monkeypatch.setattr(knowledge, "MOST", 1)
    report = newsroom.files(newsroom.opens(), _TEXT)
    marks(newsroom, report, "It was imminent", IMMINENT)
    assert not _document(database, report.story_id, 2)["truncated"]
    marks(newsroom, report, "It was weighed long before", WEIGHED)
    document = _document(database, report.story_id, 2)
    assert (len(document["claims"]), document["truncated"]) == (1, True)


def _everything(newsroom: Newsroom) -> tuple[str, int]:
    """A story with something of each kind but a kill, and its latest revision."""
    report = newsroom.files(newsroom.opens(), _TEXT)
    assert report.report_id is not None
    imminent = marks(newsroom, report, "It was imminent", IMMINENT, label="officials")
    weighed = marks(newsroom, report, "It was weighed long before", WEIGHED)
    disputes(newsroom, report, weighed, imminent, "The timing could undermine it")
    recording = Recording(occurrence_id=newsroom.new_id("occ"), title="The idea", when=When(phrase="in spring of 2017"))
    newsroom.asks(RecordOccurrence(story_id=report.story_id, recording=recording, person=newsroom.token.person))
    newsroom.updates(report, "It was weighed long before.")
    newsroom.asks(
        PlaceHold(
            story_id=report.story_id,
            hold_id=newsroom.new_id("hld"),
            target=report.report_id,
            kind=HoldKind.PRESERVATION,
            reason=HoldReason.LEGAL,
            authority="The lawyer",
        )
    )
    act = KillAct(report_id=report.report_id, reason="It is made up.", public_note="Withdrawn.")
    asked = RequestAct(story_id=report.story_id, act_id=newsroom.new_id("act"), act=act, by=newsroom.token.person)
    return report.story_id, newsroom.asks(asked).revision


def _compared(database: Database, story_id: str, a: int, b: int | None = None) -> StoryComparison:
    with database.reading() as connection:
        return history.compare(connection, story_id, a, b, sight=ALL)


def _document(database: Database, story_id: str, a: int, b: int | None = None) -> dict[str, Any]:
    return _checked(_compared(database, story_id, a, b))


def _checked(found: StoryComparison) -> dict[str, Any]:
    document = history.to_document(found)
    _valid.validate(document)
    return document
