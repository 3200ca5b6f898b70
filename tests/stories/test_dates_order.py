"""Several dates: whether they meet, how a disagreement is told, and their order on a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.stories.chronology import disagreement, meets, order_key, sorted_by_time
from tracker.stories.dates import Anchor, When, resolve
from tracker.stories.edtf import Hemisphere


def said(phrase: str, edtf: str | None = None, hemisphere: Hemisphere = "north") -> When:
    return resolve(phrase, published=date(2020, 1, 14), edtf=edtf, hemisphere=hemisphere)


def as_early_as_five_months_after_taking_office() -> When:
    return resolve(
        "as early as five months after taking office",
        published=date(2020, 1, 14),
        anchor=Anchor(occurrence="occ_office", direction="after"),
        anchor_day=said("Jan. 20, 2017"),
    )


_whens = st.one_of(
    st.dates(date(2017, 1, 1), date(2018, 12, 31)).map(lambda day: said("that day", day.isoformat())),
    st.sampled_from(
        [
            *("2017", "2017-06", "2017-21", "2017-24", "2018-06~", "201X", "../2017", "2017-06/..", "/2018-03"),
            *("2017-06/2018-02", "2018?", "-0044", "2017-06-05T10:00:00Z", "2017-06-05T09:00:00Z"),
        ]
    ).map(lambda edtf: said("then", edtf)),
    st.sampled_from(
        ["for years", "early 2017", "late 2017", "before June 2017", "after June 2017", "as early as 2017"]
    ).map(said),
)


# ---- Meeting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("June 2017", "2017", True),
        ("June 2017", "July 2017", False),
        ("before June 2017", "June 2017", False),
        ("until June 2017", "June 2017", True),
        ("as early as June 2017", "in the fall of 2017", True),
        ("as early as June 2017", "spring of 2017", False),
        ("before 2016", "before 1990", True),
        ("for years", "June 2017", None),
        # One that is only about right may well be the other.
        ("about 2016", "2017", None),
        ("about 2016", "2016", True),
    ],
)
def test_dates_meet_where_one_day_may_be_both(a: str, b: str, expected: bool | None) -> None:
    assert meets(said(a), said(b)) is expected
    assert meets(said(b), said(a)) is expected


@given(_whens, _whens)
def test_meeting_is_mutual_and_each_meets_itself_unless_it_is_open(a: When, b: When) -> None:
    assert meets(a, b) is meets(b, a)
    assert meets(a, a) is (True if a.earliest or a.latest else None)


# ---- Disagreeing ---------------------------------------------------------------------------------------------------


def test_the_two_phrases_of_the_founding_story_differ_by_their_wording() -> None:
    spring, five_months = said("in spring of 2017"), as_early_as_five_months_after_taking_office()
    assert meets(spring, five_months) is False
    found = disagreement([five_months, said("for years"), spring])
    assert found is not None
    assert found.phrases == (spring.phrase, five_months.phrase)
    assert found.readings == ("March to May 2017", "as early as June 2017")
    assert found.convention == (
        "Spring is read as March to May, a calendar quarter of the northern hemisphere. "
        "A distance said in months is read to the calendar month. "
        "By the astronomical season, to 21 June, they touch. "
        "It is a difference of wording, not anybody's error."
    )
    assert found.sentence.startswith(
        "“in spring of 2017” (March to May 2017) and “as early as five months after taking office” (as early as June "
        "2017) do not meet. Spring"
    )


def test_only_a_season_that_would_touch_by_the_sun_is_said_to() -> None:
    later = disagreement([said("spring of 2017"), said("July 2017")])
    assert later is not None
    assert "astronomical" not in later.convention
    autumn = disagreement([said("fall of 2017"), said("Dec. 10, 2017")])
    assert autumn is not None
    assert "to 21 December, they touch" in autumn.convention
    south = disagreement([said("June 10, 2017"), said("fall of 2017", hemisphere="south")])
    assert south is not None
    assert "to 21 June, they touch" in south.convention


def test_dates_that_are_read_as_written_disagree_without_a_convention() -> None:
    found = disagreement([said("Jan. 5"), said("Jan. 3")])
    assert found is not None
    assert found.readings == ("3 January 2020", "5 January 2020")
    assert found.convention == "Both are read as they are written; which of them is right is not judged here."


@pytest.mark.parametrize(
    "phrases", [[], ["June"], ["June", "2019", "for years"], ["about 2016", "2018"], ["for years"]]
)
def test_there_is_no_disagreement_where_none_is_known(phrases: list[str]) -> None:
    assert disagreement(said(phrase) for phrase in phrases) is None


@given(st.lists(_whens, max_size=6))
def test_a_disagreement_is_found_just_where_two_do_not_meet(whens: list[When]) -> None:
    found = disagreement(whens)
    assert (found is not None) == any(meets(a, b) is False for a, b in combinations(whens, 2))


# ---- Order ---------------------------------------------------------------------------------------------------------


@given(st.lists(_whens, max_size=5))
def test_order_is_total_and_does_not_depend_on_how_dates_were_given(whens: list[When]) -> None:
    expected = sorted(order_key(when) for when in whens)
    assert all(sorted(map(order_key, given)) == expected for given in permutations(whens))
    assert all(order_key(when) < order_key(said("for years")) for when in whens if when.earliest or when.latest)


def test_dates_stand_by_first_day_then_last_and_a_bound_by_its_own_end() -> None:
    in_order = ["before Jan. 20, 2017", "Jan. 20, 2017", "since Jan. 20, 2017", "June 2017", "early 2018", "2018"]
    items = [(phrase, said(phrase), ()) for phrase in in_order]
    for given_ in permutations(items):
        assert sorted_by_time(given_) == in_order


def test_the_timeline_of_the_founding_story_stands_in_order() -> None:
    items = [
        ("strike", said("Jan. 3"), ["contractor"]),
        ("report", said("Jan. 13"), []),
        ("contractor", When(phrase=""), []),
        ("approval", said("June"), ["drone"]),
        ("drone", said("June"), []),
        ("idea", said("in spring of 2017"), ["attack"]),
        ("attack", When(phrase="ahead of Trump's visit"), []),
        ("urging", When(phrase="When Trump came into office"), ["office"]),
        ("office", said("Jan. 20, 2017"), ["campaign"]),
        ("campaign", When(phrase="during the campaign"), []),
    ]
    expected = [
        *("campaign", "office", "urging", "attack", "idea"),
        *("drone", "approval", "contractor", "strike", "report"),
    ]
    assert sorted_by_time(items) == expected
    assert sorted_by_time(reversed(items)) == expected


def test_what_nothing_places_stands_last_as_given() -> None:
    items: list[tuple[str, When, Sequence[str]]] = [
        ("b", When(phrase="once"), ["gone"]),
        ("a", When(phrase="for years"), []),
        ("dated", said("2016"), []),
    ]
    assert sorted_by_time(items) == ["dated", "b", "a"]


def test_said_order_wins_over_dates_and_takes_along_what_follows() -> None:
    items = [
        ("month", said("June 2019"), ["day"]),
        ("day", said("June 20, 2019"), []),
        ("other", said("June 10, 2019"), []),
    ]
    assert sorted_by_time(items) == ["other", "day", "month"]


_names = st.sampled_from("abcdefgh")


@st.composite
def _timelines(draw: st.DrawFn) -> list[tuple[str, When, Sequence[str]]]:
    names = draw(st.lists(_names, unique=True))
    return [(name, draw(_whens), draw(st.lists(_names, max_size=3))) for name in names]


@given(_timelines())
def test_a_timeline_has_everything_once_and_keeps_said_order_where_that_is_possible(
    items: list[tuple[str, When, Sequence[str]]],
) -> None:
    order = sorted_by_time(items)
    assert sorted(order) == sorted(name for name, _, _ in items)
    # Only of what lies on no circle can all be demanded.
    follows = {name: {other for other in after if other in order} for name, _, after in items}
    behind = {name: _all_before(name, follows) for name in follows}
    for name, others in follows.items():
        for other in others:
            assert name in behind[other] or other == name or order.index(other) < order.index(name)


@given(_timelines())
def test_dates_alone_order_what_nothing_is_said_of(items: list[tuple[str, When, Sequence[str]]]) -> None:
    whens = {name: when for name, when, _ in items}
    order = sorted_by_time([(name, when, ()) for name, when, _ in items])
    assert order == sorted(whens, key=lambda name: order_key(whens[name]))


def _all_before(name: str, follows: dict[str, set[str]]) -> set[str]:
    found, waiting = set[str](), [name]
    while waiting:
        for other in follows[waiting.pop()] - found:
            found.add(other)
            waiting.append(other)
    return found


def test_a_circle_is_broken_the_same_way_each_time_and_a_long_chain_is_no_trouble() -> None:
    circle = [("a", When(phrase=""), ["c"]), ("b", When(phrase=""), ["a"]), ("c", When(phrase=""), ["b"])]
    assert sorted_by_time(circle) == ["b", "c", "a"]
    chain = [(str(number), When(phrase=""), [str(number + 1)]) for number in range(5000)]
    assert sorted_by_time(chain) == [str(number) for number in reversed(range(5000))]
