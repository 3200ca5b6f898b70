"""EDTF, levels 0 and 1: what is read, within which bounds, and what is refused."""

from __future__ import annotations

import calendar
import itertools
import warnings
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.stories.dates import resolve
from tracker.stories.edtf import BadDate, Hemisphere, Interval, Missing, Moment, Point, bounds, ends, parse
from tracker.stories.readings import convention, reading

with warnings.catch_warnings():
    # It builds its grammar when it is imported, and its parser's library warns of how.
    warnings.simplefilter("ignore")
    import edtf as peer

_years = st.integers(1, 9998)
_marks = st.sampled_from(["", "?", "~", "%"])
_days = st.dates(date(1, 1, 1), date(9998, 12, 31))
_points = st.one_of(
    st.tuples(_years, st.none(), st.none(), st.just(0), _marks),
    st.tuples(_years, st.sampled_from([*range(13), 21, 22, 23, 24]), st.none(), st.just(0), _marks),
    st.tuples(_years, st.integers(0, 12), st.just(0), st.just(0), _marks),
    st.tuples(_days, _marks).map(lambda drawn: (drawn[0].year, drawn[0].month, drawn[0].day, 0, drawn[1])),
    st.tuples(st.integers(1, 998).map(lambda decade: 10 * decade), st.none(), st.none(), st.just(1), _marks),
    st.tuples(st.integers(1, 98).map(lambda century: 100 * century), st.none(), st.none(), st.just(2), _marks),
).map(lambda parts: Point(*parts))
_far = st.one_of(st.integers(-(10**60), 0), st.integers(10_000, 10**60)).map(Point)
_moments = st.tuples(_days, st.times(), st.sampled_from(["", "Z", "-05", "+04:30", "+14:00"])).map(
    lambda drawn: Moment(Point(drawn[0].year, drawn[0].month, drawn[0].day), f"{drawn[1]:%H:%M:%S}", drawn[2])
)
_intervals = st.tuples(_points, _points).map(lambda two: Interval(*sorted(two, key=lambda each: each.span())))
_missing: list[Missing] = ["", ".."]
_half_open = st.tuples(_points, st.sampled_from(_missing), st.booleans()).map(
    lambda drawn: Interval(drawn[1], drawn[0]) if drawn[2] else Interval(drawn[0], drawn[1])
)
_edtf = st.one_of(_points, _far, _moments, _intervals, _half_open)


# ---- What is read --------------------------------------------------------------------------------------------------


@given(_edtf)
def test_what_is_written_is_read_as_the_same(date_: Point | Moment | Interval) -> None:
    assert parse(str(date_)) == date_
    assert str(parse(str(date_))) == str(date_)


@given(_points, st.sampled_from(["north", "south"]))
def test_a_point_lies_within_whatever_names_less_of_it(point: Point, hemisphere: Hemisphere) -> None:
    first, last = bounds(point, hemisphere)
    assert first is not None
    assert last is not None
    assert first <= last
    if point.day and not point.season:
        month = bounds(Point(point.year, point.month))
        assert (month[0] or first) <= first == last <= (month[1] or last)
    if point.month and not point.season:
        year = bounds(Point(point.year))
        assert (year[0] or first) <= first <= last <= (year[1] or last)


@given(_intervals)
def test_an_interval_begins_with_its_start_and_ends_with_its_end(interval: Interval) -> None:
    start, end = ends(interval)
    assert start is not None
    assert end is not None
    assert bounds(interval) == (bounds(start)[0], bounds(end)[1])


@given(_years)
def test_the_four_seasons_of_a_place_are_a_year_without_gap(year: int) -> None:
    north = [Point(year, season).span("north") for season in (21, 22, 23, 24)]
    south = [Point(year, season).span("south") for season in (23, 24, 21, 22)]
    for quarters in (north, south):
        for (_, last), (first, _) in itertools.pairwise(quarters):
            assert date(*first).toordinal() == date(*last).toordinal() + 1
    assert [first[1:] for first, _ in north] == [(3, 1), (6, 1), (9, 1), (12, 1)]
    assert Point(year, 24).span("north")[1] == (year + 1, 2, 29 if calendar.isleap(year + 1) else 28)
    assert Point(year, 22).span("south") == Point(year, 24).span("north")


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "read"),
    [
        ("2020-01-03", "2020-01-03", "2020-01-03", "3 January 2020"),
        ("2019-06", "2019-06-01", "2019-06-30", "June 2019"),
        ("2016", "2016-01-01", "2016-12-31", "2016"),
        ("2016-02", "2016-02-01", "2016-02-29", "February 2016"),
        ("2017-21", "2017-03-01", "2017-05-31", "March to May 2017"),
        ("2017-24", "2017-12-01", "2018-02-28", "December 2017 to February 2018"),
        ("2017-21~", "2017-03-01", "2017-05-31", "about March to May 2017"),
        ("2016?", "2016-01-01", "2016-12-31", "possibly 2016"),
        ("2016-06~", "2016-06-01", "2016-06-30", "about June 2016"),
        ("2016%", "2016-01-01", "2016-12-31", "possibly about 2016"),
        ("199X", "1990-01-01", "1999-12-31", "the 1990s"),
        ("200X", "2000-01-01", "2009-12-31", "2000 to 2009"),
        ("16XX", "1600-01-01", "1699-12-31", "1600 to 1699"),
        ("2016-XX", "2016-01-01", "2016-12-31", "some month in 2016"),
        ("2016-06-XX", "2016-06-01", "2016-06-30", "some day in June 2016"),
        ("2016-XX-XX", "2016-01-01", "2016-12-31", "some day in 2016"),
        ("2016/2018-03", "2016-01-01", "2018-03-31", "2016 to March 2018"),
        ("2017-21/2018", "2017-03-01", "2018-12-31", "March 2017 to 2018"),
        ("../2017-01-20", None, "2017-01-20", "until 20 January 2017"),
        ("2016/..", "2016-01-01", None, "from 2016 on"),
        ("/2016", None, "2016-12-31", "until 2016, beginning unknown"),
        ("2016~/", "2016-01-01", None, "from about 2016, end unknown"),
        ("1985-04-12T23:20:30", "1985-04-12", "1985-04-12", "12 April 1985, 23:20:30 local time"),
        ("1985-04-12T23:20:00-04", "1985-04-12", "1985-04-12", "12 April 1985, 23:20 UTC-04"),
        ("2020-01-03T22:45:00Z", "2020-01-03", "2020-01-03", "3 January 2020, 22:45 UTC"),
        # What lies outside the years 1 to 9999 can be said, but its bounds can't be held.
        ("0000", None, None, "1 BC"),
        ("-0044", None, None, "45 BC"),
        ("-0044/0014", None, "0014-12-31", "45 BC to 14"),
        ("Y12016", None, None, "12016"),
        ("Y-17000", None, None, "17001 BC"),
        ("9999-24", "9999-12-01", None, "December 9999 to February 10000"),
    ],
)
def test_a_date_is_as_precise_as_it_was_written(text: str, earliest: str | None, latest: str | None, read: str) -> None:
    when = resolve("then", published=None, edtf=text)
    assert [day and day.isoformat() for day in (when.earliest, when.latest)] == [earliest, latest]
    assert when.edtf == text
    assert reading(when) == read


def test_a_moment_is_exact_only_with_its_offset() -> None:
    exact = resolve("then", published=None, edtf="2020-01-03T22:45:00-05:30")
    assert exact.time == datetime(2020, 1, 4, 4, 15, tzinfo=UTC)
    assert exact.latest == date(2020, 1, 3)
    assert resolve("then", published=None, edtf="2020-01-03T22:45:00").time is None
    assert resolve("then", published=None, edtf="0001-01-01T00:00:00+14:00").time is None


def test_the_page_can_say_by_which_convention_a_season_was_read() -> None:
    north = resolve("spring of 2017", published=None)
    south = resolve("spring of 2017", published=None, hemisphere="south")
    winter = resolve("winter of 2017-18", published=None)
    assert convention(north) == "Spring is read as March to May, a calendar quarter of the northern hemisphere."
    assert convention(south) == (
        "Spring is read as September to November, a calendar quarter of the southern hemisphere."
    )
    assert "December to February" in convention(winter)
    assert "the year in which it begins" in convention(winter)
    assert convention(resolve("June 2017", published=None)) == ""


# ---- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "../..", "/..", "..", "2016/2017/2018", "2017/2016", "2016-06/2016-05-31"),
        *("2016-13", "2016-00", "2016-20", "2016-25", "2016-01-00", "2016-02-30", "2015-02-29", "2016-21-03"),
        *("16", "199", "2016-6", "20160603", "2016-06-03T10:00", "2016-06-03T24:00:00", "2016-06-03T10:00:00+15"),
        *("2016~?", "~2016", "2016-~06", "XXXX", "1XXX", "20X6", "199X-06", "2016-XX-03", "XXXX-06", "-199X"),
        *("-0000", "Y2016", "Y-9999", "Y02016", "Y1e9", "{2016,2017}", "[2016..]", "2016 ", " 2016", "2016\n"),
        *("٢٠١٦", "２０１６", "June", "2016\x00", "Y" + "9" * 100, "2016/" * 1000),
    ],
)
def test_what_is_no_date_of_these_levels_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadDate) as caught:
        resolve("then", published=None, edtf=text)
    assert caught.value.name == "bad-date"
    assert [fault.pointer for fault in caught.value.faults] == ["/edtf"]
    assert len(str(caught.value)) < 300


@given(st.text(alphabet="0123456789XY-/.~?%TZ:+", max_size=80))
def test_whatever_is_asked_is_read_or_refused(text: str) -> None:
    try:
        date_ = parse(text)
    except BadDate:
        return
    assert str(date_) == text
    first, last = bounds(date_)
    assert first is None or last is None or first <= last


# ---- Beside the peer -----------------------------------------------------------------------------------------------


def _is_right(date_: Point | Interval) -> bool:
    """Whether the peer reads it: it ends a winter with December, and stumbles over some that it could know."""
    points = [point for point in ends(date_) if point]
    if isinstance(date_, Interval):
        return all(0 not in point[1:3] and point.month != 24 and not point.digits_unknown for point in points)
    return not any(point.season and (point.mark or point.month == 24) for point in points)


# Its parser takes some milliseconds for a date.
@settings(max_examples=60)
@given(st.one_of(_points, _intervals).filter(_is_right))
def test_bounds_are_those_of_the_peer_where_it_is_right(date_: Point | Interval) -> None:
    assert bounds(date_) == _peer(str(date_))


def _peer(text: str) -> tuple[date, date]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read: Any = peer.parse_edtf(text)
        first, last = read.lower_strict(), read.upper_strict()
    return date(*first[:3]), date(*last[:3])
