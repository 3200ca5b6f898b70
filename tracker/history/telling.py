"""What changed in what is known, in lines of plain text, for a page or a terminal.

    for section in told(comparison.knowledge): …       headings, and under each its lines

A line says what one side has and the other hasn't (``old``, ``new``), of what (``about``), and what came between
(``why``). What is on one side only has the same words whichever side is compared to which.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tracker.history.knowledge import Knowledge
from tracker.stories.changes import (
    AppearanceChange,
    HoldChange,
    KillChange,
    LinkChange,
    OccurrenceChange,
    Op,
    OrphanChange,
    RelationChange,
    RequestChange,
    StandingChange,
    WithdrawalChange,
)
from tracker.stories.claims import Appearance
from tracker.stories.desk import CorrectionAct, Hold, KillAct, Request
from tracker.stories.knowledge import Basis, HoldKind, HoldReason, LinkKind
from tracker.stories.marks import Account
from tracker.stories.readings import reading
from tracker.stories.sentences.words import moment
from tracker.stories.standing_in_words import in_words


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One change."""

    #: What it is of, where the two sides don't say it; empty otherwise.
    about: str = ""
    old: str | None = None
    new: str | None = None
    #: What came between and brought it.
    why: tuple[str, ...] = ()
    #: The revision that brought it, where that is one.
    revision: int | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of one kind."""

    #: For an address within a page.
    name: str
    heading: str
    lines: tuple[Line, ...]


def told(known: Knowledge) -> list[Section]:
    """The sections that have something in them."""
    every = (
        ("killed", "Killed", map(_kill, known.kills)),
        ("claims", "Claims", map(_standing, known.standings)),
        ("appearances", "Where claims are made", map(_appearance, known.appearances)),
        ("relations", "How claims relate", map(_relation, known.relations)),
        ("orphans", "Marked words that the latest version doesn’t have", map(_orphan, known.orphans)),
        ("occurrences", "What happened, and when", map(_occurrence, known.occurrences)),
        ("desk", "The desk", _desk(known)),
    )
    made = [Section(name=name, heading=heading, lines=tuple(lines)) for name, heading, lines in every]
    return [section for section in made if section.lines]


def _one_sided(op: Op, text: str, revision: int | None = None, about: str = "") -> Line:
    old, new = (text, None) if op == "delete" else (None, text)
    return Line(about=about, old=old, new=new, revision=revision)


# ---- Reports and claims


def _kill(change: KillChange) -> Line:
    text = f"{change.outlet.name}’s report was killed: {change.kill.public_note}"
    return _one_sided(change.op, text, change.kill.revision)


def _standing(change: StandingChange) -> Line:
    old, new = (in_words(side) if side else None for side in (change.old, change.new))
    return Line(about=_statement(change.statement), old=old, new=new, why=change.why)


def _appearance(change: AppearanceChange) -> Line:
    old, new = (_made(side, change.outlet.name) if side else None for side in (change.old, change.new))
    made = change.new or change.old
    return Line(about=_statement(change.statement), old=old, new=new, revision=made.revision if made else None)


def _made(appearance: Appearance, outlet: str) -> str:
    return f"{outlet}, version {appearance.version}: {_words(appearance.selector.exact)}"


def _relation(change: RelationChange) -> Line:
    if change.op == "replace":
        old, new = (_rests_on(side.basis) if side else "" for side in (change.old, change.new))
        return Line(about=change.words, old=old, new=new)
    relation = change.new or change.old
    assert relation is not None
    judged = "" if relation.by else "the desk judged that "
    basis = f": {_rests_on(relation.basis)}" if relation.basis else ""
    return _one_sided(change.op, f"{judged}{change.words}{basis}", relation.revision)


def _rests_on(basis: Basis | None) -> str:
    return _words(basis.text) if basis else "on nothing"


def _orphan(change: OrphanChange) -> Line:
    text = f"{change.outlet.name}, version {change.version}: {_words(change.words)}"
    return _one_sided(change.op, text, about=_statement(change.statement))


def _statement(statement: str) -> str:
    return f"“{statement}”" if statement else "A claim whose words are gone"


def _words(words: str) -> str:
    return f"“{words}”" if words else "words that are gone"


# ---- Occurrences and the desk


def _occurrence(change: OccurrenceChange) -> Line:
    old, new = (_account(side) if side else None for side in (change.old, change.new))
    last = change.accounts[-1].revision if change.accounts else None
    return Line(old=old, new=new, revision=last)


def _account(account: Account) -> str:
    when = ""
    if account.when:
        read = reading(account.when)
        when = f": “{account.when.phrase}”{f', read as {read}' if read else ', which has no date'}"
    where = f", in {account.place}" if account.place else ""
    return f"{account.title or 'Words that are gone'}{where}{when}"


def _desk(known: Knowledge) -> Iterator[Line]:
    yield from map(_hold, known.holds)
    yield from map(_request, known.requests)
    yield from map(_link, known.links)
    yield from map(_withdrawal, known.withdrawals)


def _hold(change: HoldChange) -> Line:
    old, new = (_held(side) if side else None for side in (change.old, change.new))
    return Line(about=change.words, old=old, new=new)


def _held(hold: Hold) -> str:
    if hold.lifted:
        return f"lifted in revision {hold.lifted}"
    kind = "kept from being destroyed" if hold.kind is HoldKind.PRESERVATION else "held back"
    kind = "under embargo" if hold.reason is HoldReason.EMBARGO else kind
    return f"{kind} until {moment(hold.until)}" if hold.until else kind


def _request(change: RequestChange) -> Line:
    asked = change.new or change.old
    assert asked is not None
    old, new = (side.state.value if side else None for side in (change.old, change.new))
    return Line(about=f"Request for {_act(asked)} of {asked.target}", old=old, new=new)


def _act(request: Request) -> str:
    match request.act:
        case None:
            return "an act"
        case CorrectionAct():
            return "a correction"
        case KillAct():
            return "a kill"
        case _:
            return "a redaction"


def _link(change: LinkChange) -> Line:
    link = change.link
    if link.relation is LinkKind.RELATED:
        return _one_sided(change.op, f"related to the story {link.story_id}", link.revision)
    text = f"the story {link.story_id} is a part of it" if link.inverse else f"a part of the story {link.story_id}"
    return _one_sided(change.op, text, link.revision)


def _withdrawal(change: WithdrawalChange) -> Line:
    return _one_sided(change.op, f"our marking {change.target} was withdrawn", change.revision)
