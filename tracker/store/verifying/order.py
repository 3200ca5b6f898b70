"""Verifies the one order and the tree over it: positions are dense, each leads to an event that the tree knows.

One walk along the positions. The tree is computed anew from the events' hashes; the nodes and the roots that the log
kept are compared with it, page by page. A position that is missing ends the comparison, for what follows has moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.db.prepared import Prepared
from tracker.store import tree
from tracker.store.proofs import Growing, Node
from tracker.store.verifying.findings import Finding, Findings

#: Positions that are read at once.
_PAGE = 1000


class Place(NamedTuple):
    """A position, and the event that it leads to: ``None`` in the last two where there is none."""

    position: int
    stream_id: str
    version: int
    event_id: str | None
    hash: bytes | None


_read = Prepared(
    sqlite="SELECT seq, stream_id, version, event_id, hash FROM event "
    "WHERE seq > :after AND seq <= :up_to ORDER BY seq LIMIT :most",
    postgresql="SELECT o.position, o.stream_id, o.version, e.event_id, e.hash FROM event_order o "
    "LEFT JOIN event e ON e.stream_id = o.stream_id AND e.version = o.version "
    "WHERE o.position > :after AND o.position <= :up_to ORDER BY o.position LIMIT :most",
)
# One statement, so that both are of one moment.
_ends = Prepared(
    sqlite="SELECT (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'), "
    "(SELECT coalesce(max(seq), 0) FROM event)",
    postgresql="SELECT (SELECT position FROM sequencer WHERE id = 1), "
    "(SELECT coalesce(max(position), 0) FROM event_order)",
)
_checkpoints = Prepared("SELECT follower, position FROM checkpoint ORDER BY follower")
_last_root = Prepared("SELECT coalesce(max(size), 0) FROM tree_root")
_nodes = Prepared(
    "SELECT number, hash FROM tree_node WHERE level = :level AND number >= :first AND number < :end ORDER BY number"
)


class Extent(NamedTuple):
    """How far the log goes, and what goes along with it."""

    #: The last position.
    position: int
    #: How many leaves the tree has.
    tree: int


def extent(connection: Connection, findings: Findings) -> Extent:
    """How far the log goes; adds to ``findings`` whatever has come further than it."""
    # The log's end is looked at last: everything goes along behind it.
    checkpoints, root = _checkpoints.all(connection), _last_root.first(connection)
    leaves = tree.size(connection)
    row = _ends.first(connection)
    assert row is not None
    assert root is not None
    given, last = row
    if given != last:
        findings.add(Finding("order", f"The last position given out is {given}, but the log ends at {last}."))
    if leaves > last:
        findings.add(Finding("tree", f"The tree has {leaves} leaves, but the log ends at position {last}."))
    if root[0] > last:
        findings.add(Finding("tree", f"A root was kept over {root[0]} events, but the log ends at position {last}."))
    for name, position in checkpoints:
        if position > last:
            findings.add(Finding("follower", f"{name} stands at position {position}, but the log ends at {last}."))
    return Extent(last, min(leaves, last))


def verify(
    connection: Connection, findings: Findings, extent: Extent, *, advance: Callable[[int], None]
) -> tuple[int, bytes]:
    """Add what is wrong with positions and tree; returns how many positions there are, and the root over them."""
    against = _Tree(connection, findings, extent.tree)
    positions = last = 0
    for page in _pages(connection, extent.position):
        against.prepare()
        for place in page:
            _look(place, last, findings)
            against.grow(place)
            last = place.position
        against.compare()
        positions += len(page)
        advance(len(page))
    return positions, against.root


def _pages(connection: Connection, up_to: int) -> Iterator[list[Place]]:
    after = 0
    while rows := _read.all(connection, after=after, up_to=up_to, most=_PAGE):
        yield [Place(*row) for row in rows]
        after = rows[-1][0]


def _look(place: Place, last: int, findings: Findings) -> None:
    what = []
    if place.position == last:
        what.append("The position is there twice.")
    elif place.position > last + 1:
        gap = f"positions {last + 1} to {place.position - 1} are" if place.position > last + 2 else f"{last + 1} is"
        what.append(f"Before it, {gap} missing.")
    if place.event_id is None:
        what.append("The position leads to no event.")
    for each in what:
        findings.add(Finding("order", each, place.position, place.stream_id, place.version, place.event_id))


class _Tree:
    """The tree computed anew, against the one that was kept."""

    def __init__(self, connection: Connection, findings: Findings, size: int) -> None:
        self._connection, self._findings, self._size = connection, findings, size
        self._growing = Growing(0, {})
        #: Of the present page: what was computed, and the events by their leaves.
        self._made: dict[Node, bytes] = {}
        self._places: dict[Node, Place] = {}
        #: The roots that were kept of sizes that this page comes to.
        self._kept: dict[int, bytes] = {}
        self._whole = True
        self._differs = False

    @property
    def root(self) -> bytes:
        """Over everything that has grown."""
        return self._growing.root()

    def prepare(self) -> None:
        """Look up what was kept of the next page."""
        self._kept = dict(tree.kept_roots(self._connection, after=self._growing.size, limit=_PAGE))

    def grow(self, place: Place) -> None:
        """Add the leaf of the next position."""
        self._whole = self._whole and place.hash is not None and place.position == self._growing.size + 1
        if not self._whole or place.hash is None:
            return
        self._places[Node(0, self._growing.size)] = place
        self._made |= self._growing.add(bytes(place.hash))
        size = self._growing.size
        if size in self._kept and self._kept[size] != self.root:
            what = f"The root that was kept over the first {size} events is not theirs: one of them was replaced."
            self._findings.add(Finding("tree", what, size))

    def compare(self) -> None:
        """Compare the page with what was kept."""
        for level in sorted({node.level for node in self._made}):
            self._compare_level(level)
        self._made, self._places = {}, {}

    def _compare_level(self, level: int) -> None:
        made = {node.number: each for node, each in self._made.items() if node.level == level}
        end = self._size >> level
        kept = _nodes.all(self._connection, level=level, first=min(made), end=min(end, max(made) + 1))
        found = {number: bytes(each) for number, each in kept}
        for number, each in made.items():
            if number < end and found.get(number) != each:
                self._tell(Node(level, number), number in found)

    def _tell(self, node: Node, is_there: bool) -> None:
        place = self._places.get(node)
        if place:
            self._differs = True
            what = "The tree kept another hash for this position." if is_there else "The tree lacks this position."
            self._findings.add(Finding("tree", what, place.position, place.stream_id, place.version, place.event_id))
        elif not self._differs:
            # Above a leaf that differs everything differs; otherwise it is the tree itself that was altered.
            first, last = (node.number << node.level) + 1, (node.number + 1) << node.level
            state = "is not that of the events" if is_there else "is missing"
            self._findings.add(Finding("tree", f"The tree's node over positions {first} to {last} {state}."))
