"""The style sheet: everything that is to be read can be, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tracker.web

STYLE = (Path(tracker.web.__file__).parent / "static" / "style.css").read_text()
#: What is written on what.
TEXT = [
    *(
        (ink, ground)
        for ink in ("ink", "soft", "link", "warn", "ins-ink", "del-ink", "grave")
        for ground in ("ground", "raised")
    ),
    *((ink, ground) for ink in ("ink", "soft", "link") for ground in ("tag", "note")),
    ("ground", "link"),
    ("ground", "grave"),
    ("ins-ink", "ins"),
    ("del-ink", "del"),
    ("link", "ins"),
    ("link", "del"),
]
#: What shows where a control ends, or that something is marked.
EDGES = [("edge", "ground"), ("edge", "raised"), ("warn", "ground"), ("warn", "note"), ("link", "ground")]


def colours(scheme: str) -> dict[str, str]:
    """The custom properties of ``scheme``; the dark one replaces those of the light."""
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", light))
    return found | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", dark)) if scheme == "dark" else found


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2), from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_defines_it() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(scheme: str) -> None:
    known = colours(scheme)
    faint = {pair: contrast(known[pair[0]], known[pair[1]]) for pair in TEXT}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_bounds_a_control_can_be_seen(scheme: str) -> None:
    known = colours(scheme)
    faint = {pair: contrast(known[pair[0]], known[pair[1]]) for pair in EDGES}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 3} == {}


def test_both_schemes_name_the_same_colours_and_none_stands_elsewhere() -> None:
    assert colours("light").keys() == colours("dark").keys()
    rules = STYLE.split("* { box-sizing", 1)[1].split("@media print")[0]
    assert not re.findall(r"#[0-9a-f]{3,6}\b(?![\w-])", rules)
    used = set(re.findall(r"var\(--([a-z-]+)\)", STYLE))
    assert used <= colours("light").keys() | {"sans", "serif", "mono"}
