"""What an event did, in one sentence of plain text: a row of a story's history.

A sentence needs only the event, the name of the outlet on whose behalf it was done, and of what the desk replaced
the former values, as far as the caller knows them: a value that isn't known is left out of the sentence.
"""

from __future__ import annotations

from typing import TypedDict, assert_never, cast

from msgspec import UNSET

from tracker.stories.events import (
    ContentRedacted,
    Event,
    ReportCorrected,
    ReportFiled,
    ReportUpdated,
    StoryClosed,
    StoryEdited,
    StoryOpened,
    StoryReopened,
)
from tracker.stories.values import CorrectionKind, IssuedBy

_CORRECTED = {
    CorrectionKind.CORRECTION: "corrected",
    CorrectionKind.CLARIFICATION: "clarified",
    CorrectionKind.EDITORS_NOTE: "added an editor’s note to",
    CorrectionKind.RETRACTION: "retracted",
}


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


def sentence(event: Event, *, outlet: str, former: DeskValues) -> str:
    """What ``event`` did, for instance ``NBC News filed “Strike in Baghdad”.``

    ``outlet`` is the name of the outlet on whose behalf it was done, and ``former`` what the desk said before it.
    """
    match event:
        case StoryOpened():
            return f"The desk opened the story “{event.title}”."
        case StoryEdited():
            return f"The desk {_listed(_edits(event, former))}."
        case StoryClosed():
            return f"The desk closed the story: {_ended(event.reason)}"
        case StoryReopened():
            return f"The desk reopened the story: {_ended(event.reason)}"
        case ReportFiled():
            return f"{outlet} filed “{event.content.headline}”."
        case ReportUpdated():
            return f"{outlet} updated {_version(event)}{_noted(event.note)}"
        case ReportCorrected():
            return f"{_issuer(event, outlet)} {_CORRECTED[event.kind]} {_version(event)}{_noted(event.note.text)}"
        case ContentRedacted():
            return f"The desk redacted {_target(event)}, on the authority of {event.authority}: {_ended(event.reason)}"
        case _ as never:
            assert_never(never)


def _target(event: ContentRedacted) -> str:
    _, _, version = event.target.partition("/")
    return f"version {version} of a report" if version else "a report, in all its versions"


def _version(event: ReportUpdated | ReportCorrected) -> str:
    return f"“{event.content.headline}” (version {event.version})"


def _issuer(event: ReportCorrected, outlet: str) -> str:
    return "The desk" if event.issued_by is IssuedBy.DESK else outlet


def _edits(event: StoryEdited, former: DeskValues) -> list[str]:
    edits = []
    if event.title is not UNSET:
        old = _quoted(former["title"]) if "title" in former else None
        edits.append(_changed("the title", old, _quoted(event.title)))
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
    return _listed([*parts, f"removed the {_noun(removed)} {_named(removed)}"] if removed else parts)


def _urgency(new: int | None, old: int | None) -> str:
    if new is None:
        return "removed the urgency"
    return f"set the urgency to {new}" if old is None else f"changed the urgency from {old} to {new}"


def _noun(topics: list[str]) -> str:
    return "topic" if len(topics) == 1 else "topics"


def _named(topics: tuple[str, ...] | list[str]) -> str:
    return _listed([_quoted(topic) for topic in topics])


def _quoted(text: str) -> str:
    return f"“{text}”"


def _listed(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _noted(note: str | None) -> str:
    return f": {_ended(note)}" if note else "."


def _ended(text: str) -> str:
    """``text`` on one line, with the sign that ends a sentence."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?", "…", "”", '"')) else f"{line}."
