"""What changed in what is known, between two revisions: claims and how they stand, dates, holds, kills, requests.

It is read as values (a page) or as part of the published document (``to_document``). What the newsroom keeps to itself
is in neither: who marked something, why a report was killed, on whose authority something is held.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from tracker.stories.changes import (
    AppearanceChange,
    Change,
    ClaimChange,
    HoldChange,
    KillChange,
    LinkChange,
    OccurrenceChange,
    OrphanChange,
    RelationChange,
    RequestChange,
    StandingChange,
    WithdrawalChange,
)
from tracker.stories.claims import Standing
from tracker.stories.desk import DeskAct, Request
from tracker.stories.marks import Account
from tracker.stories.readings import reading
from tracker.stories.standing_in_words import in_words

#: So many changes of each kind are in one comparison.
MOST = 500

_Kind = TypeVar("_Kind")
#: What of an entry is the newsroom's own, or follows from the rest.
_UNSAID = ("actor", "authority", "found_in")


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of each kind, keyed by id; none more than ``MOST``."""

    kills: tuple[KillChange, ...] = ()
    claims: tuple[ClaimChange, ...] = ()
    appearances: tuple[AppearanceChange, ...] = ()
    orphans: tuple[OrphanChange, ...] = ()
    standings: tuple[StandingChange, ...] = ()
    relations: tuple[RelationChange, ...] = ()
    occurrences: tuple[OccurrenceChange, ...] = ()
    links: tuple[LinkChange, ...] = ()
    withdrawals: tuple[WithdrawalChange, ...] = ()
    holds: tuple[HoldChange, ...] = ()
    requests: tuple[RequestChange, ...] = ()
    #: Whether there are more changes than are in it.
    more: bool = False

    @property
    def is_equal(self) -> bool:
        """Whether nothing of it changed."""
        return not any(getattr(self, name) for name in KINDS)


#: What each kind is called in the document.
KINDS = tuple(name for name in Knowledge.__struct_fields__ if name != "more")


def knowledge_in(found: Iterable[Change]) -> Knowledge:
    """Those of ``found`` that are about what is known."""
    listed = list(found)
    kinds: dict[str, list[Any]] = {
        "kills": _of(KillChange, listed),
        "claims": _of(ClaimChange, listed),
        "appearances": _of(AppearanceChange, listed),
        "orphans": _of(OrphanChange, listed),
        "standings": _of(StandingChange, listed),
        "relations": _of(RelationChange, listed),
        "occurrences": _of(OccurrenceChange, listed),
        "links": _of(LinkChange, listed),
        "withdrawals": _of(WithdrawalChange, listed),
        "holds": _of(HoldChange, listed),
        "requests": _of(RequestChange, listed),
    }
    more = any(len(each) > MOST for each in kinds.values())
    return Knowledge(**{name: tuple(each[:MOST]) for name, each in kinds.items()}, more=more)


def to_document(known: Knowledge) -> dict[str, Any]:
    """The published form, ready for JSON: a list for each of ``KINDS``."""
    return {
        "kills": [_kill(each) for each in known.kills],
        "claims": [_plain(each) for each in known.claims],
        "appearances": [_plain(each) for each in known.appearances],
        "orphans": [_plain(each) for each in known.orphans],
        "standings": [_standing_change(each) for each in known.standings],
        "relations": [_plain(each) for each in known.relations],
        "occurrences": [_occurrence(each) for each in known.occurrences],
        "links": [{"op": each.op, **_plain(each.link)} for each in known.links],
        "withdrawals": [_plain(each) for each in known.withdrawals],
        "holds": [_plain(each) for each in known.holds],
        "requests": [_request_change(each) for each in known.requests],
    }


def _of(kind: type[_Kind], found: Iterable[object]) -> list[_Kind]:
    return [each for each in found if isinstance(each, kind)]


def _plain(entry: msgspec.Struct) -> dict[str, Any]:
    """``entry`` as JSON has it, without what isn't said, also of its two sides."""
    built = _built(entry)
    if "outlet" in built:
        built["outlet"] = {"id": built["outlet"]["id"], "name": built["outlet"]["name"]}
    sides = {side: _without(built[side]) for side in ("from", "to") if isinstance(built.get(side), dict)}
    return _without({**built, **sides})


def _built(value: msgspec.Struct) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return built


def _without(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _UNSAID and name != "change"}


def _kill(change: KillChange) -> dict[str, Any]:
    kill = change.kill
    return {
        "op": change.op,
        "report_id": change.report_id,
        "outlet": {"id": change.outlet.id, "name": change.outlet.name},
        "revision": kill.revision,
        "recorded_at": msgspec.to_builtins(kill.recorded_at),
        "issued_by": kill.issued_by.value,
        "note": kill.public_note,
        "successor": kill.successor,
    }


def _standing_change(change: StandingChange) -> dict[str, Any]:
    return {**_plain(change), "from": _standing(change.old), "to": _standing(change.new)}


def _standing(standing: Standing | None) -> dict[str, Any] | None:
    return {**_built(standing), "words": in_words(standing)} if standing else None


def _occurrence(change: OccurrenceChange) -> dict[str, Any]:
    return {
        **_plain(change),
        "from": _account(change.old),
        "to": _account(change.new),
        "accounts": [_account(each) for each in change.accounts],
    }


def _account(account: Account | None) -> dict[str, Any] | None:
    if account is None:
        return None
    read = reading(account.when) if account.when else ""
    return {**_plain(account), "reading": read or None}


def _request_change(change: RequestChange) -> dict[str, Any]:
    return {
        "op": change.op,
        "act_id": change.act_id,
        "from": _request(change.old),
        "to": _request(change.new),
    }


def _request(request: Request | None) -> dict[str, Any] | None:
    """What was asked for is said by its kind; its words are in the request itself."""
    if request is None:
        return None
    return {**_built(request), "act": _kind_of(request.act)}


def _kind_of(act: DeskAct | None) -> str | None:
    return str(msgspec.to_builtins(act)["act"]) if act else None
