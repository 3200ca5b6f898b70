"""Which story, outlet or party an address means: an id or a name; 308 from an old slug, and from what was merged."""

from __future__ import annotations

from urllib.parse import quote

from flask import g, request
from werkzeug.routing import RequestRedirect

from tracker.access.tokens import Seen
from tracker.api.rooms import connection
from tracker.api.sights import head_seen, require_story, sight
from tracker.errors import NotFound
from tracker.ids import looks_like_id
from tracker.projections.unnamed import unnamed
from tracker.store import addresses, log, register
from tracker.stories.errors import UnknownStory
from tracker.stories.names import Kind, Unknown, name_key


def story_id_of(story: str) -> str:
    """The id of the story that ``story``, an id or a slug, means.

    Raises ``NotFound``, and for an old slug a redirect to the same address with the present one (RFC 9110 §15.4.9).
    """
    if looks_like_id(story, "sty"):
        require_story(story, story)
        return story
    seen = _seen(story)
    found = seen.address if seen else addresses.find(connection(), "story", story)
    if found is None:
        raise UnknownStory(story)
    require_story(story, found.stream_id)
    if found.label != story:
        raise _moved("stories", story, found.label)
    return found.stream_id


def story_id_named(story: str) -> str:
    """The id of the story that ``story`` means in a body, an old slug too; what nobody knows stays as it is.

    Raises ``UnknownStory`` for one that whoever asks doesn't see.
    """
    found = None if looks_like_id(story, "sty") else addresses.find(connection(), "story", story)
    story_id = found.stream_id if found else story
    require_story(story, story_id)
    return story_id


def head_of(story_id: str) -> log.Head:
    """Where the story's stream stands, whoever asks. Raises ``NotFound`` if it isn't there."""
    head = head_seen(story_id) if request.method == "GET" else None
    head = head or log.head(connection(), story_id)
    if head is None:
        raise UnknownStory(story_id)
    return head


def outlet_id_of(outlet: str) -> str:
    """The id of the outlet that ``outlet``, an id or a name, means. Raises ``NotFound``."""
    return _id_of("outlet", "out", outlet)


def party_id_of(party: str) -> str:
    """The id of the party that ``party``, an id or a name, means. Raises ``NotFound``."""
    return _id_of("party", "pty", party)


def present_id_of(kind: Kind, asked: str) -> str:
    """The id of the outlet or party that an address means.

    Raises ``NotFound``, and for the id of what was merged a redirect to the same address of what is left.
    """
    id = outlet_id_of(asked) if kind == "outlet" else party_id_of(asked)
    left = register.entry(connection(), kind, id)
    if left is not None and left.id != id:
        raise _moved({"outlet": "outlets", "party": "parties"}[kind], asked, left.id)
    return id


def outlet_asked(outlet: str | None) -> str | None:
    """The id of the outlet that a list is asked for; one that nobody knows has nothing: an empty list, no error."""
    try:
        found = register.entry(connection(), "outlet", outlet_id_of(outlet)) if outlet else None
    except NotFound:
        return ""
    return found.id if found else outlet


def _seen(story: str) -> Seen | None:
    """What the gate has seen of the story that the address names."""
    seen: Seen | None = g.get("seen")
    return seen if seen and seen.story == story else None


def party_asked(party: str | None) -> str | None:
    """As ``outlet_asked``, of a party."""
    try:
        return party_id_of(party) if party else None
    except NotFound:
        return ""


def ids_of(kind: Kind, id: str | None) -> frozenset[str] | None:
    """``id``, and those that were merged into it; ``None`` without one."""
    if id is None:
        return None
    return frozenset([id, *(each.id for each in register.merged_into(connection(), kind, id))])


def _id_of(kind: Kind, prefix: str, asked: str) -> str:
    found = None if looks_like_id(asked, prefix) else addresses.find(connection(), kind, name_key(asked))
    id = found.stream_id if found else asked
    if not looks_like_id(id, prefix) or id in unnamed(connection(), kind, sight()):
        raise Unknown(kind, asked)
    return id


def _moved(listed: str, old: str, new: str) -> RequestRedirect:
    before, _, after = request.path.partition(f"/{listed}/{old}")
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return RequestRedirect(f"{quote(request.root_path + before)}/{listed}/{new}{quote(after)}{query}")
