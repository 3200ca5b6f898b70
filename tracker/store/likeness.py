"""Are two generations of a projection the same? Row by row, and as a digest of each.

The digest is the sum (modulo 2²⁵⁶) of the SHA-256 of every row, as JSON without its generation: the same rows have the
same digest on every machine and database, in whatever order they are read. Rows are read in pages by their key, so that
memory does not grow with the table. What it does badly: a digest finds accidents; it proves nothing to somebody who
can choose the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Row, Table, select, tuple_

#: How many rows are read at once.
_PAGE = 500

_encoder = msgspec.json.Encoder()


class Likeness(msgspec.Struct):
    """What comparing two generations found."""

    #: The position of the log at which both stood.
    position: int
    #: 64 hexadecimal digits each.
    live_digest: str
    built_digest: str
    #: How many rows the one that was built has.
    rows: int = 0
    #: How many rows only one has, or both but not alike.
    differing: int = 0
    #: The table and key of the first of those.
    first: str | None = None

    def __bool__(self) -> bool:
        """Whether they are the same."""
        return not self.differing


class _Digest:
    """The sum of the rows that were added, so far."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, table: Table, row: Sequence[Any]) -> None:
        hashed = sha256(_encoder.encode([str(table.name), *row])).digest()
        self._sum = (self._sum + int.from_bytes(hashed, "big")) % (1 << 256)

    def __str__(self) -> str:
        return f"{self._sum:064x}"


def compare(
    live: tuple[Connection, int],
    built: tuple[Connection, int],
    tables: Sequence[Table],
    position: int,
    beat: Callable[[], None] = lambda: None,
) -> Likeness:
    """Compare two generations, each given by a connection and its number; ``beat`` is called between pages."""
    digests = _Digest(), _Digest()
    found = Likeness(position, "", "")
    for table in tables:
        for rows, others in _side_by_side(live, built, table):
            _judge(found, digests, table, rows, others)
            beat()
    found.live_digest, found.built_digest = map(str, digests)
    return found


_Rows = dict[tuple[Any, ...], Row[Any]]


def _judge(found: Likeness, digests: tuple[_Digest, _Digest], table: Table, rows: _Rows, others: _Rows) -> None:
    for digest, side in zip(digests, (rows, others), strict=True):
        for row in side.values():
            digest.add(table, row)
    found.rows += len(others)
    for key in [*rows, *(key for key in others if key not in rows)]:
        if rows.get(key) != others.get(key):
            found.differing += 1
            found.first = found.first or f"{table.name} {' '.join(map(str, key))}"


def _side_by_side(
    live: tuple[Connection, int], built: tuple[Connection, int], table: Table
) -> Iterator[tuple[_Rows, _Rows]]:
    """Rows of both with the same keys, or with keys that only one has."""
    after = None
    for page in _pages(live[0], table, live[1], None, None):
        rows = {_key_of(table, row): row for row in page}
        last = next(reversed(rows))
        for others in _pages(built[0], table, built[1], after, last):
            found = {_key_of(table, row): row for row in others}
            yield {key: rows.pop(key) for key in found if key in rows}, found
        yield rows, {}
        after = last
    for others in _pages(built[0], table, built[1], after, None):
        yield {}, {_key_of(table, row): row for row in others}


def _pages(
    connection: Connection, table: Table, generation: int, after: tuple[Any, ...] | None, last: tuple[Any, ...] | None
) -> Iterator[Sequence[Row[Any]]]:
    """The rows of a generation with keys over ``after``, up to ``last``, without their generation."""
    key = tuple_(*_key(table))
    wanted = select(*_columns(table)).where(table.c.generation == generation).order_by(*_key(table)).limit(_PAGE)
    if last is not None:
        wanted = wanted.where(key <= tuple_(*last))
    while rows := connection.execute(wanted if after is None else wanted.where(key > tuple_(*after))).all():
        yield rows
        if len(rows) < _PAGE:
            return
        after = _key_of(table, rows[-1])


def _key(table: Table) -> list[Column[Any]]:
    return [column for column in table.primary_key.columns if column.name != "generation"]


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name != "generation" and column.info.get("compared", True)]


def _key_of(table: Table, row: Row[Any]) -> tuple[Any, ...]:
    return tuple(row._mapping[column] for column in _key(table))
