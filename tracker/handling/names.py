"""Names in commands, resolved before they are decided: a story's slug, an outlet mentioned by its name.

A name that is taken here stays taken only if the command is carried out: it is part of the same transaction.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from tracker.clock import Clock
from tracker.errors import Conflict, Fault
from tracker.ids import looks_like_id, new_id
from tracker.store import addresses
from tracker.stories.commands import Command, EditStory, FileReport, OpenStory
from tracker.stories.outlets import OutletAdded, name_key
from tracker.stories.values import OutletRef, slug_from


def resolved(connection: Connection, clock: Clock, command: Command) -> tuple[Command, OutletAdded | None]:
    """``command`` with its names resolved, and the outlet that it mentions for the first time.

    Raises ``Conflict`` for a slug that another story has or had.
    """
    match command:
        case OpenStory():
            return _with_slug(connection, command), None
        case EditStory() if isinstance(command.slug, str):
            _take_slug(connection, command.slug, command.story_id)
        case FileReport():
            outlet, added = outlet_named(connection, clock, command.outlet.name)
            return msgspec.structs.replace(command, outlet=outlet), added
        case _:
            pass
    return command, None


def takes_any(command: Command) -> bool:
    """Whether ``command`` takes a slug, which is written with it."""
    return isinstance(command, OpenStory) or (isinstance(command, EditStory) and isinstance(command.slug, str))


def known(connection: Connection, command: Command) -> Command | None:
    """``command`` with its outlet's id, and nothing written; ``None`` where nobody has mentioned the outlet before."""
    if not isinstance(command, FileReport):
        return command
    found = addresses.find(connection, "outlet", name_key(command.outlet.name))
    if found is None:
        return None
    return msgspec.structs.replace(command, outlet=OutletRef(id=found.stream_id, name=found.label))


def renamed(connection: Connection, command: Command) -> None:
    """Let all names of a story that is edited lead to its new slug. The caller holds the story's lock: of two
    editors at once the second sees the first one's slug only then.
    """
    if isinstance(command, EditStory) and isinstance(command.slug, str):
        addresses.rename(connection, "story", command.story_id, command.slug)


def outlet_named(connection: Connection, clock: Clock, name: str) -> tuple[OutletRef, OutletAdded | None]:
    """The outlet of that name, and that it was added, if nobody has mentioned it before."""
    name = " ".join(name.split())
    found, added = addresses.find(connection, "outlet", name_key(name)), None
    if found is None:
        outlet_id = new_id("out", clock)
        found = addresses.take(connection, "outlet", name_key(name), outlet_id, name)
        added = OutletAdded(outlet_id=outlet_id, name=name) if found.stream_id == outlet_id else None
    return OutletRef(id=found.stream_id, name=found.label), added


def _with_slug(connection: Connection, command: OpenStory) -> OpenStory:
    if command.slug:
        _take_slug(connection, command.slug, command.story_id)
        return command
    stem = slug_from(command.title)
    if looks_like_id(stem.replace("-", "_")):
        # No editor could keep it: a slug may not look like an id.
        stem = f"story-{stem}"
    for slug in (stem, *(f"{stem}-{n}" for n in range(2, 10)), f"{stem}-{command.story_id[-12:]}"):
        if addresses.take(connection, "story", slug, command.story_id, slug).stream_id == command.story_id:
            return msgspec.structs.replace(command, slug=slug)
    raise AssertionError("a slug that ends on the story's own id is free")


def _take_slug(connection: Connection, slug: str, story_id: str) -> None:
    if addresses.take(connection, "story", slug, story_id, slug).stream_id != story_id:
        raise Conflict(
            f"Another story has, or had, the slug {slug}; choose a different one.",
            name="slug-taken",
            faults=[Fault("/slug", "is taken")],
        )
