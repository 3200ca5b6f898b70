"""What changed in what the desk holds back, and in what it asks a second person for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from tracker.stories.changes.values import Op, Sides, op_of
from tracker.stories.desk import Hold, Request


class HoldChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="hold"):
    """A hold that one side doesn't have, or that is lifted on one side."""

    op: Op
    hold_id: str
    #: What is held, as a reader calls it: ``NBC News’s “Strike”``, or ``the story``.
    words: str
    old: Hold | None = msgspec.field(name="from")
    new: Hold | None = msgspec.field(name="to")


class RequestChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="request"):
    """A request for an act of the desk that one side doesn't have, or that is decided on one side."""

    op: Op
    act_id: str
    old: Request | None = msgspec.field(name="from")
    new: Request | None = msgspec.field(name="to")


OfDesk: TypeAlias = HoldChange | RequestChange


def of_desk(sides: Sides) -> Iterator[OfDesk]:
    """The changes of holds, then those of requests."""
    for hold_id, old, new in sides.entries(sides.before.holds, sides.after.holds):
        either = new or old
        assert either is not None
        words = sides.names.target(either.target)
        yield HoldChange(op=op_of(old, new), hold_id=hold_id, words=words, old=old, new=new)
    for act_id, was, is_now in sides.entries(sides.before.requests, sides.after.requests):
        yield RequestChange(op=op_of(was, is_now), act_id=act_id, old=was, new=is_now)
