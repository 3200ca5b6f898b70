"""Typed changes of two states of a story."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.stories.samples import CLOSED, NBC, OPENED, WIRE, corrected, filed, redacted, updated
from tests.stories.sequences import command_lists, histories, history_of
from tests.stories.specification import story_of
from tracker.stories.changes import (
    Change,
    CorrectionChange,
    FieldChange,
    RedactionChange,
    ReportChange,
    changes,
    rendered,
)
from tracker.stories.events import Event, Recorded, StoryEdited
from tracker.stories.story import Story, fold

_OTHER_WAY = {"insert": "delete", "delete": "insert", "replace": "replace"}

#: What a redaction leaves of a report is no change of what the report said.
_unredacted = command_lists.map(history_of)


@st.composite
def _two_states(draw: st.DrawFn, told: st.SearchStrategy[list[Recorded]] = _unredacted) -> tuple[Story, Story]:
    """A story at two of its revisions, the earlier one first."""
    history = draw(told)
    low = draw(st.integers(0, len(history)))
    high = draw(st.integers(low, len(history)))
    return fold(Story(), history[:low]), fold(Story(), history[:high])


def test_each_field_is_one_change() -> None:
    before = story_of(OPENED)
    after = story_of(OPENED, StoryEdited(title="Killed", topics=("war", "iran"), summary="So."), CLOSED)
    assert changes(before, after) == (
        FieldChange(op="replace", field="title", old="Strike in Baghdad", new="Killed"),
        FieldChange(op="insert", field="summary", old=None, new="So."),
        FieldChange(op="insert", field="topics", old=None, new=("war", "iran")),
        FieldChange(op="replace", field="status", old="open", new="closed"),
    )


def test_a_report_filed_between_is_one_change_and_holds_what_it_says() -> None:
    before, after = story_of(OPENED), story_of(OPENED, filed(b1="One."), updated(2, b1="One.", b2="Two."))
    (change,) = changes(before, after)
    assert isinstance(change, ReportChange)
    assert (change.op, change.report_id, change.outlet, change.old_version, change.new_version, change.text) == (
        "insert",
        "rpt_1",
        NBC,
        None,
        2,
        True,
    )
    assert [(field.field, field.old, field.new) for field in change.fields] == [
        ("headline", None, "Strike"),
        ("extent", None, "full"),
    ]
    assert [version.version for version in change.versions] == [1, 2]


def test_versions_and_corrections_are_named_by_report_and_only_those_between() -> None:
    history: list[Event] = [
        OPENED,
        filed(b1="One."),
        corrected(2, b1="Two."),
        corrected(3, b1="Three."),
        updated(4, b1="Four."),
    ]
    report, correction = changes(story_of(*history[:3]), story_of(*history))
    assert isinstance(report, ReportChange)
    assert (report.op, report.old_version, report.new_version) == ("replace", 2, 4)
    assert [version.version for version in report.versions] == [3, 4]
    assert isinstance(correction, CorrectionChange)
    assert (correction.op, correction.report_id, correction.correction.version) == ("insert", "rpt_1", 3)


def test_a_report_that_came_back_to_its_former_words_has_versions_but_no_changed_text() -> None:
    history: list[Event] = [OPENED, filed(b1="One."), updated(2, b1="Two."), updated(3, b1="One.")]
    (change,) = changes(story_of(*history[:2]), story_of(*history))
    assert isinstance(change, ReportChange)
    assert (change.fields, change.text, change.old_version, change.new_version) == ((), False, 1, 3)


def test_reports_stand_in_the_order_in_which_they_were_filed_from_either_side() -> None:
    first, second = filed("rpt_2", NBC, "/a", b1="One."), filed("rpt_1", WIRE, "/b", b1="One.")
    before, after = story_of(OPENED, first), story_of(OPENED, first, second, corrected(2, b1="Two."))
    for found in (changes(before, after), changes(after, before), changes(story_of(OPENED), after)):
        named = [change.report_id for change in found if isinstance(change, ReportChange)]
        assert named == sorted(named, key=["rpt_2", "rpt_1"].index)


def test_a_change_is_rendered_as_json_has_it() -> None:
    (change,) = changes(story_of(OPENED), story_of(OPENED, StoryEdited(topics=("war",))))
    assert rendered(change) == {
        "change": "field",
        "op": "insert",
        "field": "topics",
        "from": None,
        "to": ["war"],
    }


@given(_two_states(histories))
def test_comparing_backwards_exchanges_the_sides(states: tuple[Story, Story]) -> None:
    before, after = states
    assert changes(after, before) == tuple(_turned(change) for change in changes(before, after))


@given(_two_states(histories))
def test_every_change_is_ready_for_json(states: tuple[Story, Story]) -> None:
    for change in changes(*states):
        assert msgspec.json.decode(msgspec.json.encode(rendered(change))) == rendered(change)


@given(_two_states())
def test_the_changes_lead_from_one_state_to_the_other_and_are_none_where_nothing_changed(
    states: tuple[Story, Story],
) -> None:
    before, after = states
    found = changes(before, after)
    assert _changed(_values(before), found) == _values(after)
    assert changes(before, before) == changes(after, after) == ()


def _values(story: Story) -> dict[Any, Any]:
    """What changes speak of: the desk's fields, each report's version and fields, and its corrections."""
    values: dict[Any, Any] = {}
    if story.revision:
        names = ("title", "slug", "summary", "language", "urgency")
        values = {name: getattr(story, name) for name in names}
        values |= {"status": story.status.value, "topics": story.topics or None}
    for report in story.reports.values():
        values["version", report.report_id] = report.version
        values["headline", report.report_id] = report.content.headline
        for correction in report.corrections:
            values["correction", report.report_id, correction.version] = correction
    return {name: value for name, value in values.items() if value is not None}


def _changed(values: dict[Any, Any], found: tuple[Change, ...]) -> dict[Any, Any]:
    values = dict(values)
    for change in found:
        match change:
            case FieldChange():
                assert values.get(change.field) == change.old
                values[change.field] = change.new
            case ReportChange():
                assert values.get(("version", change.report_id)) == change.old_version
                values["version", change.report_id] = change.new_version
                for field in change.fields:
                    if field.field == "headline":
                        values["headline", change.report_id] = field.new
            case CorrectionChange():
                key = ("correction", change.report_id, change.correction.version)
                assert (key in values) == (change.op == "delete")
                values[key] = change.correction if change.op == "insert" else None
    return {name: value for name, value in values.items() if value is not None}


def _turned(change: Change) -> Change:
    other: Any = _OTHER_WAY[change.op]
    match change:
        case FieldChange():
            return msgspec.structs.replace(change, op=other, old=change.new, new=change.old)
        case CorrectionChange() | RedactionChange():
            return msgspec.structs.replace(change, op=other)
        case ReportChange():
            fields = tuple(_turned(field) for field in change.fields)
            return msgspec.structs.replace(
                change, op=other, old_version=change.new_version, new_version=change.old_version, fields=fields
            )


def test_a_redaction_between_is_one_change_and_says_nothing_of_the_words() -> None:
    before = story_of(OPENED, filed(b1="One."))
    after = story_of(OPENED, filed(b1="One."), redacted())
    for a, b, op in ((before, after, "insert"), (after, before, "delete")):
        (change,) = changes(a, b)
        assert isinstance(change, RedactionChange)
        assert (change.op, change.report_id, change.redaction.versions) == (op, "rpt_1", (1,))


def test_of_a_redacted_version_no_change_is_told_but_that_it_came() -> None:
    before = story_of(OPENED, filed(b1="One."))
    after = story_of(OPENED, filed(b1="One."), updated(2, b2="Two."), redacted("rpt_1/2", 2))
    report, redaction = changes(before, after)
    assert isinstance(report, ReportChange)
    assert (report.old_version, report.new_version, report.redacted, report.fields, report.text) == (
        1,
        2,
        True,
        (),
        False,
    )
    assert isinstance(redaction, RedactionChange)
