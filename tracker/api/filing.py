"""Filing: a report, and what is marked in it with the same request, all or nothing.

What is marked may name what was sent before it by its place ("/claims/0"), since it has no id before it is filed. The
answer gives the ids. It is made from the events of the filing, so that whoever files the same again gets the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tracker import history
from tracker.api import gate
from tracker.api.mentions import require_few
from tracker.api.rooms import connection, rooms
from tracker.api.schemas.marking import assertion_of, recording_of, relating_of
from tracker.api.sights import sight
from tracker.errors import Fault, Invalid
from tracker.handling import Outcome
from tracker.ids import new_id
from tracker.stories.commands import Assertion, FileReport, Recording, Relating
from tracker.stories.events import ClaimAsserted, ClaimsRelated, HoldPlaced, OccurrenceRecorded, Recorded
from tracker.stories.knowledge import ClaimRef
from tracker.stories.values import Content, OutletRef

_MARKED = ("claims", "occurrences", "relations")
NOTHING_MADE: Mapping[str, Any] = {**dict.fromkeys(_MARKED, ()), "hold": None}


def filing(body: Mapping[str, Any], story_id: str, content: Content, *, as_next_version: bool) -> FileReport:
    """The command that files what ``body`` holds. Raises ``Invalid``."""
    require_few(body)
    claims = _claims(body)
    return FileReport(
        story_id=story_id,
        report_id=_new("rpt"),
        outlet=OutletRef(id="", name=body["outlet"]),
        content=content,
        by=gate.token().person,
        uri=body.get("uri"),
        as_next_version=as_next_version,
        cites=tuple(dict.fromkeys(body.get("cites", ()))),
        embargoed_until=body.get("embargoed_until"),
        hold_id=_new("hld") if "embargoed_until" in body else "",
        claims=claims,
        relations=_relations(body, claims),
        occurrences=_occurrences(body),
    )


class Filed(NamedTuple):
    """What one filing made."""

    #: The revision that brought the report's version, and the last one of the filing.
    version_at: int
    revision: int
    #: Ids of the rest, in the form of ``ReportReceiptSchema``.
    ids: Mapping[str, Any] = NOTHING_MADE


def made_with(outcome: Outcome, body: Mapping[str, Any]) -> Filed:
    """What was made with the filing of a report, as far as whoever asks sees it now."""
    if not any(body.get(name) for name in (*_MARKED, "embargoed_until")):
        return Filed(outcome.revision, outcome.revision)
    assert outcome.report_id is not None
    events = history.filed_with(connection(), outcome.story_id, outcome.report_id, outcome.version, sight=sight())
    if not events:
        return Filed(outcome.revision, outcome.revision)
    return Filed(events[0].revision, events[-1].revision, _ids(events))


def _ids(events: Sequence[Recorded]) -> dict[str, Any]:
    made: dict[str, Any] = {**NOTHING_MADE, **{name: [] for name in _MARKED}}
    for recorded in events:
        match recorded.event:
            case ClaimAsserted(claim_id=found):
                made["claims"].append(found)
            case OccurrenceRecorded(occurrence_id=found):
                made["occurrences"].append(found)
            case ClaimsRelated(relation_id=found):
                made["relations"].append(found)
            case HoldPlaced(hold_id=found):
                made["hold"] = found
            case _:
                pass
    return made


def _claims(body: Mapping[str, Any]) -> tuple[Assertion, ...]:
    return tuple(assertion_of(each, _new("clm")) for each in body.get("claims", ()))


def _relations(body: Mapping[str, Any], claims: Sequence[Assertion]) -> tuple[Relating, ...]:
    ids = [claim.claim_id for claim in claims]
    related = []
    for number, each in enumerate(body.get("relations", ())):
        ends = (
            ClaimRef(claim_id=_placed(each[end], "claims", ids, f"/relations/{number}/{member}"))
            for end, member in (("source", "from"), ("target", "to"))
        )
        related.append(relating_of(each, _new("rel"), *ends))
    return tuple(related)


def _occurrences(body: Mapping[str, Any]) -> tuple[Recording, ...]:
    ids: list[str] = []
    recorded = []
    for number, sent in enumerate(body.get("occurrences", ())):
        recorded.append(recording_of(_with_ids(sent, ids, f"/occurrences/{number}"), _new("occ")))
        ids.append(recorded[-1].occurrence_id)
    return tuple(recorded)


def _with_ids(sent: Mapping[str, Any], ids: Sequence[str], pointer: str) -> dict[str, Any]:
    """``sent`` with the ids of the occurrences that it names by their places."""
    named = dict(sent)
    if "occurrence" in sent:
        named["occurrence"] = _placed(sent["occurrence"], "occurrences", ids, f"{pointer}/occurrence")
    if "anchor" in sent:
        there = _placed(sent["anchor"]["occurrence"], "occurrences", ids, f"{pointer}/anchor/occurrence")
        named["anchor"] = {**sent["anchor"], "occurrence": there}
    return named


def _placed(named: str, listed: str, ids: Sequence[str], pointer: str) -> str:
    """The id of what stands at ``named``, if that is a place in this filing and not an id already."""
    if not named.startswith("/"):
        return named
    places = {f"/{listed}/{number}": id for number, id in enumerate(ids)}
    if named not in places:
        detail = f"Nothing was sent before this at {named}; places are /{listed}/0, /{listed}/1 and so on."
        raise Invalid(f"{pointer}: {detail}", faults=[Fault(pointer, detail)])
    return places[named]


def _new(prefix: str) -> str:
    return new_id(prefix, rooms().clock)
