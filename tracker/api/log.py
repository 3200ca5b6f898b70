"""The tree over the log: roots to be kept elsewhere, and proofs against them (RFC 9162 §2.1).

Whoever may read the feed may read these. A hash tells nothing of the event's content, also of one that was redacted:
the hash covers the content as it is sealed. The tree follows the log and may be a moment behind: an answer says its
``size``, and what lies beyond is refused with how far the tree has come.
"""

from __future__ import annotations

from typing import Any

from flask import Response

from tracker.api import answers
from tracker.api.blueprints import Blueprint
from tracker.api.freshness import wait_for
from tracker.api.rooms import connection
from tracker.api.schemas.log import (
    ConsistencySchema,
    InclusionSchema,
    ProofQuery,
    RootQuery,
    RootSchema,
    present_consistency,
    present_inclusion,
    present_root,
)
from tracker.errors import Damaged, Fault, Invalid
from tracker.store import log, order, tree
from tracker.store.order import Placed

bp = Blueprint("log", __name__, url_prefix="/v1/log", description="Evidence that the log was not tampered with")

_SAME = "The client has it already"


@bp.route("/root", methods=["GET"])
@bp.arguments(RootQuery(), location="query")
@bp.response(200, RootSchema())
@bp.alt_response(304, description=_SAME)
def show_root(query: dict[str, Any]) -> Response:
    """Show the root of the tree over the log: as far as it has come, or over the first events."""
    wait_for(query.get("wait_for"), tree.NAME)
    size = _within("size", query.get("size"), tree.size(connection()))
    last = _event_at(size) if size else None
    return _answer(size, present_root(log.log_id(connection()), size, tree.root(connection(), size), last))


@bp.route("/proof", methods=["GET"])
@bp.arguments(ProofQuery(), location="query")
@bp.response(200, {"oneOf": [InclusionSchema(), ConsistencySchema()]})
@bp.alt_response(304, description=_SAME)
def show_proof(query: dict[str, Any]) -> Response:
    """Prove that an event is in the log, or that an earlier log is the beginning of a later one."""
    covered = tree.size(connection())
    if "first" in query:
        second = _within("second", query.get("second"), covered)
        return _consistency(_within("first", query["first"], second), second)
    size = _within("size", query.get("size"), covered)
    return _inclusion(_within("position", query["position"], size), size)


def _inclusion(position: int, size: int) -> Response:
    proof = tree.inclusion(connection(), position, size)
    event_hash = _event_at(position).hash
    return _answer(size, present_inclusion(log.log_id(connection()), position, size, event_hash, proof))


def _consistency(first: int, second: int) -> Response:
    proof = tree.consistency(connection(), first, second)
    return _answer(second, present_consistency(log.log_id(connection()), first, second, proof))


def _within(parameter: str, asked: int | None, most: int) -> int:
    """``asked``, or ``most`` without it. Raises ``Invalid`` (``beyond-the-tree``) where it is more."""
    if asked is None:
        return most
    if asked > most:
        detail = f"{parameter} is at most {most} here: so many events the tree covers."
        facts = {"at_most": most}
        raise Invalid(detail, name="beyond-the-tree", faults=[Fault(parameter, detail)], facts=facts)
    return asked


def _event_at(position: int) -> Placed:
    placed = order.at(connection(), position)
    if placed is None:
        raise Damaged(f"The tree covers an event at position {position}, and there is none; run: tracker verify")
    return placed


def _answer(size: int, body: dict[str, Any]) -> Response:
    # What is shown never changes within a history, and another history has other hashes: the whole is its own tag.
    tag = answers.tag(size, str(body))
    return answers.not_modified(tag) or answers.answer(body, tag=tag)
