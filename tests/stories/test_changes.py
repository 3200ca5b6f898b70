"""Typed changes of two states of a story."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.stories.samples import CLOSED, NBC, OPENED, WIRE, corrected, filed, redacted, updated
from tests.stories.sequences import command_lists, histories, history_of
from tests.stories.specification import story_of
from tracker.stories.changes import (
    AppearanceChange,
    Change,
    ClaimChange,
    CorrectionChange,
    FieldChange,
    HoldChange,
    KillChange,
    LinkChange,
    OccurrenceChange,
    OrphanChange,
    RedactionChange,
    RelationChange,
    ReportChange,
    RequestChange,
    StandingChange,
    WithdrawalChange,
    changes,
    rendered,
)
from tracker.stories.claims import Appearance
from tracker.stories.events import ContentRedacted, Event, Recorded, StoryEdited
from tracker.stories.folding import fold
from tracker.stories.story import Story

_OTHER_WAY = {"insert": "delete", "delete": "insert", "replace": "replace"}

#: What a redaction leaves of a report is no change of what the report said.
_unredacted = command_lists.map(lambda commands: list(takewhile(_is_no_redaction, history_of(commands))))


def _is_no_redaction(recorded: Recorded) -> bool:
    """What the desk was asked for may be one."""
    return not isinstance(recorded.event, ContentRedacted)


@st.composite
def _two_states(draw: st.DrawFn, redacted: bool) -> tuple[Story, Story]:
    """A story at two of its revisions, the earlier one first."""
    history: list[Recorded] = draw(histories if redacted else _unredacted)
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


@given(_two_states(redacted=True))
def test_comparing_backwards_exchanges_the_sides(states: tuple[Story, Story]) -> None:
    before, after = states
    assert changes(after, before) == tuple(_turned(change) for change in changes(before, after))


@given(_two_states(redacted=True))
def test_every_change_is_ready_for_json(states: tuple[Story, Story]) -> None:
    for change in changes(*states):
        assert msgspec.json.decode(msgspec.json.encode(rendered(change))) == rendered(change)


@given(_two_states(redacted=False))
def test_the_changes_lead_from_one_state_to_the_other_and_are_none_where_nothing_changed(
    states: tuple[Story, Story],
) -> None:
    before, after = states
    found = changes(before, after)
    assert _changed(_values(before), found) == _values(after)
    assert changes(before, before) == changes(after, after) == ()


def _values(story: Story) -> dict[Any, Any]:
    """What changes speak of: the desk's fields, reports with versions and corrections, and all that is known."""
    values: dict[Any, Any] = {}
    if story.revision:
        names = ("title", "slug", "summary", "language", "urgency", "desk")
        values = {name: getattr(story, name) for name in names}
        values |= {"status": story.status.value, "topics": story.topics or None}
    for report in story.reports.values():
        values["version", report.report_id] = report.version
        values["kill", report.report_id] = report.kill
        if not report.kill:
            values["headline", report.report_id] = report.content.headline
            values |= {("correction", report.report_id, each.version): each for each in report.corrections}
    values |= _known(story)
    return {name: value for name, value in values.items() if value is not None}


def _known(story: Story) -> dict[Any, Any]:
    values: dict[Any, Any] = {}
    for claim in story.claims.values():
        values["claim", claim.claim_id] = claim.statement
        values["standing", claim.claim_id] = claim.standing
        for each in claim.appearances:
            name = (claim.claim_id, each.number)
            values["appearance", *name] = msgspec.structs.replace(each, found_in=())
            values["orphan", *name] = _is_missed(story, each)
    for occurrence in story.occurrences.values():
        values |= {("account", occurrence.occurrence_id, each.revision): each for each in occurrence.accounts}
    for kind in ("relations", "links", "holds", "requests", "withdrawn"):
        values |= {(kind, name): value for name, value in getattr(story, kind).items()}
    return values


def _is_missed(story: Story, appearance: Appearance) -> bool | None:
    """Whether its words do not stand in the report's latest version; ``None`` where they do, or nobody may look."""
    report = story.reports[appearance.report_id]
    if report.kill or report.redacted or appearance.redacted or appearance.version == report.version:
        return None
    return None if report.version in appearance.found_in else True


def _changed(values: dict[Any, Any], found: tuple[Change, ...]) -> dict[Any, Any]:
    values = dict(values)
    for change in found:
        for name, old, new in _told(change, values):
            assert values.get(name) == old
            values[name] = new
    return {name: value for name, value in values.items() if value is not None}


def _told(change: Change, values: dict[Any, Any]) -> list[tuple[Any, Any, Any]]:
    """What ``change`` says that was, and is."""
    match change:
        case FieldChange():
            return [(change.field, change.old, change.new)]
        case ReportChange():
            headline = [("headline", change.report_id)] * any(each.field == "headline" for each in change.fields)
            (old, new) = next(
                ((each.old, each.new) for each in change.fields if each.field == "headline"), (None, None)
            )
            versions = (("version", change.report_id), change.old_version, change.new_version)
            return [versions, *((name, old, new) for name in headline)]
        case CorrectionChange():
            return [
                _came_or_went(change.op, ("correction", change.report_id, change.correction.version), change.correction)
            ]
        case KillChange():
            gone = [
                name
                for name in values
                if name[:2] in (("headline", change.report_id), ("correction", change.report_id))
            ]
            killed = _came_or_went(change.op, ("kill", change.report_id), change.kill)
            return [killed, *((name, values[name], None) for name in gone)]
        case _:
            return _told_of_knowledge(change, values)


def _told_of_knowledge(change: Change, values: dict[Any, Any]) -> list[tuple[Any, Any, Any]]:
    match change:
        case ClaimChange():
            return [(("claim", change.claim_id), change.old, change.new)]
        case StandingChange():
            return [(("standing", change.claim_id), change.old, change.new)]
        case AppearanceChange():
            return [(("appearance", change.claim_id, change.number), change.old, change.new)]
        case OrphanChange():
            return [_came_or_went(change.op, ("orphan", change.claim_id, change.number), True)]
        case OccurrenceChange():
            names = [("account", change.occurrence_id, each.revision) for each in change.accounts]
            gone = change.new is None
            sides = zip(names, change.accounts, strict=True)
            return [(name, values.get(name), None if gone or name in values else each) for name, each in sides]
        case RelationChange() | HoldChange() | RequestChange():
            kind, name = _kind_and_name(change)
            return [((kind, name), change.old, change.new)]
        case LinkChange():
            return [_came_or_went(change.op, ("links", change.link.link_id), change.link)]
        case WithdrawalChange():
            return [_came_or_went(change.op, ("withdrawn", change.target), change.revision)]
        case _:
            return []


def _kind_and_name(change: RelationChange | HoldChange | RequestChange) -> tuple[str, str]:
    match change:
        case RelationChange():
            return "relations", change.relation_id
        case HoldChange():
            return "holds", change.hold_id
        case RequestChange():
            return "requests", change.act_id


def _came_or_went(op: str, name: Any, value: Any) -> tuple[Any, Any, Any]:
    return (name, None, value) if op == "insert" else (name, value, None)


def _turned(change: Change) -> Change:
    other: Any = _OTHER_WAY[change.op]
    turned: dict[str, Any] = {"op": other}
    for old, new in (("old", "new"), ("old_version", "new_version")):
        if hasattr(change, old):
            turned |= {old: getattr(change, new), new: getattr(change, old)}
    if isinstance(change, ReportChange):
        turned["fields"] = tuple(_turned(field) for field in change.fields)
    return msgspec.structs.replace(change, **turned)


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
