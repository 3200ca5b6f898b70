"""How events are written down, and that every shape that was ever written is read to the same event for ever.

``golden/<type>.<schema version>.<what it shows>.json`` is a stored event, ``EVENTS`` what it reads as. A file, once
here, is never changed or taken away: another shape gets another file.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given

from tests.stories import golden_knowledge
from tests.stories.sequences import histories
from tracker.errors import Damaged
from tracker.ids import looks_like_id
from tracker.stories import outlets, parties, stored
from tracker.stories.events import (
    ContentRedacted,
    Event,
    Recorded,
    ReportCorrected,
    ReportFiled,
    ReportUpdated,
    StoryClosed,
    StoryEdited,
    StoryOpened,
    StoryReopened,
)
from tracker.stories.stored import Form, Stored
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, Extent, IssuedBy, OutletRef
from tracker.text.blocks import Block

GOLDEN = Path(__file__).parent / "golden"

WHOLE = Content(
    headline="US strike kills Iranian general",
    blocks=(
        Block("b1", "heading", "What we know"),
        Block("b2", "paragraph", "The general was killed in Baghdad, the Pentagon said."),
        Block("b3", "list_item", "Two rockets hit the road to the airport."),
        Block("b4", "quote", "“At the direction of the President.”"),
        Block("b5", "caption", "The road, in a photograph of the prime minister’s office."),
    ),
    byline="A. Reporter",
    dateline="BAGHDAD",
    language="en-US",
    published_at=datetime(2020, 1, 3, 2, 46, 30, 250000, tzinfo=UTC),
    extent=Extent.EXCERPT,
    copyright_notice="© 2020 NBC News",
    usage_terms="Not for resale.",
)
LEAST = Content(headline="Strike")
NBC = OutletRef(id="out_01dxn7k3c8e5tb3s0w1x5w6q7t", name="NBC News", owner="Comcast")
REPORT = "rpt_01dxn7k3c8e5tb3s0w1x5w6q7t"
BOLTON = "pty_01dxn7k3c8e5tb3s0w1x5w6q7t"

EVENTS: dict[str, Stored] = {
    "story.opened.1.whole": StoryOpened(
        slug="strike-in-baghdad", title="Strike in Baghdad", language="en", topics=("war", "iraq"), urgency=1
    ),
    "story.opened.1.least": StoryOpened(slug="strike", title="Strike"),
    "story.edited.1.whole": StoryEdited(
        slug="strike-kills-general", title="Strike kills general", summary="It happened.", topics=("war",), urgency=2
    ),
    "story.edited.1.least": StoryEdited(title="Strike kills general"),
    "story.edited.1.taking-away": StoryEdited(summary=None, topics=(), urgency=None),
    "story.closed.1.whole": StoryClosed(reason="Nothing new for a month."),
    "story.reopened.1.whole": StoryReopened(reason="A new report came in."),
    "report.filed.1.whole": ReportFiled(report_id=REPORT, outlet=NBC, content=WHOLE, uri="https://nbc.example/strike"),
    "report.filed.1.least": ReportFiled(report_id=REPORT, outlet=OutletRef(id="out_1", name="NBC"), content=LEAST),
    "report.updated.1.whole": ReportUpdated(report_id=REPORT, version=2, content=WHOLE, note="Adds the statement."),
    "report.updated.1.least": ReportUpdated(report_id=REPORT, version=2, content=LEAST),
    "report.corrected.1.whole": ReportCorrected(
        report_id=REPORT,
        version=3,
        content=WHOLE,
        note=CorrectionNote(text="An earlier version misstated the day.", wrong="Friday", right="Thursday"),
        kind=CorrectionKind.EDITORS_NOTE,
        issued_by=IssuedBy.DESK,
    ),
    "report.corrected.1.least": ReportCorrected(
        report_id=REPORT, version=3, content=LEAST, note=CorrectionNote(text="The day was wrong.")
    ),
    "content.redacted.1.whole": ContentRedacted(
        target=f"{REPORT}/2", reason="It names a source.", authority="The editor in chief", blocks_used=7
    ),
    "outlet.added.1.whole": outlets.OutletAdded(outlet_id=NBC.id, name="NBC News"),
    "outlet.added.1.with-owner": outlets.OutletAdded(
        outlet_id=NBC.id, name="NBC News", aliases=("NBC",), owner="Comcast", redistribute=outlets.Redistribute.TEXT
    ),
    "outlet.edited.1.whole": outlets.OutletEdited(
        name="MS NOW", aliases=("NBC News",), owner="Versant", redistribute=outlets.Redistribute.HEADLINE
    ),
    "outlet.edited.1.taking-away": outlets.OutletEdited(aliases=(), owner=None),
    "outlet.merged.1.whole": outlets.OutletMerged(into="out_01dxn7k3c8e5tb3s0w1x5w6q7u"),
    "party.added.1.whole": parties.PartyAdded(
        party_id=BOLTON,
        name="John Bolton",
        aliases=("John R. Bolton",),
        kind=parties.PartyKind.PERSON,
        roles=(
            parties.Role(
                title="National Security Adviser", organisation="White House", since="2018-04-09", until="2019-09~"
            ),
        ),
    ),
    "party.added.1.least": parties.PartyAdded(party_id=BOLTON, name="John Bolton"),
    "party.edited.1.whole": parties.PartyEdited(
        name="John R. Bolton",
        aliases=("John Bolton",),
        kind=parties.PartyKind.ORGANISATION,
        roles=(parties.Role(title="Ambassador"),),
    ),
    "party.edited.1.taking-away": parties.PartyEdited(aliases=(), kind=None, roles=()),
    "party.merged.1.whole": parties.PartyMerged(into="pty_01dxn7k3c8e5tb3s0w1x5w6q7u"),
    **golden_knowledge.EVENTS,
}
EVERY_CLASS: tuple[type, ...] = (*get_args(Event), *get_args(outlets.OutletEvent), *get_args(parties.PartyEvent))


def golden(name: str) -> dict[str, Any]:
    shape: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return shape


def form_of(shape: dict[str, Any]) -> Form:
    private = None if shape["private"] is None else msgspec.json.encode(shape["private"])
    return Form(shape["type"], shape["schema_version"], msgspec.json.encode(shape["clear"]), private)


def shape_of(form: Form) -> dict[str, Any]:
    private = None if form.private is None else json.loads(form.private)
    return {
        "type": form.type,
        "schema_version": form.schema_version,
        "clear": json.loads(form.clear),
        "private": private,
    }


def test_every_golden_file_has_its_event_and_every_event_its_file() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_a_stored_shape_reads_as_the_same_event_for_ever(name: str) -> None:
    assert stored.read(form_of(golden(name))) == EVENTS[name]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_written_in_the_shape_of_its_golden_file(name: str) -> None:
    shape = golden(name)
    assert name.startswith(f"{shape['type']}.{shape['schema_version']}.")
    if shape["schema_version"] == stored.TYPES[type(EVENTS[name])][1]:
        assert shape_of(stored.write(EVENTS[name])) == shape


def test_every_event_has_a_type_a_list_of_clear_fields_and_a_golden_file_of_each_version() -> None:
    assert set(stored.TYPES) == set(EVERY_CLASS)
    assert set(stored.CLEAR) == set(stored.all_types()) == {name for name, _ in stored.TYPES.values()}
    kept = {(shape["type"], shape["schema_version"]) for shape in map(golden, EVENTS)}
    assert kept == {(name, n) for name, newest in stored.TYPES.values() for n in range(1, newest + 1)}


@pytest.mark.parametrize("kind", EVERY_CLASS, ids=lambda kind: kind.__name__)
def test_the_golden_files_of_an_event_show_each_of_its_fields(kind: type[msgspec.Struct]) -> None:
    name, version = stored.TYPES[kind]  # type: ignore[index]
    shapes = [golden(key) for key in EVENTS if key.startswith(f"{name}.{version}.")]
    shown = {field for shape in shapes for field in {**shape["clear"], **(shape["private"] or {})}}
    assert shown == set(kind.__struct_fields__)


@pytest.mark.parametrize("name", EVENTS)
def test_nothing_private_stands_in_the_clear(name: str) -> None:
    form = stored.write(EVENTS[name])
    assert set(json.loads(form.clear)) <= stored.CLEAR[form.type]
    assert form.private is None or not stored.CLEAR[form.type].intersection(json.loads(form.private))
    for text in _words(json.loads(form.private or b"null")):
        assert json.dumps(text).encode() not in form.clear


def test_titles_words_notes_and_reasons_are_private() -> None:
    private = {"title", "summary", "reason", "content", "note", "public_note", "uri", "authority", "alone_because"}
    private |= {"statement", "selector", "attribution", "quotes", "about", "basis", "passages", "when", "place", "act"}
    # The reason of a hold is one of three words: whether an embargo is seen through depends on it.
    held = {kind: fields - {"reason"} for kind, fields in stored.CLEAR.items() if kind.startswith("hold.")}
    assert not [kind for kind, fields in {**stored.CLEAR, **held}.items() if fields & private]


@pytest.mark.parametrize("name", EVENTS)
def test_a_redacted_event_is_read_as_what_is_in_the_clear_and_nothing_else(name: str) -> None:
    shape = golden(name)
    blank = stored.blank(shape["type"], shape["schema_version"], msgspec.json.encode(shape["clear"]))
    assert type(blank) is type(EVENTS[name])
    if shape["schema_version"] == stored.TYPES[type(blank)][1]:
        assert shape_of(stored.write(blank))["clear"] == shape["clear"]
    said = _words(shape["private"]) - {""}
    assert not said & _words(msgspec.to_builtins(blank))


def test_every_shape_says_what_stands_in_for_its_private_fields() -> None:
    assert set(stored.BLANK) == {(name, n) for name, newest in stored.TYPES.values() for n in range(1, newest + 1)}


@given(histories)
def test_whatever_is_written_reads_as_it_was(history: list[Recorded]) -> None:
    for recorded in history:
        assert stored.read(stored.write(recorded.event)) == recorded.event


def test_an_event_is_always_written_in_the_same_bytes() -> None:
    event = EVENTS["report.filed.1.whole"]
    assert stored.write(event) == stored.write(stored.read(stored.write(event)))


# ---- Older shapes --------------------------------------------------------------------------------------------------


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """``StoryClosed`` as it may be one day: with a kind, and its reason under another name."""

    words: str
    kind: str


@pytest.fixture
def two_versions_later(monkeypatch: pytest.MonkeyPatch) -> None:
    upgrades = {
        ("story.closed", 1): lambda fields: {"words": fields["reason"]},
        ("story.closed", 2): lambda fields: {**fields, "kind": "for good"},
    }
    monkeypatch.setattr(stored, "TYPES", {Ended: ("story.closed", 3)})
    monkeypatch.setattr(stored, "_CLASSES", {"story.closed": (Ended, 3)})
    monkeypatch.setattr(stored, "UPGRADES", upgrades)


@pytest.mark.usefixtures("two_versions_later")
def test_an_older_shape_is_brought_up_version_by_version() -> None:
    words = {"words": "Nothing new for a month."}
    for version, fields in [
        (1, {"reason": "Nothing new for a month."}),
        (2, words),
        (3, {**words, "kind": "for good"}),
    ]:
        form = Form("story.closed", version, b"{}", msgspec.json.encode(fields))
        read: object = stored.read(form)
        assert read == Ended(words="Nothing new for a month.", kind="for good")


def test_every_older_version_has_its_upgrade() -> None:
    wanted = {(name, version) for name, newest in stored.TYPES.values() for version in range(1, newest)}
    assert set(stored.UPGRADES) == wanted


# ---- What can't be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "version"), [("story.closed", 2), ("story.closed", 0), ("story.exploded", 1), ("", 1)]
)
def test_a_type_or_version_that_is_not_known_is_damaged_and_says_what_to_do(kind: str, version: int) -> None:
    with pytest.raises(Damaged, match=r"this program.*Run the version"):
        stored.read(Form(kind, version, b"{}", b'{"reason":"Over."}'))


@pytest.mark.parametrize(
    "private",
    [None, b"{}", b'{"reason":1}', b"[]", b"null", b"{", b'{"reason":"\xff"}'],
    ids=["none", "empty", "number", "list", "null", "cut", "not-utf-8"],
)
def test_fields_that_do_not_fit_are_damaged_and_name_the_shape(private: bytes | None) -> None:
    with pytest.raises(Damaged, match=r"story\.closed of schema version 1"):
        stored.read(Form("story.closed", 1, b"{}", private))


def test_a_moment_without_an_offset_is_damaged() -> None:
    shape = golden("report.filed.1.whole")
    shape["private"]["content"]["published_at"] = "2020-01-03T02:46:30"
    with pytest.raises(Damaged, match="offset"):
        stored.read(form_of(shape))


def _words(value: object) -> set[str]:
    """Every text in ``value``, but for ids: what an act of the desk is about stands beside it too."""
    return {text for text in _strings(value) if not looks_like_id(text.partition("/")[0])}


def _strings(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [text for part in value for text in _strings(part)]
        case dict():
            return [text for part in value.values() for text in _strings(part)]
        case _:
            return []
