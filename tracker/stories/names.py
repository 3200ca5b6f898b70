"""Names of outlets and parties: when two spellings are one name, and what is refused about names and mergers.

Names are the same when they differ only in case, width and spacing. A name leads to one outlet (or party), whichever
of its names it is: its present one, an alias, or one of another that was merged into it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal, TypeAlias

from tracker.errors import Conflict, Fault, NotFound

#: What has names that lead to it, and may be merged into another of its kind.
Kind: TypeAlias = Literal["outlet", "party"]


class Unknown(NotFound):
    """There is no such outlet or party."""

    def __init__(self, kind: Kind, asked: str) -> None:
        listed = {"outlet": "outlets", "party": "parties"}[kind]
        super().__init__(f"There is no {kind} {asked}; they are listed at …/{listed}.", name=f"unknown-{kind}")


class NameTaken(Conflict):
    """The name is that of another outlet or party."""

    name = "name-taken"

    def __init__(self, kind: Kind, name: str, holder: str, pointer: str) -> None:
        super().__init__(
            f"{name} is a name of {holder}. Leave it out; or, if both are one {kind}, merge one into the other.",
            faults=[Fault(pointer, "is a name of another")],
            facts={f"{kind}_id": holder},
        )


class Merged(Conflict):
    """It was found to be another outlet or party, and is no longer changed."""

    name = "merged"

    def __init__(self, kind: Kind, gone: str, into: str) -> None:
        super().__init__(
            f"{gone} was merged into {into}; ask that of the {kind} that is left.", facts={f"{kind}_id": into}
        )


class MergedIntoItself(Conflict):
    """What it should be merged into is itself, or was merged into it before."""

    name = "merged-into-itself"

    def __init__(self, kind: Kind) -> None:
        detail = f"Both names lead to one {kind} already; name another one."
        super().__init__(detail, faults=[Fault("/into", "is the same")])


def name_key(name: str) -> str:
    """What two spellings of one name have in common: "NBC  News" and "nbc news" are one."""
    # Folding may take a letter apart, which normalising puts together again.
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def spelled(name: str) -> str:
    """``name`` as it is kept: with single spaces."""
    return " ".join(name.split())


def aliases_of(name: str, aliases: Iterable[str]) -> tuple[str, ...]:
    """``aliases`` as they are kept: each once, by its first spelling, and none that is ``name`` itself."""
    first: dict[str, str] = {}
    for alias in aliases:
        first.setdefault(name_key(alias), spelled(alias))
    first.pop(name_key(name), None)
    return tuple(first.values())


def aliases_after(name: str, before: str, aliases: Iterable[str]) -> tuple[str, ...]:
    """The aliases of what was called ``before`` and is called ``name`` now: who knows the former name finds it."""
    return aliases_of(name, [*aliases, before])
