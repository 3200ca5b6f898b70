"""Roots and proofs, as whoever reads the feed asks for them, and as the verifier in the documentation takes them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.asking import Client, House
from tests.chronicle import everything, follow
from tests.store.merkle import Oracle, consistent, included, other_tree, run, verified
from tests.store.tampering import rewrite, start_again
from tracker.access.permissions import Role
from tracker.api import freshness
from tracker.clock import StoryClock, from_microseconds, rfc3339
from tracker.store import tree
from tracker.store.tree import Tree


@pytest.fixture(scope="module")
def told(house: House, admin: Client) -> list[bytes]:
    """The hashes of what was told, all of it in the tree."""
    for number in range(5):
        story = admin.opens()
        admin.files(story, f"{number}.")
    follow(house.database, Tree())
    return [event.hash for event in everything(house.database)][: size_of(house)]


def size_of(house: House) -> int:
    with house.database.reading() as connection:
        return tree.size(connection)


class TestRoots:
    def test_the_root_is_over_all_that_the_tree_has_come_to(
        self, house: House, admin: Client, told: list[bytes]
    ) -> None:
        root = admin.get("/v1/log/root").body
        assert (root["size"], root["root"]) == (len(told), Oracle(told).root(len(told)).hex())
        last = everything(house.database)[len(told) - 1]
        assert root["recorded_at"] == rfc3339(from_microseconds(last.recorded_at))
        admin.opens()
        assert admin.get("/v1/log/root").body == root

    def test_earlier_roots_stay_as_they_were(self, admin: Client, told: list[bytes]) -> None:
        oracle = Oracle(told)
        for size in range(len(told) + 1):
            root = admin.get(f"/v1/log/root?size={size}").body
            assert (root["size"], root["root"]) == (size, oracle.root(size).hex())
        assert admin.get("/v1/log/root?size=0").body["recorded_at"] is None

    def test_who_has_it_gets_304_and_no_cache_keeps_it(self, admin: Client, told: list[bytes]) -> None:
        paths = ["/v1/log/root", "/v1/log/root?size=3", "/v1/log/proof?position=2&size=5", "/v1/log/proof?first=2"]
        found = [admin.get(path) for path in paths]
        assert len({answer.etag for answer in found}) == len(paths)
        for path, answer in zip(paths, found, strict=True):
            assert answer.headers["Cache-Control"] == "private, no-cache"
            again = admin.get(path, If_None_Match=str(answer.etag))
            assert (again.status, again.raw, again.etag) == (304, b"", answer.etag)

    def test_a_root_that_covers_what_was_just_written_is_waited_for(
        self, house: House, admin: Client, told: list[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        story = admin.opens()
        monkeypatch.setattr(freshness, "LONGEST", 0.05)
        before = admin.get(f"/v1/log/root?wait_for={story['id']}@1").body
        follow(house.database, Tree())
        after = admin.get(f"/v1/log/root?wait_for={story['id']}@1").body
        assert before["size"] < after["size"] == len(everything(house.database))


class TestProofs:
    def test_every_proof_convinces_the_verifier_and_somebody_elses_implementation(
        self, admin: Client, told: list[bytes], tmp_path: Path
    ) -> None:
        size, other, proofs = len(told), other_tree(told), []
        root = bytes.fromhex(admin.get(f"/v1/log/root?size={size}").body["root"])
        for position in range(1, size + 1):
            proof = admin.get(f"/v1/log/proof?position={position}&size={size}").body
            assert (proof["event_hash"], proof["leaf_index"]) == (told[position - 1].hex(), position - 1)
            included(other, position - 1, size, told[position - 1], path_of(proof), root)
            between = admin.get(f"/v1/log/proof?first={position}&second={size}").body
            roots = bytes.fromhex(between["first_root"]), bytes.fromhex(between["second_root"])
            assert consistent(position, size, roots, path_of(between))
            proofs += [proof, between]
        said = verified(tmp_path, proofs, [admin.get(f"/v1/log/root?size={n}").body for n in range(size + 1)])
        assert (said.returncode, said.stdout) == (0, f"all {len(proofs)} proofs hold\n")

    def test_without_a_size_it_is_that_of_the_tree(self, admin: Client, told: list[bytes]) -> None:
        size = admin.get("/v1/log/root").body["size"]
        assert admin.get("/v1/log/proof?position=1").body["size"] == size
        assert admin.get("/v1/log/proof?first=1").body["second"] == size

    def test_equal_sizes_need_no_path(self, admin: Client, told: list[bytes]) -> None:
        proof = admin.get("/v1/log/proof?first=3&second=3").body
        assert (proof["path"], proof["first_root"]) == ([], proof["second_root"])


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "pointers"),
        [
            ("root?size=-1", ["size"]),
            ("root?size=x", ["size"]),
            ("root?position=1", ["position"]),
            ("proof", ["position"]),
            ("proof?size=3", ["position"]),
            ("proof?second=3", ["first"]),
            ("proof?position=0", ["position"]),
            ("proof?position=1&size=0", ["size"]),
            ("proof?position=1&first=1", ["position"]),
            ("proof?position=1&size=2&first=1&second=2", ["position", "size"]),
            ("proof?first=0", ["first"]),
            ("proof?first=1&second=2&second=3", ["second"]),
        ],
    )
    def test_what_can_not_be_asked_is_named(
        self, admin: Client, told: list[bytes], path: str, pointers: list[str]
    ) -> None:
        refused = admin.get(f"/v1/log/{path}")
        assert (refused.status, refused.problem, refused.pointers) == (400, "invalid-parameter", pointers)

    @pytest.mark.parametrize(
        ("path", "pointer"),
        [
            ("root?size=999999", "size"),
            ("root?size=9007199254740991", "size"),
            ("proof?position=4&size=3", "position"),
            ("proof?position=999999", "position"),
            ("proof?position=1&size=999999", "size"),
            ("proof?first=4&second=3", "first"),
            ("proof?first=999999", "first"),
            ("proof?first=1&second=999999", "second"),
        ],
    )
    def test_what_lies_beyond_the_tree_is_named(
        self, admin: Client, told: list[bytes], path: str, pointer: str
    ) -> None:
        refused = admin.get(f"/v1/log/{path}")
        assert (refused.status, refused.problem, refused.pointers) == (400, "beyond-the-tree", [pointer])

    def test_what_lies_beyond_is_refused_with_how_far_the_tree_has_come(self, admin: Client, told: list[bytes]) -> None:
        size = admin.get("/v1/log/root").body["size"]
        assert admin.get(f"/v1/log/root?size={size + 1}").body["at_most"] == size

    def test_whoever_reads_the_feed_may_and_nobody_else(self, house: House, told: list[bytes]) -> None:
        for path in ("/v1/log/root", "/v1/log/proof?position=1"):
            assert {house.client(role).get(path).status for role in Role} == {200}
            assert house.nobody().get(path).status == 401


def path_of(proof: dict[str, Any]) -> list[bytes]:
    return [bytes.fromhex(each) for each in proof["path"]]


class TestTheVerifierOnline:
    @pytest.fixture
    def watched(self, house: House, told: list[bytes]) -> Iterator[Callable[..., tuple[int, str]]]:
        """The verifier, asked to do something at the running server; its exit status, and what it said."""
        server = make_server("127.0.0.1", 0, house.app, threaded=True)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        token = str(house.client(Role.SUBSCRIBER).written)

        def asked(command: str, *rest: str) -> tuple[int, str]:
            said = run(command, f"http://127.0.0.1:{server.server_port}", *rest, TRACKER_TOKEN=token)
            return said.returncode, said.stdout + said.stderr

        yield asked
        server.shutdown()
        serving.join()
        server.server_close()

    def test_it_keeps_a_root_and_has_every_later_one_proved(
        self, house: House, admin: Client, watched: Callable[..., tuple[int, str]], tmp_path: Path
    ) -> None:
        roots = tmp_path / "roots.jsonl"
        status, said = watched("watch", "--roots", str(roots))
        assert (status, "the first root kept" in said) == (0, True)
        first = roots.read_text()
        assert watched("watch", "--roots", str(roots))[0] == 0
        assert roots.read_text() == first
        admin.files(admin.opens())
        follow(house.database, Tree())
        status, said = watched("watch", "--roots", str(roots))
        assert (status, "nothing before was changed" in said) == (0, True)
        kept = [json.loads(line) for line in roots.read_text().splitlines()]
        assert [each["size"] for each in kept] == sorted({each["size"] for each in kept})
        status, said = watched("event", "2", "--roots", str(roots))
        assert (status, everything(house.database)[1].hash.hex() in said) == (0, True)

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"root": "0" * 64}, "history was rewritten"),
            ({"size": 10**6}, "its tail was cut"),
            ({"log_id": "log_of_somebody_else"}, "another log"),
            ({"size": 3}, "first_root"),
        ],
    )
    def test_it_says_where_the_log_is_not_what_it_was(
        self, watched: Callable[..., tuple[int, str]], tmp_path: Path, changed: dict[str, Any], said: str
    ) -> None:
        roots = tmp_path / "roots.jsonl"
        assert watched("watch", "--roots", str(roots))[0] == 0
        roots.write_text(json.dumps({**json.loads(roots.read_text()), **changed}))
        before = roots.read_text()
        status, told = watched("watch", "--roots", str(roots))
        assert (status, said in told, roots.read_text()) == (1, True, before), told

    def test_without_a_token_it_can_not_tell(self, tmp_path: Path) -> None:
        said = run("watch", "http://127.0.0.1:9", "--roots", str(tmp_path / "roots"))
        assert (said.returncode, "there is no token" in said.stderr) == (2, True)


def test_an_event_that_was_rewritten_is_not_proved_by_its_answer(migrated_sqlite_url: str, tmp_path: Path) -> None:
    house = House(migrated_sqlite_url, StoryClock(datetime(2020, 1, 3, tzinfo=UTC)))
    admin = house.client()
    story = admin.opens()
    for number in range(4):
        admin.files(story, f"{number}.")
    follow(house.database, Tree())
    kept = admin.get("/v1/log/root").body
    with house.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER event_no_update")
    rewrite(house.database, 3)
    beside_the_old_tree = admin.get("/v1/log/proof?position=3").body
    start_again(house.database)
    follow(house.database, Tree())
    with_a_new_tree = admin.get("/v1/log/proof?position=3").body
    for proof in (beside_the_old_tree, with_a_new_tree):
        said = verified(tmp_path, [proof], [kept])
        assert (said.returncode, "WRONG" in said.stdout) == (1, True)
    house.close()
