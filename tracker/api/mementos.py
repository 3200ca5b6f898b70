"""A story's past by the Memento protocol (RFC 7089): from the address of a story to its state at a moment.

    original   /v1/stories/{story}                    the story as it is
    timegate   /v1/stories/{story}/timegate           leads from Accept-Datetime to the memento of that moment
    timemap    /v1/stories/{story}/timemap            lists the mementos, a page at a time
    memento    /v1/stories/{story}?revision=17        the story as of a revision

HTTP counts whole seconds: a moment means all of its second, and of the revisions in one second the last.
What an answer that is fixed tells of its place (``headers``) is the same for every question of the story.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, request

from tracker import history
from tracker.api.blueprints import Blueprint
from tracker.api.naming import story_id_of
from tracker.api.paging import limit_asked
from tracker.api.rooms import connection
from tracker.api.schemas.mementos import TimegateQuery, TimemapQuery
from tracker.api.sights import sight
from tracker.clock import rfc3339
from tracker.errors import Fault, Invalid
from tracker.history import Memento

bp = Blueprint("mementos", __name__, url_prefix="/v1/stories/<story>", description="A story's past (RFC 7089)")

LINK_FORMAT = "application/link-format"
_SECOND = timedelta(seconds=1) - timedelta(microseconds=1)
_ACCEPT = {
    "in": "header",
    "name": "Accept-Datetime",
    "description": "The moment, as HTTP writes dates: Mon, 13 Jan 2020 23:00:00 GMT. The latest without it",
    "schema": {"type": "string", "pattern": "^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$"},
}


@bp.route("/timegate", methods=["GET"])
@bp.arguments(TimegateQuery(), location="query")
@bp.response(302, None, description="Location is the memento")
@bp.doc(parameters=[_ACCEPT])
def find_memento(_query: Mapping[str, Any], story: str) -> Response:
    """Lead to the story as it was at the moment in Accept-Datetime: to its first or last state beyond these."""
    story_id = story_id_of(story)
    first, _, _, last = history.beside(connection(), story_id, 1, sight=sight())
    moment = min(max(_accepted(last.recorded_at), first.recorded_at), last.recorded_at)
    links = ", ".join([_link(_original(story_id), "original"), _timemap(story_id)])
    headers = {
        "Location": f"{_original(story_id)}?{urlencode({'as_of': rfc3339(moment)})}",
        "Link": links,
        "Vary": "accept-datetime, Authorization, Cookie",
        "Cache-Control": "private, no-cache",
    }
    response = Response(status=302, headers=headers)
    del response.headers["Content-Type"]
    return response


@bp.route("/timemap", methods=["GET"])
@bp.arguments(TimemapQuery(), location="query")
@bp.response(200, {"type": "string"}, content_type=LINK_FORMAT)
def list_mementos(query: dict[str, Any], story: str) -> Response:
    """List the story's mementos, the first one first; a page leads to the next as another timemap."""
    story_id = story_id_of(story)
    limit = limit_asked(query)
    found = history.mementos(connection(), story_id, sight=sight(), after=query.get("after", 0), limit=limit + 1)
    body = ",\n".join(_timemap_lines(story_id, found[:limit], more=len(found) > limit))
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
    return Response(body + "\n", content_type=LINK_FORMAT, headers=headers)


def headers(story_id: str, revision: int, recorded_at: datetime) -> dict[str, str]:
    """Those of an answer of the past: which moment it is of, and where the others are."""
    around = history.beside(connection(), story_id, revision, sight=sight())
    here = Memento(revision, recorded_at)
    roles: dict[Memento, list[str]] = {}
    for role, memento in (("first", around.first), ("prev", around.prev), ("memento", here), ("next", around.next)):
        if memento:
            roles.setdefault(memento, []).append(role)
    roles.setdefault(around.last, []).append("last")
    shown = [_memento(_address(each), each, names) for each, names in roles.items()]
    gate = _link(_original(story_id) + "/timegate", "timegate")
    links = [_link(_here(_kept()), "original"), gate, _timemap(story_id), *shown]
    return {"Memento-Datetime": _http_date(recorded_at), "Link": ", ".join(links)}


def _accepted(default: datetime) -> datetime:
    written = request.headers.get("Accept-Datetime")
    if written is None:
        return default
    try:
        moment = parsedate_to_datetime(written)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) + _SECOND
    except (ValueError, OverflowError):
        detail = "Write the moment as HTTP does: Mon, 13 Jan 2020 23:00:00 GMT."
        faults = [Fault("Accept-Datetime", detail)]
        raise Invalid(detail, name="invalid-parameter", faults=faults) from None


def _timemap_lines(story_id: str, found: list[Memento], *, more: bool) -> Iterator[str]:
    original = _original(story_id)
    yield _link(original, "original")
    yield _link(f"{original}/timegate", "timegate")
    yield f'<{_here(dict(request.args))}>; rel="self"; type="{LINK_FORMAT}"'
    for memento in found:
        yield _memento(f"{original}?revision={memento.revision}", memento, [])
    if more:
        following = {**request.args, "after": str(found[-1].revision)}
        yield f'<{_here(following)}>; rel="timemap"; type="{LINK_FORMAT}"'


def _memento(address: str, memento: Memento, roles: list[str]) -> str:
    names = " ".join(dict.fromkeys([*(role for role in roles if role != "memento"), "memento"]))
    return f'<{address}>; rel="{names}"; datetime="{_http_date(memento.recorded_at)}"'


def _address(memento: Memento) -> str:
    """Of the same question of another revision."""
    return _here({**_kept(), "revision": str(memento.revision)})


def _kept() -> dict[str, str]:
    """What of the query is not about when."""
    return {name: value for name, value in request.args.items() if name not in ("revision", "as_of", "cursor")}


def _here(query: Mapping[str, str]) -> str:
    """This address with another query; relative to the host, whose name is the client's word (RFC 8288 §3.2)."""
    path = quote(request.script_root + request.path)
    return f"{path}?{urlencode(query)}" if query else path


def _original(story_id: str) -> str:
    return f"{quote(request.script_root)}/v1/stories/{story_id}"


def _timemap(story_id: str) -> str:
    return f'<{_original(story_id)}/timemap>; rel="timemap"; type="{LINK_FORMAT}"'


def _link(address: str, relation: str) -> str:
    return f'<{address}>; rel="{relation}"'


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.replace(microsecond=0), usegmt=True)
