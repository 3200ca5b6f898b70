"""Forms: sent as they should be, sent by somebody else, sent twice, sent wrong."""

from __future__ import annotations

import threading

import pytest

from tests.asking import House, new_slug
from tests.web.desk import CONTENT, FORMS, Desk
from tests.web.visiting import BASE, Visitor, visitor
from tracker.access.permissions import Role


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest, desk: Desk) -> tuple[str, dict[str, str]]:
    """Where a form is, and its fields as a browser would send them."""
    where, written = FORMS[request.param]
    path = where(desk)
    return path, desk.editor.filled(path, **written)


class TestWhoSentIt:
    @pytest.mark.parametrize("word", [None, "", "0" * 64, "é", "\u0130" * 64])
    def test_without_the_word_of_the_session_nothing_is_done(
        self, desk: Desk, form: tuple[str, dict[str, str]], word: str | None
    ) -> None:
        path, fields = form
        sent = {name: value for name, value in fields.items() if name != "csrf"} | ({"csrf": word} if word else {})
        refused = desk.editor.send(path, sent)
        assert (refused.status, refused.heading) == (403, "The form is out of date")
        # What another site had written into the form is not put before anybody's eyes.
        assert not refused.all("form", id="act")

    def test_the_word_of_another_session_is_none(
        self, house: House, desk: Desk, form: tuple[str, dict[str, str]]
    ) -> None:
        path, fields = form
        other = visitor(house, Role.EDITOR)
        assert desk.editor.send(path, {**fields, "csrf": other.filled("/open")["csrf"]}).status == 403

    def test_whoever_signed_in_anew_meanwhile_finds_what_they_wrote_and_sends_it_again(
        self, desk: Desk, form: tuple[str, dict[str, str]]
    ) -> None:
        path, fields = form
        again = desk.editor.send(path, {**fields, "csrf": "0" * 64}, Sec_Fetch_Site="same-origin")
        assert again.status == 403
        assert "Nothing was saved" in again.alert
        assert {**again.form, "csrf": ""} == {**fields, "csrf": ""}
        assert desk.editor.send(path, again.form).status == 303


class TestSentTwice:
    def test_it_is_done_once(self, house: House, desk: Desk, form: tuple[str, dict[str, str]]) -> None:
        path, fields = form
        first = desk.editor.send(path, fields)
        before = house.counts()
        second = desk.editor.send(path, fields)
        assert first.status == second.status == 303
        assert first.location == second.location
        assert house.counts() == before

    def test_at_once_it_is_done_once_too(self, house: House, desk: Desk) -> None:
        path = f"{desk.story}/file"
        fields = desk.editor.filled(path, outlet="The Post", **CONTENT)
        cookie = {"Cookie": f"tracker={desk.editor.browser.get_cookie('tracker').value}"}  # type: ignore[union-attr]
        answers: list[str | None] = []

        def send() -> None:
            client = house.app.test_client(use_cookies=False)
            answers.append(client.post(path, base_url=BASE, data=fields, headers=cookie).headers.get("Location"))

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 4
        assert len({*answers}) == 1
        assert answers[0] is not None
        assert desk.revision() == 3

    def test_also_where_the_form_itself_gave_the_story_another_address(self, desk: Desk) -> None:
        path = f"{desk.story}/edit"
        fields = desk.editor.filled(path, slug=new_slug())
        where = desk.editor.done(desk.editor.send(path, fields))
        moved = desk.editor.send(path, fields)
        assert (moved.status, moved.location) == (308, f"{where}/edit")
        assert desk.editor.done(desk.editor.send(f"{where}/edit", fields)) == where
        desk.story = where
        assert desk.revision() == 3

    def test_with_something_else_in_it_is_asked_about_first(self, desk: Desk) -> None:
        path = f"{desk.story}/file"
        fields = desk.editor.filled(path, outlet="The Post", **CONTENT)
        desk.editor.done(desk.editor.send(path, fields))
        other = desk.editor.send(path, {**fields, "text": "Something else."})
        assert other.status == 422
        assert "before was saved" in other.alert
        assert other.form["text"] == "Something else."
        assert other.form["key"] != fields["key"]
        assert desk.editor.send(path, other.form).status == 303
        assert desk.revision() == 4

    @pytest.mark.parametrize("key", ["", "x" * 65, "a b", "é", "\n"])
    def test_with_a_key_that_is_none_it_is_a_form_like_any_other(self, desk: Desk, key: str) -> None:
        path = f"{desk.story}/file"
        fields = {**desk.editor.filled(path, outlet="The Post", **CONTENT), "key": key}
        assert desk.editor.send(path, fields).status == 303


class TestWrong:
    def test_what_was_written_stays_and_the_field_is_named(self, desk: Desk) -> None:
        written = {
            "outlet": "The Post",
            "headline": '<b>Bold</b> & "quoted"',
            "text": "\n\nFirst.\r\n\r\n</textarea><script>alert(1)</script>",
            "language": "not a language",
            "published_at": "yesterday",
            "uri": "javascript:alert(1)",
        }
        refused = desk.editor.fill(f"{desk.story}/file", **written)
        assert refused.status == 422
        assert "Nothing was saved" in refused.alert
        for label in ("Language:", "Published:", "Address:"):
            assert label in refused.alert
        kept = {name: value.replace("\r\n", "\n") for name, value in written.items()}
        assert {name: value.replace("\r\n", "\n") for name, value in refused.form.items() if name in kept} == kept
        assert "open" in refused.first("details").attributes

    def test_the_field_says_to_a_reader_by_ear_what_is_wrong_with_it(self, editor: Visitor) -> None:
        refused = editor.fill("/open", title="", slug="Not A Slug")
        for name, said in (("title", "Fill this in."), ("slug", "A slug has")):
            control = refused.first("input", name=name)
            assert control.attributes["aria-invalid"] == "true"
            described = control.attributes["aria-describedby"].split()
            assert said in " ".join(refused.first("p", id=each).text for each in described)
            assert f"#{control.attributes['id']}" in refused.hrefs

    @pytest.mark.parametrize(
        ("name", "fields", "place"),
        [
            ("open", {"title": " "}, "Title"),
            ("open", {"title": "x" * 301}, "Title"),
            ("open", {"title": "A", "slug": "sty_01jh2r8m5efk0b3s0w1x5w6q7t"}, "Slug"),
            ("open", {"title": "A", "topics": "x" * 61}, "Topics"),
            ("open", {"title": "A", "topics": ",".join(map(str, range(21)))}, "Topics"),
            ("open", {"title": "A", "topics__x": "Iran"}, "Topics"),
            ("open", {"title": "A", "urgency": "0"}, "Urgency"),
            ("open", {"title": "A", "urgency": "10"}, "Urgency"),
            ("open", {"title": "A", "urgency": "²"}, "Urgency"),
            ("open", {"title": "A", "urgency": "9" * 5000}, "Urgency"),
            ("open", {"title": "A", "urgency": "-1"}, "Urgency"),
            ("open", {"title": "A", "urgency__x": "1"}, "Urgency"),
            ("open", {"title": "A", "titel": "B"}, "titel"),
            ("open", {"title": "A", "title__x": "B"}, "Title"),
            ("edit", {"title": ""}, "Title"),
            ("edit", {"title": " \u200b"}, "Title"),
            ("edit", {"slug": " "}, "Slug"),
            ("edit", {"summary": "x" * 20_001}, "Summary"),
            ("close", {"reason": " "}, "Reason"),
            ("close", {"reason": "x" * 2001}, "Reason"),
            ("file", {"outlet": " ", **CONTENT}, "Outlet"),
            ("file", {"outlet": "A", "headline": "", "text": "B"}, "Headline"),
            ("file", {"outlet": "A", "headline": "B", "text": " "}, "Text"),
            ("file", {"outlet": "A", **CONTENT, "extent": "half"}, "How much"),
            ("file", {"outlet": "A", **CONTENT, "blocks": "x"}, "blocks"),
            ("update", {"text": "x", "note": "n" * 2001}, "Note"),
            ("update", {"text": "x", "note__text": "n"}, "Note"),
            ("correct", {"text": "x", "note__text": " "}, "Note"),
            ("correct", {"text": "x", "note__text": "n", "note__wrong": "n" * 2001}, "What was wrong"),
            ("correct", {"text": "x", "note__text": "n", "note__x": "n"}, "Note"),
            ("correct", {"text": "x", "note__text": "n", "kind": "killing"}, "Kind"),
        ],
    )
    def test_each_is_refused_by_name(self, desk: Desk, name: str, fields: dict[str, str], place: str) -> None:
        where, _ = FORMS[name]
        refused = desk.editor.fill(where(desk), **fields)
        assert refused.status == 422, refused.said
        assert place in refused.alert

    def test_a_name_for_two_things_breaks_nothing(self, desk: Desk) -> None:
        sent = desk.editor.fill(f"{desk.report}/correct", text="x", note="n", note__text="It was Thursday.")
        assert "It was Thursday." in desk.editor.get(desk.editor.done(sent)).marked("note")[0]

    def test_a_report_is_no_longer_here_than_in_the_api(self, house: House) -> None:
        app = house.app_with(report_max_characters=100)
        editor = visitor(house, Role.EDITOR, app=app)
        story = editor.opens()
        refused = editor.fill(f"{story}/file", outlet="A", headline="B", text="x" * 101)
        assert refused.status == 422
        assert "Text: A report takes at most 100 characters" in refused.alert
        report = editor.files(story, "x" * 100)
        for form in ("update", "correct"):
            assert editor.fill(f"{report}/{form}", text="x" * 101, note__text="n").status == 422

    def test_a_taken_slug_is_named(self, desk: Desk) -> None:
        slug = desk.story.rsplit("/", 1)[1]
        refused = desk.editor.fill("/open", title="Another", slug=slug)
        assert refused.status == 409
        assert "Slug: is taken" in refused.alert

    def test_a_correction_that_changes_nothing_is_none(self, desk: Desk) -> None:
        refused = desk.editor.fill(f"{desk.report}/correct", note__text="It was Thursday.")
        assert refused.status == 409
        assert "nothing would be corrected" in refused.alert

    def test_a_form_sent_as_it_stands_changes_nothing(self, desk: Desk) -> None:
        for form in (f"{desk.report}/update", f"{desk.story}/edit"):
            assert desk.editor.fill(form).status == 303
        assert desk.revision() == 2
