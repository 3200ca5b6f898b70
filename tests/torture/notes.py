"""What writers note down: what they are about to append, and what they were answered, one JSON line each.

A note is one ``write`` to a file that is open for appending, made when the transaction is over: a writer that is
killed loses at most its last answer, and then nobody was told.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.torture.checker import Attempt, Outcome, Part


class Notes:
    """The notes of one process; its threads share them."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def begins(self, attempt: str, parts: Iterable[Part], *, refused: bool = False) -> None:
        """An attempt begins; with ``refused``, its writer is going to take it back, come what may."""
        listed = [[part.stream_id, list(part.event_ids)] for part in parts]
        self._write({"attempt": attempt, "began": time.monotonic(), "parts": listed, "refused": refused})

    def ends(self, attempt: str, outcome: Outcome, firsts: Sequence[int] = ()) -> None:
        """It is known how the attempt ended; ``firsts``: the first version of each part, where there are any."""
        self._write({"attempt": attempt, "ended": time.monotonic(), "outcome": outcome, "firsts": list(firsts)})

    def broken(self, what: str) -> None:
        """Something happened that must not."""
        self._write({"broken": what})

    def _write(self, note: dict[str, Any]) -> None:
        os.write(self._file, json.dumps(note).encode() + b"\n")


@dataclass
class Noted:
    """All notes of a folder."""

    attempts: list[Attempt]
    broken: list[str]


def read(folder: Path) -> Noted:
    """What all processes noted."""
    begun: dict[str, dict[str, Any]] = {}
    ended: dict[str, dict[str, Any]] = {}
    broken = []
    for path in sorted(folder.glob("*.notes")):
        # A last line without an end is the killed writer's.
        for note in map(json.loads, path.read_bytes().split(b"\n")[:-1]):
            if "broken" in note:
                broken.append(f"{path.stem}: {note['broken']}")
            else:
                (begun if "began" in note else ended)[note["attempt"]] = note
    return Noted([_attempt(note, ended.get(name)) for name, note in begun.items()], broken)


def _attempt(begun: dict[str, Any], ended: dict[str, Any] | None) -> Attempt:
    known = Outcome(ended["outcome"]) if ended else Outcome.UNKNOWN
    firsts = (ended["firsts"] if ended else None) or [None] * len(begun["parts"])
    parts = [Part(stream, tuple(ids), first) for (stream, ids), first in zip(begun["parts"], firsts, strict=True)]
    outcome = Outcome.REFUSED if begun["refused"] else known
    return Attempt(outcome, tuple(parts), begun["began"], ended["ended"] if ended else None)
