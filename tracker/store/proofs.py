"""The Merkle tree of RFC 9162 §2.1 with SHA-256, as pure computation: which subtrees there are, and what they prove.

    leaf   = SHA-256(0x00 ‖ hash of the event)
    parent = SHA-256(0x01 ‖ left ‖ right)

A *node* is the root of a complete subtree, named by its level (0: the leaves) and its number from the left: node
(l, n) covers the 2^l leaves from n · 2^l on. A complete subtree never changes once it is there. Every range that a
root or a proof asks for is covered by a few of them, so that whoever keeps these nodes answers for any size, also an
earlier one, from O(log size) of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeAlias


class Node(NamedTuple):
    """A complete subtree."""

    level: int
    number: int


class Range(NamedTuple):
    """The leaves of a subtree, which may be incomplete at the right: from ``start`` up to, and without, ``end``."""

    start: int
    end: int


#: The hashes of nodes, 32 bytes each.
Hashes: TypeAlias = Mapping[Node, bytes]

#: The root of the tree without leaves (§2.1.1).
EMPTY = sha256().digest()


def leaf(event_hash: bytes) -> bytes:
    """The leaf of an event, by its hash."""
    return sha256(b"\x00" + event_hash).digest()


def parent(left: bytes, right: bytes) -> bytes:
    """The node above two."""
    return sha256(b"\x01" + left + right).digest()


def covering(covered: Range) -> list[Node]:
    """The complete subtrees that make up a range of the tree, from the left: each smaller than the one before."""
    nodes, start = [], covered.start
    while start < covered.end:
        level = (covered.end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def root(hashes: Hashes, covered: Range) -> bytes:
    """The hash of the subtree over a range (MTH, §2.1.1), from those of the nodes ``covering`` it."""
    return _folded([hashes[node] for node in covering(covered)])


def inclusion(index: int, size: int) -> list[Range]:
    """The subtrees whose hashes prove that leaf ``index`` is in the tree of ``size`` (PATH, §2.1.3.1), leaf upwards."""
    assert 0 <= index < size
    path, start, end = [], 0, size
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
    return path[::-1]


def consistency(first: int, second: int) -> list[Range]:
    """The subtrees whose hashes prove that the tree of ``first`` is the beginning of that of ``second``.

    PROOF and SUBPROOF, §2.1.4.1. Equal sizes need none.
    """
    assert 0 < first <= second
    path, start, end = [], 0, second
    while first < end:
        middle = _middle(start, end)
        if first <= middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
    # Where only left turns led here, this subtree is the whole first tree, whose root the reader has.
    return [Range(start, end), *path[::-1]] if start else path[::-1]


class Growing:
    """A tree to which leaves are added: knows only the nodes that cover it."""

    def __init__(self, size: int, hashes: Hashes) -> None:
        """``hashes``: at least those of the nodes covering the first ``size`` leaves."""
        #: How many leaves there are.
        self.size = size
        self._edge = [(node.level, hashes[node]) for node in covering(Range(0, size))]

    def add(self, event_hash: bytes) -> Iterator[tuple[Node, bytes]]:
        """Add the event's leaf; the nodes that are complete with it, from the leaf upwards."""
        level, made = 0, leaf(event_hash)
        yield Node(0, self.size), made
        while self._edge and self._edge[-1][0] == level:
            level, made = level + 1, parent(self._edge.pop()[1], made)
            yield Node(level, self.size >> level), made
        self._edge.append((level, made))
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it is."""
        return _folded([made for _, made in self._edge])


def _folded(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY
    *others, found = hashes
    for left in reversed(others):
        found = parent(left, found)
    return found


def _middle(start: int, end: int) -> int:
    """Where the left subtree ends: it has the largest power of two of leaves that is smaller than the whole."""
    return start + (1 << (end - start - 1).bit_length() - 1)
