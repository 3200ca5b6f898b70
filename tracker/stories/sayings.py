"""Who says a claim, and from whom they have it, as far as the reports tell: what a standing is derived from.

A saying is one appearance of a claim that does not deny it, boiled down to what counting needs. What it draws on are
the other outlets that its attribution names (as the one who says it, or as one through whom it came), the outlets of
the reports that it names, and the outlets of those reports that its own report cites, if they make the claim too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from tracker.stories.claims import Appearance, Interval
from tracker.stories.knowledge import Attribution, Stance
from tracker.stories.reports import Report
from tracker.stories.story import Story
from tracker.stories.values import OutletRef

_NOBODY = Attribution()


class Saying(NamedTuple):
    """That an outlet says so."""

    report_id: str
    outlet: OutletRef
    #: Whether it counts: its report wasn't killed, and the outlet hasn't taken it back.
    live: bool
    #: Outlets that it has the claim from; its own may be among them.
    draws_on: tuple[OutletRef, ...]
    #: The id of the named party on whose word it says so.
    party: str | None
    #: How many sources without a name it states; ``None`` where it states none.
    unnamed: Interval | None
    #: As printed, to tell one mention of unnamed sources from another.
    label: tuple[str | None, int | None]
    #: Whether it states where it has the claim from, if only another outlet.
    attributed: bool
    #: Whether all it tells is that somebody says so: it passes that on, or its words are gone.
    vague: bool


def saying_of(appearance: Appearance, report: Report, story: Story, beside: Collection[str], *, live: bool) -> Saying:
    """What ``appearance``, made in ``report``, tells; ``beside``: ids of the reports that make the claim."""
    given = appearance.attribution or _NOBODY
    named = tuple(_named_in(given, story))
    party = given.party.id if given.party and given.is_named else None
    unnamed = None if party else _unnamed(given)
    attributed = bool(party or unnamed or any(each.id != report.outlet.id for each in named))
    gone = appearance.redacted or report.kill is not None
    return Saying(
        report_id=report.report_id,
        outlet=report.outlet,
        live=live,
        draws_on=(*named, *_cited(report, story, beside)),
        party=party,
        unnamed=unnamed,
        label=(given.label, given.ordinal),
        attributed=attributed,
        vague=not attributed and (gone or appearance.stance is Stance.REPORTS),
    )


def _named_in(attribution: Attribution, story: Story) -> Iterator[OutletRef]:
    """The outlets that it names, however long the chain."""
    left = [attribution]
    while left:
        each = left.pop()
        if each.outlet is not None:
            yield each.outlet
        if each.report_id is not None:
            yield outlet_of(each.report_id, story)
        left.extend(each.via)


def _cited(report: Report, story: Story, beside: Collection[str]) -> Iterator[OutletRef]:
    return (story.reports[cited].outlet for cited in report.cites if cited in beside)


def outlet_of(report_id: str, story: Story) -> OutletRef:
    """Who published a report; for one that isn't here, somebody of whom nothing else is known."""
    report = story.reports.get(report_id)
    return report.outlet if report else OutletRef(id=report_id, name=report_id)


def _unnamed(given: Attribution) -> Interval | None:
    """How many sources without a name are stated.

    An ordinal names one of several: "a second official" is one source. That there is a first one says nothing of
    what that one said, so it does not raise the number.
    """
    counts = given.count or given.label is not None or given.ordinal is not None or given.party
    chained = given.outlet or given.report_id or given.via
    if not counts and (chained or given == _NOBODY):
        return None
    if given.count is None:
        return Interval(1, 1 if given.ordinal is not None else None)
    least = max(given.count.min or 1, 1)
    return Interval(least, None if given.count.max is None else max(given.count.max, least))
