"""The stored format of the chain: fixed inputs give fixed hashes, for ever, and anybody can compute them.

``oracle.hash_after`` is written from the description of the format alone and calls nothing of ``tracker.store.chain``;
on PostgreSQL it is the database that computes what is stored.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from tests.store.oracle import hash_after
from tracker.db.database import Database
from tracker.db.schema import event, stream
from tracker.store import chain, writing
from tracker.store.chain import Header
from tracker.store.writing import Change, Sealed

FIRST = Header(
    stream_id="sty_01dxn7k3c8e5tb3s0w1x5w6q7t",
    event_id="evt_01dxn7k3c8e5tb3s0w1x5w6q7t",
    type="story.opened",
    schema_version=1,
    actor="tok_01dxn7k3c8e5tb3s0w1x5w6q7t",
    on_behalf_of=None,
    correlation_id="req_01dxn7k3c8e5tb3s0w1x5w6q7t",
    causation_id=None,
    traceparent=None,
    key_id=None,
)
SECOND = FIRST._replace(
    event_id="evt_2",
    type="report.filed",
    on_behalf_of="out_Süddeutsche",
    causation_id="evt_01dxn7k3c8e5tb3s0w1x5w6q7t",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    key_id="rpt_1/1",
)
DATA = b'\x01\x00\x00\x00\x11{"slug":"strike"}'
MIDNIGHT = 1_578_009_600_000_000

#: (hash before, version, recorded_at, header, data) and the hash that follows.
VECTORS: dict[str, tuple[tuple[bytes, int, int, Header, bytes], str]] = {
    "first": (
        (bytes(32), 1, MIDNIGHT, FIRST, DATA),
        "04aeadd7b0ecf36f4229887a55a03a613a2c3e1c2ab59170b018dd042440079d",
    ),
    "second": (
        (bytes(range(32)), 2, MIDNIGHT + 1, SECOND, b""),
        "465da6bf2abb593cb64db2a282e6c2e4b8a30c848f4ff02e279b3a1e2d406bde",
    ),
    "before 1970": (
        (bytes(32), 2**40, -1, FIRST, DATA),
        "bd7ff8f4e5d48efa9ef91e1b315dacbd5e85a59746f149bb83cda58cc718d76b",
    ),
    "empty, not absent": (
        (bytes(32), 1, MIDNIGHT, FIRST._replace(on_behalf_of=""), DATA),
        "3154e2b181b1451bdf17a982d8d5ccdd3b67c9b779e2afd151f8e2e8263276e2",
    ),
}

_words = st.text(max_size=8)
_headers = st.builds(
    Header,
    _words,
    _words,
    _words,
    st.integers(1, 99),
    _words,
    st.none() | _words,
    _words,
    *[st.none() | _words] * 3,
)
_links = st.tuples(
    st.binary(min_size=32, max_size=32),
    st.integers(1, 2**63 - 1),
    st.integers(-(2**63), 2**63 - 1),
    _headers,
    st.binary(),
)


def computed(before: bytes, version: int, recorded_at: int, header: Header, data: bytes) -> bytes:
    return chain.link(before, version, recorded_at, header, chain.data_hash(data))


@pytest.mark.parametrize("name", VECTORS)
def test_fixed_inputs_give_fixed_hashes(name: str) -> None:
    given, wanted = VECTORS[name]
    assert computed(*given).hex() == wanted
    assert hash_after(*given).hex() == wanted


@given(_links)
def test_the_hash_is_the_one_that_the_description_gives(link: tuple[bytes, int, int, Header, bytes]) -> None:
    assert computed(*link) == hash_after(*link)


@given(_links, _links, st.integers(0, 4))
def test_links_that_differ_in_one_thing_have_different_hashes(first: Any, other: Any, part: int) -> None:
    second = (*first[:part], other[part], *first[part + 1 :])
    assert (computed(*first) == computed(*second)) == (first == second)


@given(_headers)
def test_moving_letters_from_one_field_to_the_next_makes_another_header(header: Header) -> None:
    moved = header._replace(stream_id=header.stream_id + header.event_id, event_id="")
    assert (moved.to_bytes() == header.to_bytes()) == (moved == header)


def test_the_order_of_the_header_is_part_of_the_format() -> None:
    assert Header._fields == (
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
    assert bytes(32) == chain.GENESIS


# ---- What the databases compute


@pytest.mark.parametrize("how_many", [1, 2, 40], ids=["one", "several", "streamed"])
@pytest.mark.parametrize("name", VECTORS)
def test_an_append_stores_the_fixed_hashes_however_many_events_it_has(
    database: Database, name: str, how_many: int
) -> None:
    """The first of them follows the golden head; where it is the first of a stream, also as its beginning."""
    (before, version, recorded_at, header, data), wanted = VECTORS[name]
    events = [_sealed(header._replace(event_id=f"{header.event_id}{'+' * n}"), data) for n in range(how_many)]
    change = Change(header.stream_id, "story", how_many, header.event_id, None, events, recorded_at, None, False, None)
    for begins in (False, True) if version == 1 else (False,):
        with suppress(_Undone), database.writing() as connection:
            if not begins:
                _place_head(connection, header.stream_id, version - 1, before, recorded_at)
            assert writing.write(connection, change._replace(expected=0 if begins else None))
            assert _hash_of(connection, header.stream_id, version) == wanted
            raise _Undone


class _Undone(Exception):
    """Nothing is to be left of it."""


def _sealed(header: Header, data: bytes) -> Sealed:
    return Sealed(*header[1:], data, chain.data_hash(data), header.to_bytes(), None, None)


def _place_head(connection: Connection, stream_id: str, version: int, head: bytes, recorded_at: int) -> None:
    row = {"id": stream_id, "kind": "story", "version": version, "head_hash": head, "recorded_at": recorded_at}
    connection.execute(stream.insert().values(row))


def _hash_of(connection: Connection, stream_id: str, version: int) -> str:
    found = connection.execute(select(event.c.hash).filter_by(stream_id=stream_id, version=version)).scalar_one()
    return bytes(found).hex()
