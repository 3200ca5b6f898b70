"""What is written with events that hold something back, release it, kill it or destroy it.

All of it is written in the transaction that appends them, so that nobody ever sees what he may not: which events are
withheld (``store.withholding``), what may not be shown (``store.restrictions``), and that this has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from tracker.clock import to_microseconds
from tracker.handling.others import joined
from tracker.store import loading, restrictions, withholding
from tracker.store.log import Appended
from tracker.store.restrictions import Kind
from tracker.stories import withholding as rules
from tracker.stories.desk import Hold
from tracker.stories.events import (
    ActApproved,
    ActDeclined,
    ActRequested,
    ContentRedacted,
    Event,
    HoldLifted,
    HoldPlaced,
    Recorded,
    ReportKilled,
)
from tracker.stories.knowledge import HoldKind
from tracker.stories.story import Story

_KINDS = {"hold": Kind.HOLD, "embargo": Kind.EMBARGO}


def is_restricted(story: Story) -> bool:
    """Whether something of the story is held back, so that all that is appended to it has to be looked at."""
    return bool(rules.active(story))


def takes_more(events: Sequence[Event], story: Story) -> bool:
    """Whether more is to be written with ``events``, decided on ``story``, than themselves."""
    acts = HoldPlaced | HoldLifted | ReportKilled | ContentRedacted | ActRequested | ActApproved | ActDeclined
    return is_restricted(story) or any(isinstance(event, acts) for event in events)


def with_released(connection: Connection, story_id: str, events: Sequence[Event]) -> list[Event]:
    """``events`` in which each that lifts a hold names what it releases. The caller holds the story's lock."""
    return [_with_released(connection, story_id, event) if isinstance(event, HoldLifted) else event for event in events]


def _with_released(connection: Connection, story_id: str, event: HoldLifted) -> HoldLifted:
    if event.kind is HoldKind.PRESERVATION:
        return event
    return msgspec.structs.replace(event, released=withholding.released_by(connection, story_id, event.hold_id))


def is_withheld(appended: Sequence[Recorded], before: Story, after: Story, story_id: str) -> bool:
    """Whether something of events that make ``before`` into ``after`` is withheld from somebody."""
    return bool(rules.withheld(appended, before, after, story_id))


def restrict(
    connection: Connection,
    story_id: str,
    appended: Sequence[Recorded],
    before: Story,
    after: Story,
    done: Appended,
    new_names: Sequence[str] = (),
) -> None:
    """Write what goes with events that were just ``appended`` and made ``before`` into ``after``.

    ``new_names``: ids of the outlets and parties that were mentioned for the first time.
    """
    kills = _kills_of_the_shown(connection, story_id, appended, before)
    found = [each for each in rules.withheld(appended, before, after, story_id) if each.revision not in kills]
    withholding.withhold(connection, story_id, [_row(each, born=True) for each in found])
    _hide_names(connection, new_names, appended, found)
    at = to_microseconds(done.recorded_at)
    for recorded in appended:
        match recorded.event:
            case HoldPlaced() as event:
                _place(connection, story_id, after.holds[event.hold_id], before, after, at)
            case HoldLifted() as event:
                _lift(connection, story_id, after.holds[event.hold_id], recorded.revision, after)
            case ReportKilled() as event:
                restrictions.place(
                    connection, story_id, [event.report_id], Kind.KILL, version=recorded.revision, placed_at=at
                )
                if recorded.revision in kills:
                    _show_again(connection, story_id, event.report_id, recorded.revision, after)
            case _:
                continue
        withholding.changed(connection, story_id)


def _kills_of_the_shown(connection: Connection, story_id: str, appended: Sequence[Recorded], story: Story) -> set[int]:
    """The revisions that kill a report which was shown before it was held: whoever was told of it is told of that."""
    if rules.is_held(story, story_id):
        return set()
    return {
        each.revision
        for each in appended
        if isinstance(each.event, ReportKilled)
        and not withholding.was_born(connection, story_id, story.reports[each.event.report_id].versions[0].revision)
    }


def _show_again(connection: Connection, story_id: str, report_id: str, revision: int, story: Story) -> None:
    """Of a report that was shown, was held and is killed, its tombstone is shown; there is nothing else to hide."""
    for each in rules.active(story):
        if each.target == report_id:
            withholding.lift_once_shown(connection, story_id, each.hold_id, revision)


def _hide_names(
    connection: Connection, stream_ids: Iterable[str], appended: Sequence[Recorded], found: Sequence[rules.Withheld]
) -> None:
    """Withhold outlets and parties that were mentioned for the first time in events that are all withheld."""
    if {each.revision for each in found} < {each.revision for each in appended}:
        return
    first = {withholding.Withheld(1, each.by, each.kind, True) for each in found}
    for stream_id in sorted(stream_ids):
        withholding.withhold(connection, stream_id, first)


def _place(connection: Connection, story_id: str, held: Hold, before: Story, after: Story, at: int) -> None:
    withholding.place(connection, story_id, held.hold_id, held.until)
    if held.kind is HoldKind.PRESERVATION:
        return
    kind = _KINDS[rules.kind_of(held)]
    restrictions.place(connection, story_id, [held.target], kind, version=held.revision, placed_at=at)
    killed = held.target in before.reports and before.reports[held.target].kill is not None
    if held.target == story_id or (held.target in before.reports and not killed):
        history = loading.history(connection, story_id, up_to=before.revision)
        covered = [_row(each, born=False) for each in rules.covered(history, held, after, story_id)]
        withholding.withhold(connection, story_id, covered)
        _withhold_elsewhere(connection, held, kind, before, {row.version for row in covered})


def _withhold_elsewhere(connection: Connection, held: Hold, kind: Kind, story: Story, covered: Collection[int]) -> None:
    """Withhold what other stories tell of the links and relations that are withheld here."""
    for marking, other in joined(story).items():
        mark = story.links.get(marking) or story.relations[marking]
        if mark.revision in covered:
            there = loading.load(connection, other)
            side = there.links.get(marking) or there.relations.get(marking)
            if side is not None:
                row = withholding.Withheld(side.revision, held.hold_id, kind.value, False)
                withholding.withhold(connection, other, [row])
                withholding.changed(connection, other)


def _lift(connection: Connection, story_id: str, held: Hold, revision: int, story: Story) -> None:
    if held.kind is HoldKind.PRESERVATION:
        withholding.close(connection, story_id, held.hold_id, revision)
        return
    for other in withholding.lift(connection, story_id, held.hold_id, revision):
        withholding.changed(connection, other)
    kind = rules.kind_of(held)
    if not any(each.target == held.target and rules.kind_of(each) == kind for each in rules.active(story)):
        restrictions.lift(connection, story_id, [held.target], _KINDS[kind])


def _row(found: rules.Withheld, *, born: bool) -> withholding.Withheld:
    return withholding.Withheld(found.revision, found.by, found.kind, born)
