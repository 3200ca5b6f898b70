"""A moment is read exactly or refused with what was likely meant; it is never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.api.moments import parse_moment, read_moment
from tracker.clock import rfc3339
from tracker.errors import Invalid

NOW = datetime(2020, 1, 14, 9, 30, tzinfo=UTC)


def refused(text: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse_moment(text, NOW)
    assert [fault.pointer for fault in caught.value.faults] == ["as_of"]
    return caught.value


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-01-13T23:00:00Z", "2020-01-13T23:00:00Z"),
        ("2020-01-13t23:00:00z", "2020-01-13T23:00:00Z"),
        ("2020-01-13 23:00:00Z", "2020-01-13T23:00:00Z"),
        ("2020-01-14T00:00:00+01:00", "2020-01-13T23:00:00Z"),
        ("2020-01-14T00:00:00 01:00", "2020-01-13T23:00:00Z"),
        ("2020-01-14 00:00:00 01:00", "2020-01-13T23:00:00Z"),
        ("2020-01-13T18:00:00-05:00", "2020-01-13T23:00:00Z"),
        ("2020-01-13T23:00:00-00:00", "2020-01-13T23:00:00Z"),
        ("2020-01-13T23:00:00.5Z", "2020-01-13T23:00:00.500000Z"),
        ("2020-01-13T23:00:00.123456999999999Z", "2020-01-13T23:00:00.123456Z"),
        ("2020-01-13T23:00:00.0000009Z", "2020-01-13T23:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2017-01-01T00:59:60.75+01:00", "2017-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("2020-01-14T09:30:00Z", "2020-01-14T09:30:00Z"),
    ],
)
def test_a_moment_with_an_offset_is_read_to_utc(text: str, moment: str) -> None:
    read = parse_moment(text, NOW)
    assert rfc3339(read) == moment
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("2020-01-13T23:00:00", ["2020-01-13T23:00:00Z"]),
        ("2020-01-13 23:00", ["2020-01-13T23:00:00Z"]),
        ("2020-01-13T23:00:00.25", ["2020-01-13T23:00:00.250000Z"]),
        ("2020-01-13", ["2020-01-13T00:00:00Z", "2020-01-13T23:59:59Z"]),
    ],
)
def test_without_an_offset_the_likely_readings_are_named_and_none_is_taken(text: str, readings: list[str]) -> None:
    error = refused(text)
    assert error.name == "ambiguous-moment"
    assert error.facts == {"readings": readings}
    for reading in readings:
        parse_moment(reading, NOW)


@pytest.mark.parametrize("text", ["2020-01-14T09:30:00.000001Z", "2020-01-14T09:30:01Z", "9999-12-31T23:59:59Z"])
def test_the_future_can_not_be_asked_for(text: str) -> None:
    assert refused(text).name == "future-moment"
    assert read_moment(text) > NOW


def test_missing_seconds_are_asked_for_with_the_reading() -> None:
    error = refused("2020-01-13T18:00-05:00")
    assert error.name == "invalid-parameter"
    assert error.facts == {"readings": ["2020-01-13T23:00:00Z"]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "now",
        "yesterday",
        "1578956400",
        "0000-01-01T00:00:00Z",
        "99999-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "2020-02-30T00:00:00Z",
        "2019-02-29T00:00:00Z",
        "2020-13-01T00:00:00Z",
        "2020-01-13T24:00:00Z",
        "2020-01-13T23:60:00Z",
        "2020-01-13T23:00:61Z",
        "2020-01-13T23:00:60Z",
        "2020-01-13T23:59:60+01:00",
        "2020-01-13T23:00:00+24:00",
        "2020-01-13T23:00:00+01:60",
        "2020-01-13T23:00:00+0100",
        "2020-01-13T23:00:00+01",
        "2020-01-13T23:00:00UTC",
        "2020-01-13T23:00:00 Z",
        "2020-01-13T23:00:00Z\n",
        "2020-01-13T23:00:00Z ",
        "2020-01-13T23:00:00,5Z",
        "2020-01-13T23:00:00.Z",
        "2020-01-13T2:00:00Z",
        "20200113T230000Z",
        "2020-W03-1T23:00:00Z",
        "٢٠٢٠-01-13T23:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-23:59",
        "2020-01-13T23:00:00." + "1" * 100_000 + "Z",
        "0000-01-01",
        "2020-02-30",
        "2020-01-13T25:00",
    ],
)
def test_what_is_no_moment_is_refused_by_name(text: str) -> None:
    error = refused(text)
    assert error.name == "invalid-parameter"
    assert len(str(error)) < 300


def test_the_fault_names_the_parameter() -> None:
    with pytest.raises(Invalid) as caught:
        parse_moment("x", NOW, parameter="changed_since")
    assert [fault.pointer for fault in caught.value.faults] == ["changed_since"]


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
    st.sampled_from("Tt "),
    st.booleans(),
)
def test_every_moment_that_python_can_write_is_read_back(
    local: datetime, offset: int, between: str, spaced: bool
) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=offset)))
    text = moment.isoformat(sep=between)
    assert read_moment(text.replace("+", " ") if spaced else text) == moment


@given(st.text(max_size=40) | st.text(alphabet="0123456789-:TZtz+. ", max_size=35))
@settings(max_examples=500)
def test_no_text_gives_anything_but_a_moment_or_a_named_refusal(text: str) -> None:
    try:
        read = parse_moment(text, NOW)
    except Invalid as error:
        name = error.name
    else:
        assert read <= NOW
        return
    assert name in {"invalid-parameter", "ambiguous-moment", "future-moment"}


@given(
    st.tuples(
        st.integers(0, 9999), *(st.integers(0, 99) for _ in range(5)), st.sampled_from(["Z", "+23:59", "-23:59", ""])
    )
)
@settings(max_examples=500)
def test_digits_out_of_range_never_break_it(parts: tuple[int, int, int, int, int, int, str]) -> None:
    year, month, day, hour, minute, second, offset = parts
    text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}"
    try:
        read_moment(text)
    except Invalid as error:
        name = error.name
    else:
        return
    assert name in {"invalid-parameter", "ambiguous-moment"}
