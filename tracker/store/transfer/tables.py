"""What an export holds, table by table: each row as it is stored, but for what must not leave without its own file.

What can be made again from the log stays behind: it is the program's own, and holds content that is not sealed. So
does what belongs to one machine. Everything else goes along, so that on the other side nobody is told twice, an
Idempotency-Key gives the same answer, a token is good, an old cursor leads where it led.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, LargeBinary, Table, Text

from tracker.db import schema

#: In the order in which they are written and read; an endpoint before its deliveries, which refer to it.
CARRIED: Sequence[Table] = (
    schema.event,
    schema.stream,
    schema.address,
    schema.outlet,
    schema.party,
    schema.idempotency,
    schema.token,
    schema.restriction,
    schema.hold,
    schema.withheld,
    schema.destroyed_key,
    schema.checkpoint,
    schema.parked,
    schema.dropped,
    schema.tree_node,
    schema.tree_root,
    schema.endpoint,
    schema.delivery_queue,
    schema.delivery,
)

#: What is in the file of keys.
SECRET: Sequence[Table] = (schema.content_key, schema.endpoint)

#: What stays behind, and why.
LEFT: Mapping[Table, str] = {
    schema.log: "stands in the first line",
    schema.event_order: "stands with the events",
    schema.sequencer: "belongs to one cluster",
    schema.backup: "names files of one machine",
    schema.saved_state: "is made from the log",
    schema.generation: "belongs to what is made from the log",
    schema.story_list: "is made from the log",
    schema.story_topic: "is made from the log",
    schema.story_outlet: "is made from the log",
    schema.outlet_list: "is made from the log",
    schema.party_list: "is made from the log",
    schema.mention: "is made from the log",
    schema.remedy: "is made from the log",
}

#: Columns of an endpoint that are secrets: many an address holds one, too.
ENDPOINT_SECRETS = ("url", "secret")
#: Tables of which only the rows of certain followers are carried.
OF_FOLLOWERS = (schema.checkpoint, schema.parked)


def columns(table: Table, *, secret: bool = False) -> list[Column[Any]]:
    """The columns of ``table`` that are in the export or, ``secret``, in the file of keys; of an event all but seq."""
    common = [column for column in table.columns if "only" not in column.info]
    if table is schema.event:
        return [column for column in common if column.name != "seq"]
    if table is schema.endpoint:
        return [column for column in common if _is_of(column.name, secret)]
    return common


def _is_of(name: str, secret: bool) -> bool:
    return name == "id" or (name in ENDPOINT_SECRETS) == secret


def decoders(tables: Sequence[Table], *, secret: bool = False) -> dict[str, msgspec.json.Decoder[Any]]:
    """What reads a line of each table, by its name, and takes nothing else."""
    return {table.name: msgspec.json.Decoder(_struct(table, secret)) for table in tables}


def _struct(table: Table, secret: bool) -> type[msgspec.Struct]:
    fields = [(str(column.name), _type_of(column)) for column in columns(table, secret=secret)]
    if table is schema.event:
        fields.insert(0, ("position", int))
    return msgspec.defstruct(table.name, fields, forbid_unknown_fields=True)


def _type_of(column: Column[Any]) -> Any:
    kind = bytes if isinstance(column.type, LargeBinary) else str if isinstance(column.type, Text) else int
    return kind | None if column.nullable else kind
