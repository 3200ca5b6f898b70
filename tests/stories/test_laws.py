"""Laws of markings and of the desk, whatever is asked and in which order."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.stories.prepared import actor_of
from tests.stories.random_commands import marking
from tests.stories.sequences import BEGINNING, FEW, Step, all_commands, command_lists, history_of, steps_of
from tests.stories.specification import recorded
from tracker.stories.commands import Command, WithdrawAnnotation
from tracker.stories.decisions import decide, existing
from tracker.stories.events import (
    ActApproved,
    ActRequested,
    AnnotationWithdrawn,
    ClaimAsserted,
    ClaimsRelated,
    ContentRedacted,
    OccurrenceRecorded,
    Recorded,
    ReportKilled,
    StoriesLinked,
)
from tracker.stories.folding import advanced, fold, struck
from tracker.stories.knowledge import ACYCLIC, RelationKind
from tracker.stories.standing import standing_of
from tracker.stories.story import Story

_MARKS = ClaimAsserted | ClaimsRelated | OccurrenceRecorded | StoriesLinked


@FEW
@given(all_commands)
def test_a_standing_that_was_kept_up_is_the_one_that_is_reckoned_anew(commands: list[Command]) -> None:
    for step in steps_of(commands):
        for claim_id, claim in step.after.claims.items():
            assert claim.standing == standing_of(step.after, claim_id), step.command


@FEW
@given(all_commands)
def test_claims_relations_and_reports_name_each_other_both_ways(commands: list[Command]) -> None:
    story = steps_of(commands)[-1].after
    places: dict[str, set[str]] = {}
    for claim in story.claims.values():
        assert claim.appearances
        for each in claim.appearances:
            places.setdefault(each.report_id, set()).add(claim.claim_id)
        for relation_id in claim.relations:
            relation = story.relations[relation_id]
            assert claim.claim_id in {end.claim_id for end in (relation.source, relation.target)}
    assert {name: set(found) for name, found in story.claims_in.items()} == places
    for relation in story.relations.values():
        for end in (relation.source, relation.target):
            assert end.story_id or relation.relation_id in story.claims[end.claim_id].relations
    assert not story.loose


@FEW
@given(all_commands)
def test_a_refusal_has_a_name_of_its_own_and_a_sentence_that_ends(commands: list[Command]) -> None:
    for step in steps_of(commands):
        if step.refusal is not None:
            assert step.events == []
            assert step.refusal.name not in ("error", "refused", "conflict", "not-found", "invalid", "forbidden")
            assert str(step.refusal).endswith(".")


@FEW
@given(command_lists)
def test_what_a_command_found_already_there_has_an_id(commands: list[Command]) -> None:
    for step in steps_of(commands):
        if not step.events and step.refusal is None:
            existing.subject(step.command, step.before)


@FEW
@given(all_commands)
def test_supersedes_and_retracts_never_go_round(commands: list[Command]) -> None:
    story = steps_of(commands)[-1].after
    for kind in ACYCLIC:
        above = {claim_id: _targets(story, claim_id, kind) for claim_id in story.claims}
        while free := [claim_id for claim_id, found in above.items() if not found & above.keys()]:
            for claim_id in free:
                del above[claim_id]
        assert above == {}


def _targets(story: Story, claim_id: str, kind: RelationKind) -> set[str]:
    related = (story.relations[each] for each in story.claims[claim_id].relations)
    return {each.target.claim_id for each in related if each.relation is kind and each.source.claim_id == claim_id}


@FEW
@given(command_lists)
def test_a_marking_that_is_withdrawn_leaves_no_trace_in_the_state(commands: list[Command]) -> None:
    for step in steps_of(commands):
        if len(step.events) == 1 and isinstance(event := step.events[0].event, _MARKS) and not _refines(event, step):
            target = _id_of(event)
            asked = WithdrawAnnotation(story_id="sty_1", target=target, reason="It was wrong.")
            withdrawn = recorded(decide(asked, step.after), after=step.after.revision)
            assert _bare(advanced(step.after, withdrawn)) == _bare(step.before)


def _refines(event: object, step: Step) -> bool:
    """An account is withdrawn with all of its occurrence."""
    return isinstance(event, OccurrenceRecorded) and event.occurrence_id in step.before.occurrences


def _id_of(event: object) -> str:
    match event:
        case ClaimAsserted():
            return f"{event.claim_id}/{event.appearance}"
        case ClaimsRelated():
            return event.relation_id
        case OccurrenceRecorded():
            return event.occurrence_id
        case StoriesLinked():
            return event.link_id
        case _:
            raise AssertionError(event)


def _bare(story: Story) -> Story:
    """``story`` without what only counts: revisions, times, how many there were, and how claims stood before."""
    claims = {name: _now(claim) for name, claim in story.claims.items()}
    return msgspec.structs.replace(story, revision=0, changed_at=None, withdrawn={}, claims=claims)


def _now(claim: Any) -> Any:
    return msgspec.structs.replace(claim, revision=0, numbered=0, standings=[claim.standing])


@FEW
@given(all_commands)
def test_what_is_killed_today_is_out_of_every_older_state(commands: list[Command]) -> None:
    history = history_of(commands)
    now = fold(Story(), history)
    kills = {report.report_id: report.kill for report in now.reports.values() if report.kill}
    for cut in range(0, len(history) + 1, 3):
        story = struck(fold(Story(), history[:cut]), kills)
        for report_id in kills.keys() & story.reports.keys():
            report = story.reports[report_id]
            assert (report.kill, report.content.blocks, report.uri) == (kills[report_id], (), None)
            assert not any(version.headline for version in report.versions)
        for claim in story.claims.values():
            assert claim.standing == standing_of(story, claim.claim_id)
            if all(each.report_id in kills for each in claim.appearances):
                assert claim.statement == ""


@FEW
@given(all_commands)
def test_nobody_approves_what_he_asked_for_unless_he_says_why(commands: list[Command]) -> None:
    asked: dict[str, str] = {}
    for step in steps_of(commands):
        for each in step.events:
            match each.event:
                case ActRequested():
                    asked[each.event.act_id] = each.actor
                case ActApproved() if each.event.alone_because is None:
                    assert asked[each.event.act_id] != each.actor == actor_of(step.command)
                case _:
                    pass


@FEW
@given(all_commands)
def test_nothing_is_redacted_as_long_as_it_is_to_be_preserved(commands: list[Command]) -> None:
    for step in steps_of(commands):
        if any(isinstance(each.event, ContentRedacted) for each in step.events):
            assert not [
                held
                for held in step.before.holds.values()
                if held.kind == "preservation" and held.lifted is None and held.target in _targeted(step.events)
            ]


def _targeted(events: list[Recorded]) -> set[str]:
    named = {each.event.target.partition("/")[0] for each in events if isinstance(each.event, ContentRedacted)}
    return {*named, "sty_1"}


@FEW
@given(all_commands)
def test_a_killed_report_gets_no_version_no_claim_and_no_second_kill(commands: list[Command]) -> None:
    killed: set[str] = set()
    for each in history_of(commands):
        report_id = getattr(each.event, "report_id", None)
        assert report_id not in killed, each
        if isinstance(each.event, ReportKilled):
            killed.add(each.event.report_id)


@FEW
@given(st.lists(marking, max_size=12))
def test_what_was_withdrawn_is_not_marked_again_under_its_id(commands: list[Command]) -> None:
    gone: set[str] = set()
    for step in steps_of([*BEGINNING, *commands]):
        for each in step.events:
            if isinstance(each.event, AnnotationWithdrawn):
                gone.add(each.event.target)
            elif isinstance(each.event, _MARKS):
                assert _id_of(each.event) not in gone
