"""The tree over the log: whoever kept an old root can show that history was rewritten, or that its tail was cut off.

One Merkle tree (``proofs``) whose leaf number p - 1 is the event at position p, by its hash. The follower ``Tree``
keeps the hash of each complete subtree in ``tree_node``, and the root of every ``KEEP_EVERY`` leaves in ``tree_root``.
Nodes are only ever inserted: a node that is there already, or an edge that isn't, stops the follower. It needs hashes
and positions alone, so that no event, of whatever type, can stop it. Any root and any proof is one read of some dozens
of rows, whatever the length of the log.

What it does badly: it stores two rows for each event. Who may write to the database can write another history with
another tree; that shows only against a root that somebody keeps elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from tracker.db.prepared import Prepared
from tracker.errors import Damaged
from tracker.store import proofs
from tracker.store.log_events import LogEvent
from tracker.store.proofs import Growing, Hashes, Node, Range

#: The checkpoint's name.
NAME = "tree"
#: A root is kept each time the tree has grown by so many leaves.
KEEP_EVERY = 1000

_size = Prepared("SELECT coalesce(max(number) + 1, 0) FROM tree_node WHERE level = 0")
# The nodes come as one JSON text, [[level, number], ...]. For a list of pairs SQLite would read the whole table.
_find = Prepared(
    sqlite="SELECT t.level, t.number, t.hash FROM json_each(:nodes) AS wanted CROSS JOIN tree_node t "
    "ON t.level = json_extract(wanted.value, '$[0]') AND t.number = json_extract(wanted.value, '$[1]')",
    postgresql="SELECT t.level, t.number, t.hash FROM json_array_elements(CAST(:nodes AS json)) AS wanted "
    "JOIN tree_node t ON t.level = CAST(wanted ->> 0 AS integer) AND t.number = CAST(wanted ->> 1 AS bigint)",
)
_add = Prepared("INSERT INTO tree_node (level, number, hash) VALUES (:level, :number, :hash)")
_keep = Prepared("INSERT INTO tree_root (size, root, kept_at) VALUES (:size, :root, :kept_at)")
_kept = Prepared("SELECT size, root FROM tree_root WHERE size > :after ORDER BY size LIMIT :most")


class Inclusion(NamedTuple):
    """That a leaf is in the tree: the tree's root, and the path (RFC 9162 §2.1.3)."""

    root: bytes
    path: list[bytes]


class Consistency(NamedTuple):
    """That one tree is the beginning of another: their roots, and the path (RFC 9162 §2.1.4)."""

    first_root: bytes
    second_root: bytes
    path: list[bytes]


class Tree:
    """Follows the log and keeps ``tree_node`` and ``tree_root``."""

    name = NAME
    #: It is dense over positions: an event that it could not take would stop it, and is never passed over.
    parks = False

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Add a leaf for each of ``events``. Raises ``Damaged`` where the tree does not end before the first one."""
        growing = _edge(connection, events[0].position - 1)
        nodes: list[tuple[Node, bytes]] = []
        roots = []
        for event in events:
            nodes += growing.add(event.hash)
            if growing.size % KEEP_EVERY == 0:
                # The time of the event, so that the same history has the same rows wherever it is followed.
                roots.append({"size": growing.size, "root": growing.root(), "kept_at": event.recorded_at})
        _add.run_many(connection, [{**node._asdict(), "hash": made} for node, made in nodes])
        _keep.run_many(connection, roots)


def size(connection: Connection) -> int:
    """How many leaves the tree has: the position that it has come to."""
    row = _size.first(connection)
    assert row is not None
    return int(row[0])


def root(connection: Connection, size: int) -> bytes:
    """The root over the first ``size`` events, at most as many as the tree has leaves."""
    return proofs.root(_read(connection, [Range(0, size)]), Range(0, size))


def inclusion(connection: Connection, position: int, size: int) -> Inclusion:
    """That the event at ``position`` is among the first ``size``: 1 ≤ position ≤ size ≤ the tree's size."""
    whole, path = Range(0, size), proofs.inclusion(position - 1, size)
    hashes = _read(connection, [whole, *path])
    return Inclusion(proofs.root(hashes, whole), [proofs.root(hashes, each) for each in path])


def consistency(connection: Connection, first: int, second: int) -> Consistency:
    """That the first ``first`` events are those of the first ``second``: 1 ≤ first ≤ second ≤ the tree's size."""
    trees, path = [Range(0, first), Range(0, second)], proofs.consistency(first, second)
    hashes = _read(connection, [*trees, *path])
    first_root, second_root = (proofs.root(hashes, each) for each in trees)
    return Consistency(first_root, second_root, [proofs.root(hashes, each) for each in path])


def kept_roots(connection: Connection, *, after: int = 0, limit: int) -> list[tuple[int, bytes]]:
    """At most ``limit`` of the roots that were kept, of sizes over ``after``, with their sizes, the smallest first."""
    return [(int(size), bytes(root)) for size, root in _kept.all(connection, after=after, most=limit)]


def _edge(connection: Connection, size: int) -> Growing:
    """The tree of ``size`` leaves, ready to grow. Raises ``Damaged`` where the stored one has not that size."""
    wanted, following = proofs.covering(Range(0, size)), Node(0, size)
    found = _found(connection, [*wanted, following])
    if following in found or not found.keys() >= set(wanted):
        raise Damaged(
            f"The tree does not end after {size} leaves, where it was to go on. Nothing was added; run: tracker verify"
        )
    return Growing(size, found)


def _read(connection: Connection, ranges: Iterable[Range]) -> Hashes:
    """The hashes of the nodes that cover ``ranges``."""
    wanted = {node for each in ranges for node in proofs.covering(each)}
    found = _found(connection, wanted)
    if len(found) < len(wanted):
        raise Damaged("Nodes of the tree are missing; run: tracker verify")
    return found


def _found(connection: Connection, wanted: Iterable[Node]) -> dict[Node, bytes]:
    rows = _find.all(connection, nodes=msgspec.json.encode(sorted(set(wanted))).decode())
    return {Node(level, number): bytes(made) for level, number, made in rows}
