"""By which way words came to a reader: from whom they are, through whom, up to the outlet that printed them."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from tracker.stories.knowledge import Attribution
from tracker.stories.reports import Report
from tracker.stories.story import Story


class ChainLinkOf(enum.StrEnum):
    """What a link of the chain is."""

    PARTY = "party"
    OUTLET = "outlet"
    REPORT = "report"
    #: Somebody without a name, as printed.
    LABEL = "label"
    #: Somebody of whom nothing is said.
    UNKNOWN = "unknown"


class ChainLink(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody through whom words came."""

    kind: ChainLinkOf
    #: Of a party, an outlet or a report.
    id: str | None
    #: As known then, or as printed; empty where nothing is said.
    name: str


def chain(attribution: Attribution | None, report: Report, story: Story) -> tuple[ChainLink, ...]:
    """From the source to the outlet of ``report``, the nearest to the source first; the outlet alone without a source.

    Nobody stands there twice in a row.
    """
    outlet = ChainLink(kind=ChainLinkOf.OUTLET, id=report.outlet.id, name=report.outlet.name)
    found: list[ChainLink] = []
    for link in (*_links(attribution, story), outlet):
        if not found or found[-1] != link:
            found.append(link)
    return tuple(found)


def link(attribution: Attribution, story: Story) -> ChainLink:
    """Who it is, without those through whom it came."""
    if attribution.party is not None:
        return ChainLink(kind=ChainLinkOf.PARTY, id=attribution.party.id, name=attribution.party.name)
    if attribution.label is not None:
        return ChainLink(kind=ChainLinkOf.LABEL, id=None, name=attribution.label)
    if attribution.outlet is not None:
        return ChainLink(kind=ChainLinkOf.OUTLET, id=attribution.outlet.id, name=attribution.outlet.name)
    if attribution.report_id is not None:
        return _report(attribution.report_id, story)
    return ChainLink(kind=ChainLinkOf.UNKNOWN, id=None, name="")


def _report(report_id: str, story: Story) -> ChainLink:
    report = story.reports.get(report_id)
    return ChainLink(kind=ChainLinkOf.REPORT, id=report_id, name=report.outlet.name if report else "")


def _links(attribution: Attribution | None, story: Story) -> Iterator[ChainLink]:
    if attribution is None:
        return
    yield link(attribution, story)
    for each in attribution.via:
        yield from _links(each, story)
