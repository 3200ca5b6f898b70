"""A command is decided on what its sender sees, and carried out where all that is known decides alike.

Somebody may work in a story of which he doesn't see everything. What is refused by what he sees is refused in these
words. Where what he doesn't see decides otherwise (a report is here already, and held), he is told that it can't be
done now and whom to ask, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from tracker.access.sight import ALL, sight_of
from tracker.access.tokens import Token
from tracker.errors import Forbidden, Refusal
from tracker.store import seeing, withholding
from tracker.store.log import Head
from tracker.stories.events import Event
from tracker.stories.story import Story


class NotNow(Forbidden):
    """Something that this person doesn't see is in the way."""

    name = "not-now"

    def __init__(self) -> None:
        super().__init__("This can't be done now; ask an editor.")


def decided(
    connection: Connection,
    token: Token,
    story_id: str,
    head: Head | None,
    story: Story,
    decide: Callable[[Story, bool], Sequence[Event]],
) -> Sequence[Event]:
    """What ``decide`` decides on ``story``, all of it, whose stream stands at ``head``.

    ``decide`` takes a state, and whether it is the one that the sender saw. Raises ``NotNow``, and what it raises on
    what the sender sees.
    """
    sight = sight_of(token.role)
    if sight == ALL or head is None or not (head.redactions and withholding.hidden(connection, story_id, sight)):
        return decide(story, True)
    expected = decide(seeing.seen(connection, story_id, sight, head=head), True)
    try:
        events = decide(story, False)
    except Refusal:
        raise NotNow from None
    if [_essence(event) for event in events] != [_essence(event) for event in expected]:
        raise NotNow
    return events


def _essence(event: Event) -> tuple[object, ...]:
    """What has to be alike; the rest is numbered by all that there is."""
    return type(event), getattr(event, "report_id", None), getattr(event, "version", None)
