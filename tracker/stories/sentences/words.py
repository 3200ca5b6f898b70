"""How the parts of a sentence are put together: quoted, listed, shortened, ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tracker.stories.calendar_names import MONTHS

#: What another event said is repeated up to so many characters.
MOST_REPEATED = 200
#: So many of a list are called by their names.
MOST_NAMED = 5


def quoted(text: str) -> str:
    """``text`` in quotation marks, on one line and shortened."""
    return f"“{shortened(text)}”"


def shortened(text: str) -> str:
    """``text`` on one line; of a long one the words that fit into ``MOST_REPEATED`` characters, and an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= MOST_REPEATED:
        return line
    return f"{line[: MOST_REPEATED - 1].rpartition(' ')[0] or line[: MOST_REPEATED - 1]}…"


def listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; of many the first few, and how many others."""
    if len(parts) > MOST_NAMED + 1:
        parts = [*parts[:MOST_NAMED], f"{len(parts) - MOST_NAMED} others"]
    return joined(parts)


def joined(parts: Sequence[str]) -> str:
    """All of ``parts``, as ``listed`` puts them together."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def noted(note: str | None) -> str:
    """What ends a sentence: a colon and ``note``, or the stop alone."""
    return f": {ended(note)}" if note else "."


def ended(text: str) -> str:
    """``text`` on one line, with the sign that ends a sentence."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?", "…", "”", '"')) else f"{line}."


def capital(text: str) -> str:
    """``text`` as a sentence begins."""
    return text[:1].upper() + text[1:]


def moment(at: datetime) -> str:
    """For instance ``13 January 2020, 18:00 UTC``."""
    there = at.astimezone(UTC)
    return f"{there.day} {MONTHS[there.month - 1].capitalize()} {there.year}, {there:%H:%M} UTC"


def counted(number: int, noun: str) -> str:
    """For instance ``1 claim`` or ``2 claims``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
