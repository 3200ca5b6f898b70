"""Dates as precise as their source was: what English phrases mean, and that nothing is guessed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.stories.dates import Anchor, When, resolve
from tracker.stories.edtf import BadDate, Hemisphere
from tracker.stories.offsets import Direction
from tracker.stories.phrases import Qualifier
from tracker.stories.readings import convention, reading

#: A Tuesday.
PUBLISHED = date(2020, 1, 14)
OFFICE = resolve("Jan. 20, 2017", published=None)
UNRESOLVED = ("edtf", "earliest", "latest", "qualifier", "anchor", "time")


def after_office(phrase: str, offset: str | None = None, day: When | None = OFFICE) -> When:
    anchor = Anchor(occurrence="occ_office", direction="after", offset=offset)
    return resolve(phrase, published=PUBLISHED, anchor=anchor, anchor_day=day)


def before(phrase: str, day: When, offset: str | None = None) -> When:
    anchor = Anchor(occurrence="occ_visit", direction="before", offset=offset)
    return resolve(phrase, published=PUBLISHED, anchor=anchor, anchor_day=day)


# ---- The founding story --------------------------------------------------------------------------------------------


def test_the_dates_of_the_founding_story_are_read() -> None:
    strike = resolve("Jan. 3", published=PUBLISHED)
    assert (strike.edtf, strike.earliest, reading(strike)) == ("2020-01-03", date(2020, 1, 3), "3 January 2020")
    june = resolve("June", published=PUBLISHED)
    assert (june.edtf, reading(june)) == ("2019-06", "June 2019")
    spring = resolve("spring of 2017", published=PUBLISHED)
    assert (spring.edtf, spring.earliest, spring.latest) == ("2017-21", date(2017, 3, 1), date(2017, 5, 31))
    assert reading(spring) == "March to May 2017"


def test_five_months_after_taking_office_is_june_2017_to_the_month() -> None:
    when = after_office("five months after taking office")
    assert (when.edtf, when.earliest, when.latest) == ("2017-06", date(2017, 6, 1), date(2017, 6, 30))
    assert when.anchor == Anchor(occurrence="occ_office", direction="after", offset="P5M")
    assert convention(when) == "A distance said in months is read to the calendar month."


def test_as_early_as_sets_the_lower_bound_alone() -> None:
    when = after_office("as early as five months after taking office")
    assert (when.edtf, when.earliest, when.latest) == ("2017-06", date(2017, 6, 1), None)
    assert when.qualifier is Qualifier.AS_EARLY_AS
    assert reading(when) == "as early as June 2017"


@pytest.mark.parametrize("phrase", ["during the campaign", "for years", "When Trump came into office"])
def test_what_the_founding_story_leaves_open_stays_open(phrase: str) -> None:
    when = resolve(phrase, published=PUBLISHED)
    assert when == When(phrase=phrase)
    assert [getattr(when, name) for name in UNRESOLVED] == [None] * 6
    assert not when.resolved
    assert reading(when) == convention(when) == ""


def test_ahead_of_a_visit_is_before_it_once_its_day_is_known() -> None:
    visit = resolve("May 20, 2017", published=None)
    when = before("ahead of Trump's visit", visit)
    # It may have been on the very day, before he came.
    assert (when.edtf, when.earliest, when.latest) == ("../2017-05-20", None, date(2017, 5, 20))
    assert (when.qualifier, reading(when)) == (Qualifier.BEFORE, "until 20 May 2017")
    assert resolve("ahead of Trump's visit", published=PUBLISHED) == When(phrase="ahead of Trump's visit")


# ---- Phrases -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "edtf", "read"),
    [
        ("2020-01-03", "2020-01-03", "3 January 2020"),
        ("Jan. 3, 2020", "2020-01-03", "3 January 2020"),
        ("Friday, January 3rd, 2020", "2020-01-03", "3 January 2020"),
        ("3 January 2020", "2020-01-03", "3 January 2020"),
        ("on the 3rd of January, 2020", "2020-01-03", "3 January 2020"),
        ("Sept. 11, 2001", "2001-09-11", "11 September 2001"),
        ("June 2019", "2019-06", "June 2019"),
        ("in spring of 2017", "2017-21", "March to May 2017"),
        ("in the fall of 2017", "2017-23", "September to November 2017"),
        ("winter of 2017–18", "2017-24", "December 2017 to February 2018"),
        ("2016", "2016", "2016"),
        ("the 1990s", "199X", "the 1990s"),
        ("in the early 1990's", "199X", "early in the 1990s"),
        ("the 17th century", "16XX", "1600 to 1699"),
        ("early 2017", "2017", "early in 2017"),
        ("mid-June 2017", "2017-06", "in the middle of June 2017"),
        ("at the end of 2017", "2017", "late in 2017"),
        ("about 2016", "2016~", "about 2016"),
        ("c. 2016", "2016~", "about 2016"),
        ("around the spring of 2017", "2017-21~", "about March to May 2017"),
        ("before June 2017", "../2017-06", "before June 2017"),
        ("before the spring of 2017", "../2017-21", "before March 2017"),
        ("after 2016", "2016/..", "after 2016"),
        ("since June 2017", "2017-06/..", "since June 2017"),
        ("by the end of 2017", "../2017", "until 2017"),
        ("as early as 2017", "2017", "as early as 2017"),
        ("as late as 2017", "2017", "as late as 2017"),
        ("from 2016 to 2018", "2016/2018", "2016 to 2018"),
        ("June–August 2019", "2019-06/2019-08", "June 2019 to August 2019"),
        ("between November and February 2019", "2018-11/2019-02", "November 2018 to February 2019"),
        ("2020-01-03T22:45:00Z", "2020-01-03T22:45:00Z", "3 January 2020, 22:45 UTC"),
    ],
)
def test_a_phrase_with_its_own_year_needs_no_day_of_publication(phrase: str, edtf: str, read: str) -> None:
    when = resolve(phrase, published=None)
    assert (when.phrase, when.edtf, reading(when)) == (phrase, edtf, read)
    assert resolve(phrase, published=PUBLISHED) == when


@pytest.mark.parametrize(
    ("phrase", "edtf"),
    [
        ("Jan. 3", "2020-01-03"),
        ("Jan. 14", "2020-01-14"),
        ("Jan. 15", "2019-01-15"),
        ("Friday, Jan. 3", "2020-01-03"),
        ("Feb. 29", "2016-02-29"),
        ("January", "2020-01"),
        ("February", "2019-02"),
        ("last June", "2019-06"),
        ("June of last year", "2019-06"),
        ("spring", "2019-21"),
        ("last spring", "2019-21"),
        ("winter", "2019-24"),
        ("last winter", "2018-24"),
        ("the summer of last year", "2019-22"),
        ("last year", "2019"),
        ("earlier this year", "2020-01-01/2020-01-14"),
        ("last month", "2019-12"),
        ("last week", "2020-01-06/2020-01-12"),
        ("Tuesday", "2020-01-14"),
        ("on Wednesday", "2020-01-08"),
        ("late Monday night", "2020-01-13"),
        ("last Wednesday", "2020-01-08"),
        ("today", "2020-01-14"),
        ("yesterday", "2020-01-13"),
        ("tomorrow", "2020-01-15"),
        ("last night", "2020-01-13/2020-01-14"),
        ("three days ago", "2020-01-11"),
        ("two months ago", "2019-11"),
        ("about two years ago", "2018~"),
        ("from Monday to Friday", "2020-01-06/2020-01-10"),
        ("from last year to June 2020", "2019/2020-06"),
        ("after Jan. 3", "2020-01-03/.."),
        ("as early as June", "2019-06"),
    ],
)
def test_what_has_no_year_takes_it_from_the_day_of_publication_or_from_nowhere(phrase: str, edtf: str) -> None:
    assert resolve(phrase, published=PUBLISHED).edtf == edtf
    assert resolve(phrase, published=None) == When(phrase=phrase)


@pytest.mark.parametrize(
    "phrase",
    [
        *("", " ", "in", "the", "about", "before", "of 2017", "the other day", "recently", "years ago", "2017 or so"),
        # Impossible, or not as it says.
        *("Feb. 30, 2019", "Feb. 30", "Thursday, Jan. 3, 2020", "2019-02-29", "winter of 2017-19", "spring of 2017-18"),
        # Two things to two readers.
        *("last Monday", "the 2000s", "the '90s", "03/01/2020", "by Friday", "before June", "2017-18"),
        # Nobody knows where late 2017 begins, nor in which year a winter was that hasn't begun.
        *("before late 2017", "winter of 2020"),
        # Something that happened, and nobody said when.
        *("five months after taking office", "before the strike", "on the eve of the visit", "during the war of 1991"),
        *("Jan. 3 and Jan. 5", "2018 to 2016", "0042", "٢٠١٦", "9999 years ago", "P5M", "2017-21", "../2017"),
    ],
)
def test_what_cannot_be_read_in_one_way_is_not_read(phrase: str) -> None:
    assert resolve(phrase, published=PUBLISHED) == When(phrase=phrase)


def test_a_leap_day_may_be_eight_years_away() -> None:
    assert resolve("Feb. 29", published=date(1904, 2, 28)).edtf == "1896-02-29"


def test_last_june_is_read_only_while_it_can_be_but_one() -> None:
    assert resolve("last June", published=date(2019, 6, 30)).edtf == "2018-06"
    assert resolve("last June", published=date(2019, 5, 1)).edtf == "2018-06"
    assert not resolve("last June", published=date(2019, 12, 1)).resolved
    assert not resolve("last spring", published=date(2019, 12, 1)).resolved
    assert resolve("last spring", published=date(2019, 5, 1)).edtf == "2018-21"


def test_before_and_after_leave_out_what_they_name() -> None:
    assert resolve("before June 2017", published=None).latest == date(2017, 5, 31)
    assert resolve("after June 2017", published=None).earliest == date(2017, 7, 1)
    assert resolve("since June 2017", published=None).earliest == date(2017, 6, 1)
    assert resolve("until June 2017", published=None).latest == date(2017, 6, 30)
    assert resolve("after 9999", published=None).earliest is None


def test_a_season_is_that_of_the_place() -> None:
    south = resolve("spring of 2017", published=None, hemisphere="south")
    assert (south.edtf, south.earliest, south.latest) == ("2017-21", date(2017, 9, 1), date(2017, 11, 30))
    assert resolve("summer", published=PUBLISHED, hemisphere="south").edtf == "2019-22"


# ---- Anchors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "offset", "edtf", "qualifier"),
    [
        ("five months after taking office", None, "2017-06", None),
        ("5 months after taking office", None, "2017-06", None),
        ("about five months after taking office", None, "2017-06~", Qualifier.ABOUT),
        ("a year after taking office", None, "2018", None),
        ("two weeks after taking office", None, "2017-01-30/2017-02-05", None),
        ("three days after", None, "2017-01-23", None),
        ("shortly after taking office", None, "2017-01-20/..", Qualifier.AFTER),
        ("several months after taking office", None, "2017-01-20/..", Qualifier.AFTER),
        ("When Trump came into office", None, "2017-01-20/..", Qualifier.AFTER),
        ("half a year into the term", "P6M", "2017-07", None),
        # The caller's distance wins, and one before is no distance after.
        ("five months after taking office", "P6M", "2017-07", None),
        ("five months before taking office", None, "2017-01-20/..", Qualifier.AFTER),
    ],
)
def test_an_anchor_places_what_the_words_or_the_caller_measure_from_it(
    phrase: str, offset: str | None, edtf: str, qualifier: Qualifier | None
) -> None:
    when = after_office(phrase, offset)
    assert (when.edtf, when.qualifier) == (edtf, qualifier)


def test_an_anchor_that_is_known_within_bounds_gives_bounds() -> None:
    june = resolve("June 2019", published=None)
    assert after_office("ten days after the drone", day=june).edtf == "2019-06-11/2019-07-10"
    assert after_office("a month after", day=resolve("since 2019", published=None)).edtf == "2019-02/.."
    assert after_office("a month after", day=resolve("about 2019", published=None)).edtf == "2019-02~/2020-01~"
    assert after_office("a month after", day=resolve("Jan. 31, 2017", published=None)).edtf == "2017-02"
    assert before("five months before", resolve("2016-03-31", published=None)).edtf == "2015-10"
    winter = resolve("winter of 2017-18", published=None)
    assert before("before the vote", winter).latest == date(2018, 2, 28)


def test_an_anchor_of_the_other_hemisphere_keeps_its_season() -> None:
    there = resolve("spring of 2017", published=None, hemisphere="south")
    assert after_office("after the vote", day=there).earliest == date(2017, 9, 1)


def test_without_the_anchors_day_the_anchor_is_kept_and_no_date_made() -> None:
    for day in (None, When(phrase="one day"), resolve("x", published=None, edtf="-0044")):
        when = after_office("as early as five months after taking office", day=day)
        assert when == When(phrase=when.phrase, anchor=Anchor(occurrence="occ_office", direction="after", offset="P5M"))
    assert not before("before it", resolve("since 2016", published=None)).resolved
    assert not after_office("9999 years after taking office").resolved


@pytest.mark.parametrize("offset", ["", "P", "5M", "P5", "PT5H", "P-5M", "P1.5M", "P5M ", "P" + "9" * 400 + "Y", "٥"])
def test_an_offset_that_is_none_is_refused(offset: str) -> None:
    for phrase in ("five months after", "2016"):
        with pytest.raises(BadDate) as caught:
            after_office(phrase, offset)
        assert [fault.pointer for fault in caught.value.faults] == ["/anchor/offset"]


# ---- The caller's own date, and hostile words ----------------------------------------------------------------------


def test_an_explicit_date_wins_over_the_phrase() -> None:
    when = resolve("June", published=PUBLISHED, edtf="2018-06~")
    assert (when.phrase, when.edtf, when.qualifier) == ("June", "2018-06~", Qualifier.ABOUT)
    assert resolve("When Trump came into office", published=None, edtf="2017-01/..").earliest == date(2017, 1, 1)


@pytest.mark.parametrize("phrase", ["as early as June 2017", "before June 2017", "late 2017", "about 2016", "June"])
def test_a_date_that_is_sent_back_as_it_was_read_stays_the_same(phrase: str) -> None:
    when = resolve(phrase, published=PUBLISHED)
    assert when.resolved
    assert resolve(phrase, published=PUBLISHED, edtf=when.edtf) == when


def test_a_phrase_has_at_most_500_characters() -> None:
    assert resolve("x" * 500, published=None) == When(phrase="x" * 500)
    with pytest.raises(BadDate) as caught:
        resolve("x" * 501, published=None)
    assert [fault.pointer for fault in caught.value.faults] == ["/phrase"]


@pytest.mark.parametrize(
    "words",
    ["about ", "in the ", "early ", "from ", "to ", "-", " ", "between and ", "before ", "a.", "1", "jan ", "ﷺ", "（"],
)
def test_reading_words_that_repeat_comes_to_an_end(words: str) -> None:
    phrase = (words * 500)[:500]
    assert resolve(phrase, published=PUBLISHED) == When(phrase=phrase)
    assert after_office(phrase).edtf == "2017-01-20/.."


_WORDS = """
    about before after since from to between and the in of last this early mid late end january jan. june monday
    spring winter 3 3rd 29 31 2016 2017-18 2017, 1990s 17th century year years month week days ago yesterday - , ’s
    as early by five a Taking office
"""
_words = st.sampled_from(_WORDS.split())
_phrases = st.one_of(st.lists(_words, max_size=7).map(" ".join), st.text(max_size=60))
_published = st.one_of(st.none(), st.dates(), st.just(date.min), st.just(date.max))
_hemispheres: st.SearchStrategy[Hemisphere] = st.sampled_from(["north", "south"])
_directions: st.SearchStrategy[Direction] = st.sampled_from(["after", "before"])


@given(_phrases, _published, _hemispheres, _directions, st.dates())
def test_any_phrase_is_read_within_bounds_or_kept_as_it_is(
    phrase: str, published: date | None, hemisphere: Hemisphere, direction: Direction, day: date
) -> None:
    on = resolve("that day", published=None, edtf=day.isoformat())
    anchor = Anchor(occurrence="occ_1", direction=direction)
    for when in (
        resolve(phrase, published=published, hemisphere=hemisphere),
        resolve(phrase, published=published, hemisphere=hemisphere, anchor=anchor, anchor_day=on),
    ):
        assert when.phrase == phrase
        assert when.resolved == bool(reading(when))
        assert when.resolved or (when.earliest, when.latest, when.qualifier) == (None, None, None)
        assert not (when.earliest and when.latest) or when.earliest <= when.latest
        assert msgspec.json.decode(msgspec.json.encode(when), type=When) == when


@given(st.dates(date(1000, 1, 1), date(9990, 12, 31)), st.dates(date(1000, 1, 1)))
def test_a_day_without_its_year_is_the_last_such_day_by_then(day: date, published: date) -> None:
    found = resolve(f"{day:%B} {day.day}", published=published).earliest
    # The slow way: one day after another, backwards, for as long as a leap day may be away.
    walked = (date.fromordinal(n) for n in range(published.toordinal(), max(1, published.toordinal() - 2922), -1))
    assert found == next((each for each in walked if (each.month, each.day) == (day.month, day.day)), None)


# ---- A stored format -----------------------------------------------------------------------------------------------


def test_a_date_is_stored_by_what_is_known_of_it_and_read_as_the_same() -> None:
    moment = resolve("then", published=None, edtf="2020-01-03T22:45:00Z")
    assert moment.time == datetime(2020, 1, 3, 22, 45, tzinfo=UTC)
    for when in (moment, after_office("as early as five months after taking office"), When(phrase="for years")):
        assert msgspec.json.decode(msgspec.json.encode(when), type=When) == when
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(when), type=When) == when
    assert json.loads(msgspec.json.encode(When(phrase="for years"))) == {"phrase": "for years"}
    assert json.loads(msgspec.json.encode(after_office("as early as five months after taking office"))) == {
        "phrase": "as early as five months after taking office",
        "edtf": "2017-06",
        "earliest": "2017-06-01",
        "qualifier": "as_early_as",
        "anchor": {"occurrence": "occ_office", "direction": "after", "offset": "P5M"},
    }
