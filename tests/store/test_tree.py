"""The tree over the log: its roots and proofs are those of RFC 9162, by the RFC's own definitions, by somebody else's
implementation and by the verifier in the documentation; and a kept root shows whatever was done to the log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InvalidProof, verify_consistency

from tests.chronicle import follow
from tests.store.merkle import Oracle, consistent, included, other_tree, run, verified
from tests.store.tampering import cut, rewrite, start_again
from tests.store.writing import NOW, append, read_all
from tracker.api.schemas.log import present_consistency, present_inclusion, present_root
from tracker.db.database import Database
from tracker.errors import Damaged
from tracker.store import log, proofs, tree
from tracker.store.proofs import Growing, Hashes, Node, Range
from tracker.store.transfer import exporting
from tracker.store.tree import Tree

MOST = 300
#: Of trees of these sizes, every proof is looked at.
SIZES = [*range(1, 131), 255, 256, 257, MOST - 1, MOST]
ENTRIES = [sha256(str(number).encode()).digest() for number in range(MOST)]
#: Which log the proofs in these tests are of.
LOG = "log_of_the_test"


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle(ENTRIES)


@pytest.fixture(scope="module")
def grown() -> dict[Node, bytes]:
    """Every complete subtree over ``ENTRIES``."""
    growing, nodes = Growing(0, {}), dict[Node, bytes]()
    for entry in ENTRIES:
        for node, made in growing.add(entry):
            assert node not in nodes
            nodes[node] = made
    return nodes


def roots_of(hashes: Hashes, ranges: list[Range]) -> list[bytes]:
    return [proofs.root(hashes, each) for each in ranges]


def all_roots(oracle: Oracle) -> list[dict[str, Any]]:
    return [present_root(LOG, size, oracle.root(size), None) for size in range(MOST + 1)]


class TestComputing:
    def test_every_root_is_the_definitions_and_somebody_elses(self, oracle: Oracle, grown: Hashes) -> None:
        other = other_tree(ENTRIES)
        for size in range(MOST + 1):
            root = proofs.root(grown, Range(0, size))
            assert root == oracle.root(size) == other.get_root(size)
            assert Growing(size, grown).root() == root

    def test_every_inclusion_path_is_the_definitions_and_convinces_others(
        self, oracle: Oracle, grown: Hashes, tmp_path: Path
    ) -> None:
        other, saved = other_tree(ENTRIES), []
        for size in SIZES:
            root = oracle.root(size)
            for index in range(size):
                path = roots_of(grown, proofs.inclusion(index, size))
                assert path == oracle.inclusion(index, size)
                included(other, index, size, ENTRIES[index], path, root)
                saved.append(present_inclusion(LOG, index + 1, size, ENTRIES[index], tree.Inclusion(root, path)))
        said = verified(tmp_path, saved, all_roots(oracle))
        assert (said.returncode, said.stdout) == (0, f"all {len(saved)} proofs hold\n"), said.stderr

    def test_every_consistency_path_is_the_definitions_and_convinces_others(
        self, oracle: Oracle, grown: Hashes, tmp_path: Path
    ) -> None:
        saved = []
        for second in SIZES:
            for first in range(1, second + 1):
                roots = oracle.root(first), oracle.root(second)
                path = roots_of(grown, proofs.consistency(first, second))
                assert path == oracle.consistency(first, second)
                assert consistent(first, second, roots, path)
                saved.append(present_consistency(LOG, first, second, tree.Consistency(*roots, path)))
        said = verified(tmp_path, saved, all_roots(oracle))
        assert (said.returncode, said.stdout) == (0, f"all {len(saved)} proofs hold\n"), said.stderr

    def test_somebody_elses_consistency_proofs_hold_between_our_roots(self, grown: Hashes) -> None:
        other = other_tree(ENTRIES)
        for second in range(1, MOST + 1, 7):
            for first in range(1, second + 1):
                ours = (proofs.root(grown, Range(0, size)) for size in (first, second))
                verify_consistency(*ours, other.prove_consistency(first, second))

    @given(st.integers(1, 2**50), st.data())
    def test_a_proof_reads_few_nodes_whatever_the_size(self, size: int, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, size - 1))
        paths = [proofs.inclusion(index, size), proofs.consistency(index + 1, size)]
        for path in paths:
            assert len({node for each in [Range(0, size), *path] for node in proofs.covering(each)}) <= 3 * 51
            assert len(path) <= 51


def flipped(hexadecimal: str, bit: int) -> str:
    value = int(hexadecimal, 16) ^ 1 << bit
    return f"{value:064x}"


def wrong_inclusions(oracle: Oracle, index: int, size: int) -> Iterator[dict[str, Any]]:
    right = present_inclusion(
        LOG, index + 1, size, ENTRIES[index], tree.Inclusion(oracle.root(size), oracle.inclusion(index, size))
    )
    for other in range(size):
        if other != index:
            yield {**right, "position": other + 1, "leaf_index": other}
    for other in {*range(1, 40), 2 * size} - {size}:
        yield {**right, "size": other}
    yield {**right, "leaf_index": index + 1}
    for name in ("root", "event_hash"):
        yield from ({**right, name: flipped(right[name], bit)} for bit in (0, 7, 128, 255))
    yield from wrong_paths(right)


def wrong_consistencies(oracle: Oracle, first: int, second: int) -> Iterator[dict[str, Any]]:
    proof = tree.Consistency(oracle.root(first), oracle.root(second), oracle.consistency(first, second))
    right = present_consistency(LOG, first, second, proof)
    yield from ({**right, "first": other} for other in {*range(40), second + 1} - {first})
    yield from ({**right, "second": other} for other in {*range(40), 2 * second} - {second})
    for name in ("first_root", "second_root"):
        yield from ({**right, name: flipped(right[name], bit)} for bit in (0, 7, 128, 255))
    yield from wrong_paths(right)


def wrong_paths(right: dict[str, Any]) -> Iterator[dict[str, Any]]:
    path = right["path"]
    for place, each in enumerate(path):
        for bit in range(256):
            yield {**right, "path": [*path[:place], flipped(each, bit), *path[place + 1 :]]}
        yield {**right, "path": [*path[:place], *path[place + 1 :]]}
        yield {**right, "path": [*path[:place], each[:-2], *path[place + 1 :]]}
    yield {**right, "path": [*path, "0" * 64]}
    yield {**right, "path": ["0" * 64, *path]}


class TestRefusing:
    @pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (2, 3), (4, 7), (7, 8), (8, 9), (17, 37), (36, 37)])
    def test_an_inclusion_with_anything_wrong_is_refused(
        self, oracle: Oracle, index: int, size: int, tmp_path: Path
    ) -> None:
        wrong = list(wrong_inclusions(oracle, index, size))
        self._all_refused(verified(tmp_path, wrong, all_roots(oracle)), wrong)

    @pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 3), (3, 7), (4, 7), (7, 8), (8, 8), (9, 37), (36, 37)])
    def test_a_consistency_with_anything_wrong_is_refused(
        self, oracle: Oracle, first: int, second: int, tmp_path: Path
    ) -> None:
        wrong = list(wrong_consistencies(oracle, first, second))
        self._all_refused(verified(tmp_path, wrong, all_roots(oracle)), wrong)

    def test_somebody_elses_implementation_refuses_a_flipped_bit_and_another_leaf(self, oracle: Oracle) -> None:
        other, path, root = other_tree(ENTRIES), oracle.inclusion(17, 37), oracle.root(37)
        bent = [bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:]]
        for given_path, index, entry in ((bent, 17, 17), (path, 16, 17), (path, 17, 16), (path[1:], 17, 17)):
            with pytest.raises(InvalidProof):
                included(other, index, 37, ENTRIES[entry], given_path, root)
        roots, between = (oracle.root(9), root), oracle.consistency(9, 37)
        assert consistent(9, 37, roots, between)
        assert not consistent(9, 37, roots, [bent[0], *between[1:]])
        assert not consistent(9, 37, (roots[1], roots[0]), between)

    def _all_refused(self, said: Any, wrong: list[Any]) -> None:
        refused = [line for line in said.stdout.splitlines() if "WRONG" in line]
        named = {int(line.split(", ")[1].split(":")[0]) for line in refused}
        taken = [each for number, each in enumerate(wrong, start=1) if number not in named]
        assert (taken, said.returncode) == ([], 1), said.stderr


def stored(database: Database, table: str) -> list[tuple[Any, ...]]:
    with database.reading() as connection:
        return sorted(tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}"))


def hashes_of(database: Database) -> list[bytes]:
    return [event.hash for event in read_all(database)]


class TestFollowing:
    @pytest.mark.parametrize("page", [1, 7, 64, 200])
    def test_the_stored_tree_gives_every_root_and_proof(self, database: Database, page: int) -> None:
        append(database, "sty_1", *map(str, range(40)))
        append(database, "sty_2", *map(str, range(29)))
        follow(database, Tree(), page=page)
        oracle = Oracle(hashes_of(database))
        with database.reading() as connection:
            assert tree.size(connection) == 69
            assert [tree.root(connection, size) for size in range(70)] == [oracle.root(size) for size in range(70)]
            for second in (1, 2, 3, 32, 33, 68, 69):
                for first in range(1, second + 1):
                    path = oracle.inclusion(first - 1, second)
                    assert tree.inclusion(connection, first, second) == (oracle.root(second), path)
                    between = oracle.root(first), oracle.root(second), oracle.consistency(first, second)
                    assert tree.consistency(connection, first, second) == between

    def test_the_same_rows_are_stored_whatever_the_pages(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tree, "KEEP_EVERY", 10)
        append(database, "sty_1", *map(str, range(35)))
        seen = []
        for page in (1, 4, 200):
            follow(database, Tree(), page=page)
            seen.append((stored(database, "tree_node"), stored(database, "tree_root")))
            start_again(database)
        assert seen[0] == seen[1] == seen[2]
        assert [size for size, *_ in seen[0][1]] == [10, 20, 30]

    def test_a_root_is_kept_each_time_so_many_events_have_come(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tree, "KEEP_EVERY", 10)
        append(database, "sty_1", *map(str, range(35)))
        follow(database, Tree(), page=15)
        oracle = Oracle(hashes_of(database))
        with database.reading() as connection:
            assert tree.kept_roots(connection, limit=2) == [(10, oracle.root(10)), (20, oracle.root(20))]
            assert tree.kept_roots(connection, after=20, limit=2) == [(30, oracle.root(30))]

    def test_what_is_there_is_never_written_again_and_nothing_is_passed_over(self, database: Database) -> None:
        append(database, "sty_1", *"abcde")
        follow(database, Tree(), page=3)
        events, before = read_all(database), stored(database, "tree_node")
        append(database, "sty_1", *"fg")
        for wrong in (events, events[4:], read_all(database)[6:]):
            with pytest.raises(Damaged, match="does not end after"), database.writing() as connection:
                Tree().apply(connection, wrong)
        assert stored(database, "tree_node") == before

    def test_a_node_that_is_in_the_way_stops_the_follower(self, database: Database) -> None:
        append(database, "sty_1", "a")
        follow(database, Tree())
        with database.writing() as connection:
            hash = "X'00'" if database.kind == "sqlite" else r"'\x00'::bytea"
            connection.exec_driver_sql(f"INSERT INTO tree_node (level, number, hash) VALUES (1, 0, {hash})")
        append(database, "sty_1", "b")
        with pytest.raises(Exception, match=r"(?i)unique"):
            follow(database, Tree())
        with database.reading() as connection:
            assert tree.size(connection) == 1

    def test_it_needs_no_content_and_knows_no_types(
        self, database: Database, without_guards: Callable[[], None]
    ) -> None:
        append(database, "sty_1", *"abc")
        without_guards()
        with database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM content_key")
            connection.exec_driver_sql("UPDATE event SET type = 'story.from_the_future', schema_version = 99")
        follow(database, Tree())
        with database.reading() as connection:
            assert tree.root(connection, 3) == Oracle(hashes_of(database)).root(3)

    def test_missing_nodes_are_named_as_damage_and_no_root_is_made_up(self, database: Database) -> None:
        append(database, "sty_1", *"abcdef")
        follow(database, Tree())
        with database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM tree_node WHERE level = 2")
        with database.reading() as connection:
            assert len(tree.root(connection, 3)) == 32
            with pytest.raises(Damaged):
                tree.root(connection, 6)


def kept_root(database: Database) -> dict[str, Any]:
    """What somebody keeps elsewhere: the log's root as it is."""
    with database.reading() as connection:
        size = tree.size(connection)
        return present_root(log.log_id(connection), size, tree.root(connection, size), None)


def continuation(database: Database, first: int) -> dict[str, Any]:
    """What the log proves of itself as it is now: that its first ``first`` events were its beginning."""
    with database.reading() as connection:
        second = tree.size(connection)
        return present_consistency(log.log_id(connection), first, second, tree.consistency(connection, first, second))


def export(database: Database, file: Path) -> str:
    """Export the log, as ``tracker export`` does; returns the file's name."""
    exporting.export(database, file, None, NOW, export_id="exp_1", followers=())
    return str(file)


class TestTampering:
    @pytest.fixture
    def kept(self, database: Database, without_guards: Callable[[], None]) -> dict[str, Any]:
        """The root over twenty events that was kept; whoever comes now may do anything."""
        append(database, "sty_1", *map(str, range(20)))
        follow(database, Tree())
        without_guards()
        return kept_root(database)

    def test_an_honest_log_that_went_on_proves_it(
        self, database: Database, kept: dict[str, Any], tmp_path: Path
    ) -> None:
        append(database, "sty_1", *map(str, range(20, 33)))
        follow(database, Tree())
        said = verified(tmp_path, [continuation(database, 20)], [kept])
        assert (said.returncode, said.stderr) == (0, "")

    def test_a_rewritten_history_is_shown_by_a_kept_root(
        self, database: Database, kept: dict[str, Any], tmp_path: Path
    ) -> None:
        append(database, "sty_1", *map(str, range(20, 33)))
        rewrite(database, 5)
        start_again(database)
        follow(database, Tree())
        said = verified(tmp_path, [continuation(database, 20)], [kept])
        assert (said.returncode, "history was rewritten" in said.stdout) == (1, True)
        # Within itself the rewritten log is in order: it takes the kept root to see it.
        assert verified(tmp_path, [continuation(database, 20)]).returncode == 0
        file = export(database, tmp_path / "log.jsonl")
        assert run("events", file).returncode == 0
        (tmp_path / "kept.jsonl").write_text(json.dumps(kept))
        shown = run("events", file, "--roots", str(tmp_path / "kept.jsonl"))
        assert (shown.returncode, "history was rewritten" in shown.stderr) == (1, True)

    def test_a_rewritten_history_beside_the_old_tree_is_shown_by_the_event(
        self, database: Database, kept: dict[str, Any], tmp_path: Path
    ) -> None:
        rewrite(database, 5)
        with database.reading() as connection:
            proof = tree.inclusion(connection, 5, 20)
        answer = present_inclusion(kept["log_id"], 5, 20, hashes_of(database)[4], proof)
        said = verified(tmp_path, [answer], [kept])
        assert (said.returncode, "another root" in said.stdout) == (1, True)

    def test_a_cut_tail_is_shown_by_a_kept_root_also_when_the_log_has_grown_again(
        self, database: Database, kept: dict[str, Any], tmp_path: Path
    ) -> None:
        cut(database, 15)
        start_again(database)
        follow(database, Tree())
        assert kept_root(database)["size"] == 15
        (tmp_path / "kept.jsonl").write_text(json.dumps(kept))
        shown = run("events", export(database, tmp_path / "log.jsonl"), "--roots", str(tmp_path / "kept.jsonl"))
        assert (shown.returncode, "the tail was cut" in shown.stderr) == (1, True)
        append(database, "sty_1", *"abcdefgh")
        follow(database, Tree())
        said = verified(tmp_path, [continuation(database, 20)], [kept])
        assert (said.returncode, "history was rewritten" in said.stdout) == (1, True)

    def test_an_altered_event_of_an_export_is_named(
        self, database: Database, kept: dict[str, Any], tmp_path: Path
    ) -> None:
        file = tmp_path / "log.jsonl"
        export(database, file)
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        seventh = next(line for line in lines if line.get("event", {}).get("position") == 7)
        seventh["event"]["actor"] = "tok_2"
        file.write_text("\n".join(map(json.dumps, lines)))
        shown = run("events", str(file))
        assert (shown.returncode, "position 7 (sty_1, version 7)" in shown.stderr) == (1, True)
        lines.remove(seventh)
        file.write_text("\n".join(map(json.dumps, lines)))
        shown = run("events", str(file))
        assert (shown.returncode, "one is missing, or misplaced" in shown.stderr) == (1, True)


def test_what_can_not_be_read_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("{")
    for arguments in (
        ["proofs", str(tmp_path / "nothing")],
        ["proofs", str(tmp_path / "text")],
        ["events", str(tmp_path / "text")],
        ["proofs", str(tmp_path / "text"), "--roots", str(tmp_path / "text")],
        ["watch", "ftp://127.0.0.1/", "--roots", str(tmp_path / "roots")],
        ["event", "http://127.0.0.1:9", "1", "--roots", str(tmp_path / "roots")],
    ):
        said = run(*arguments)
        assert (said.returncode, "can't tell" in said.stderr) == (2, True), arguments
