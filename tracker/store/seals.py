"""Seals: how content is compressed, encrypted and framed. This is the stored format.

    data   = 0x01 ‖ length of clear (4 bytes, big endian) ‖ clear ‖ sealed
    sealed = nothing, or nonce (12 bytes) ‖ AES-256-GCM(zstd(private)), with ``bound`` and all before it in ``data``

*clear* and *private* are JSON (``stories.stored``). A key seals one version of a report, or one event's own text, so
that destroying it forgets just that; what stays is a frame that still hashes the same. ``bound`` (the event's id,
type and schema version) and the frame's own beginning are authenticated with it, so that sealed content can't be
moved to another event, nor stand beside other clear fields. Nonces are random: a key seals a handful of messages,
far below the 2³² that NIST SP 800-38D §8.3 allows.

What it does badly: a frame without a private part shows no alteration by itself; the chain does.
"""

from __future__ import annotations

import os
import struct
import threading

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tracker.errors import Damaged

_FORMAT = 1
#: The format and the length of the clear part.
_HEAD_BYTES = 5
_NONCE_BYTES = 12
#: No event is larger: the edge takes far less, and a small frame may not ask for memory without end.
_MOST_BYTES = 64 * 1024 * 1024


class _Packing(threading.local):
    """What packs and unpacks: making it costs five times what a small event's packing does, and no two threads may
    use one at once.
    """

    def __init__(self) -> None:
        # Level 1 takes two thirds of the time of the default, 3, for one hundredth more bytes of a report's text.
        self.compressor = zstandard.ZstdCompressor(level=1)
        self.decompressor = zstandard.ZstdDecompressor()


_packing = _Packing()


def frame(clear: bytes, private: bytes | None, key: bytes | None, bound: bytes) -> bytes:
    """An event's ``data``: ``clear`` as it is, ``private`` sealed under ``key``; ``ValueError`` for one of both."""
    shown = struct.pack(">BI", _FORMAT, len(clear)) + clear
    if private is None and key is None:
        return shown
    if private is None or key is None or len(private) > _MOST_BYTES:
        raise ValueError("private content needs a key, a key needs content, and both have their limit")
    return shown + _seal(private, key, bound + shown)


def clear_part(data: bytes) -> bytes:
    """What a frame shows to anybody. Raises ``Damaged`` for what is no frame."""
    return _split(data)[0][_HEAD_BYTES:]


def unframe(data: bytes, key: bytes | None, bound: bytes) -> tuple[bytes, bytes | None]:
    """The clear and the private part; private is ``None`` where there is none.

    Raises ``Damaged`` for a frame that was altered, a wrong key, no key where one is needed, or a wrong ``bound``.
    """
    shown, sealed = _split(data)
    if not sealed and key is None:
        return shown[_HEAD_BYTES:], None
    if key is None:
        raise Damaged("A stored event's content is sealed, and there is no key to it.")
    return shown[_HEAD_BYTES:], _unseal(sealed, key, bound + shown)


def _split(data: bytes) -> tuple[bytes, bytes]:
    """What anybody sees, with the head before it, and what is sealed."""
    if len(data) < _HEAD_BYTES or data[0] != _FORMAT:
        raise Damaged("A stored event has a frame that this program doesn't know.")
    end = _HEAD_BYTES + int.from_bytes(data[1:_HEAD_BYTES], "big")
    if end > len(data):
        raise Damaged("A stored event was cut short.")
    return data[:end], data[end:]


def _seal(private: bytes, key: bytes, beside: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, _packing.compressor.compress(private), beside)


def _unseal(sealed: bytes, key: bytes, beside: bytes) -> bytes:
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        packed = AESGCM(key).decrypt(nonce, text, beside)
        # The library allocates what the packed text itself says, whatever limit it is given.
        if zstandard.get_frame_parameters(packed).content_size > _MOST_BYTES:
            raise ValueError("more than any event holds")
        return _packing.decompressor.decompress(packed)
    except (InvalidTag, ValueError, zstandard.ZstdError) as error:
        raise Damaged("A stored event's content was altered, or its key is another's.") from error
