"""What the desk marked in reports, and took back, each in a sentence."""

from __future__ import annotations

from typing import assert_never

from tracker.stories.claims import Relation
from tracker.stories.dates import When
from tracker.stories.events import AnnotationWithdrawn, ClaimAsserted, ClaimsRelated, OccurrenceRecorded, StoriesLinked
from tracker.stories.knowledge import LinkKind, Stance
from tracker.stories.readings import reading
from tracker.stories.sentences.naming import Names
from tracker.stories.sentences.sources import cited
from tracker.stories.sentences.words import ended, noted, quoted

_SAYS = {Stance.ASSERTS: "asserts", Stance.DENIES: "denies", Stance.REPORTS: "reports"}
_KINDS = {"clm": "claim", "rel": "relation", "occ": "occurrence", "lnk": "link"}


def asserted(event: ClaimAsserted, outlet: str, names: Names) -> str:
    """For instance ``NBC News asserts, citing a second senior administration official: He was shown new intelligence.``

    ``outlet``: on whose behalf it was marked, where that is known otherwise than by the report.
    """
    who = names.outlet_of(event.report_id) or outlet or "A report"
    said = f": {ended(event.statement)}" if event.statement else " something."
    source = cited(event.attribution, names)
    if source and event.stance is Stance.DENIES:
        return f"{who} reports that {source} denies{said}"
    if source and event.statement:
        return f"{who} {_SAYS[event.stance]}, citing {source}{said}"
    return f"{who} {_SAYS[event.stance]}{said}"


def related(event: ClaimsRelated, names: Names) -> str:
    """For instance ``The desk marked that NBC News disputes “It was imminent” with “It was planned”: “The timing, …”.``

    Where no outlet says so it is the desk that judges.
    """
    basis = f": {quoted(event.basis)}." if event.basis else "."
    if event.by is None:
        return f"The desk judged that {relation(event, names)}{basis}"
    return f"The desk marked that {relation(event, names)}{basis}"


def relation(event: ClaimsRelated | Relation, names: Names) -> str:
    """What one claim does to another: ``NBC News disputes “…” with “…”``, or ``“…” disputes “…”``."""
    source, target = names.claim(event.source.claim_id), names.claim(event.target.claim_id)
    if event.by is None:
        return f"{source} {event.relation.value} {_other(target, source)}"
    return f"{event.by.name} {event.relation.value} {target} with {_other(source, target)}"


def _other(claim: str, than: str) -> str:
    return "another" if claim == than else claim


def recorded(event: OccurrenceRecorded, names: Names) -> str:
    """For instance ``The desk recorded “He floated it”: “in spring of 2017”, read as March to May 2017.``"""
    did = "refined what it recorded of" if names.refines else "recorded"
    what = quoted(event.title) if event.title else "an occurrence"
    where = f", in {event.place}" if event.place else ""
    return f"The desk {did} {what}{where}{_when(event.when)}."


def _when(when: When | None) -> str:
    if when is None:
        return ""
    read = reading(when)
    return f": {quoted(when.phrase)}{f', read as {read}' if read else ', which has no date'}"


def withdrew(event: AnnotationWithdrawn, names: Names) -> str:
    """For instance ``The desk withdrew the claim “He was shown new intelligence”: It is said of another.``"""
    return f"The desk withdrew {_marking(event.target, names)}{noted(event.reason)}"


def _marking(target: str, names: Names) -> str:
    name, _, number = target.partition("/")
    kind = _KINDS.get(name[:3], "marking")
    made = names.withdrawn
    match made:
        case None:
            return f"one appearance of {names.claim(name)}" if number else f"a {kind}"
        case ClaimAsserted():
            return _claimed(made, names, whole=not number)
        case ClaimsRelated():
            return f"that {relation(made, names)}"
        case OccurrenceRecorded():
            return f"the occurrence {quoted(made.title)}" if made.title else "an occurrence"
        case StoriesLinked():
            return f"the link that {link(made, names)}"
        case _ as never:
            assert_never(never)


def _claimed(made: ClaimAsserted, names: Names, *, whole: bool) -> str:
    what = quoted(made.statement) if made.statement else "a claim"
    if not whole:
        return f"one appearance of {what}, in {names.report(made.report_id)}"
    return f"the claim {what}" if made.statement else what


def linked(event: StoriesLinked, names: Names) -> str:
    """For instance ``The desk marked that this story is part of “The crisis”.``"""
    return f"The desk marked that {link(event, names)}."


def link(event: StoriesLinked, names: Names) -> str:
    """How the two belong together."""
    other = names.other(event.story_id)
    if event.relation is LinkKind.RELATED:
        return f"this story is related to {other}"
    return f"{other} is part of this story" if event.inverse else f"this story is part of {other}"
