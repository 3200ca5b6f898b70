"""What every kind of change is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias, TypeVar

import msgspec

from tracker.stories.sentences import Names
from tracker.stories.story import Story

Op: TypeAlias = Literal["insert", "delete", "replace"]
#: Of what one side has and the other hasn't.
OneSided: TypeAlias = Literal["insert", "delete"]
#: A value as JSON has it; a moment is RFC 3339 text.
Value: TypeAlias = str | int | tuple[str, ...] | None

_Entry = TypeVar("_Entry")


class FieldChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="field"):
    """One field and its values on both sides; ``None`` where a side has none."""

    op: Op
    field: str
    old: Value = msgspec.field(name="from")
    new: Value = msgspec.field(name="to")


class Sides(msgspec.Struct, frozen=True):
    """The two states that are compared, and what things in them are called, whichever comes first."""

    before: Story
    after: Story
    names: Names

    @classmethod
    def of(cls, before: Story, after: Story) -> Sides:
        """``before`` and ``after`` are two states of one story, in either order."""
        earlier, later = sorted((before, after), key=lambda story: story.revision)
        known = Story(
            reports={**earlier.reports, **later.reports},
            claims={**earlier.claims, **later.claims},
            occurrences={**earlier.occurrences, **later.occurrences},
            requests={**earlier.requests, **later.requests},
        )
        return cls(before, after, Names(story=known))

    @property
    def forwards(self) -> bool:
        """Whether the later state is the one that is compared to."""
        return self.before.revision <= self.after.revision

    @property
    def in_order(self) -> tuple[Story, Story]:
        """The earlier state, and the later one."""
        return (self.before, self.after) if self.forwards else (self.after, self.before)

    def one_sided(self, came: bool) -> OneSided:
        """The operation of what the later state alone has (``came``), or the earlier one alone."""
        return "insert" if came == self.forwards else "delete"

    def entries(
        self, old: Mapping[str, _Entry], new: Mapping[str, _Entry]
    ) -> Iterator[tuple[str, _Entry | None, _Entry | None]]:
        """The entries of two lists that are not equal, by their names; in one order, whichever is compared to which."""
        first, second = (new, old) if self.forwards else (old, new)
        for name in {**first, **second}:
            there, here = old.get(name), new.get(name)
            if there is not here and there != here:
                yield name, there, here


def op_of(old: object, new: object) -> Op:
    """From which to which; ``None`` where a side has none."""
    if old is None:
        return "insert"
    return "delete" if new is None else "replace"


def field_changes(old: Mapping[str, Value], new: Mapping[str, Value]) -> tuple[FieldChange, ...]:
    """The fields of ``old`` that differ in ``new``."""
    return tuple(
        FieldChange(op=op_of(old[name], new[name]), field=name, old=old[name], new=new[name])
        for name in old
        if old[name] != new[name]
    )
