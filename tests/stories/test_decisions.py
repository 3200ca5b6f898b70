"""The rules: what a command leads to, and what it is refused for."""

from __future__ import annotations

import pytest
from msgspec import UNSET, structs

from tests.stories.samples import (
    ANYBODY,
    CLOSED,
    NBC,
    NOTE,
    OF_THE_WIRE,
    OPENED,
    URI,
    WIRE,
    content,
    correct,
    corrected,
    file,
    filed,
    numbered,
    redact,
    redacted,
    update,
    updated,
)
from tests.stories.specification import given, story_of
from tracker.errors import Refusal
from tracker.stories.commands import CloseStory, Command, EditStory, OpenStory, ReopenStory
from tracker.stories.decisions import decide
from tracker.stories.errors import (
    CorrectionChangesNothing,
    OutletNotYours,
    ReportExists,
    ReportIdTaken,
    StoryExists,
    StoryIsClosed,
    UnknownReport,
    UnknownTarget,
)
from tracker.stories.events import StoryClosed, StoryEdited, StoryOpened, StoryReopened
from tracker.stories.values import CorrectionKind, CorrectionNote, Person

OPEN = OpenStory(story_id="sty_1", slug="strike", title="Strike in Baghdad")
EDIT = EditStory(story_id="sty_1", title="Strike near Baghdad")
CLOSE = CloseStory(story_id="sty_1", reason="It is over.")
REOPEN = ReopenStory(story_id="sty_1", reason="It is not.")


def _name(value: object) -> str:
    return type(value).__name__ if not isinstance(value, tuple) else ""


# ---- The story itself ----------------------------------------------------------------------------------------------


def test_a_story_is_opened_as_it_is_asked_for() -> None:
    given().when(
        OpenStory(story_id="sty_1", slug="s", title="T", language="en", topics=("war", "iraq"), urgency=2)
    ).then(StoryOpened(slug="s", title="T", language="en", topics=("war", "iraq"), urgency=2))


def test_a_story_is_not_opened_a_second_time_as_something_else() -> None:
    assert given(OPENED).when(structs.replace(OPEN, title="Other")).refused(StoryExists).name == "story-exists"


def test_opening_again_what_was_edited_since_is_refused() -> None:
    assert given(OPENED).when(EDIT, OPEN).refused(StoryExists).name == "story-exists"


def test_an_edit_says_only_what_changed() -> None:
    given(OPENED).when(EditStory(story_id="sty_1", title="Strike in Baghdad", slug="baghdad", topics=("war",))).then(
        StoryEdited(slug="baghdad", topics=("war",))
    )


def test_an_edit_can_take_a_summary_and_an_urgency_away() -> None:
    before = (OPENED, StoryEdited(summary="It happened.", urgency=1))
    given(*before).when(EditStory(story_id="sty_1", summary=None, urgency=None)).then(
        StoryEdited(summary=None, urgency=None)
    )


def test_an_unset_field_of_an_edit_stays_as_it_was() -> None:
    story = given(OPENED, StoryEdited(summary="It happened.", urgency=1)).when(EDIT).then_state()
    assert (story.title, story.summary, story.urgency) == ("Strike near Baghdad", "It happened.", 1)
    assert EDIT.summary is UNSET


def test_a_closed_story_can_still_be_edited() -> None:
    given(OPENED, CLOSED).when(EDIT).then(StoryEdited(title="Strike near Baghdad"))


def test_closing_and_reopening_carry_their_reasons() -> None:
    given(OPENED).when(CLOSE).then(StoryClosed(reason="It is over."))
    given(OPENED).when(CLOSE, REOPEN).then(StoryReopened(reason="It is not."))


def test_a_story_that_was_never_closed_is_not_reopened() -> None:
    given(OPENED).when(REOPEN).then_nothing()


# ---- Rule 1 and 2: filing ------------------------------------------------------------------------------------------


def test_a_filed_report_is_version_1_with_its_blocks_numbered() -> None:
    given(OPENED).when(file("One.\n\nTwo.")).then(filed(b1="One.", b2="Two."))


def test_the_same_filing_twice_is_one_event_also_under_another_report_id() -> None:
    given(OPENED).when(file("One."), file("One.", report_id="rpt_2")).then_nothing()


def test_the_same_filing_is_still_the_same_after_a_newer_version() -> None:
    given(OPENED, filed(b1="One."), updated(2, b2="Two.")).when(file("One.")).then_nothing()


def test_other_content_at_the_same_uri_is_refused_and_names_the_report() -> None:
    refusal = given(OPENED, filed(b1="One."), updated(2, b2="Two.")).when(file("Three.")).refused(ReportExists)
    assert refusal.name == "report-exists"
    assert refusal.facts == {"report_id": "rpt_1", "version": 2}


def test_content_of_a_version_in_between_is_other_content() -> None:
    history = (OPENED, filed(b1="One."), updated(2, b2="Two."), updated(3, b3="Three."))
    given(*history).when(file("Two.")).refused(ReportExists)


def test_with_leniency_other_content_becomes_the_next_version() -> None:
    given(OPENED, filed(b1="One.")).when(file("Two.", report_id="rpt_2", as_next_version=True)).then(
        updated(2, b2="Two.")
    )


def test_with_leniency_content_equal_to_the_last_version_adds_nothing() -> None:
    given(OPENED, filed(b1="One."), updated(2, b2="Two.")).when(file("Two.", as_next_version=True)).then_nothing()


def test_with_leniency_a_new_report_is_filed_all_the_same() -> None:
    given(OPENED).when(file("One.", as_next_version=True)).then(filed(b1="One."))


def test_with_leniency_a_limited_token_adds_no_version_to_another_outlets_report() -> None:
    given(OPENED, filed(b1="One.")).when(file("Two.", by=OF_THE_WIRE, as_next_version=True)).refused(OutletNotYours)


def test_the_same_uri_of_another_outlet_is_another_report() -> None:
    given(OPENED, filed(b1="One.")).when(file("One.", report_id="rpt_2", outlet=WIRE)).then(
        filed("rpt_2", WIRE, b1="One.")
    )


def test_reports_without_a_uri_are_told_apart_by_their_ids_alone() -> None:
    given(OPENED, filed(uri=None, b1="One.")).when(file("One.", report_id="rpt_2", uri=None)).then(
        filed("rpt_2", uri=None, b1="One.")
    )


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize(
    "other",
    [file("One.", outlet=WIRE), file("One.", uri=None), file("One.", uri=f"{URI}/2")],
    ids=["outlet", "", "uri"],
)
def test_the_id_of_a_report_is_not_given_to_another(other: Command, lenient: bool) -> None:
    command = structs.replace(other, as_next_version=lenient)
    assert given(OPENED, filed(b1="One.")).when(command).refused(ReportIdTaken).facts == {"report_id": "rpt_1"}


# ---- Rule 2: versions ----------------------------------------------------------------------------------------------


def test_versions_count_without_gaps_and_unchanged_blocks_keep_their_ids() -> None:
    history = (OPENED, filed(b1="One.", b2="Two."))
    given(*history).when(update("One.\n\nNew.")).then(updated(2, b1="One.", b3="New."))
    given(*history).when(update("One.\n\nNew."), update("Newer.\n\nOne.")).then(updated(3, b4="Newer.", b1="One."))


def test_an_update_carries_its_note() -> None:
    given(OPENED, filed(b1="One.")).when(update("Two.", note="adds a name")).then(
        structs.replace(updated(2, b2="Two."), note="adds a name")
    )


def test_content_equal_to_the_last_version_adds_nothing_whatever_the_note() -> None:
    given(OPENED, filed(b1="One.")).when(update("One.", note="again")).then_nothing()


def test_a_return_to_an_older_text_is_a_version_of_its_own() -> None:
    history = (OPENED, filed(b1="One."), updated(2, b2="Two."))
    given(*history).when(update("One.")).then(updated(3, b3="One."))


def test_a_change_of_the_headline_alone_is_a_new_version() -> None:
    command = structs.replace(update("One."), content=content("One.", headline="Strike kills general"))
    given(OPENED, filed(b1="One.")).when(command).then(
        structs.replace(updated(2), content=structs.replace(numbered(b1="One."), headline="Strike kills general"))
    )


@pytest.mark.parametrize("command", [update("Two."), correct("Two.")], ids=_name)
def test_an_unknown_report_is_not_found(command: Command) -> None:
    assert given(OPENED).when(command).refused(UnknownReport).name == "unknown-report"


# ---- Corrections ---------------------------------------------------------------------------------------------------


def test_a_correction_is_the_next_version_with_its_note() -> None:
    given(OPENED, filed(b1="One.")).when(correct("Two.")).then(corrected(2, b2="Two."))


def test_a_correction_that_changes_nothing_is_refused() -> None:
    refusal = given(OPENED, filed(b1="One.")).when(correct("One.")).refused(CorrectionChangesNothing)
    assert refusal.facts == {"version": 1}


def test_another_note_on_words_already_corrected_is_refused() -> None:
    other = CorrectionNote(text="Another note.")
    given(OPENED, filed(b1="One.")).when(correct("Two."), correct("Two.", note=other)).refused(CorrectionChangesNothing)


@pytest.mark.parametrize("kind", sorted(set(CorrectionKind) - {CorrectionKind.CORRECTION}))
def test_any_other_kind_of_correction_may_leave_the_words_as_they_are(kind: CorrectionKind) -> None:
    given(OPENED, filed(b1="One.")).when(correct("One.", kind=kind)).then(
        structs.replace(corrected(2, b1="One."), kind=kind)
    )


def test_a_second_editors_note_on_the_same_words_is_added_when_it_says_something_else() -> None:
    first = correct("One.", kind=CorrectionKind.EDITORS_NOTE)
    other = structs.replace(first, note=CorrectionNote(text="A second note."))
    state = given(OPENED, filed(b1="One.")).when(first, other).then_state()
    assert [c.note.text for c in state.reports["rpt_1"].corrections] == [NOTE.text, "A second note."]


# ---- Rule 8: who may, and when -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [file("Two."), update("Two."), correct("Two.")], ids=_name)
def test_a_limited_token_does_nothing_for_another_outlet(command: Command) -> None:
    limited = structs.replace(command, by=OF_THE_WIRE)
    refusal = given(OPENED, filed(b1="One.")).when(limited).refused(OutletNotYours)
    assert (refusal.name, NBC.name in str(refusal)) == ("forbidden-outlet", True)


@pytest.mark.parametrize("command", [file("One."), update("One.")], ids=_name)
def test_a_limited_token_does_not_learn_whether_another_outlets_content_is_here(command: Command) -> None:
    given(OPENED, filed(b1="One.")).when(structs.replace(command, by=OF_THE_WIRE)).refused(OutletNotYours)


def test_a_limited_token_files_for_its_own_outlet() -> None:
    given(OPENED).when(file("One.", outlet=WIRE, by=OF_THE_WIRE)).then(filed(outlet=WIRE, b1="One."))


def test_a_token_limited_to_no_outlet_files_for_none() -> None:
    given(OPENED).when(file("One.", by=Person(id="tok_none", outlets=frozenset()))).refused(OutletNotYours)


@pytest.mark.parametrize(
    "command",
    [
        file("Other.", report_id="rpt_2", uri=None),
        file("Other.", as_next_version=True),
        update("Other."),
        correct("Other."),
        correct("One.", kind=CorrectionKind.EDITORS_NOTE),
    ],
    ids=["new", "lenient", "update", "correction", "note"],
)
def test_a_closed_story_takes_no_reports_until_it_is_reopened(command: Command) -> None:
    history = (OPENED, filed(b1="One."), CLOSED)
    given(*history).when(command).refused(StoryIsClosed)
    assert len(decide(command, story_of(*history, StoryReopened(reason="More.")))) == 1


@pytest.mark.parametrize("command", [file("One."), update("One.")], ids=_name)
def test_what_is_already_there_is_answered_also_by_a_closed_story(command: Command) -> None:
    given(OPENED, filed(b1="One."), CLOSED).when(command).then_nothing()


def test_a_refusal_has_a_name_and_a_sentence() -> None:
    for refusal in (StoryIsClosed(), UnknownReport("rpt_9"), OutletNotYours("X"), ReportExists("rpt_1", 1)):
        assert isinstance(refusal, Refusal)
        assert refusal.name not in ("error", "refused", "conflict", "not-found")
        assert str(refusal).endswith(".")


def test_whoever_is_not_limited_may_file_for_anybody() -> None:
    assert ANYBODY.may_file_for(NBC.id)
    assert ANYBODY.may_file_for(WIRE.id)


# ---- Redaction


def test_a_version_is_redacted_or_a_whole_report_once() -> None:
    report = (OPENED, filed(b1="One."), updated(2, b2="Two."))
    given(*report).when(redact("rpt_1/1")).then(redacted("rpt_1/1", 2))
    given(*report).when(redact("rpt_1")).then(redacted("rpt_1", 2))
    for target in ("rpt_1", "rpt_1/1", "rpt_1/2"):
        given(*report, redacted("rpt_1", 2)).when(redact(target)).then_nothing()
    given(*report, redacted("rpt_1/2", 2)).when(redact("rpt_1")).then(redacted("rpt_1", 2))


def test_a_version_that_came_after_the_whole_report_was_redacted_can_be_redacted_too() -> None:
    given(OPENED, filed(b1="One."), redacted(), updated(2, b2="Two.")).when(redact()).then(redacted("rpt_1", 2))


def test_a_closed_story_is_redacted_all_the_same() -> None:
    given(OPENED, filed(b1="One."), CLOSED).when(redact()).then(redacted())


@pytest.mark.parametrize(
    "target", ["rpt_2", "rpt_1/2", "rpt_1/0", "rpt_1/", "rpt_1/01", "rpt_1/1/1", "", "/1", "sty_1"]
)
def test_what_the_story_does_not_have_is_not_redacted(target: str) -> None:
    given(OPENED, filed(b1="One.")).when(redact(target)).refused(UnknownTarget)


def test_the_same_words_after_a_redaction_are_a_new_version_and_no_block_gets_the_number_of_a_redacted_one() -> None:
    given(OPENED, filed(b1="One."), redacted()).when(update("One.")).then(updated(2, b2="One."))
