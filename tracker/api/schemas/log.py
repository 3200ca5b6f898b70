"""The tree over the log: roots and proofs, all hashes in lower-case hexadecimal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields

from tracker.api.fields import Moment, RequestSchema, WaitFor, Whole
from tracker.clock import from_microseconds, rfc3339
from tracker.store.order import Placed
from tracker.store.tree import Consistency, Inclusion


class RootQuery(RequestSchema):
    """Which root."""

    size = Whole(metadata={"description": "Over so many events; left out: as many as the tree has come to"})
    wait_for = WaitFor()


class ProofQuery(RequestSchema):
    """Which proof: of inclusion by ``position`` and ``size``, of consistency by ``first`` and ``second``."""

    position = Whole(minimum=1, metadata={"description": "That the event at this position is in the tree"})
    size = Whole(minimum=1, metadata={"description": "In the tree over so many events; left out: as it is"})
    first = Whole(minimum=1, metadata={"description": "That the tree over so many events is the beginning"})
    second = Whole(minimum=1, metadata={"description": "Of the tree over so many; left out: as it is"})

    @ma.validates_schema
    def one_kind(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse what asks for neither kind, or for both."""
        inclusion, consistency = data.keys() & {"position", "size"}, data.keys() & {"first", "second"}
        needed = "first" if consistency else "position"
        if inclusion and consistency:
            either = ["Ask for one proof: with position and size, or with first and second."]
            raise ma.ValidationError(dict.fromkeys(sorted(inclusion), either))
        if needed not in data:
            raise ma.ValidationError({needed: ["This is missing: ask with position, or with first."]})


def _hash(description: str) -> fields.String:
    return fields.String(required=True, metadata={"description": description, "pattern": "^[0-9a-f]{64}$"})


def _log_id() -> fields.String:
    return fields.String(required=True, metadata={"description": "Which log this is; another has another history"})


def _path(description: str) -> fields.List[Any]:
    return fields.List(_hash("A node's hash"), required=True, metadata={"description": description})


class RootSchema(ma.Schema):
    """The root of the tree over the first events of the log (RFC 9162 §2.1.1, SHA-256)."""

    log_id = _log_id()
    size = fields.Integer(required=True, metadata={"description": "How many events it covers"})
    root = _hash("The root")
    recorded_at = Moment(
        required=True, allow_none=True, metadata={"description": "When the last of them was recorded; null: no event"}
    )


class InclusionSchema(ma.Schema):
    """That an event is in the log (RFC 9162 §2.1.3.2): from its leaf, SHA-256(0x00 ‖ event_hash), up to the root."""

    log_id = _log_id()
    size = fields.Integer(required=True, metadata={"description": "How many events the tree covers"})
    root = _hash("The tree's root")
    position = fields.Integer(required=True, metadata={"description": "The event's place in the log, from 1"})
    leaf_index = fields.Integer(required=True, metadata={"description": "Its leaf's, from 0: position - 1"})
    event_hash = _hash("The event's hash in its story's chain; tells nothing of its content")
    path = _path("The inclusion path, from the leaf upwards")


class ConsistencySchema(ma.Schema):
    """That an earlier tree is the beginning of a later one (RFC 9162 §2.1.4.2): nothing of it was changed."""

    log_id = _log_id()
    first = fields.Integer(required=True, metadata={"description": "How many events the earlier tree covers"})
    first_root = _hash("Its root")
    second = fields.Integer(required=True, metadata={"description": "How many events the later tree covers"})
    second_root = _hash("Its root")
    path = _path("The consistency path; empty where the sizes are equal")


def present_root(log_id: str, size: int, root: bytes, last: Placed | None) -> dict[str, Any]:
    """A root in the form of ``RootSchema``; ``last`` is the last event under it."""
    recorded_at = rfc3339(from_microseconds(last.recorded_at)) if last else None
    return {"log_id": log_id, "size": size, "root": root.hex(), "recorded_at": recorded_at}


def present_inclusion(log_id: str, position: int, size: int, event_hash: bytes, proof: Inclusion) -> dict[str, Any]:
    """A proof in the form of ``InclusionSchema``."""
    return {
        "log_id": log_id,
        "size": size,
        "root": proof.root.hex(),
        "position": position,
        "leaf_index": position - 1,
        "event_hash": event_hash.hex(),
        "path": [each.hex() for each in proof.path],
    }


def present_consistency(log_id: str, first: int, second: int, proof: Consistency) -> dict[str, Any]:
    """A proof in the form of ``ConsistencySchema``."""
    return {
        "log_id": log_id,
        "first": first,
        "first_root": proof.first_root.hex(),
        "second": second,
        "second_root": proof.second_root.hex(),
        "path": [each.hex() for each in proof.path],
    }
