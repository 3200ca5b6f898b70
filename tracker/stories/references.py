"""What an event says without the names of things that its reader may not know of.

An event that is about a hidden report is hidden itself. One that only mentions a hidden thing in passing (a report
that it cites, the one that takes its place, a source, the occurrence that a date is counted from) is shown without.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

import msgspec

from tracker.stories.events import ClaimAsserted, HoldLifted, OccurrenceRecorded, ReportFiled, ReportKilled
from tracker.stories.knowledge import Attribution, Quote

#: An event, of a story or of something else.
Said = TypeVar("Said", bound=msgspec.Struct)


def without_names(event: Said, names: Collection[str]) -> Said:
    """``event`` with no mention of the things of these ids; itself where it has none."""
    if not names:
        return event
    match event:
        case ReportFiled() if not set(names).isdisjoint(event.cites):
            left = tuple(each for each in event.cites if each not in names)
            return msgspec.structs.replace(event, cites=left)
        case ReportKilled() if event.successor in names:
            return msgspec.structs.replace(event, successor=None)
        case ClaimAsserted():
            quotes = tuple(_quote(each, names) for each in event.quotes)
            return msgspec.structs.replace(event, attribution=_source(event.attribution, names), quotes=quotes)
        case OccurrenceRecorded() if event.when and event.when.anchor and event.when.anchor.occurrence in names:
            when = msgspec.structs.replace(event.when, anchor=None)
            return msgspec.structs.replace(event, when=when)
        case _:
            return event


def without_revisions(event: Said, hidden: Collection[int]) -> Said:
    """``event`` with no mention of these revisions."""
    if not isinstance(event, HoldLifted) or set(hidden).isdisjoint(event.released):
        return event
    released = tuple(each for each in event.released if each not in hidden)
    return msgspec.structs.replace(event, released=released)


def _source(source: Attribution | None, names: Collection[str]) -> Attribution | None:
    if source is None:
        return None
    via = tuple(found for each in source.via if (found := _source(each, names)))
    report_id = None if source.report_id in names else source.report_id
    return msgspec.structs.replace(source, report_id=report_id, via=via)


def _quote(quote: Quote, names: Collection[str]) -> Quote:
    inner = tuple(_quote(each, names) for each in quote.inner)
    return msgspec.structs.replace(quote, speaker=_source(quote.speaker, names), inner=inner)
