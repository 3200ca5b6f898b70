"""A program of another version: one that writes events of a type, or of a shape, that the other doesn't know."""

from __future__ import annotations

import pytest

from tracker.stories import stored
from tracker.stories.events import StoryReopened

#: What ``saying`` writes, and what a later program calls it.
PRESENT = stored.TYPES[StoryReopened]
FUTURE = ("story.revived", 1)


def downgrade(patch: pytest.MonkeyPatch, unknown: tuple[str, int] = FUTURE) -> None:
    """From now on this program doesn't know that type, or that schema version of it."""
    known = {kind: form for kind, form in stored.TYPES.items() if form != unknown}
    classes = {name: (kind, version) for kind, (name, version) in known.items()}
    if unknown[0] == PRESENT[0]:
        classes[PRESENT[0]] = (StoryReopened, unknown[1] - 1)
    patch.setattr(stored, "_CLASSES", classes)


def upgrade(patch: pytest.MonkeyPatch, form: tuple[str, int] = FUTURE) -> None:
    """From now on this program writes and reads ``form``."""
    types = {**stored.TYPES, StoryReopened: form}
    patch.setattr(stored, "TYPES", types)
    patch.setattr(stored, "_CLASSES", {name: (kind, version) for kind, (name, version) in types.items()})
    patch.setattr(stored, "CLEAR", {**stored.CLEAR, form[0]: stored.CLEAR[PRESENT[0]]})
