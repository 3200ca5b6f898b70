"""When something happened, as precisely as its source said it and no more.

A ``When`` keeps the phrase to the letter beside what it was read to mean: EDTF (``stories.edtf``), and the first and
last day that it may be. The phrase is read in one way or not at all (``stories.phrases``); one that can't be read stays
unresolved, with nothing but the phrase. Something may also be placed by something else that happened, its *anchor*:
"five months after taking office" is June 2017 once the anchor's own day is known.

Whoever calls ``resolve`` and knows better than the words says so: an explicit EDTF wins over the phrase, and an
explicit anchor over what the phrase says of order and distance.

- "as early as June 2017" is 2017-06 with a lower bound alone: it may have been later, not earlier.
- "before June 2017" is ``../2017-06`` with 31 May as its last day: EDTF counts the ends of an interval as part of it,
  the words do not. "Before the visit" may be the visit's own day, since both have only a part of it.

A stored format: fields are only ever added, with defaults.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
from msgspec import structs

from tracker.stories import edtf as forms
from tracker.stories import offsets, phrases
from tracker.stories.calendar_names import Where
from tracker.stories.edtf import BadDate, Bounds, Edtf, Hemisphere, Interval, Moment
from tracker.stories.offsets import Direction
from tracker.stories.phrases import Qualifier, Reading, Relation

LONGEST_PHRASE = 500


class Anchor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The occurrence by which something else is placed in time."""

    #: The occurrence's id, ``occ_…``.
    occurrence: str
    direction: Direction
    #: How far away, an ISO 8601 duration of years, months, weeks and days; ``None`` where only the order is known.
    offset: str | None = None


class When(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A date as it was said, and what it was read to mean; with nothing but the phrase where it can't be read."""

    #: As the source has it, to the letter.
    phrase: str
    #: Level 0 or 1.
    edtf: str | None = None
    #: The first day on which it may have been; ``None`` if there is none, or it is unknown.
    earliest: date | None = None
    #: The last one, included.
    latest: date | None = None
    qualifier: Qualifier | None = None
    anchor: Anchor | None = None
    #: Of the place: it decides which months a season has.
    hemisphere: Hemisphere = "north"
    #: The exact moment in UTC, if it was said with its offset.
    time: datetime | None = None

    @property
    def resolved(self) -> bool:
        """Whether anything is known of it besides its words, and its place by an anchor."""
        return self.edtf is not None

    def read(self) -> Edtf | None:
        """Its EDTF in parts; ``None`` if it is unresolved."""
        return forms.parse(self.edtf, self.hemisphere) if self.edtf is not None else None


def resolve(
    phrase: str,
    *,
    published: date | None,
    edtf: str | None = None,
    hemisphere: Hemisphere = "north",
    anchor_day: When | None = None,
    anchor: Anchor | None = None,
) -> When:
    """What ``phrase`` means, as far as it can be read.

    ``published`` is the day of publication where the outlet is, from which "Jan. 3" and "Tuesday" take their year and
    week; ``edtf`` an explicit date that wins over the phrase; ``anchor_day`` when the anchor's occurrence was. Raises
    ``BadDate`` for a phrase of more than 500 characters, and for an EDTF or an offset that can't be taken.
    """
    if len(phrase) > LONGEST_PHRASE:
        raise BadDate(f"A phrase has at most {LONGEST_PHRASE} characters.", pointer="/phrase")
    if anchor is not None:
        anchor = _with_offset(anchor, phrases.relation(phrase))
    read = _read(phrase, Where(published, hemisphere), anchor, anchor_day)
    if edtf is None:
        return read
    explicit = forms.parse(edtf, hemisphere)
    # What says no more than the words is read by the words, "as early as" and all.
    return read if read.edtf == edtf else _when(phrase, Reading(explicit, _marked(explicit)), hemisphere, anchor)


def bounds(reading: Reading, hemisphere: Hemisphere, *, astronomical: bool = False) -> Bounds:
    """The first and last day of a reading; only one of them where the words set a bound to one side."""
    earliest, latest = forms.bounds(reading.edtf, hemisphere, astronomical=astronomical)
    match reading.qualifier:
        case Qualifier.AS_EARLY_AS:
            return earliest, None
        case Qualifier.AS_LATE_AS:
            return None, latest
        case _:
            return earliest, latest


def _read(phrase: str, where: Where, anchor: Anchor | None, anchor_day: When | None) -> When:
    reading = phrases.read(phrase, where)
    if reading is not None:
        return _without_the_named(_when(phrase, reading, where.hemisphere, anchor))
    if anchor is not None and anchor_day is not None:
        placed = _placed(anchor, anchor_day, phrases.relation(phrase))
        if placed is not None:
            # The only season that it can name is the anchor's.
            return _when(phrase, placed, anchor_day.hemisphere, anchor)
    return When(phrase=phrase, anchor=anchor, hemisphere=where.hemisphere)


def _when(phrase: str, reading: Reading, hemisphere: Hemisphere, anchor: Anchor | None) -> When:
    earliest, latest = bounds(reading, hemisphere)
    return When(
        phrase=phrase,
        edtf=str(reading.edtf),
        earliest=earliest,
        latest=latest,
        qualifier=reading.qualifier,
        anchor=anchor,
        hemisphere=hemisphere,
        time=reading.edtf.utc() if isinstance(reading.edtf, Moment) else None,
    )


def _without_the_named(when: When) -> When:
    """ "before June" ends on 31 May, and "after June" begins on 1 July."""
    start, end = forms.ends(when.read() or Interval("..", ".."))
    if when.qualifier is Qualifier.BEFORE and end:
        named = forms.bounds(end, when.hemisphere)[0]
        return structs.replace(when, latest=_next_to(named, -1))
    if when.qualifier is Qualifier.AFTER and start:
        named = forms.bounds(start, when.hemisphere)[1]
        return structs.replace(when, earliest=_next_to(named, 1))
    return when


def _next_to(day: date | None, days: int) -> date | None:
    try:
        return day + timedelta(days=days) if day else None
    except OverflowError:
        return None


def _with_offset(anchor: Anchor, relation: Relation | None) -> Anchor:
    """``anchor`` with the distance that the phrase names, unless it has its own, or lies on the other side."""
    if anchor.offset is not None:
        offsets.parse(anchor.offset)
        return anchor
    if relation is None or relation.direction != anchor.direction:
        return anchor
    return structs.replace(anchor, offset=relation.offset)


def _placed(anchor: Anchor, day: When, relation: Relation | None) -> Reading | None:
    """Where ``anchor`` puts something, given the anchor's own day; ``None`` if that says nothing of it."""
    by = day.read()
    if by is None:
        return None
    if anchor.offset is None:
        return _in_order(anchor.direction, day, by)
    at = offsets.moved((day.earliest, day.latest), offsets.parse(anchor.offset), anchor.direction)
    if at is None:
        return None
    qualifier = relation.qualifier if relation else None
    is_about = qualifier is Qualifier.ABOUT or not forms.is_firm(by)
    return Reading(forms.about(at) if is_about else at, qualifier or (Qualifier.ABOUT if is_about else None))


def _in_order(direction: Direction, day: When, by: Edtf) -> Reading | None:
    start, end = forms.ends(by)
    if direction == "before":
        return Reading(Interval("..", end), Qualifier.BEFORE) if end and day.latest else None
    return Reading(Interval(start, ".."), Qualifier.AFTER) if start and day.earliest else None


def _marked(explicit: Edtf) -> Qualifier | None:
    approximate = any(point.mark in ("~", "%") for point in forms.ends(explicit) if point)
    return Qualifier.ABOUT if approximate else None
