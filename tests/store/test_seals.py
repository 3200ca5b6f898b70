"""The frame of an event's data: whole, or refused."""

from __future__ import annotations

import os
import struct

import pytest
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import Damaged
from tracker.store import seals

KEY = bytes(range(32))
CLEAR = b'{"slug":"strike"}'
PRIVATE = b'{"title":"Strike in Baghdad"}'
BOUND = b"evt_1 story.opened 1"
#: Once written by this module; must be readable for ever.
KEPT = bytes.fromhex(
    "01000000117b22736c7567223a22737472696b65227d"
    "54fd1929632204506f31a541422010c16b5e80edff59ecd71b56c1cfddcf9ef2c44c7ea3cf26da6e0fa6e1b25a5500a5"
    "c6ab62b018c25805e58bc04381aa87941875"
)


@given(st.binary(), st.binary(), st.binary())
def test_what_is_framed_comes_out_as_it_went_in(clear: bytes, private: bytes, bound: bytes) -> None:
    key = os.urandom(32)
    framed = seals.frame(clear, private, key, bound)
    assert seals.unframe(framed, key, bound) == (clear, private)
    assert seals.clear_part(framed) == clear


@given(st.binary())
def test_a_frame_without_anything_private_needs_no_key(clear: bytes) -> None:
    framed = seals.frame(clear, None, None, BOUND)
    assert seals.unframe(framed, None, BOUND) == (clear, None)


def test_a_frame_that_was_once_written_is_read_for_ever() -> None:
    assert seals.unframe(KEPT, KEY, BOUND) == (CLEAR, PRIVATE)


def test_a_frame_is_laid_out_as_documented() -> None:
    framed = seals.frame(CLEAR, PRIVATE, KEY, BOUND)
    shown = b"\x01" + struct.pack(">I", len(CLEAR)) + CLEAR
    nonce, sealed = framed[len(shown) :][:12], framed[len(shown) + 12 :]
    assert framed.startswith(shown)
    packed = AESGCM(KEY).decrypt(nonce, sealed, BOUND + shown)
    assert zstandard.decompress(packed) == PRIVATE


def test_what_is_private_does_not_stand_in_the_frame_and_two_frames_share_no_nonce() -> None:
    first, second = (seals.frame(CLEAR, PRIVATE, KEY, BOUND) for _ in range(2))
    assert b"Baghdad" not in first
    assert first != second


@pytest.mark.parametrize(("private", "key"), [(PRIVATE, None), (None, KEY)])
def test_private_content_without_a_key_is_never_dropped(private: bytes | None, key: bytes | None) -> None:
    with pytest.raises(ValueError, match="key"):
        seals.frame(CLEAR, private, key, BOUND)


def test_content_beyond_the_limit_is_not_framed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "_MOST_BYTES", len(PRIVATE) - 1)
    with pytest.raises(ValueError, match="limit"):
        seals.frame(CLEAR, PRIVATE, KEY, BOUND)


# ---- What is no longer as it was written ---------------------------------------------------------------------------


def test_the_clear_part_is_read_without_a_key_and_the_private_part_is_then_damaged() -> None:
    framed = seals.frame(CLEAR, PRIVATE, KEY, BOUND)
    assert seals.clear_part(framed) == CLEAR
    with pytest.raises(Damaged, match="no key"):
        seals.unframe(framed, None, BOUND)


@given(st.data())
def test_any_altered_byte_of_a_sealed_frame_shows(data: st.DataObject) -> None:
    framed = bytearray(seals.frame(CLEAR, PRIVATE, KEY, BOUND))
    at = data.draw(st.integers(0, len(framed) - 1))
    framed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Damaged):
        seals.unframe(bytes(framed), KEY, BOUND)


def test_a_frame_cut_anywhere_shows() -> None:
    framed = seals.frame(CLEAR, PRIVATE, KEY, BOUND)
    for length in range(len(framed)):
        with pytest.raises(Damaged):
            seals.unframe(framed[:length], KEY, BOUND)


def test_a_longer_frame_shows() -> None:
    with pytest.raises(Damaged):
        seals.unframe(seals.frame(CLEAR, PRIVATE, KEY, BOUND) + b"\0", KEY, BOUND)


@pytest.mark.parametrize("key", [bytes(32), KEY[:-1] + b"\0", KEY[:16], b""], ids=["other", "near", "short", "none"])
def test_another_key_shows(key: bytes) -> None:
    with pytest.raises(Damaged, match="another's"):
        seals.unframe(seals.frame(CLEAR, PRIVATE, KEY, BOUND), key, BOUND)


def test_content_that_was_moved_to_another_event_shows() -> None:
    with pytest.raises(Damaged):
        seals.unframe(seals.frame(CLEAR, PRIVATE, KEY, BOUND), KEY, b"evt_2 story.opened 1")


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\0\0\0", b"\x02" + KEPT[1:], b"{}", b"\x01\xff\xff\xff\xffx"])
def test_what_is_no_frame_is_damaged(data: bytes) -> None:
    for read in (seals.clear_part, lambda frame: seals.unframe(frame, KEY, BOUND)):
        with pytest.raises(Damaged):
            read(data)


@pytest.mark.parametrize("says_how_much", [True, False])
def test_a_small_frame_that_asks_for_much_memory_is_damaged(
    says_how_much: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "_MOST_BYTES", 1000)
    shown = b"\x01" + struct.pack(">I", len(CLEAR)) + CLEAR
    packed = zstandard.ZstdCompressor(write_content_size=says_how_much).compress(bytes(100_000))
    sealed = AESGCM(KEY).encrypt(bytes(12), packed, BOUND + shown)
    with pytest.raises(Damaged):
        seals.unframe(shown + bytes(12) + sealed, KEY, BOUND)


def test_sealed_bytes_that_are_not_compressed_are_damaged() -> None:
    shown = b"\x01" + struct.pack(">I", len(CLEAR)) + CLEAR
    sealed = AESGCM(KEY).encrypt(bytes(12), b"no zstd at all", BOUND + shown)
    with pytest.raises(Damaged):
        seals.unframe(shown + bytes(12) + sealed, KEY, BOUND)
