"""What the desk changed of what it says of the story itself, beside what it said before."""

from __future__ import annotations

from typing import TypedDict, cast

from msgspec import UNSET

from tracker.stories.events import StoryEdited, StoryOpened
from tracker.stories.sentences.words import joined


class DeskValues(TypedDict, total=False):
    """What the desk says of the story itself; a value that isn't known is missing."""

    title: str
    slug: str
    summary: str | None
    topics: tuple[str, ...]
    urgency: int | None


def desk_values(event: StoryOpened | StoryEdited) -> DeskValues:
    """What the desk said by ``event``."""
    if isinstance(event, StoryOpened):
        return DeskValues(title=event.title, slug=event.slug, summary=None, topics=event.topics, urgency=event.urgency)
    said = {name: getattr(event, name) for name in DeskValues.__annotations__}
    return cast(DeskValues, {name: value for name, value in said.items() if value is not UNSET})


def edited(event: StoryEdited, former: DeskValues) -> str:
    """What ``event`` did, for instance ``changed the summary and set the urgency to 1``."""
    return joined(_edits(event, former)) or "edited the story"


def _edits(event: StoryEdited, former: DeskValues) -> list[str]:
    edits = []
    if event.title is not UNSET:
        old = _titled(former["title"]) if "title" in former else None
        edits.append(_changed("the title", old, _titled(event.title)))
    if event.slug is not UNSET:
        edits.append(_changed("the slug", former.get("slug"), event.slug))
    if event.summary is not UNSET:
        edits.append("changed the summary" if event.summary else "removed the summary")
    if event.topics is not UNSET:
        edits.append(_topics(event.topics, former.get("topics")))
    if event.urgency is not UNSET:
        edits.append(_urgency(event.urgency, former.get("urgency")))
    return edits


def _changed(what: str, old: str | None, new: str) -> str:
    return f"changed {what} to {new}" if old is None else f"changed {what} from {old} to {new}"


def _topics(new: tuple[str, ...], old: tuple[str, ...] | None) -> str:
    if not new:
        return "removed all topics"
    if old is None or set(new) == set(old):
        return f"set the topics to {_named(new)}"
    added, removed = [t for t in new if t not in old], [t for t in old if t not in new]
    parts = [f"added the {_noun(added)} {_named(added)}"] if added else []
    return joined([*parts, f"removed the {_noun(removed)} {_named(removed)}"] if removed else parts)


def _urgency(new: int | None, old: int | None) -> str:
    if new is None:
        return "removed the urgency"
    return f"set the urgency to {new}" if old is None else f"changed the urgency from {old} to {new}"


def _noun(topics: list[str]) -> str:
    return "topic" if len(topics) == 1 else "topics"


def _named(topics: tuple[str, ...] | list[str]) -> str:
    return joined([_titled(topic) for topic in topics])


def _titled(text: str) -> str:
    """In quotation marks, whole."""
    return f"“{text}”"
