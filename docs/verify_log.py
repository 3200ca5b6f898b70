"""Check what a story tracker says of its log, without trusting it: Python 3.11 or later, and nothing else.

    verify_log.py watch https://tracker.example --roots roots.jsonl
        Ask for the log's root today, have it proved that the last root in the file is the beginning of it, and add it
        to the file. Run it daily, and keep the file where nobody who runs the tracker can write.
    verify_log.py event https://tracker.example 1205 --roots roots.jsonl
        Have it proved that the event at a position is under the last root in the file.
    verify_log.py proofs answer.json ... --roots roots.jsonl
        Check proofs that were saved: answers of /v1/log/proof, each file one of them, a list, or one in each line.
    verify_log.py events log.jsonl --roots roots.jsonl
        Compute every chain and the tree anew from what "tracker export" wrote, and compare all roots in the file.

The token for a server is read from the file --token-file or from the variable TRACKER_TOKEN.
Ends with 0 if all holds, with 1 if something is wrong, with 2 if it could not be found out.

The formats. The tree is that of RFC 9162 (§2.1, SHA-256): the leaf of an event is SHA-256(0x00 ‖ its hash), a node is
SHA-256(0x01 ‖ left ‖ right). An event's hash is SHA-256(hash of the event before it in its stream ‖ version ‖
recorded_at ‖ header ‖ SHA-256(data)); both numbers are 8 bytes, big endian; recorded_at counts microseconds since 1970;
the header is each of _HEADER as its length (4 bytes, big endian) and its UTF-8 bytes, or 0xFFFFFFFF where there is
none; the first event of a stream follows 32 zero bytes.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import struct
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Roots = dict[tuple[str, int], bytes]

_HEADER = (
    "stream_id",
    "event_id",
    "type",
    "schema_version",
    "actor",
    "on_behalf_of",
    "correlation_id",
    "causation_id",
    "traceparent",
    "key_id",
)
_TIMEOUT = 30
_LARGEST = 1 << 20


class _NowhereElse(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the token is for one server."""

    def redirect_request(self, *_: Any) -> None:
        """None."""


_opener = urllib.request.build_opener(_NowhereElse)


class Wrong(Exception):
    """What was shown does not hold."""


class Unknown(Exception):
    """It could not be found out whether it holds."""


# ---- RFC 9162


def leaf(event_hash: bytes) -> bytes:
    """The leaf of an event, by its hash (§2.1.1)."""
    return sha256(b"\x00" + event_hash).digest()


def parent(left: bytes, right: bytes) -> bytes:
    """The node above two (§2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def check_inclusion(index: int, size: int, leaf_hash: bytes, path: list[bytes], root: bytes) -> None:
    """Raises ``Wrong`` unless ``path`` leads from the leaf to ``root`` (§2.1.3.2)."""
    if not 0 <= index < size:
        raise Wrong("there is no such leaf in a tree of that size")
    fn, sn, reached = index, size - 1, leaf_hash
    for sibling in path:
        if sn == 0:
            raise Wrong("the path is too long")
        if fn & 1 or fn == sn:
            reached = parent(sibling, reached)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            reached = parent(reached, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise Wrong("the path is too short")
    if reached != root:
        raise Wrong("the path leads to another root")


def check_consistency(first: int, second: int, first_root: bytes, second_root: bytes, path: list[bytes]) -> None:
    """Raises ``Wrong`` unless the tree of ``first`` leaves is the beginning of that of ``second`` (§2.1.4.2)."""
    if not 0 < first <= second:
        raise Wrong("the first tree is not the smaller one, or is empty")
    if first == second:
        if path or first_root != second_root:
            raise Wrong("two trees of one size have one root, and need no path")
        return
    nodes = [first_root, *path] if first & (first - 1) == 0 else path
    if not path:
        raise Wrong("the path is empty")
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if sn == 0:
            raise Wrong("the path is too long")
        if fn & 1 or fn == sn:
            old, new = parent(node, old), parent(node, new)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = parent(new, node)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise Wrong("the path is too short")
    if old != first_root:
        raise Wrong("the path leads to another first root: the earlier log is not the beginning of this one")
    if new != second_root:
        raise Wrong("the path leads to another second root")


class Tree:
    """A tree that leaves are added to: the roots of its complete subtrees, from the left, each with its height."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[tuple[int, bytes]] = []

    def add(self, event_hash: bytes) -> None:
        """Add the event's leaf."""
        height, made = 0, leaf(event_hash)
        while self._subtrees and self._subtrees[-1][0] == height:
            height, made = height + 1, parent(self._subtrees.pop()[1], made)
        self._subtrees.append((height, made))
        self.size += 1

    def root(self) -> bytes:
        """Its root (§2.1.1)."""
        if not self._subtrees:
            return sha256().digest()
        *others, (_, found) = self._subtrees
        for _, left in reversed(others):
            found = parent(left, found)
        return found


# ---- The chain of a story


def event_hash(previous: bytes, event: Json) -> bytes:
    """The hash of ``event``, which follows ``previous`` in its stream."""
    header = b"".join(_length_and_bytes(event.get(name)) for name in _HEADER)
    data = base64.b64decode(_text(event, "data"), validate=True)
    numbers = struct.pack(">qq", _number(event, "version"), _number(event, "recorded_at"))
    return sha256(previous + numbers + header + sha256(data).digest()).digest()


def _length_and_bytes(value: object) -> bytes:
    if value is None:
        return b"\xff\xff\xff\xff"
    written = str(value).encode()
    return struct.pack(">I", len(written)) + written


# ---- What is read


def _number(found: Json, name: str) -> int:
    value = found.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong(f"{name} is no whole number")
    return value


def _text(found: Json, name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise Wrong(f"{name} is no text")
    return value


def _hash(value: object) -> bytes:
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    if len(found) != 32:
        raise Wrong("a hash is not 32 bytes in hexadecimal")
    return found


def _stored_hash(value: object) -> bytes:
    """A hash as an export has it: in base64, as all bytes there."""
    return base64.b64decode(value) if isinstance(value, str) and len(value) == 44 else _hash(value)


def _path(proof: Json) -> list[bytes]:
    path = proof.get("path")
    if not isinstance(path, list) or len(path) > 128:
        raise Wrong("path is no list, or too long for any tree")
    return [_hash(each) for each in path]


def _objects(name: str) -> Iterator[Json]:
    """The JSON objects in a file: one, a list, or one in each line."""
    try:
        text = Path(name).read_text("utf-8")
        try:
            found = json.loads(text)
        except ValueError:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError, RecursionError) as error:
        raise Unknown(f"{name}: {error}") from None
    for each in found if isinstance(found, list) else [found]:
        if not isinstance(each, dict):
            raise Unknown(f"{name}: something in it is no JSON object")
        yield each


def _kept(name: str | None) -> list[Json]:
    """The roots in a file, in its order; none where it is not there yet."""
    kept = list(_objects(name)) if name and Path(name).exists() else []
    try:
        _roots(kept)
    except Wrong as error:
        raise Unknown(f"{name}: {error}") from None
    return kept


def _roots(kept: Iterable[Json]) -> Roots:
    return {(_text(each, "log_id"), _number(each, "size")): _hash(each.get("root")) for each in kept}


def _compare(roots: Roots, log_id: str, size: int, root: bytes) -> bool:
    """Whether that root was kept. Raises ``Wrong`` where another one was kept for the same size."""
    kept = roots.get((log_id, size))
    if kept is not None and kept != root:
        raise Wrong(f"another root over {size} events was kept: history was rewritten")
    return kept is not None


# ---- What is done


def check_proof(proof: Json, roots: Roots) -> str:
    """Check one answer of /v1/log/proof; says in a few words what it proves. Raises ``Wrong``."""
    log_id, path = _text(proof, "log_id"), _path(proof)
    if "first" in proof:
        first, second = _number(proof, "first"), _number(proof, "second")
        ends = _hash(proof.get("first_root")), _hash(proof.get("second_root"))
        check_consistency(first, second, *ends, path)
        known = [_compare(roots, log_id, *each) for each in ((first, ends[0]), (second, ends[1]))]
        return f"the first {first} events are the beginning of the first {second}{_on_trust(any(known))}"
    position, size, root = _number(proof, "position"), _number(proof, "size"), _hash(proof.get("root"))
    if _number(proof, "leaf_index") != position - 1:
        raise Wrong("leaf_index is not position - 1")
    check_inclusion(position - 1, size, leaf(_hash(proof.get("event_hash"))), path, root)
    known = [_compare(roots, log_id, size, root)]
    return f"the event at {position} is among the first {size}{_on_trust(any(known))}"


def _on_trust(known: bool) -> str:
    return "" if known else " (by a root that was not kept: worth as much as where it came from)"


def proofs(given: argparse.Namespace) -> None:
    """Check saved proofs."""
    roots, wrong, checked = _roots(_kept(given.roots)), 0, 0
    for name in given.files:
        for number, proof in enumerate(_objects(name), start=1):
            checked += 1
            try:
                said = check_proof(proof, roots)
                if not given.quiet:
                    print(f"{name}, {number}: {said}")
            except Wrong as error:
                wrong += 1
                print(f"{name}, {number}: WRONG: {error}")
    if wrong or not checked:
        raise Wrong(f"{wrong} of {checked} proofs do not hold")
    print(f"all {checked} proofs hold")


def watch(given: argparse.Namespace) -> None:
    """Fetch the root, have its consistency with the last one kept proved, and keep it."""
    kept = _kept(given.roots)
    now = _get(given, "/v1/log/root")
    log_id, size, root = _text(now, "log_id"), _number(now, "size"), _hash(now.get("root"))
    if kept:
        _continues(given, kept, log_id, size, root)
    if not kept or _number(kept[-1], "size") != size:
        with Path(given.roots).open("a", encoding="utf-8") as file:
            file.write(json.dumps({**now, "kept_at": datetime.now(UTC).isoformat(timespec="seconds")}) + "\n")
    print(f"{size} events, root {root.hex()}: " + ("nothing before was changed" if kept else "the first root kept"))


def _continues(given: argparse.Namespace, kept: list[Json], log_id: str, size: int, root: bytes) -> None:
    """Raises ``Wrong`` unless the log goes on from the last root that was kept."""
    last, roots = kept[-1], _roots(kept)
    before = _number(last, "size")
    if last.get("log_id") != log_id:
        raise Wrong(f"this is another log: {log_id}, and not {last.get('log_id')}")
    if size < before:
        raise Wrong(f"the log has {size} events, and had {before}: its tail was cut, or an older backup was restored")
    _compare(roots, log_id, size, root)
    if 0 < before < size:
        proof = _get(given, f"/v1/log/proof?first={before}&second={size}")
        ends = {"first": before, "first_root": last["root"], "second": size, "second_root": root.hex()}
        _require(proof, {"log_id": log_id, **ends})
        check_proof(proof, roots)


def _require(proof: Json, asked: Json) -> None:
    """Raises ``Wrong`` where ``proof`` speaks of something else than what it was asked."""
    for name, value in asked.items():
        if proof.get(name) != value:
            raise Wrong(f"the server proves something else: {name} is {proof.get(name)}, and should be {value}")


def event(given: argparse.Namespace) -> None:
    """Have it proved that an event is under the last root kept."""
    kept = _kept(given.roots)
    if not kept:
        raise Unknown(f"{given.roots} holds no root yet; run: verify_log.py watch")
    last = {name: kept[-1][name] for name in ("log_id", "size", "root")}
    proof = _get(given, f"/v1/log/proof?position={given.position}&size={last['size']}")
    _require(proof, {**last, "position": given.position})
    print(f"{check_proof(proof, _roots(kept))}; its hash is {proof['event_hash']}")


def events(given: argparse.Namespace) -> None:
    """Compute chains and tree anew from exported events."""
    tree, heads = Tree(), dict[str, tuple[int, bytes]]()
    wanted = {_number(each, "size"): each for each in _kept(given.roots)}
    for line in _lines(given.file):
        if not isinstance(line.get("event"), dict):
            continue
        _follow(line["event"], tree, heads)
        if tree.size in wanted and _hash(wanted[tree.size].get("root")) != tree.root():
            raise Wrong(f"another root over {tree.size} events was kept: history was rewritten")
    if late := [size for size in wanted if size > tree.size]:
        raise Wrong(f"there are {tree.size} events, and a root over {max(late)} was kept: the tail was cut")
    if not tree.size:
        raise Unknown(f"{given.file} holds no events")
    print(f"{tree.size} events of {len(heads)} streams, root {tree.root().hex()}: all chains hold")


def _follow(line: Json, tree: Tree, heads: dict[str, tuple[int, bytes]]) -> None:
    stream, version, position = _text(line, "stream_id"), _number(line, "version"), line.get("position")
    at = f"the event at position {tree.size + 1} ({stream}, version {version})"
    before, previous = heads.get(stream, (0, bytes(32)))
    if (version, position) != (before + 1, tree.size + 1):
        raise Wrong(f"{at} stands at {position}, after version {before} of its stream: one is missing, or misplaced")
    try:
        found, stated = event_hash(previous, line), _stored_hash(line.get("hash"))
    except (ValueError, struct.error) as error:
        raise Wrong(f"{at} can't be read: {error}") from None
    if found != stated:
        raise Wrong(f"{at} does not bear the hash of what it holds: it, or one before it, was altered")
    heads[stream] = (version, found)
    tree.add(found)


def _lines(name: str) -> Iterator[Json]:
    """Each line of a file, which may be longer than memory."""
    try:
        with Path(name).open(encoding="utf-8") as file:
            for line in file:
                found = json.loads(line)
                if isinstance(found, dict):
                    yield found
    except (OSError, ValueError) as error:
        raise Unknown(f"{name}: {error}") from None


def _get(given: argparse.Namespace, path: str) -> Json:
    """What the server answers."""
    if urllib.parse.urlsplit(given.url).scheme not in ("http", "https"):
        raise Unknown("the address begins with https:// or http://")
    request = urllib.request.Request(given.url.rstrip("/") + path, headers={"Authorization": f"Bearer {_token(given)}"})
    try:
        with _opener.open(request, timeout=_TIMEOUT) as response:
            found = json.loads(response.read(_LARGEST))
    except urllib.error.HTTPError as error:
        raise Unknown(f"{path} was answered {error.code}: {error.read(2000).decode(errors='replace')}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise Unknown(f"{given.url}{path}: {error}") from None
    if not isinstance(found, dict):
        raise Unknown(f"{path} was not answered by a JSON object")
    return found


def _token(given: argparse.Namespace) -> str:
    try:
        found = Path(given.token_file).read_text("utf-8") if given.token_file else os.environ.get("TRACKER_TOKEN", "")
    except OSError as error:
        raise Unknown(str(error)) from None
    if not found.strip():
        raise Unknown("there is no token: give --token-file, or set TRACKER_TOKEN")
    return found.strip()


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="watch | event | proofs | events")

    def command(act: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
        added = commands.add_parser(act.__name__, description=act.__doc__)
        added.set_defaults(act=act)
        return added

    for act in (watch, event):
        asking = command(act)
        asking.add_argument("url", metavar="URL", help="where the tracker is, for instance https://tracker.example")
        if act is event:
            asking.add_argument("position", metavar="POSITION", type=int, help="the event's, as the feed gives it")
        asking.add_argument("--roots", required=True, metavar="FILE", help="the roots that were kept, one in each line")
        asking.add_argument("--token-file", metavar="FILE", help="holds the token; otherwise TRACKER_TOKEN does")
    checking = command(proofs)
    checking.add_argument("files", nargs="+", metavar="FILE", help="saved answers of /v1/log/proof")
    checking.add_argument("--quiet", action="store_true", help="name only what is wrong")
    computing = command(events)
    computing.add_argument("file", metavar="FILE", help="an export: JSON Lines in the log's order")
    for each in (checking, computing):
        each.add_argument("--roots", metavar="FILE", help="roots that were kept, to compare with")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; the exit status."""
    given = _parsed(arguments)
    try:
        given.act(given)
    except Wrong as error:
        print(f"WRONG: {error}", file=sys.stderr)
        return 1
    except (Unknown, OSError) as error:
        print(f"can't tell: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
