"""How an event is written down, and how every shape that was ever written is read.

An event's stored form is its type, its schema version and two JSON objects: *clear*, which holds only what order,
filters and rights need, and *private*, which is sealed before it is stored (``store.seals``). ``CLEAR`` lists each
field that stays in the clear; a field that isn't listed is private.

This is a storage format. A stored shape is never changed: to change an event, raise its version in ``TYPES`` and
add to ``UPGRADES`` a function that makes the older shape into the next. A golden file holds every shape for ever.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, get_args

import msgspec

from tracker.errors import Damaged
from tracker.stories import events, outlets, parties

Stored: TypeAlias = events.Event | outlets.OutletEvent | parties.PartyEvent
Fields: TypeAlias = dict[str, Any]


class Form(msgspec.Struct, frozen=True):
    """An event as it is written: JSON bytes in the clear, and JSON bytes to be sealed (none: nothing private)."""

    type: str
    schema_version: int
    clear: bytes
    private: bytes | None


#: Stored type and the current schema version of each event.
TYPES: Mapping[type[Stored], tuple[str, int]] = {
    events.StoryOpened: ("story.opened", 1),
    events.StoryEdited: ("story.edited", 1),
    events.StoryClosed: ("story.closed", 1),
    events.StoryReopened: ("story.reopened", 1),
    events.ReportFiled: ("report.filed", 1),
    events.ReportUpdated: ("report.updated", 1),
    events.ReportCorrected: ("report.corrected", 1),
    events.ReportKilled: ("report.killed", 1),
    events.HoldPlaced: ("hold.placed", 1),
    events.HoldLifted: ("hold.lifted", 1),
    events.ClaimAsserted: ("claim.asserted", 1),
    events.ClaimsRelated: ("claims.related", 1),
    events.OccurrenceRecorded: ("occurrence.recorded", 1),
    events.AnnotationWithdrawn: ("annotation.withdrawn", 1),
    events.StoriesLinked: ("stories.linked", 1),
    events.ActRequested: ("act.requested", 1),
    events.ActApproved: ("act.approved", 1),
    events.ActDeclined: ("act.declined", 1),
    events.ContentRedacted: ("content.redacted", 1),
    outlets.OutletAdded: ("outlet.added", 1),
    outlets.OutletEdited: ("outlet.edited", 1),
    outlets.OutletMerged: ("outlet.merged", 1),
    parties.PartyAdded: ("party.added", 1),
    parties.PartyEdited: ("party.edited", 1),
    parties.PartyMerged: ("party.merged", 1),
}

#: What stays readable when the content is gone.
CLEAR: Mapping[str, frozenset[str]] = {
    "story.opened": frozenset({"slug", "language", "topics", "urgency"}),
    "story.edited": frozenset({"slug", "topics", "urgency"}),
    "story.closed": frozenset(),
    "story.reopened": frozenset(),
    "report.filed": frozenset({"report_id", "outlet", "cites", "embargoed_until"}),
    "report.updated": frozenset({"report_id", "version"}),
    "report.corrected": frozenset({"report_id", "version", "kind", "issued_by"}),
    "report.killed": frozenset({"report_id", "issued_by", "successor"}),
    "hold.placed": frozenset({"hold_id", "target", "kind", "reason", "until"}),
    "hold.lifted": frozenset({"hold_id", "target", "kind", "reason", "released"}),
    "claim.asserted": frozenset({"claim_id", "appearance", "report_id", "version", "stance"}),
    "claims.related": frozenset({"relation_id", "source", "target", "relation", "report_id", "version", "by"}),
    "occurrence.recorded": frozenset({"occurrence_id", "report_id", "version"}),
    "annotation.withdrawn": frozenset({"target"}),
    "stories.linked": frozenset({"link_id", "story_id", "relation", "inverse"}),
    "act.requested": frozenset({"act_id", "target", "version"}),
    "act.approved": frozenset({"act_id"}),
    "act.declined": frozenset({"act_id"}),
    "content.redacted": frozenset({"target", "blocks_used"}),
    "outlet.added": frozenset({"outlet_id", "name", "aliases", "owner", "redistribute"}),
    "outlet.edited": frozenset({"name", "aliases", "owner", "redistribute"}),
    "outlet.merged": frozenset({"into"}),
    "party.added": frozenset({"party_id", "name", "aliases"}),
    "party.edited": frozenset({"name", "aliases"}),
    "party.merged": frozenset({"into"}),
}

_NO_CONTENT: Mapping[str, Any] = {"content": {"headline": ""}}
#: What stands in for each shape's private fields when they were redacted: the least that the shape may have.
BLANK: Mapping[tuple[str, int], Mapping[str, Any]] = {
    ("story.opened", 1): {"title": ""},
    ("story.edited", 1): {},
    ("story.closed", 1): {"reason": ""},
    ("story.reopened", 1): {"reason": ""},
    ("report.filed", 1): _NO_CONTENT,
    ("report.updated", 1): _NO_CONTENT,
    ("report.corrected", 1): {**_NO_CONTENT, "note": {"text": ""}},
    ("report.killed", 1): {"reason": "", "public_note": ""},
    ("hold.placed", 1): {},
    ("hold.lifted", 1): {},
    ("claim.asserted", 1): {"statement": "", "selector": {"exact": ""}},
    ("claims.related", 1): {},
    ("occurrence.recorded", 1): {"title": ""},
    ("annotation.withdrawn", 1): {"reason": ""},
    ("stories.linked", 1): {},
    ("act.requested", 1): {},
    ("act.approved", 1): {},
    ("act.declined", 1): {"reason": ""},
    ("content.redacted", 1): {"reason": "", "authority": ""},
    ("outlet.added", 1): {},
    ("outlet.edited", 1): {},
    ("outlet.merged", 1): {},
    ("party.added", 1): {},
    ("party.edited", 1): {},
    ("party.merged", 1): {},
}

#: For an older shape, the function that makes its fields into those of the next schema version.
UPGRADES: dict[tuple[str, int], Callable[[Fields], Fields]] = {}

_CLASSES = {name: (kind, version) for kind, (name, version) in TYPES.items()}
_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Fields)


def type_of(event: Stored) -> str:
    """The stored and webhook type, for instance ``report.filed``."""
    return TYPES[type(event)][0]


def all_types() -> tuple[str, ...]:
    """Every type that may be in the log, in the order of their listing."""
    return tuple(_CLASSES)


def story_types() -> tuple[str, ...]:
    """Every type that may be in the history of a story, in the order of their listing."""
    return tuple(TYPES[kind][0] for kind in get_args(events.Event))


def write(event: Stored) -> Form:
    """``event`` in its current stored form."""
    name, version = TYPES[type(event)]
    fields = msgspec.to_builtins(event)
    clear = {key: fields.pop(key) for key in CLEAR[name] if key in fields}
    private = _encoder.encode(fields) if fields else None
    return Form(name, version, _encoder.encode(clear), private)


def read(form: Form) -> Stored:
    """The event that ``form`` holds, brought up from whatever version it was written in.

    Raises ``Damaged`` for a type or version that this program doesn't know, and for fields that don't fit.
    """
    kind = _class_of(form.type, form.schema_version)
    try:
        if form.schema_version == TYPES[kind][1]:
            return _straight_into(kind).decode(_joined(form))
        return _upgraded(form, kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(
            f"A stored {form.type} of schema version {form.schema_version} can't be read: {error}."
        ) from error


def blank(kind: str, schema_version: int, clear: bytes) -> Stored:
    """A redacted event: what it has in the clear, and otherwise blank. Raises ``Damaged`` as ``read`` does."""
    private = BLANK.get((kind, schema_version))
    return read(Form(kind, schema_version, clear, _encoder.encode(private) if private else None))


@functools.cache
def _straight_into(kind: type[Stored]) -> msgspec.json.Decoder[Stored]:
    return msgspec.json.Decoder(kind)


def _joined(form: Form) -> bytes:
    """Both of the form's objects as one; they have no field in common."""
    if form.private is None:
        return form.clear
    return form.private if form.clear == b"{}" else form.clear[:-1] + b"," + form.private[1:]


def _upgraded(form: Form, kind: type[Stored]) -> Stored:
    fields = {**_decoder.decode(form.clear), **_decoder.decode(form.private or b"{}")}
    for version in range(form.schema_version, TYPES[kind][1]):
        fields = UPGRADES[form.type, version](fields)
    return msgspec.convert(fields, kind)


def require_known(type: str, schema_version: int) -> None:
    """Raises ``Damaged`` for what a later version of the program has written."""
    _class_of(type, schema_version)


def _class_of(type: str, schema_version: int) -> type[Stored]:
    known = _CLASSES.get(type)
    if known is None or not 1 <= schema_version <= known[1]:
        raise Damaged(
            f"The log holds {type} of schema version {schema_version}, which this program is too old to "
            "read. Run the version of the program that wrote it, or a later one."
        )
    return known[0]
