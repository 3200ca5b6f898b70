"""What changed between two revisions of a story, and between two versions of a report."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chronicle import follow, tell
from tests.rooms import Newsroom
from tests.stories.sequences import histories
from tracker import history
from tracker.access.sight import ALL
from tracker.clock import rfc3339
from tracker.db.database import Database
from tracker.errors import NotFound
from tracker.handling import Outcome
from tracker.history import COMPARISON_SCHEMA, StoryComparison, comparing
from tracker.history.knowledge import knowledge_in
from tracker.projections.saved_states import SavedStates
from tracker.stories.changes import CorrectionChange, FieldChange, RedactionChange, ReportChange, changes
from tracker.stories.commands import CloseStory, EditStory, UpdateReport
from tracker.stories.events import Recorded, ReportKilled
from tracker.stories.reports import Report
from tracker.stories.story import Story
from tracker.stories.values import Content
from tracker.text.apply import new_blocks, old_blocks
from tracker.text.blocks import Block, paragraphs
from tracker.text.compare import compare as compare_texts

_valid = jsonschema.Draft202012Validator(COMPARISON_SCHEMA, format_checker=jsonschema.FormatChecker())


def test_the_schema_is_a_schema_and_refuses_another_document() -> None:
    jsonschema.Draft202012Validator.check_schema(COMPARISON_SCHEMA)
    assert not _valid.is_valid({"version": 1})


def test_a_developing_story_is_compared(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Strike in Baghdad")
    report = newsroom.files(story_id, "A strike killed 5 people on Friday.\n\nNobody claimed it.")
    untouched = newsroom.files(story_id, "Another.")
    newsroom.asks(EditStory(story_id=story_id, title="General killed", summary="A strike killed a general."))
    newsroom.corrects(report, "A strike killed 7 people on Friday.\n\nNobody claimed it.")
    later = newsroom.asks(newsroom.filing(story_id, "It was ours.", outlet="The Wire"))
    document = _document(database, story_id, 3)
    assert (document["from"]["revision"], document["to"]["revision"]) == (3, 6)
    assert [(each["field"], each["from"], each["to"], each["by"]["revision"]) for each in document["fields"]] == [
        ("title", "Strike in Baghdad", "General killed", 4),
        ("summary", None, "A strike killed a general.", 4),
    ]
    corrected, filed = document["reports"]
    assert untouched.report_id not in (corrected["report_id"], filed["report_id"])
    assert (corrected["op"], corrected["from_version"], corrected["to_version"]) == ("replace", 1, 2)
    assert [(made["op"], made["version"], made["note"]["text"]) for made in corrected["corrections"]] == [
        ("insert", 2, "It was Thursday.")
    ]
    assert corrected["by"] == [
        {
            "revision": 5,
            "recorded_at": "2020-01-03T00:00:00Z",
            "type": "report.corrected",
            "report_id": report.report_id,
            "version": 2,
            "outlet_id": corrected["outlet"]["id"],
        }
    ]
    changed, equal = corrected["text"]["blocks"]
    tokens = [token for sentence in changed["sentences"] for token in sentence["tokens"]]
    assert [(token["op"], token.get("old"), token.get("new")) for token in tokens if token["op"] != "equal"] == [
        ("replace", "5 ", "7 ")
    ]
    assert [token["class"] for token in tokens if token["op"] != "equal"] == ["number"]
    assert equal["op"] == "equal"
    assert (filed["op"], filed["report_id"], filed["outlet"]["name"]) == ("insert", later.report_id, "The Wire")
    assert [block["op"] for block in filed["text"]["blocks"]] == ["insert"]
    assert document["stats"]["by_class"]["number"] == 1
    assert document["stats"]["reports"] == 2
    assert (document["truncated"], document["offsets"]) == (False, "unicode code points")


def test_a_changed_headline_is_compared_by_its_words(database: Database, newsroom: Newsroom) -> None:
    report = newsroom.files(newsroom.opens())
    assert report.report_id is not None
    renamed = UpdateReport(
        story_id=report.story_id,
        report_id=report.report_id,
        content=Content(headline="Strike kills general", blocks=paragraphs("One.")),
        by=newsroom.token.person,
    )
    newsroom.asks(renamed)
    (changed,) = _document(database, report.story_id, 2)["reports"]
    assert changed["fields"] == [{"op": "replace", "field": "headline", "from": "Strike", "to": "Strike kills general"}]
    assert changed["text"] is None
    assert [block["op"] for block in changed["headline"]["blocks"]] == ["replace"]


def test_the_last_act_that_set_a_field_is_named(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    for title in ("Two", "Three"):
        newsroom.asks(EditStory(story_id=story_id, title=title))
    newsroom.asks(EditStory(story_id=story_id, urgency=1))
    newsroom.asks(CloseStory(story_id=story_id, reason="Over."))
    document = _document(database, story_id, 1)
    assert [(each["field"], each["by"]["revision"], each["by"]["type"]) for each in document["fields"]] == [
        ("title", 3, "story.edited"),
        ("urgency", 4, "story.edited"),
        ("status", 5, "story.closed"),
    ]
    assert [each["field"] for each in _document(database, story_id, 3, 4)["fields"]] == ["urgency"]


def test_a_revision_compared_with_itself_changed_nothing(database: Database, newsroom: Newsroom) -> None:
    report = _busy(newsroom)
    for revision in range(1, 7):
        document = _document(database, report.story_id, revision, revision)
        assert (document["fields"], document["summary"], document["reports"]) == ([], None, [])
        assert document["from"] == document["to"]
        assert not any(value for value in document["stats"].values() if isinstance(value, int))


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 0), (-1, 1), (1, 7), (7, 1), (7, 7), (2**62, 2**62)])
def test_a_revision_that_is_not_there_is_refused(database: Database, newsroom: Newsroom, a: int, b: int) -> None:
    report = _busy(newsroom)
    with database.reading() as connection:
        with pytest.raises(NotFound) as refused:
            history.compare(connection, report.story_id, a, b, sight=ALL)
        assert (refused.value.name, refused.value.facts) == ("unknown-revision", {"first": 1, "latest": 6})
        with pytest.raises(NotFound) as refused:
            history.compare(connection, "sty_unknown", a, b, sight=ALL)
        assert refused.value.name == "unknown-story"


def test_reports_that_did_not_change_are_not_read(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = _busy(newsroom)
    for n in range(10):
        newsroom.files(report.story_id, f"Untouched {n}.")
    read: list[tuple[str, int]] = []
    real: Any = Report.content

    def counted(each: Report) -> Content:
        read.append((each.report_id, each.version))
        content: Content = real.fget(each)
        return content

    monkeypatch.setattr(Report, "content", property(counted))
    _document(database, report.story_id, 3, 4)
    assert set(read) == {(report.report_id, 1), (report.report_id, 2)}


def test_more_text_than_is_compared_is_named_and_left_out(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = newsroom.opens()
    for n in range(3):
        newsroom.files(story_id, f"Text number {n}.")
    monkeypatch.setattr(comparing, "_MOST_CHARACTERS", 20)
    document = _document(database, story_id, 1)
    assert [(each["text"] is None, each["text_omitted"]) for each in document["reports"]] == [
        (False, False),
        (True, True),
        (True, True),
    ]
    assert document["truncated"]
    monkeypatch.setattr(comparing, "_MOST_CHARACTERS", 1)
    alone = _document(database, story_id, 1, 2)
    assert (alone["reports"][0]["text_omitted"], alone["truncated"]) == (False, False)


def test_two_versions_of_a_report_are_compared_alone(database: Database, newsroom: Newsroom) -> None:
    report = _busy(newsroom)
    assert report.report_id is not None
    with database.reading() as connection:
        found = history.compare_versions(connection, report.story_id, report.report_id, 1, sight=ALL)
        backwards = history.compare_versions(connection, report.story_id, report.report_id, 3, 1, sight=ALL)
        same = history.compare_versions(connection, report.story_id, report.report_id, 2, 2, sight=ALL)
        for versions in ((0, 1), (1, 4)):
            with pytest.raises(NotFound) as refused:
                history.compare_versions(connection, report.story_id, report.report_id, *versions, sight=ALL)
            assert refused.value.name == "unknown-version"
        with pytest.raises(NotFound):
            history.compare_versions(connection, report.story_id, "rpt_unknown", 1, sight=ALL)
    document = _checked(found)
    assert (document["fields"], document["summary"]) == ([], None)
    assert [(each["report_id"], each["from_version"], each["to_version"]) for each in document["reports"]] == [
        (report.report_id, 1, 3)
    ]
    assert (document["from"]["revision"], document["to"]["revision"]) == (2, 6)
    assert (backwards.reports[0].change.old_version, backwards.reports[0].change.new_version) == (3, 1)
    assert same.is_equal


@st.composite
def _two_revisions(draw: st.DrawFn) -> tuple[list[Recorded], int, int]:
    told: list[Recorded] = draw(histories)
    return told, draw(st.integers(1, len(told))), draw(st.integers(1, len(told)))


@given(drawn=_two_revisions(), saved=st.booleans())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_comparison_is_what_two_whole_states_give(
    database: Database, drawn: tuple[list[Recorded], int, int], saved: bool
) -> None:
    told, a, b = drawn
    with database.writing() as connection:
        story_id = tell(connection, told)
    if saved:
        follow(database, SavedStates(1))
    with database.reading() as connection:
        before, after = (history.at(connection, story_id, revision=revision, sight=ALL) for revision in (a, b))
        found = history.compare(connection, story_id, a, b, sight=ALL)
    _require_same(found, before, after)
    if not any(isinstance(each.event, ReportKilled) for each in told):
        assert found.knowledge == knowledge_in(changes(before, after))
    document = _checked(found)
    assert document["from"] == {"revision": a, "recorded_at": rfc3339(told[a - 1].recorded_at)}
    assert document["to"] == {"revision": b, "recorded_at": rfc3339(told[b - 1].recorded_at)}


@given(drawn=_two_revisions())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_change_names_an_event_between_that_brought_it(
    database: Database, drawn: tuple[list[Recorded], int, int]
) -> None:
    told, a, b = drawn
    with database.writing() as connection:
        story_id = tell(connection, told)
    document = _document(database, story_id, a, b)
    low, high = sorted((a, b))
    named = [each["by"] for each in document["fields"]] + [by for each in document["reports"] for by in each["by"]]
    assert all(low < by["revision"] <= high for by in named)
    brought = {recorded.revision: recorded.event for recorded in told}
    for each in document["fields"]:
        assert hasattr(brought[each["by"]["revision"]], each["field"]) or each["field"] == "status"
    for each in document["reports"]:
        assert {getattr(brought[by["revision"]], "report_id", None) for by in each["by"]} == {each["report_id"]}


@given(drawn=_two_revisions())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_comparing_backwards_finds_the_same_with_the_sides_exchanged(
    database: Database, drawn: tuple[list[Recorded], int, int]
) -> None:
    told, a, b = drawn
    with database.writing() as connection:
        story_id = tell(connection, told)
    there, back = _document(database, story_id, a, b), _document(database, story_id, b, a)
    assert (there["from"], there["to"]) == (back["to"], back["from"])
    assert [_sides(each) for each in there["fields"]] == [_sides(each)[::-1] for each in back["fields"]]
    assert [each["by"] for each in there["reports"]] == [each["by"] for each in back["reports"]]
    for one, other in zip(there["reports"], back["reports"], strict=True):
        assert (one["from_version"], one["to_version"]) == (other["to_version"], other["from_version"])
        assert [_sides(each) for each in one["fields"]] == [_sides(each)[::-1] for each in other["fields"]]
    assert there["stats"]["words_inserted"] == back["stats"]["words_deleted"]
    assert there["stats"]["regions"] == back["stats"]["regions"]


def _sides(field: dict[str, Any]) -> tuple[Any, Any]:
    return field["from"], field["to"]


def _require_same(found: StoryComparison, before: Story, after: Story) -> None:
    """``found`` holds what comparing the two states, whole, gives; and both texts can be rebuilt from it."""
    every = changes(before, after)
    assert [entry.change for entry in found.fields] == [each for each in every if isinstance(each, FieldChange)]
    assert [entry.change for entry in found.reports] == [each for each in every if isinstance(each, ReportChange)]
    assert found.redactions == tuple(each for each in every if isinstance(each, RedactionChange))
    corrections = [correction for entry in found.reports for correction in entry.corrections]
    assert corrections == [each for each in every if isinstance(each, CorrectionChange)]
    for entry in found.reports:
        old, new = (_blocks(story.reports.get(entry.change.report_id)) for story in (before, after))
        assert (entry.text is None) == (not entry.change.text)
        if entry.text is not None:
            assert entry.text == compare_texts(old, new)
            assert (tuple(old_blocks(entry.text)), tuple(new_blocks(entry.text))) == (old, new)


def _blocks(report: Report | None) -> tuple[Block, ...]:
    return report.content.blocks if report else ()


def _busy(newsroom: Newsroom) -> Outcome:
    """A report of three versions in a story of six revisions."""
    story_id = newsroom.opens()
    report = newsroom.files(story_id, "One.")
    newsroom.asks(EditStory(story_id=story_id, title="Killed", summary="So."))
    newsroom.updates(report, "Two.")
    newsroom.files(story_id, "Another.")
    newsroom.corrects(report, "Three.")
    return report


def _document(database: Database, story_id: str, a: int, b: int | None = None) -> dict[str, Any]:
    with database.reading() as connection:
        return _checked(history.compare(connection, story_id, a, b, sight=ALL))


def _checked(found: StoryComparison) -> dict[str, Any]:
    """``found`` as a document that its schema takes."""
    document = history.to_document(found)
    _valid.validate(document)
    return document
