"""An outlet: who publishes. A small stream of its own, laid out like a story's.

An outlet comes into being when it is first mentioned. Names are the same when they differ only in case and spacing.
"""

from __future__ import annotations

import unicodedata
from typing import TypeAlias

import msgspec


class OutletAdded(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet was mentioned for the first time."""

    outlet_id: str
    name: str


OutletEvent: TypeAlias = OutletAdded


def name_key(name: str) -> str:
    """What two spellings of one outlet's name have in common: "NBC  News" and "nbc news" are one."""
    # Folding may take a letter apart, which normalising puts together again.
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
