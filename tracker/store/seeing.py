"""A story as somebody sees it: without what is hidden from him now, and without what killed reports said.

    seen(connection, story_id, sight)                   the story, the latest or at a revision
    latest(…), hides(…), revision_at(…), history(…)     its revisions, those among them that he sees
    stamp(…)                                            by what it differs from what he was shown under the same numbers

What was known is asked of the past; what may be seen is judged by today's restrictions, also for an older revision. The
story is the fold of the events that are not hidden, so that a hidden one leaves nothing in it but a gap in the numbers;
``Story.revision`` is the last one that is seen. Who sees nothing of a story finds that there is none.

It costs what ``loading.load`` costs where nothing of the story was ever restricted (``Head.redactions``). Otherwise the
hidden events are looked up, and the fold begins anew before the first of them; its result is kept in memory for each
sight, and carried on as long as nothing is restricted anew. What it does badly: an older revision is folded anew each
time, and so is every story after a start.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from tracker.db.prepared import Prepared
from tracker.store import loading, log, recent, seals, withholding
from tracker.store.log import Head
from tracker.store.log_events import LogEvent
from tracker.store.withholding import Sight
from tracker.stories.errors import UnknownStory
from tracker.stories.events import Recorded
from tracker.stories.folding import advanced, struck
from tracker.stories.references import without_names, without_revisions
from tracker.stories.reports import Kill
from tracker.stories.story import Story

_first_of = Prepared(
    "SELECT w.kind, w.version, e.data FROM withheld w JOIN event e ON e.stream_id = w.stream_id "
    "AND e.version = w.version WHERE w.stream_id = :stream_id AND w.lifted IS NULL "
    "AND e.type IN ('report.filed', 'occurrence.recorded')"
)
_destroyed = Prepared("SELECT key_id FROM destroyed_key WHERE stream_id = :stream_id ORDER BY key_id")


def seen(
    connection: Connection, story_id: str, sight: Sight, *, revision: int | None = None, head: Head | None = None
) -> Story:
    """The story as of the last revision up to ``revision`` that is seen, or of the latest; ``Story()`` where none is.

    To be read, not changed. ``head`` is where the stream stands, if the caller has just looked.
    """
    head = head or log.head(connection, story_id)
    if head is None:
        return Story()
    if not head.redactions:
        return loading.load(connection, story_id, revision, head=head)
    hidden = withholding.hidden(connection, story_id, sight)
    if revision is None or revision >= head.version:
        return _seen_now(connection, story_id, sight, hidden, head)
    story = _folded(connection, story_id, sight, hidden, revision, head)
    return struck(story, _kills(connection, story_id, sight, hidden, head))


def require(connection: Connection, story_id: str, sight: Sight, *, head: Head | None = None) -> Story:
    """The story as of the latest revision that is seen. Raises ``UnknownStory`` where none is."""
    story = seen(connection, story_id, sight, head=head)
    if not story.revision:
        raise UnknownStory(story_id)
    return story


def latest(connection: Connection, story_id: str, sight: Sight, *, head: Head | None = None) -> int:
    """The story's latest revision that is seen; 0 where none is."""
    head = head or log.head(connection, story_id)
    if head is None:
        return 0
    return _last_seen(head.version, _hidden(connection, story_id, sight, head))


def require_latest(connection: Connection, story_id: str, sight: Sight) -> int:
    """The story's latest revision that is seen, without its state. Raises ``UnknownStory`` where none is."""
    revision = latest(connection, story_id, sight)
    if not revision:
        raise UnknownStory(story_id)
    return revision


def hides(connection: Connection, story_id: str, sight: Sight, revision: int) -> bool:
    """Whether that revision is hidden."""
    head = log.head(connection, story_id)
    return head is not None and revision in _hidden(connection, story_id, sight, head)


def revision_at(connection: Connection, story_id: str, sight: Sight, moment: datetime) -> int:
    """The last revision that is seen and was recorded at ``moment`` or before; 0 if there was none yet."""
    head = log.head(connection, story_id)
    if head is None:
        return 0
    found = loading.revision_at(connection, story_id, moment)
    return _last_seen(found, _hidden(connection, story_id, sight, head))


def history(
    connection: Connection, story_id: str, sight: Sight, *, after: int = 0, up_to: int | None = None
) -> list[Recorded]:
    """The story's events with ``after`` < revision ≤ ``up_to`` that are seen, opened, in order."""
    events = log.read(connection, story_id, after=after, up_to=up_to, placed=False)
    hidden = withholding.hidden(connection, story_id, sight)
    return _opened(connection, story_id, sight, hidden, events)


def names_hidden(connection: Connection, story_id: str, sight: Sight) -> frozenset[str]:
    """The ids of reports and occurrences that are not seen: nothing may mention them."""
    rows = _first_of.all(connection, stream_id=story_id)
    clear = [msgspec.json.decode(seals.clear_part(data)) for kind, _, data in rows if kind not in sight]
    return frozenset(fields.get("report_id") if "outlet" in fields else fields["occurrence_id"] for fields in clear)


def stamp(connection: Connection, story_id: str, sight: Sight, head: Head) -> str:
    """By what the story differs from what was shown under the same numbers before: part of an ETag.

    What was never shown leaves no trace in it.
    """
    if not head.redactions:
        return ""
    story = seen(connection, story_id, sight, head=head)
    hidden = withholding.once_shown(connection, story_id, sight)
    kills = [report.report_id for report in story.reports.values() if report.kill]
    keys = [key for (key,) in _destroyed.all(connection, stream_id=story_id) if key.partition("/")[0] in story.reports]
    return "" if not (hidden or kills or keys) else f"{hidden} {kills} {keys}"


def _seen_now(connection: Connection, story_id: str, sight: Sight, hidden: Collection[int], head: Head) -> Story:
    if not hidden:
        return loading.load(connection, story_id, head=head)
    memory, name = recent.of(connection.engine), recent.name_of(story_id, sight)
    kept = memory.get(name, head)
    if kept and kept.head.version == head.version:
        return kept.story
    found = _carried_on(connection, story_id, sight, hidden, head, kept) if kept else None
    if found is None:
        kills = _kills(connection, story_id, sight, hidden, head)
        whole = memory.last(story_id)
        story = struck(_folded(connection, story_id, sight, hidden, head.version, head), kills)
        # It is a part of the whole story, and takes no more.
        found = recent.Kept(story, head, whole.weight if whole else recent.MOST_BYTES_OF_ONE + 1)
    memory.keep(name, found)
    return found.story


def _carried_on(
    connection: Connection, story_id: str, sight: Sight, hidden: Collection[int], head: Head, kept: recent.Kept
) -> recent.Kept | None:
    """What is kept of the story as somebody sees it, carried on to ``head``: of what it holds nothing was restricted
    since, or the stream would count more. ``None`` where it belongs to another history.
    """
    events = log.read(connection, story_id, after=kept.head.version, up_to=head.version, placed=False)
    if not (events and events[0].follows(kept.head.hash)):
        return None
    story = advanced(kept.story, _opened(connection, story_id, sight, hidden, events))
    return recent.Kept(story, head, kept.weight + sum(len(event.data) for event in events))


def _kills(
    connection: Connection, story_id: str, sight: Sight, hidden: Collection[int], head: Head
) -> Mapping[str, Kill]:
    """The kills of today, by the ids of the reports, also of those that are not seen."""
    story = loading.load(connection, story_id, head=head)
    kills = {report.report_id: report.kill for report in story.reports.values() if report.kill}
    names = names_hidden(connection, story_id, sight) if hidden and kills else ()
    return {
        report_id: msgspec.structs.replace(kill, successor=None) if kill.successor in names else kill
        for report_id, kill in kills.items()
    }


def _folded(
    connection: Connection, story_id: str, sight: Sight, hidden: Collection[int], up_to: int, head: Head
) -> Story:
    """The story as of ``up_to``, folded anew from before the first event that is hidden."""
    before = min((each for each in hidden if each <= up_to), default=up_to + 1) - 1
    story = loading.load(connection, story_id, before, head=head) if before else Story()
    if before == up_to:
        return story
    events = log.read(connection, story_id, after=before, up_to=up_to, placed=False)
    return advanced(story, _opened(connection, story_id, sight, hidden, events))


def _opened(
    connection: Connection, story_id: str, sight: Sight, hidden: Collection[int], events: Iterable[LogEvent]
) -> list[Recorded]:
    opened = [event.recorded() for event in events if event.version not in hidden]
    if not hidden:
        return opened
    names = names_hidden(connection, story_id, sight)
    return [
        msgspec.structs.replace(each, event=without_revisions(without_names(each.event, names), hidden))
        for each in opened
    ]


def _hidden(connection: Connection, story_id: str, sight: Sight, head: Head) -> frozenset[int]:
    return withholding.hidden(connection, story_id, sight) if head.redactions else frozenset()


def _last_seen(revision: int, hidden: Collection[int]) -> int:
    while revision in hidden:
        revision -= 1
    return revision
