"""Short quotes of a report may leave with what is marked in it, and nothing else of its text."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from tests.stories.golden_knowledge import EVENTS
from tracker.access.quoting import SHORT_QUOTE
from tracker.access.redistribution import may_leave
from tracker.stories import events
from tracker.stories.dates import When
from tracker.stories.knowledge import Attribution, ClaimRef, Quote, RelationKind
from tracker.stories.values import Content, CorrectionNote
from tracker.text.passages import Selector

LONG = "zebra " * (SHORT_QUOTE // 6) + "zebra"
SHORT = "z" * SHORT_QUOTE


def _claim(**fields: Any) -> events.ClaimAsserted:
    usual: dict[str, Any] = {"statement": "Ours.", "selector": Selector(exact="Theirs.")}
    place: dict[str, Any] = {"claim_id": "clm_1", "appearance": 1, "report_id": "rpt_1", "version": 1}
    return events.ClaimAsserted(**place, **{**usual, **fields})


def test_the_words_in_which_a_claim_is_made_leave_where_they_are_short() -> None:
    beside = Selector(exact=SHORT, block="b2", prefix="Before", suffix="After")
    assert may_leave(_claim(selector=beside))["selector"] == {"exact": SHORT, "block": "b2"}
    assert may_leave(_claim(selector=Selector(exact=SHORT + "z")))["selector"] == {}


def test_our_statement_leaves_whole_and_the_reports_own_long_words_do_not_stand_for_it() -> None:
    assert may_leave(_claim(statement=LONG))["statement"] == LONG
    left = may_leave(_claim(statement=LONG, selector=Selector(exact=LONG)))["statement"]
    assert left.endswith("zebra…")
    assert len(left) < SHORT_QUOTE


def test_the_parts_of_a_quotation_are_counted_together() -> None:
    half = Selector(exact=SHORT[: SHORT_QUOTE // 2])
    speaker = Attribution(label="a former senior Pentagon official")
    both = may_leave(_claim(quotes=(Quote(parts=(half, half), speaker=speaker),)))["quotes"]
    assert both == [{"parts": [{"exact": half.exact}] * 2, "speaker": msgspec.to_builtins(speaker)}]
    inner = Quote(parts=(Selector(exact="zebra"),))
    long = may_leave(_claim(quotes=(Quote(parts=(half, half, Selector(exact="z")), inner=(inner,)),)))["quotes"]
    assert long == [{"parts": [], "inner": []}]


def test_what_an_outlet_calls_its_source_leaves_where_it_is_short_also_of_those_between() -> None:
    source = Attribution(label=LONG, anonymity_reason="afraid", via=(Attribution(label=LONG), Attribution(label="two")))
    left = may_leave(_claim(attribution=source))["attribution"]
    assert left == {"anonymity_reason": "afraid", "via": [{}, {"label": "two"}]}


@pytest.mark.parametrize(
    "event",
    [
        events.ClaimsRelated(
            relation_id="rel_1",
            source=ClaimRef(claim_id="clm_1"),
            target=ClaimRef(claim_id="clm_2"),
            relation=RelationKind.DISPUTES,
            basis=LONG,
        ),
        events.OccurrenceRecorded(occurrence_id="occ_1", title="Ours", basis=LONG, when=When(phrase=LONG)),
        events.ReportCorrected(
            report_id="rpt_1",
            version=2,
            content=Content(headline="Strike"),
            note=CorrectionNote(text="Ours."),
            passages=(Selector(exact=LONG, prefix="zebra"),),
        ),
        _claim(selector=Selector(exact=LONG, prefix="zebra", suffix="zebra")),
    ],
    ids=lambda event: type(event).__name__,
)
def test_nothing_longer_than_a_short_quote_leaves(event: events.Event) -> None:
    assert "zebra" not in json.dumps(may_leave(event), default=str)


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_the_newsrooms_own_never_leaves(name: str) -> None:
    event = EVENTS[name]
    left = json.dumps(may_leave(event), default=str)
    private = [getattr(event, field, None) for field in ("authority", "act")]
    private += [event.reason] if isinstance(event, events.ReportKilled) else []
    for own in private:
        for text in _strings(msgspec.to_builtins(own)):
            assert json.dumps(text) not in left


def _strings(value: Any) -> list[str]:
    """Every text in ``value`` of more than one word."""
    if isinstance(value, str):
        return [value] if " " in value else []
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for part in parts for text in _strings(part)]
