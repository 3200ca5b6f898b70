"""Which story an address means: its id, its slug, or a slug that it once had (308 to the present one)."""

from __future__ import annotations

from urllib.parse import quote

from flask import g, request
from werkzeug.routing import RequestRedirect

from tracker.access.tokens import Seen
from tracker.api.rooms import connection
from tracker.errors import NotFound
from tracker.ids import looks_like_id
from tracker.store import addresses, log
from tracker.stories.errors import UnknownStory
from tracker.stories.outlets import name_key


def story_id_of(story: str) -> str:
    """The id of the story that ``story``, an id or a slug, means.

    Raises ``NotFound``, and for an old slug a redirect to the same address with the present one (RFC 9110 §15.4.9).
    """
    if looks_like_id(story, "sty"):
        return story
    seen = _seen(story)
    found = seen.address if seen else addresses.find(connection(), "story", story)
    if found is None:
        raise UnknownStory(story)
    if found.label != story:
        raise _moved(story, found.label)
    return found.stream_id


def story_id_named(story: str) -> str:
    """The id of the story that ``story`` means in a body, an old slug too; what nobody knows stays as it is."""
    found = None if looks_like_id(story, "sty") else addresses.find(connection(), "story", story)
    return found.stream_id if found else story


def head_of(story_id: str) -> log.Head:
    """Where the story's stream stands. Raises ``NotFound`` if it isn't there."""
    head = _seen_head(story_id) if request.method == "GET" else None
    head = head or log.head(connection(), story_id)
    if head is None:
        raise UnknownStory(story_id)
    return head


def redactions_of(story_id: str) -> int:
    """How many redactions the story's stream had seen when the request came in: part of an ETag."""
    head = _seen_head(story_id) or head_of(story_id)
    return head.redactions


def outlet_id_of(outlet: str) -> str:
    """The id of the outlet that ``outlet``, an id or a name, means. Raises ``NotFound``."""
    if looks_like_id(outlet, "out"):
        return outlet
    found = addresses.find(connection(), "outlet", name_key(outlet))
    if found is None:
        raise NotFound(f"There is no outlet called {outlet}; /v1/outlets lists them.", name="unknown-outlet")
    return found.stream_id


def outlet_asked(outlet: str | None) -> str | None:
    """The id of the outlet that a list is asked for; one that nobody knows has nothing: an empty list, no error."""
    try:
        return outlet_id_of(outlet) if outlet else None
    except NotFound:
        return ""


def _seen_head(story_id: str) -> log.Head | None:
    """Where the gate has seen the story's stream stand; ``None`` where it didn't look, or there is none."""
    seen: Seen | None = g.get("seen")
    if seen is None or story_id not in (seen.story, seen.address and seen.address.stream_id):
        return None
    return seen.head


def _seen(story: str) -> Seen | None:
    """What the gate has seen of the story that the address names."""
    seen: Seen | None = g.get("seen")
    return seen if seen and seen.story == story else None


def _moved(old: str, new: str) -> RequestRedirect:
    before, _, after = request.path.partition(f"/stories/{old}")
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return RequestRedirect(f"{quote(request.root_path + before)}/stories/{new}{quote(after)}{query}")
