"""What happened, in order of time: occurrences with every account of them, and the publication of the reports.

Each date is shown as its source has it, beside what it was read to mean and by which convention. Where accounts of one
thing don't meet, both stand there, and so does what they disagree in. An anchor tells the order of what has no date.

What it does badly: publication is that of a report's first version; later ones are told by the list of versions.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime

import msgspec

from tracker.stories.chronology import Disagreement, disagreement, sorted_by_time
from tracker.stories.dates import Anchor, When
from tracker.stories.marks import Account, Occurrence
from tracker.stories.phrases import Qualifier
from tracker.stories.questions.places import Place, Words, place, words
from tracker.stories.readings import convention, reading
from tracker.stories.reports import Report
from tracker.stories.story import Story
from tracker.stories.values import PartyRef

_NEVER_SAID = When(phrase="")


class EntryOf(enum.StrEnum):
    """What stands on the timeline."""

    OCCURRENCE = "occurrence"
    #: That a report was published.
    REPORT = "report"


class WhenAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A date as it was said, and as it was read."""

    #: To the letter; ``None`` for the time at which a report was published.
    phrase: str | None
    edtf: str | None
    earliest: date | None
    latest: date | None
    qualifier: Qualifier | None
    time: datetime | None
    anchor: Anchor | None
    #: In plain English; empty where it couldn't be read.
    reading: str
    #: By which rules of ours; empty where none was needed.
    convention: str


class AccountAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was recorded of an occurrence at one revision."""

    title: str
    when: WhenAnswer | None
    place: str | None
    parties: tuple[PartyRef, ...]
    basis: Words | None
    revision: int
    recorded_at: datetime
    redacted: bool


class DisagreementAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Two dates of one thing that don't meet, the earlier one first."""

    phrases: tuple[str, ...]
    readings: tuple[str, ...]
    #: All of it in whole sentences, with the convention by which they were read.
    sentence: str


class EntryAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened."""

    kind: EntryOf
    #: Of the occurrence, or of the report.
    id: str
    title: str
    when: WhenAnswer | None
    #: Where it happened.
    place: str | None
    parties: tuple[PartyRef, ...]
    #: The report that was published.
    report: Place | None
    #: Every account of the occurrence, the first one first; the last one is what stands above.
    accounts: tuple[AccountAnswer, ...]
    disagreement: DisagreementAnswer | None
    #: Ids of the occurrences that it is said to follow.
    follows: tuple[str, ...]


def timeline(story: Story, kind: EntryOf | None = None) -> list[EntryAnswer]:
    """What happened, or only what is of that kind, in order of time."""
    follows = _follows(story.occurrences.values())
    entries = {each.occurrence_id: _occurrence(story, each, follows) for each in story.occurrences.values()}
    whens = {each.occurrence_id: when_of(each) or _NEVER_SAID for each in story.occurrences.values()}
    for report in story.reports.values():
        if (when := _published(report)) is not None:
            whens[report.report_id] = when
            entries[report.report_id] = _report(story, report, when)
    order = sorted_by_time([(name, whens[name], entries[name].follows) for name in entries])
    return [entries[name] for name in order if kind in (None, entries[name].kind)]


def when_of(occurrence: Occurrence) -> When | None:
    """When it was, by the last account that says so."""
    return next((each.when for each in reversed(occurrence.accounts) if each.when is not None), None)


def _follows(occurrences: Iterable[Occurrence]) -> dict[str, tuple[str, ...]]:
    """By the anchors of all accounts, the occurrences that each one follows."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for occurrence in occurrences:
        for anchor in _anchors(occurrence):
            if anchor.direction == "after":
                found[occurrence.occurrence_id][anchor.occurrence] = None
            else:
                found[anchor.occurrence][occurrence.occurrence_id] = None
    return {name: tuple(others) for name, others in found.items()}


def _anchors(occurrence: Occurrence) -> Iterator[Anchor]:
    return (each.when.anchor for each in occurrence.accounts if each.when and each.when.anchor)


def _published(report: Report) -> When | None:
    at = report.versions[0].published_at
    if at is None or report.kill is not None or report.versions[0].redacted:
        return None
    written = at.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    return When(phrase="", edtf=written, earliest=at.date(), latest=at.date(), time=at)


def _occurrence(story: Story, occurrence: Occurrence, follows: dict[str, tuple[str, ...]]) -> EntryAnswer:
    now = occurrence.now
    said = when_of(occurrence)
    apart = disagreement(each.when for each in occurrence.accounts if each.when is not None)
    return EntryAnswer(
        kind=EntryOf.OCCURRENCE,
        id=occurrence.occurrence_id,
        title=now.title,
        when=when_answer(said) if said else None,
        place=now.place,
        parties=now.parties,
        report=None,
        accounts=tuple(_account(story, each) for each in occurrence.accounts),
        disagreement=_apart(apart) if apart else None,
        follows=follows.get(occurrence.occurrence_id, ()),
    )


def _report(story: Story, report: Report, when: When) -> EntryAnswer:
    return EntryAnswer(
        kind=EntryOf.REPORT,
        id=report.report_id,
        title=report.versions[0].headline,
        when=msgspec.structs.replace(when_answer(when), phrase=None),
        place=None,
        parties=(),
        report=place(story, report.report_id, 1),
        accounts=(),
        disagreement=None,
        follows=(),
    )


def _account(story: Story, account: Account) -> AccountAnswer:
    return AccountAnswer(
        title=account.title,
        when=when_answer(account.when) if account.when else None,
        place=account.place,
        parties=account.parties,
        basis=words(story, account.basis),
        revision=account.revision,
        recorded_at=account.recorded_at,
        redacted=account.redacted,
    )


def when_answer(when: When) -> WhenAnswer:
    """A date as it is shown."""
    return WhenAnswer(
        phrase=when.phrase,
        edtf=when.edtf,
        earliest=when.earliest,
        latest=when.latest,
        qualifier=when.qualifier,
        time=when.time,
        anchor=when.anchor,
        reading=reading(when),
        convention=convention(when),
    )


def _apart(found: Disagreement) -> DisagreementAnswer:
    return DisagreementAnswer(phrases=found.phrases, readings=found.readings, sentence=found.sentence)
