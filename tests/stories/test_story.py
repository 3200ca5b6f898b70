"""What events add up to, and the laws that hold whatever is asked."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.stories.samples import (
    CLOSED,
    NBC,
    NOTE,
    OPENED,
    URI,
    WIRE,
    corrected,
    file,
    filed,
    redacted,
    update,
    updated,
)
from tests.stories.sequences import FEW, command_lists, histories, history_of, steps_of
from tests.stories.specification import BEGINNING, recorded, story_of
from tracker.errors import Refusal
from tracker.handling.envelopes import destroyed_keys, key_of
from tracker.store import packed
from tracker.stories import stored
from tracker.stories.claims import StoodSince
from tracker.stories.commands import Command, CorrectReport, FileReport, OpenStory, UpdateReport
from tracker.stories.decisions import decide
from tracker.stories.events import (
    Event,
    Recorded,
    ReportEvent,
    StoryEdited,
    StoryReopened,
)
from tracker.stories.folding import evolve, fold
from tracker.stories.reports import Act, Report
from tracker.stories.story import Status, Story
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, IssuedBy

HISTORY: tuple[Event, ...] = (
    OPENED,
    filed(b1="One."),
    StoryEdited(summary="It happened."),
    filed("rpt_2", WIRE, None, b1="Elsewhere."),
    updated(2, b1="One.", b2="Two."),
    corrected(3, b1="One.", b3="Three."),
    CLOSED,
)


def whole(story: Story) -> bytes:
    """All that ``story`` holds, down to the offsets of its times."""
    reports = {name: msgspec.structs.replace(report, held=report.content) for name, report in story.reports.items()}
    return msgspec.json.encode(msgspec.structs.replace(story, reports=reports))


def test_nothing_has_happened_to_a_new_story() -> None:
    story = Story()
    assert (story.revision, story.status, story.reports) == (0, Status.UNOPENED, {})


def test_a_storys_revision_and_time_are_those_of_its_latest_event() -> None:
    story = story_of(*HISTORY)
    assert story.revision == 7
    assert (story.opened_at, story.changed_at) == (recorded(HISTORY)[0].recorded_at, recorded(HISTORY)[6].recorded_at)
    assert story.opened_at is not None
    assert story.opened_at > BEGINNING


def test_a_report_knows_its_versions_and_where_they_stand() -> None:
    report = story_of(*HISTORY).reports["rpt_1"]
    assert [(v.version, v.revision, v.act) for v in report.versions] == [
        (1, 2, Act.FILED),
        (2, 5, Act.UPDATED),
        (3, 6, Act.CORRECTED),
    ]
    assert (report.version, report.revision, report.blocks_used) == (3, 6, 3)
    assert [block.text for block in report.content.blocks] == ["One.", "Three."]


def test_a_report_carries_its_corrections() -> None:
    [correction] = story_of(*HISTORY).reports["rpt_1"].corrections
    assert (correction.version, correction.revision, correction.note) == (3, 6, NOTE)
    assert (correction.kind, correction.issued_by) == (CorrectionKind.CORRECTION, IssuedBy.OUTLET)


def test_a_report_is_found_by_its_outlet_and_uri() -> None:
    story = story_of(*HISTORY)
    assert story.report_at(NBC.id, URI) is story.reports["rpt_1"]
    assert story.report_at(WIRE.id, URI) is None
    assert story.report_at(WIRE.id, None) is None


def test_only_what_the_desk_says_of_the_story_counts_as_its_being_edited() -> None:
    assert [story_of(*HISTORY[:n]).edited_revision for n in range(8)] == [0, 1, 1, 3, 3, 3, 3, 7]
    assert story_of(*HISTORY, StoryReopened(reason="More.")).edited_revision == 8


def test_the_revision_of_the_summary_is_that_which_last_changed_it() -> None:
    assert story_of(*HISTORY).summary_revision == 3
    assert story_of(*HISTORY, StoryEdited(title="T")).summary_revision == 3
    assert story_of(*HISTORY, StoryEdited(summary=None)).summary_revision == 8


def test_no_two_new_stories_share_what_they_hold() -> None:
    fold(Story(), recorded(HISTORY))
    assert Story().reports == {}
    assert Story().report_ids == {}


# ---- Laws ----------------------------------------------------------------------------------------------------------


@FEW
@given(histories)
def test_folding_is_evolving_one_event_at_a_time(history: list[Recorded]) -> None:
    story = Story()
    for event in history:
        story = evolve(story, event)
    assert whole(story) == whole(fold(Story(), history))


@FEW
@given(histories)
def test_evolving_leaves_the_state_before_alone(history: list[Recorded]) -> None:
    for cut, event in enumerate(history):
        before = fold(Story(), history[:cut])
        evolve(before, event)
        assert whole(before) == whole(fold(Story(), history[:cut]))


@FEW
@given(histories, st.data())
def test_a_state_that_was_written_down_and_read_goes_on_as_if_it_had_not(history: list[Recorded], data: Any) -> None:
    cut = data.draw(st.integers(0, len(history)))
    read, _ = packed.unpack(packed.pack(fold(Story(), history[:cut])))
    assert whole(fold(read, history[cut:])) == whole(fold(Story(), history))


@FEW
@given(command_lists)
def test_versions_of_a_report_and_revisions_of_a_story_are_dense(commands: list[Any]) -> None:
    steps = steps_of(commands)
    story = steps[-1].after
    assert [e.revision for step in steps for e in step.events] == list(range(1, story.revision + 1))
    for report in story.reports.values():
        assert [v.version for v in report.versions] == list(range(1, report.version + 1))


@FEW
@given(command_lists)
def test_whatever_is_asked_again_at_once_changes_nothing(commands: list[Any]) -> None:
    for step in steps_of(commands):
        try:
            again = decide(step.command, step.after)
        except Refusal:
            again = []
        assert again == []


@FEW
@given(command_lists)
def test_a_version_differs_from_the_one_before_unless_its_correction_leaves_the_words(commands: list[Any]) -> None:
    for report in steps_of(commands)[-1].after.reports.values():
        noted = {c.version for c in report.corrections if c.kind is not CorrectionKind.CORRECTION}
        for before, after in zip(report.versions, report.versions[1:], strict=False):
            gone = report.kill or before.redacted or after.redacted
            assert gone or before.digest != after.digest or after.version in noted


@FEW
@given(command_lists)
def test_an_outlet_and_a_uri_name_one_report_of_that_outlet_for_ever(commands: list[Any]) -> None:
    owners: dict[tuple[str, str], str] = {}
    for step in steps_of(commands):
        for report in step.after.reports.values():
            if report.uri:
                assert owners.setdefault((report.outlet.id, report.uri), report.report_id) == report.report_id


@FEW
@given(command_lists)
def test_nobody_changes_a_report_of_an_outlet_that_is_not_hers(commands: list[Any]) -> None:
    for step in steps_of(commands):
        if step.events and isinstance(step.command, FileReport | UpdateReport | CorrectReport):
            [touched] = _changed_reports(step.before, step.after)
            assert step.command.by.may_file_for(touched.outlet.id)
            if isinstance(step.command, FileReport):
                assert (touched.outlet, touched.uri) == (step.command.outlet, step.command.uri)


@FEW
@given(command_lists)
def test_a_closed_story_takes_no_reports_whoever_asks(commands: list[Any]) -> None:
    for step in steps_of(commands):
        if step.before.status is Status.CLOSED:
            assert not any(isinstance(e.event, ReportEvent) for e in step.events)


@given(st.lists(st.lists(st.sampled_from(["One.", "Two.", "Three."]), max_size=3), min_size=3, max_size=8))
def test_a_blocks_id_is_never_given_to_another_text(versions: list[list[str]]) -> None:
    first, *later = ["\n\n".join(paragraphs) for paragraphs in versions]
    commands: list[Command] = [OpenStory(story_id="sty_1", slug="s", title="T"), file(first), *map(update, later)]
    texts: dict[str | None, str] = {}
    for event in (e.event for e in history_of(commands) if isinstance(e.event, ReportEvent)):
        ids = [block.id for block in event.content.blocks]
        assert len(set(ids)) == len(ids)
        for block in event.content.blocks:
            assert texts.setdefault(block.id, block.text) == block.text


def _changed_reports(before: Story, after: Story) -> list[Report]:
    return [report for id, report in after.reports.items() if report != before.reports.get(id)]


# ---- Redaction


def _as_read_later(history: list[Recorded], destroyed: set[str]) -> list[Recorded]:
    """``history`` as the log gives it once these keys are ``destroyed``."""
    return [
        msgspec.structs.replace(each, event=_blank(each.event), redacted=True)
        if key_of(each.event)[0] in destroyed
        else each
        for each in history
    ]


def _blank(event: Event) -> Event:
    form = stored.write(event)
    return cast(Event, stored.blank(form.type, form.schema_version, form.clear))


def _as_it_stands(story: Story) -> Story:
    """``story`` without how its claims stood before: that is reckoned from what could be read then, or can be now."""
    claims = {
        name: msgspec.structs.replace(claim, standings=claim.standings[-1:], revision=0)
        for name, claim in story.claims.items()
    }
    now = {name: [StoodSince(0, claim.standing)] for name, claim in claims.items()}
    return msgspec.structs.replace(
        story, claims={name: msgspec.structs.replace(claim, standings=now[name]) for name, claim in claims.items()}
    )


@FEW
@given(histories)
def test_what_is_redacted_in_a_state_is_what_the_log_gives_without_the_keys(history: list[Recorded]) -> None:
    state = Story()
    destroyed: set[str] = set()
    for each in history:
        destroyed |= set(destroyed_keys([each.event], state))
        state = evolve(state, each)
    assert _as_it_stands(state) == _as_it_stands(fold(Story(), _as_read_later(history, destroyed)))


def test_a_redacted_version_leaves_its_place_and_none_of_its_words() -> None:
    history: list[Event] = [OPENED, filed(b1="One."), corrected(2, b1="One.", b2="Two.")]
    first = story_of(*history, redacted("rpt_1/1", 2)).report("rpt_1")
    assert [(each.version, each.headline, each.redacted) for each in first.versions] == [
        (1, "", True),
        (2, "Strike", False),
    ]
    assert (first.uri, first.redacted, first.corrections[0].note, first.content.headline) == (
        None,
        False,
        NOTE,
        "Strike",
    )
    assert (first.revision, first.redactions[0].versions, first.redactions[0].revision) == (4, (1,), 4)
    latest = story_of(*history, redacted("rpt_1/2", 2)).report("rpt_1")
    assert (latest.uri, latest.redacted, latest.content) == (URI, True, Content(headline=""))
    assert latest.corrections[0].note == CorrectionNote(text="")


def test_the_uri_of_a_redacted_first_version_leads_nowhere() -> None:
    assert story_of(OPENED, filed(b1="One."), redacted()).report_at(NBC.id, URI) is None


def test_a_version_after_the_redaction_of_the_whole_report_is_readable() -> None:
    report = story_of(OPENED, filed(b1="One."), redacted(), updated(2, b2="Two.")).report("rpt_1")
    assert (report.redacted, report.content.blocks[0].text, report.versions[0].redacted) == (False, "Two.", True)
