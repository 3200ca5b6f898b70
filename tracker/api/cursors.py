"""Cursors that belong to one history: of the log, and of a story.

Whoever goes on *after* a place would silently miss events if that place were read in another history: another
installation's, or this one's after an older backup was restored and other events took the same numbers. So these
cursors hold, beside the number, a piece of the hash that the event there has, which stands for all that came before it;
a cursor of the log holds the log's id too. One of another history is refused, with the way forward. Lists that show
the newest first need none of this (``paging.encode_cursor``): what a restored history has is found under any number.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import request

from tracker.api.paging import decode_cursor, encode_cursor
from tracker.api.rooms import connection
from tracker.errors import Conflict, Fault, Invalid
from tracker.store import log, order

#: How much of a hash a cursor holds: enough that a wrong history is not taken for the right one.
_HASH_BYTES = 6


def of_log(kind: str, position: int) -> str:
    """The cursor of list ``kind`` that goes on after ``position``, 0 or that of an event."""
    return encode_cursor(kind, [log.log_id(connection()), position, _piece_of_log(position) or ""])


def position_in(kind: str, cursor: str | None, *, parameter: str = "cursor") -> int:
    """The position after which ``cursor`` goes on; 0 without one.

    Raises ``Invalid`` (``bad-cursor``) for what is none of list ``kind``, ``Conflict`` for one of another history.
    """
    if cursor is None:
        return 0
    match decode_cursor(kind, cursor, parameter=parameter):
        case [str(log_id), int(position), str(piece)] if position >= 0:
            if log_id != log.log_id(connection()) or piece != _piece_of_log(position):
                raise _of_another_history(parameter)
            return position
    raise _no_cursor(parameter)


def of_story(kind: str, story_id: str, revision: int) -> str:
    """The cursor of list ``kind`` that goes on after ``revision`` of the story, which is there."""
    return encode_cursor(kind, [revision, _piece_of_story(story_id, revision) or ""])


def revision_in(kind: str, story_id: str, cursor: str | None) -> int:
    """The revision of the story after which ``cursor`` goes on; 0 without one. Raises as ``position_in``."""
    if cursor is None:
        return 0
    match decode_cursor(kind, cursor):
        case [int(revision), str(piece)] if revision >= 1:
            if piece != _piece_of_story(story_id, revision):
                raise _of_another_history("cursor")
            return revision
    raise _no_cursor("cursor")


def of_list(kind: str, story_id: str, revision: int, after: int) -> str:
    """The cursor of a list that is made of the story at ``revision``: it goes on after the first ``after`` entries."""
    return encode_cursor(kind, [revision, _piece_of_story(story_id, revision) or "", after])


def place_in(kind: str, story_id: str, cursor: str | None, asked: int | None) -> tuple[int, int | None]:
    """After how many entries ``cursor`` goes on, and the revision that the list is made of; 0 and none without one.

    Raises as ``position_in``; also where another revision is ``asked`` for.
    """
    if cursor is None:
        return 0, None
    match decode_cursor(kind, cursor):
        case [int(revision), str(piece), int(after)] if revision >= 1 and after >= 1 and asked in (None, revision):
            if piece != _piece_of_story(story_id, revision):
                raise _of_another_history("cursor")
            return after, revision
    raise _no_cursor("cursor")


def _piece_of_log(position: int) -> str | None:
    """Of the hash at ``position``; empty at the beginning, ``None`` where there is no event."""
    if position == 0:
        return ""
    placed = order.at(connection(), position)
    return _piece(placed.hash) if placed else None


def _piece_of_story(story_id: str, revision: int) -> str | None:
    found = log.read(connection(), story_id, after=revision - 1, limit=1)
    return _piece(found[0].hash) if found and found[0].version == revision else None


def _piece(hash: bytes) -> str:
    return hash[:_HASH_BYTES].hex()


def _of_another_history(parameter: str) -> Conflict:
    query = urlencode([each for each in parse_qsl(request.query_string.decode("latin-1")) if each[0] != parameter])
    begin = f"{request.path}?{query}" if query else request.path
    return Conflict(
        f"This cursor belongs to another history: that of another log, or of this one before an older state of it was "
        f"restored. Begin again without {parameter!r}, at {begin}, and pass over what you have by its id; what you "
        "have and don't find again is not part of this history.",
        name="cursor-of-another-history",
        faults=[Fault(parameter, "is of another history")],
        facts={"begin_again": begin, "log_id": log.log_id(connection())},
    )


def _no_cursor(parameter: str) -> Invalid:
    detail = "This is no cursor of this list. Begin again without one."
    return Invalid(detail, name="bad-cursor", faults=[Fault(parameter, "is no cursor of this list")])
