"""How a story's state is written down: what it adds up to in one piece, and the contents of its reports in sheaves.

    packed = msgpack [zstd(msgpack Story without contents), [sheaf, …]]
    sheaf  = [how many contents, whether it is full, zstd(msgpack [Content, …])]

Most who load a story ask for few of its contents or for none, so a sheaf is opened only when one of its contents is
asked for. Sheaves that are full and didn't change go into the next saved state as they are. This is no format to be
kept: a state of another ``shape`` is made anew from the log.

What it does badly: a content is opened anew each time that it is asked for, with those beside it, unless the same
thread has just opened one of them.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

import msgspec
import zstandard

from tracker.stories.reports import Report
from tracker.stories.story import Story
from tracker.stories.values import Content

#: Raise it when ``stories.story`` folds the same events into something else, or when this form changes.
_FORM = 3
#: A sheaf is full with so many contents, or with so many bytes of them.
_SHEAF_REPORTS = 64
_SHEAF_BYTES = 256 * 1024
#: What a state without its contents takes in memory, in the bytes that it is written in.
_EXPANDS = 3


class _Sheaf(msgspec.Struct, array_like=True, frozen=True, gc=False):
    count: int
    full: bool
    data: bytes


class _Packed(msgspec.Struct, array_like=True):
    story: bytes
    sheaves: list[_Sheaf]


class _Place(msgspec.Struct, eq=False, gc=False):
    """Where a content is (``stories.story.Unopened``)."""

    sheaf: _Sheaf
    number: int

    def open(self) -> Content:
        return _opened(self.sheaf)[self.number]

    def __eq__(self, other: object) -> bool:
        return self.open() == (other.open() if isinstance(other, _Place) else other)


class _Bench(threading.local):
    """What one thread packs and unpacks with, and the sheaf that it opened last."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor()
        self.decompressor = zstandard.ZstdDecompressor()
        self.sheaf: _Sheaf | None = None
        self.contents: list[Content] = []


_bench = _Bench()
_encoder = msgspec.msgpack.Encoder()
_story = msgspec.msgpack.Decoder(Story)
_contents = msgspec.msgpack.Decoder(list[Content])
_packed = msgspec.msgpack.Decoder(_Packed)


class Unusable(ValueError):
    """These bytes are no state that can be read."""


@functools.cache
def shape() -> str:
    """A word for what a packed ``Story`` looks like; it changes with the fields of what is in it."""
    fields = msgspec.json.encode(msgspec.json.schema_components((Story, Content)), order="sorted")
    return f"{_FORM}-{sha256(fields).hexdigest()[:16]}"


def pack(story: Story) -> bytes:
    """``story``, written down."""
    bare = {name: msgspec.structs.replace(report, held=None) for name, report in story.reports.items()}
    written = _encoder.encode(msgspec.structs.replace(story, reports=bare))
    sheaves = list(_sheaves([report.held for report in story.reports.values()]))
    return _encoder.encode(_Packed(_bench.compressor.compress(written), sheaves))


def unpack(data: bytes) -> tuple[Story, int]:
    """The story that ``data`` holds, and roughly how many bytes it takes in memory. Raises ``Unusable``."""
    try:
        packed = _packed.decode(data)
        written = _bench.decompressor.decompress(packed.story)
        story = _story.decode(written)
        _fill(story.reports.values(), packed.sheaves)
    except (zstandard.ZstdError, msgspec.DecodeError, ValueError) as error:
        raise Unusable(str(error)) from error
    return story, _EXPANDS * len(written) + len(data)


def _fill(reports: Iterable[Report], sheaves: Sequence[_Sheaf]) -> None:
    places = (_Place(sheaf, number) for sheaf in sheaves for number in range(sheaf.count))
    for report, place in zip(reports, places, strict=True):
        report.held = place


def _opened(sheaf: _Sheaf) -> list[Content]:
    if _bench.sheaf is not sheaf:
        _bench.contents = _contents.decode(_bench.decompressor.decompress(sheaf.data))
        _bench.sheaf = sheaf
    return _bench.contents


def _sheaves(held: Sequence[Content | _Place]) -> Iterator[_Sheaf]:
    at = 0
    while at < len(held):
        sheaf = _same_as_before(held, at) or _new(held, at)
        yield sheaf
        at += sheaf.count


def _same_as_before(held: Sequence[Content | _Place], at: int) -> _Sheaf | None:
    """The full sheaf that these contents still are, in which nothing changed."""
    first = held[at]
    if not isinstance(first, _Place) or not first.sheaf.full:
        return None
    sheaf, now = first.sheaf, held[at : at + first.sheaf.count]
    same = (isinstance(each, _Place) and each.sheaf is sheaf and each.number == n for n, each in enumerate(now))
    return sheaf if len(now) == sheaf.count and all(same) else None


def _new(held: Sequence[Content | _Place], at: int) -> _Sheaf:
    contents: list[bytes] = []
    size = 0
    for each in held[at : at + _SHEAF_REPORTS]:
        contents.append(_encoder.encode(each if isinstance(each, Content) else each.open()))
        size += len(contents[-1])
        if size >= _SHEAF_BYTES:
            break
    full = len(contents) == _SHEAF_REPORTS or size >= _SHEAF_BYTES
    data = _encoder.encode([msgspec.Raw(content) for content in contents])
    return _Sheaf(len(contents), full, _bench.compressor.compress(data))
