"""What was held back and released, and what somebody asked a second person for, each in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from tracker.stories.desk import CorrectionAct, DeskAct, KillAct, RedactionAct
from tracker.stories.events import ActApproved, ActDeclined, ActRequested, HoldLifted, HoldPlaced
from tracker.stories.knowledge import HoldKind, HoldReason
from tracker.stories.sentences.naming import Names
from tracker.stories.sentences.words import counted, ended, moment, noted
from tracker.stories.values import CorrectionKind

_CORRECTIONS = {
    CorrectionKind.CORRECTION: "the correction of",
    CorrectionKind.CLARIFICATION: "the clarification of",
    CorrectionKind.EDITORS_NOTE: "an editor’s note on",
    CorrectionKind.RETRACTION: "the retraction of",
}
_REASONS = {HoldReason.EMBARGO: "", HoldReason.LEGAL: ", for legal reasons", HoldReason.EDITORIAL: ""}


def placed(event: HoldPlaced, names: Names) -> str:
    """For instance ``The desk placed an embargo on NBC News’s “Strike” until 13 January 2020, 18:00 UTC.``"""
    until = f" until {moment(event.until)}" if event.until else ""
    what = names.target(event.target)
    if event.kind is HoldKind.PRESERVATION:
        done = f"had {what} preserved{until}{_REASONS[event.reason]}"
    elif event.reason is HoldReason.EMBARGO:
        done = f"placed an embargo on {what}{until}"
    else:
        done = f"held {what} back{until}{_REASONS[event.reason]}"
    return f"The desk {done}{_authority(event.authority)}."


def lifted(event: HoldLifted, names: Names) -> str:
    """For instance ``The embargo on NBC News’s “Strike” was lifted, which released revisions 4 to 6.``"""
    hold = "embargo" if event.reason is HoldReason.EMBARGO else "hold"
    preserving = "preservation " if event.kind is HoldKind.PRESERVATION else ""
    released = f", which released {_revisions(event.released)}" if event.released else ""
    return f"The {preserving}{hold} on {names.target(event.target)} was lifted{_authority(event.authority)}{released}."


def requested(event: ActRequested, names: Names) -> str:
    """For instance ``The desk asked for the kill of NBC News’s “Strike”: It is made up.``"""
    reason = _reason(event.act) if event.act else None
    return f"The desk asked for {_asked(event.act, event.target, names)}{noted(reason)}"


def approved(event: ActApproved, names: Names) -> str:
    """For instance ``The desk approved the kill of NBC News’s “Strike”, alone, because nobody else was there.``"""
    alone = "." if event.alone_because is None else f", alone, because {ended(_continued(event.alone_because))}"
    return f"The desk approved {_known(event.act_id, names)}{alone}"


def declined(event: ActDeclined, names: Names) -> str:
    """For instance ``The desk declined the kill of NBC News’s “Strike”: It is true.``"""
    return f"The desk declined {_known(event.act_id, names)}{noted(event.reason)}"


def _known(act_id: str, names: Names) -> str:
    act = names.act(act_id)
    return "what was asked for" if act is None else _asked(act, _target(act), names)


def _asked(act: DeskAct | None, target: str, names: Names) -> str:
    what = names.target(target)
    match act:
        case None:
            return f"an act about {what}"
        case CorrectionAct():
            return f"{_CORRECTIONS[act.kind]} {what}"
        case KillAct():
            return f"the kill of {what}"
        case RedactionAct():
            return f"the redaction of {what}"
        case _ as never:
            assert_never(never)


def _target(act: DeskAct) -> str:
    return act.target if isinstance(act, RedactionAct) else act.report_id


def _reason(act: DeskAct) -> str:
    return act.note.text if isinstance(act, CorrectionAct) else act.reason


def _continued(text: str) -> str:
    """``text`` within a sentence: "Nobody was there" goes on small, "I am alone" and "NBC called" do not."""
    first = text.split(maxsplit=1)[0] if text.split() else ""
    return text[:1].lower() + text[1:] if first[1:].islower() else text


def _authority(authority: str | None) -> str:
    return f", on the authority of {authority}" if authority else ""


def _revisions(released: Sequence[int]) -> str:
    runs = list(_runs(released))
    if len(runs) > 1:
        return counted(len(released), "revision")
    first, last = runs[0]
    return f"revision {first}" if first == last else f"revisions {first} to {last}"


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each run of numbers without a gap."""
    first = numbers[0]
    for number, following in zip(numbers, [*numbers[1:], None], strict=True):
        if following != number + 1:
            yield first, number
            first = following or 0
