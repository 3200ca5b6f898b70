"""The tree of RFC 9162 as its definitions say it (§2.1.1, §2.1.3.1, §2.1.4.1), and the ways to check a proof elsewhere.

``Oracle`` is slow and obvious, and calls nothing of the tracker. ``pymerkle`` is somebody else's implementation: its
proofs have a form of their own, which holds the same hashes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from pymerkle import ConsistencyProof, InmemoryTree

from tests.programs import ROOT

VERIFIER = ROOT / "docs/verify_log.py"


class Oracle:
    """The tree over a list of entries."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self._entries = list(entries)
        self._hash = cache(self._hash_of)

    def root(self, size: int) -> bytes:
        """MTH(D_n)."""
        return self._hash(0, size)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """PATH(m, D_n)."""
        return self._path(index, 0, size)

    def consistency(self, first: int, second: int) -> list[bytes]:
        """PROOF(m, D_n)."""
        return self._subproof(first, 0, second, True)

    def _hash_of(self, start: int, end: int) -> bytes:
        if start == end:
            return sha256(b"").digest()
        if end - start == 1:
            return sha256(b"\x00" + self._entries[start]).digest()
        k = _largest_power_under(end - start)
        return sha256(b"\x01" + self._hash(start, start + k) + self._hash(start + k, end)).digest()

    def _path(self, m: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        k = _largest_power_under(end - start)
        if m < k:
            return [*self._path(m, start, start + k), self._hash(start + k, end)]
        return [*self._path(m - k, start + k, end), self._hash(start, start + k)]

    def _subproof(self, m: int, start: int, end: int, whole: bool) -> list[bytes]:
        if m == end - start:
            return [] if whole else [self._hash(start, end)]
        k = _largest_power_under(end - start)
        if m <= k:
            return [*self._subproof(m, start, start + k, whole), self._hash(start + k, end)]
        return [*self._subproof(m - k, start + k, end, False), self._hash(start, start + k)]


def _largest_power_under(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def other_tree(entries: Iterable[bytes]) -> InmemoryTree:
    """pymerkle's tree over the same entries."""
    tree = InmemoryTree()
    tree.append_entries(entries)
    return tree


def included(other: InmemoryTree, index: int, size: int, entry: bytes, path: Sequence[bytes], root: bytes) -> None:
    """pymerkle's judgement of an inclusion path. Raises ``InvalidProof``."""
    leaf = sha256(b"\x00" + entry).digest()
    proof = other.prove_inclusion(index + 1, size)
    # Its own path begins with the leaf.
    proof.path = [leaf, *path]
    proof.verify(leaf, root, index=index + 1, size=size, algorithm="sha256")


def consistent(first: int, second: int, roots: tuple[bytes, bytes], path: Sequence[bytes]) -> bool:
    """Whether pymerkle resolves a consistency path of the RFC to both roots.

    What it calls a consistency proof cuts the tree in another way than the RFC; what it resolves is any path.
    """
    turns = _turns(first, second)
    whole = list(path) if 1 in turns else [roots[0], *path]
    proof = ConsistencyProof("sha256", True, second, first, [*turns, 0], [1, *turns], whole)
    return len(whole) == len(turns) + 1 and (proof.retrieve_prior_state(), proof.compute_root()) == roots


def _turns(first: int, second: int) -> list[int]:
    """From the edge of the first tree up to the root of the second: 0 where it is a left child, 1 a right one."""
    turns = []
    while first != second:
        k = _largest_power_under(second)
        turns.append(int(first > k))
        first, second = (first, k) if first <= k else (first - k, second - k)
    return turns[::-1]


def verified(folder: Path, proofs: Iterable[Any], roots: Iterable[Any] = ()) -> subprocess.CompletedProcess[str]:
    """What the verifier in the documentation says of ``proofs``, as the API answers them; it names what is wrong."""
    saved, kept = folder / "proofs.jsonl", folder / "roots.jsonl"
    saved.write_text("\n".join(map(json.dumps, proofs)))
    kept.write_text("\n".join(map(json.dumps, roots)))
    return run("proofs", str(saved), "--quiet", "--roots", str(kept))


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier alone, without anything installed beside Python."""
    command = [sys.executable, "-I", str(VERIFIER), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
