"""The form of an export: one JSON object a line, each with a sum over all that stands before it.

    {"<name>":{…},"sum":"<16 hexadecimal digits>"}
    …
    {"end":{"lines":<number>,"sha256":"<digest>"},"sum":"…"}

A sum is the beginning of the SHA-256 of every line up to this one, each without its own sum and what follows it. So a
line that was altered, moved, lost or put there is noticed at that line, and a file that was cut at its end, which must
be an ``end`` with the number of lines before it and the whole digest. Bytes are base64. This finds accidents; somebody
who edits a file on purpose can write the sums anew, and is found by the log's chain where it is an event that he edits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from tracker.errors import Damaged, Unavailable

#: Raised when a reader must know more than before to understand a file.
FORMAT = 1
#: No line is longer: an event holds 64 MiB at most, which base64 stretches by a third.
_LONGEST = 96 * 1024 * 1024
_SUM = 16
_LINE = re.compile(rb'(\{"([a-z_]+)":(\{.*\})),"sum":"([0-9a-f]{16})"\}\n', re.DOTALL)

_encoder = msgspec.json.Encoder()


class Header(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The first line of either file."""

    format: int
    #: "log" or "keys".
    holds: str
    #: Of both files of one export the same.
    export_id: str
    made_at: str
    log_id: str
    #: When the log was made, microseconds since 1970.
    created_at: int
    #: The revision of the database that it was read from.
    revision: str
    #: How many rows there are of each table.
    counts: dict[str, int]


class End(msgspec.Struct, forbid_unknown_fields=True):
    """What the last line says."""

    lines: int
    sha256: str


_end = msgspec.json.Decoder(End)


class Line(NamedTuple):
    """A line of a file."""

    path: Path
    number: int
    name: str
    #: The JSON object, as it is written.
    body: bytes

    def wrong(self, what: str) -> Damaged:
        """An error that names this line."""
        return Damaged(f"{self.path}, line {self.number}: {what} Nothing was imported.")


class Writer:
    """Writes the lines of one file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = sha256()
        self._lines = 0

    def write(self, name: str, row: Mapping[Any, Any] | msgspec.Struct) -> None:
        """Write ``row``, of which bytes become base64."""
        text = b'{"%s":%s' % (name.encode(), _encoder.encode(row if isinstance(row, msgspec.Struct) else dict(row)))
        self._digest.update(text)
        self._file.write(b'%s,"sum":"%s"}\n' % (text, self._digest.hexdigest()[:_SUM].encode()))
        self._lines += 1

    def end(self) -> None:
        """Write the last line."""
        self.write("end", End(self._lines, self._digest.hexdigest()))


def read(path: Path) -> Iterator[Line]:
    """The lines of a file but its last, each as soon as it is known to be whole.

    Raises ``Damaged``, with the number of the first line that is not as it was written; ``Unavailable``.
    """
    try:
        with path.open("rb") as file:
            yield from _read(path, file)
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror or error}.") from error


def _read(path: Path, file: IO[bytes]) -> Iterator[Line]:
    digest, number = sha256(), 0
    while text := file.readline(_LONGEST):
        number += 1
        before = digest.hexdigest()
        line, covered, found = _parsed(path, number, text)
        digest.update(covered)
        if digest.hexdigest()[:_SUM] != found:
            raise line.wrong("It was altered, or a line before it is missing or was put there.")
        if line.name == "end":
            _require_end(line, before, file)
            return
        yield line
    raise Line(path, number + 1, "", b"").wrong("The file was cut off here: its last line is missing.")


def _parsed(path: Path, number: int, text: bytes) -> tuple[Line, bytes, str]:
    found = _LINE.fullmatch(text)
    if found is None:
        what = "This is no whole line of an export; perhaps the file was cut off here."
        raise Line(path, number, "", b"").wrong(what)
    covered, name, body, written = found.groups()
    return Line(path, number, name.decode(), body), covered, written.decode()


def _require_end(line: Line, digest: str, file: IO[bytes]) -> None:
    if decoded(line, _end) != End(line.number - 1, digest):
        raise line.wrong("The number of lines or their digest is another.")
    if file.read(1):
        raise line.wrong("Something stands behind what should be the last line.")


def decoded(line: Line, decoder: msgspec.json.Decoder[Any]) -> Any:
    """What the line holds. Raises ``Damaged``, with its number, for what ``decoder`` doesn't take."""
    try:
        return decoder.decode(line.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise line.wrong(f"This can't be read: {error}.") from error
