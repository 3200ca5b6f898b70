"""What a client may write into each field, and that the OpenAPI document says the same."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import jsonschema_rs
import marshmallow as ma
import pytest
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.api import fields
from tracker.api.fields import (
    Blocks,
    HttpUri,
    Language,
    Line,
    Moment,
    Note,
    RequestSchema,
    Slug,
    Text,
    Title,
    Topics,
    Urgency,
    Whole,
)


def load(field: ma.fields.Field[Any], value: object) -> Any:
    return field.deserialize(value)


def refusal(field: ma.fields.Field[Any], value: object) -> str:
    with pytest.raises(ma.ValidationError) as caught:
        field.deserialize(value)
    return str(caught.value.messages)


def documented(field: ma.fields.Field[Any]) -> dict[str, Any]:
    """The field's part of the OpenAPI 3.1 document."""
    spec = APISpec("t", "1", "3.1.0", plugins=[MarshmallowPlugin()])
    spec.components.schema("T", schema=RequestSchema.from_dict({"it": field})())
    schemas = spec.to_dict()["components"]["schemas"]
    found: dict[str, Any] = schemas["T"]["properties"]["it"]
    if "items" in found and "$ref" in found["items"]:
        found = found | {"items": schemas["Block"]}
    return found


ANY = st.text(st.characters(codec="utf-8"), max_size=12)
#: Characters that rules about text trip over.
AWKWARD = st.text(
    alphabet="ab \t\n\r\x00\x0b\x1c\x7f\x85\xa0\xad\u0301\u034f\u115f\u200b\u200d\u2028\u2029\u202e\u2066\u2800\u3164"
    "\ufeff\ufe0f\U000e0041é字😀",
    max_size=12,
)


class TestTexts:
    def test_text_is_composed_and_trimmed(self) -> None:
        assert load(Title(), "  Cafe\u0301 Ångström ") == "Café Ångström"
        assert load(Text(), "\n a\r\nb\rc\x85d\u2028e\u2029f \n") == "a\nb\nc\nd\ne\n\nf"

    def test_tabs_and_newlines_stand_in_text_and_not_in_a_line(self) -> None:
        assert load(Text(), "a\tb\nc") == "a\tb\nc"
        for character in "\t\n\r\x85\u2028\u2029":
            assert f"U+{ord(character):04X}" in refusal(Title(), f"a{character}b")

    @pytest.mark.parametrize(
        "character", ["\x00", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x9b", chr(0xD800), chr(0xDFFF)]
    )
    def test_control_characters_and_half_characters_are_refused_with_their_place(self, character: str) -> None:
        for field in (Title(), Text(), Note(), Text(blank=True)):
            assert f"Character 3 is U+{ord(character):04X}" in refusal(field, f"ab{character}")

    @pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200d", "\u200b", "\ufeff", "\ufe0f"])
    def test_directions_joiners_and_selectors_may_stand_in_text(self, mark: str) -> None:
        assert load(Title(), f"a{mark}b") == f"a{mark}b"

    @pytest.mark.parametrize(
        "text",
        ["", " ", "\u00a0\u3000", "\u200b", "\u2066\u2069", "\u00ad", "\u3164", "\u2800", "\U000e0041", "\ufe0f"],
    )
    def test_a_title_of_which_nothing_can_be_seen_is_none(self, text: str) -> None:
        for field in (Title(), Text(), Line()):
            assert "nothing to be seen" in refusal(field, text)

    def test_a_text_that_may_be_blank_may_be_blank(self) -> None:
        assert load(Text(blank=True), " \n ") == ""

    @pytest.mark.parametrize(("field", "most"), [(Title(), 300), (Note(), 2000), (Line(maximum=60), 60)])
    def test_a_text_may_be_as_long_as_allowed_and_no_longer(self, field: Text, most: int) -> None:
        assert load(field, "é" * most) == "é" * most
        assert str(most) in refusal(field, "é" * (most + 1))
        assert str(most) in refusal(field, "a" + " " * most)

    def test_the_length_of_what_is_stored_counts_too(self) -> None:
        longer = "\u0958"  # A composition exclusion: NFC makes two characters of it.
        assert len(load(Line(maximum=4), longer * 2)) == 4
        assert "1 to 4" in refusal(Line(maximum=4), longer * 3)

    @pytest.mark.parametrize("value", [1, 1.5, True, None, [], {}, b"\xff"])
    def test_what_is_no_text_is_refused(self, value: object) -> None:
        assert refusal(Title(), value)

    def test_thirty_marks_in_a_row_are_text_and_more_are_an_attack(self) -> None:
        assert load(Text(), "a" + "\u0327\u0301" * 15)
        assert "30 combining marks" in refusal(Text(), "a" + "\u0301" * 31)

    def test_endless_combining_marks_are_never_sorted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def normalize(form: str, text: str) -> str:
            raise AssertionError(f"sorting {len(text)} characters takes quadratic time")

        monkeypatch.setattr("tracker.api.fields.unicodedata", SimpleNamespace(normalize=normalize))
        assert "30 combining marks" in refusal(Text(), "a" + "\u0301\u0327" * 250_000)

    @given(ANY | AWKWARD)
    @settings(max_examples=300)
    def test_what_is_stored_is_composed_trimmed_and_would_be_stored_alike_again(self, text: str) -> None:
        for field in (Text(), Title(), Text(blank=True)):
            try:
                stored = load(field, text)
            except ma.ValidationError:
                continue
            assert unicodedata.is_normalized("NFC", stored)
            assert stored == stored.strip()
            assert load(field, stored) == stored

    def test_invisible_means_what_unicode_ignores_by_default_and_blank_space(self) -> None:
        for code in range(0x110000):
            character = chr(code)
            if character.isspace() or unicodedata.category(character) == "Cc":
                assert not fields._VISIBLE.search(character), hex(code)
            elif unicodedata.category(character)[0] in "LNPS" and not fields._VISIBLE.search(character):
                assert character in "\u115f\u1160\u3164\uffa0\u2800", hex(code)


class TestSlugs:
    @pytest.mark.parametrize("slug", ["soleimani", "no-10", "2020", "a1", "a-b-c", "x" * 80, "flight-ps752"])
    def test_a_slug(self, slug: str) -> None:
        assert load(Slug(), slug) == slug

    @pytest.mark.parametrize(
        "slug",
        ["", "a", "A-b", "a_b", "a b", "-a", "a-", "a--b", "é", "a\n", " ab", "ａｂ", "x" * 81, "a/b", "a.b", "٣٣"],
    )
    def test_no_slug(self, slug: str) -> None:
        refusal(Slug(), slug)

    def test_a_slug_can_not_be_taken_for_an_id(self) -> None:
        assert "id" in refusal(Slug(), "sty-01jh2r8m5efk0b3s0w1x5w6q7t")
        assert load(Slug(), "sty-01jh2r8m5efk0b3s0w1x5w6q7") == "sty-01jh2r8m5efk0b3s0w1x5w6q7"


class TestLanguages:
    @pytest.mark.parametrize(
        ("written", "usual"),
        [
            ("EN", "en"),
            ("pt-br", "pt-BR"),
            ("ZH-hANT-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("sl-ROZAJ-biske", "sl-rozaj-biske"),
            ("de-ch-1996", "de-CH-1996"),
            ("zh-CMN-hans-cn", "zh-cmn-Hans-CN"),
            ("en-a-BBB-x-A-ccc", "en-a-bbb-x-a-ccc"),
            ("EN-ca-X-ca", "en-CA-x-ca"),
            ("x-Whatever", "x-whatever"),
            ("AZ-arab-x-AZE-derbend", "az-Arab-x-aze-derbend"),
            ("de-Latn-DE-1996-u-co-phonebk", "de-Latn-DE-1996-u-co-phonebk"),
            ("sr-Latn", "sr-Latn"),
            ("fa", "fa"),
            ("English-Language", "english-language"),
        ],
    )
    def test_a_well_formed_tag_gets_the_usual_case(self, written: str, usual: str) -> None:
        assert load(Language(), written) == usual
        assert load(Language(), usual) == usual

    @pytest.mark.parametrize(
        "tag",
        [
            *("", "e", "en_US", "en-", "-en", "en--us", "12", "en-u", "en-x", "x", "de-419-DE", "a-DE", "ar-a-aaa-b"),
            *("en-us-gb", "ën", "en\n", "en us", "abcdefghi", "de-DE-1", "i-klingon", "en-" + "abcde-" * 6 + "abcde"),
        ],
    )
    def test_what_is_not_well_formed_is_refused(self, tag: str) -> None:
        refusal(Language(), tag)


class TestAddresses:
    @pytest.mark.parametrize(
        "uri",
        [
            "http://a",
            "https://www.nytimes.com/2020/01/02/world/middleeast/qassem-soleimani-iraq-iran-attack.html",
            "HTTPS://Example.ORG",
            "https://example.org:8443/a?b[]=c|d#e",
            "http://[2001:db8::1]:80/",
            "http://127.0.0.1/~user/a%20b",
            "https://xn--mnchen-3ya.de?q",
            "https://a/" + "x" * 1990,
        ],
    )
    def test_an_address(self, uri: str) -> None:
        assert load(HttpUri(), uri) == uri

    @pytest.mark.parametrize(
        "uri",
        [
            "",
            "a",
            "//a/b",
            "/a",
            "http:",
            "http:///a",
            "http://?a",
            "ftp://a/b",
            "javascript:alert(1)",
            "data:text/html,x",
            "http://user@host/",
            "http://user:password@host/",
            "http://host@evil/",
            "http://ho st/",
            "http://host/a b",
            "http://host/\n",
            "http://host\n",
            "http://host/a\tb",
            " http://host/",
            "http://host/é",
            "http://münchen.de/",
            "http://host/<script>",
            'http://host/"x"',
            "http://host\\@evil/",
            "http://host:99999/",
            "http://host:0/",
            "http://host:x/",
            "http://[::1",
            "http://[:::::]/",
            "http://-host/",
            "https://a/" + "x" * 1991,
        ],
    )
    def test_no_address(self, uri: str) -> None:
        refusal(HttpUri(), uri)


class TestMoments:
    def test_a_moment_is_read_to_utc_and_written_with_z(self) -> None:
        read = load(Moment(), "2020-01-03T00:47:00+03:00")
        assert read == datetime(2020, 1, 2, 21, 47, tzinfo=UTC)
        assert read.tzinfo is UTC
        assert Moment().serialize("at", {"at": read}) == "2020-01-02T21:47:00Z"
        assert Moment(allow_none=True).serialize("at", {"at": None}) is None

    @pytest.mark.parametrize("value", ["2020-01-03T00:47:00", "2020-01-03", "x", "", 1578008820, 1.5, True, [], None])
    def test_anything_else_is_refused(self, value: object) -> None:
        refusal(Moment(), value)

    def test_a_refusal_names_what_may_have_been_meant(self) -> None:
        assert "2020-01-03T00:47:00Z" in refusal(Moment(), "2020-01-03T00:47:00")


class TestNumbers:
    @pytest.mark.parametrize("value", [*range(1, 10), 5.0])
    def test_an_urgency(self, value: float) -> None:
        found = load(Urgency(), value)
        assert (found, type(found)) == (value, int)

    @pytest.mark.parametrize("value", [0, 10, -1, 2**70, "5", 5.5, 10.0, True, None, [], "x"])
    def test_no_urgency(self, value: object) -> None:
        refusal(Urgency(), value)

    @pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9007199254740991", 2**53 - 1)])
    def test_a_whole_number_in_a_query(self, text: str, number: int) -> None:
        assert load(Whole(), text) == number

    @pytest.mark.parametrize(
        "value", ["", "-1", "+1", "1.0", "1e3", " 1", "1_0", "٣", "²", "0x1", "9007199254740992", "9" * 9999, 1, None]
    )
    def test_no_whole_number_in_a_query(self, value: object) -> None:
        refusal(Whole(), value)

    def test_a_whole_number_keeps_its_bounds(self) -> None:
        field = Whole(minimum=1, maximum=200)
        assert [load(field, "1"), load(field, "200")] == [1, 200]
        assert "From 1 to 200" in refusal(field, "0") + refusal(field, "201")


class TestLists:
    def test_the_same_topic_twice_is_once_whatever_its_case(self) -> None:
        assert load(Topics(), ["Iran", " iran ", "IRAN", "Straße", "STRASSE", "Cafe\u0301", "Café"]) == [
            "Iran",
            "Straße",
            "Café",
        ]

    @pytest.mark.parametrize("value", ["Iran", {"a": 1}, None, 5, ["a"] * 21, ["x" * 61], [""], ["a\nb"], [5], [None]])
    def test_no_topics(self, value: object) -> None:
        refusal(Topics(), value)

    def test_a_wrong_topic_is_named_by_its_place(self) -> None:
        with pytest.raises(ma.ValidationError) as caught:
            load(Topics(), ["a", "", "b"])
        assert caught.value.messages == {1: ["There is nothing to be seen here."]}

    def test_blocks_are_paragraphs_unless_they_say_otherwise(self) -> None:
        sent = [{"text": " a "}, {"kind": "quote", "text": "b\nc"}]
        assert load(Blocks(), sent) == [{"kind": "paragraph", "text": "a"}, {"kind": "quote", "text": "b\nc"}]

    @pytest.mark.parametrize(
        ("value", "messages"),
        [
            ([], ["This takes at least 1 and at most 5000 entries."]),
            ("a", ["This must be a list."]),
            (["a"], {0: {"_schema": ["This must be an object."]}}),
            ([{"text": "a"}, {}], {1: {"text": ["Missing data for required field."]}}),
            ([{"text": "a", "id": "b1"}], {0: {"id": ["There is no such field."]}}),
            (
                [{"text": "a", "kind": "table"}],
                {0: {"kind": ["This must be one of paragraph, heading, list_item, quote, caption."]}},
            ),
        ],
    )
    def test_wrong_blocks_are_named_by_their_place(self, value: object, messages: object) -> None:
        with pytest.raises(ma.ValidationError) as caught:
            load(Blocks(), value)
        assert caught.value.messages == messages

    def test_a_list_that_is_too_long_is_not_read_at_all(self) -> None:
        assert "at most 20" in refusal(Topics(), [object()] * 300_000)


class TestDocument:
    """OpenAPI 3.1 is JSON Schema: judge values by the document too, with a validator that isn't ours."""

    @given(ANY | AWKWARD)
    @settings(max_examples=400)
    def test_texts_pass_the_document_just_when_they_pass_the_field(self, text: str) -> None:
        for field in TEXTS:
            schema = VALIDATORS[id(field)]
            try:
                load(field, text)
            except ma.ValidationError:
                assert not schema.is_valid(text), (field, text)
            else:
                assert schema.is_valid(text), (field, text)

    @given(st.text(alphabet="aAzZ019-_xXéı\n", max_size=12))
    @settings(max_examples=400)
    def test_so_do_slugs_and_languages(self, text: str) -> None:
        for field in (SLUG, LANGUAGE):
            try:
                load(field, text)
            except ma.ValidationError:
                assert not VALIDATORS[id(field)].is_valid(text), (field, text)
            else:
                assert VALIDATORS[id(field)].is_valid(text), (field, text)

    @given(st.text(alphabet="ab.:/@?#[]%20 \\<\né-", max_size=20))
    def test_every_address_that_is_taken_is_one_by_the_document(self, rest: str) -> None:
        for start in ("http://", "https://a", "http://a:", "http://[::1]"):
            try:
                load(URI, start + rest)
            except ma.ValidationError:
                continue
            assert VALIDATORS[id(URI)].is_valid(start + rest)

    @pytest.mark.parametrize(
        ("field", "members"),
        [
            (Title(), {"type": "string", "minLength": 1, "maxLength": 300}),
            (Note(), {"type": "string", "minLength": 1, "maxLength": 2000}),
            (Text(blank=True), {"type": "string", "minLength": 0}),
            (Slug(), {"type": "string", "minLength": 2, "maxLength": 80, "pattern": "^[a-z0-9]+(?:-[a-z0-9]+)*$"}),
            (Language(), {"type": "string", "minLength": 2, "maxLength": 35}),
            (HttpUri(), {"type": "string", "format": "uri", "maxLength": 2000}),
            (Moment(), {"type": "string", "format": "date-time"}),
            (Urgency(), {"type": "integer", "minimum": 1, "maximum": 9}),
            (Whole(minimum=1, maximum=200, load_default=50), {"type": "integer", "minimum": 1, "maximum": 200}),
            (Topics(), {"type": "array", "minItems": 0, "maxItems": 20}),
            (Blocks(), {"type": "array", "minItems": 1, "maxItems": 5000}),
            (Urgency(allow_none=True), {"type": ["integer", "null"]}),
            (Title(metadata={"description": "d"}), {"description": "d", "maxLength": 300}),
        ],
    )
    def test_the_document_says_what_the_field_does(self, field: ma.fields.Field[Any], members: dict[str, Any]) -> None:
        assert documented(field).items() >= members.items()

    def test_a_request_takes_no_other_fields_and_says_so(self) -> None:
        block = documented(Blocks())["items"]
        assert block["additionalProperties"] is False
        assert block["required"] == ["text"]
        assert block["properties"]["kind"]["enum"] == ["paragraph", "heading", "list_item", "quote", "caption"]
        assert block["properties"]["kind"]["default"] == "paragraph"

    @given(ANY | AWKWARD | st.sampled_from(["ab", "en", "http://a/b", "http://a:1/?q", "no-10", "x-a"]))
    def test_every_pattern_says_the_same_to_python(self, text: str) -> None:
        for field in (*TEXTS, SLUG, LANGUAGE, URI):
            pattern = documented(field)["pattern"]
            # In Python alone ``$`` stands before a last newline too.
            if not text.endswith("\n"):
                assert bool(re.search(pattern, text)) == jsonschema_rs.is_valid({"pattern": pattern}, text)


TEXTS = (Text(), Title(), Line(maximum=60), Text(blank=True), Note())
SLUG, LANGUAGE, URI = Slug(), Language(), HttpUri()
VALIDATORS = {
    id(field): jsonschema_rs.Draft202012Validator(documented(field)) for field in (*TEXTS, SLUG, LANGUAGE, URI)
}
