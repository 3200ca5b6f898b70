"""Forms: sent as they should be, sent by somebody else, sent twice, sent wrong, sent too late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.asking import House, new_slug
from tests.web.visiting import BASE, Page, Visitor, visitor
from tracker.access.permissions import Role
from tracker.errors import Busy, Unavailable
from tracker.handling import Handler

CONTENT = {"headline": "Strike", "text": "One.\n\nTwo."}


class Desk:
    """A story with a report in it, and an editor."""

    def __init__(self, editor: Visitor) -> None:
        self.editor = editor
        self.story = editor.opens(f"Strike {new_slug()}")
        self.report = editor.files(self.story, "Seventeen died.\n\nMore soon.")

    def revision(self) -> int:
        """The story's latest."""
        return int(self.editor.get(self.story).first("input", name="b", checked="").attributes["value"])


@pytest.fixture
def desk(editor: Visitor) -> Desk:
    return Desk(editor)


#: Each form: where it is, and what is written into it. Reopening needs a closed story.
FORMS: dict[str, tuple[Callable[[Desk], str], dict[str, str]]] = {
    "open": (lambda desk: "/open", {"title": "Another"}),
    "edit": (lambda desk: f"{desk.story}/edit", {"summary": "What we know."}),
    "close": (lambda desk: f"{desk.story}/close", {"reason": "It is over."}),
    "file": (lambda desk: f"{desk.story}/file", {"outlet": "The Post", **CONTENT}),
    "update": (lambda desk: f"{desk.report}/update", {"text": "Fifty died.", "note": "New figures"}),
    "correct": (lambda desk: f"{desk.report}/correct", {"text": "Fifty died.", "note__text": "It was fifty."}),
}


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
            "headline": "<b>Bold</b> & \"quoted\"",
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


class TestTooLate:
    def test_an_edit_says_who_did_what_meanwhile_and_what_came_of_it(self, desk: Desk) -> None:
        editor, path = desk.editor, f"{desk.story}/edit"
        mine = editor.filled(path, summary="What I know.")
        editor.done(editor.fill(path, summary="What she knows.", title="Her title"))
        editor.files(desk.story, "Of no concern to this.")
        late = editor.send(path, mine)
        assert late.status == 412
        assert "Nothing was saved" in late.alert
        assert "changed the title from" in late.alert
        assert "Of no concern" not in late.alert
        assert late.form["summary"] == "What I know."
        compare = next(href for href in late.hrefs if "/compare?" in href)
        compared = editor.get(compare)
        assert "What she knows." in " ".join(compared.marked("change-substance"))

    def test_sent_again_it_takes_the_place_of_what_is_there(self, desk: Desk) -> None:
        editor, path = desk.editor, f"{desk.story}/edit"
        mine = editor.filled(path, summary="What I know.")
        editor.done(editor.fill(path, summary="What she knows."))
        late = editor.send(path, mine)
        assert editor.send(path, late.form).status == 303
        assert editor.get(desk.story).marked("summary") == ["What I know."]

    @pytest.mark.parametrize("form", ["update", "correct"])
    def test_neither_does_a_report_s_form_undo_a_colleague_s(self, desk: Desk, form: str) -> None:
        editor, path = desk.editor, f"{desk.report}/{form}"
        mine = editor.filled(path, text="Fifty died.", note__text="It was fifty.", note="New")
        mine.pop("note" if form == "correct" else "note.text")
        editor.done(editor.fill(f"{desk.report}/update", text="Forty died.", note="Her figures"))
        late = editor.send(path, mine)
        assert late.status == 412
        assert "Her figures" in late.alert
        assert late.form["text"] == "Fifty died."
        assert any("/compare?" in href for href in late.hrefs)

    def test_what_happened_elsewhere_in_the_story_is_in_nobody_s_way(self, desk: Desk) -> None:
        editor, path = desk.editor, f"{desk.report}/correct"
        mine = editor.filled(path, text="Fifty died.", note__text="It was fifty.")
        editor.files(desk.story, "Another report.", headline="Another")
        editor.done(editor.fill(f"{desk.story}/edit", summary="What we know."))
        assert editor.send(path, mine).status == 303

    @pytest.mark.parametrize("seen", [None, "", "x", "-1", "1.0", "9" * 16, "²"])
    def test_a_form_that_does_not_say_what_was_seen_is_asked_for_it(self, desk: Desk, seen: str | None) -> None:
        path = f"{desk.story}/edit"
        fields = desk.editor.filled(path, summary="What we know.")
        del fields["seen"]
        refused = desk.editor.send(path, fields if seen is None else {**fields, "seen": seen})
        assert refused.status == 428
        assert refused.form["summary"] == "What we know."
        assert desk.editor.send(path, refused.form).status == 303

    @pytest.mark.parametrize("seen", ["0", "99", "999999999999999"])
    def test_a_revision_that_was_never_there_is_too_late_as_well(self, desk: Desk, seen: str) -> None:
        path = f"{desk.story}/edit"
        assert desk.editor.send(path, {**desk.editor.filled(path, summary="x"), "seen": seen}).status == 412


class TestWhatIsKept:
    def test_a_new_version_loses_nothing_that_was_not_changed(self, house: House, desk: Desk) -> None:
        wire = house.client()
        story = desk.story.rsplit("/", 1)[1]
        blocks = [
            {"kind": "paragraph", "text": "A plan was approved."},
            {"kind": "heading", "text": "Seven months ago"},
            {"kind": "quote", "text": "If they hit Americans."},
            {"kind": "list_item", "text": "One\nof two lines"},
        ]
        said = {
            "headline": "Approved",
            "byline": "By A. Writer",
            "dateline": "WASHINGTON, Jan. 13",
            "language": "en",
            "published_at": "2020-01-13T18:00:00.5-05:00",
            "extent": "excerpt",
            "copyright_notice": "© 2020",
            "usage_terms": "Not for\nresale",
        }
        sent = {"outlet": "NBC News", "uri": f"https://nbc.example/{story}", "blocks": blocks, **said}
        report = wire.post(f"/v1/stories/{story}/reports", sent).body["report_id"]
        page = f"{desk.story}/reports/{report}"
        text = desk.editor.filled(f"{page}/update")["text"].replace("approved", "approved in June")
        desk.editor.done(desk.editor.fill(f"{page}/update", text=text))
        desk.editor.done(desk.editor.fill(f"{page}/correct", headline="Approved in June", note__text="In June."))
        now = wire.get(f"/v1/stories/{story}/reports/{report}").body
        assert now["version"] == 3
        blocks[0]["text"] = "A plan was approved in June."
        assert [{"kind": block["kind"], "text": block["text"]} for block in now["blocks"]] == blocks
        kept = {**said, "headline": "Approved in June", "published_at": "2020-01-13T23:00:00.500000Z"}
        assert {name: now[name] for name in said} == kept

    def test_what_is_emptied_is_gone(self, desk: Desk) -> None:
        editor, path = desk.editor, f"{desk.story}/edit"
        editor.done(editor.fill(path, summary="What we know.", topics="Iran, War powers ,,iran", urgency="2"))
        shown = editor.get(desk.story)
        assert shown.marked("topic") == ["Iran", "War powers"]
        assert "urgency 2" in shown.marked("tag")
        editor.done(editor.fill(path, summary=" ", topics=" , ", urgency=""))
        shown = editor.get(desk.story)
        assert not shown.marked("topic")
        assert not shown.marked("summary")
        assert "urgency 2" not in shown.said

    def test_a_report_that_is_there_with_other_content_may_become_its_next_version(self, desk: Desk) -> None:
        editor, path = desk.editor, f"{desk.story}/file"
        given = {"outlet": "The Post", "uri": f"https://post.example/{new_slug()}", "headline": "Strike"}
        report = editor.done(editor.fill(path, **given, text="One."))
        again = editor.fill(path, **given, text="Two.")
        assert again.status == 409
        assert "here already, with other content" in again.alert
        assert report in again.hrefs
        button = again.first("button", form="act").attributes
        sent = editor.send(path, {**again.form, button["name"]: button["value"]})
        assert editor.done(sent) == report
        assert editor.get(report).marked("paragraph") == ["Two."]
        assert "Version 2" in editor.get(report).said

    def test_only_a_headline_may_be_held(self, desk: Desk) -> None:
        sent = desk.editor.fill(f"{desk.story}/file", outlet="A", headline="B", text="", extent="headline")
        assert "Only the headline is held" in desk.editor.get(desk.editor.done(sent)).said


class TestAClosedStory:
    @pytest.fixture
    def closed(self, desk: Desk) -> Desk:
        self.before = {
            name: desk.editor.filled(where(desk), **fields)
            for name, (where, fields) in FORMS.items()
            if name in ("file", "update", "correct")
        }
        desk.editor.done(desk.editor.fill(f"{desk.story}/close", reason="It is over."))
        return desk

    def test_it_offers_no_form_that_would_be_refused(self, closed: Desk) -> None:
        shown = closed.editor.get(closed.story)
        assert "closed" in shown.marked("tag")
        assert not [href for href in shown.hrefs if href.endswith(("/file", "/close"))]
        assert f"{closed.story}/reopen" in shown.hrefs
        report = closed.editor.get(closed.report)
        assert not [href for href in report.hrefs if href.endswith(("/update", "/correct"))]

    def test_a_form_that_was_open_is_refused_with_all_that_was_written(self, closed: Desk) -> None:
        for name, fields in self.before.items():
            refused = closed.editor.send(FORMS[name][0](closed), fields)
            assert refused.status == 409, name
            assert "closed and takes no reports" in refused.alert
            assert refused.form["text"] == fields["text"]

    def test_reopened_it_takes_them_again(self, closed: Desk) -> None:
        editor = closed.editor
        editor.done(editor.fill(f"{closed.story}/reopen", reason="A new report."))
        assert editor.send(f"{closed.story}/file", self.before["file"]).status == 303
        said = editor.get(closed.story).marked("what")
        assert "The desk closed the story: It is over." in said
        assert "The desk reopened the story: A new report." in said

    def test_what_is_so_already_is_said_and_not_asked(self, closed: Desk) -> None:
        assert "closed already" in closed.editor.get(f"{closed.story}/close").said
        closed.editor.done(closed.editor.fill(f"{closed.story}/reopen", reason="A new report."))
        page = closed.editor.get(f"{closed.story}/reopen")
        assert "open already" in page.said
        assert not page.all("form", id="act")


class TestATokenOfSomeOutlets:
    @pytest.fixture
    def limited(self, house: House) -> Visitor:
        return visitor(house, Role.REPORTER, outlets=["NBC News", "MSNBC"])

    def test_it_chooses_among_its_own(self, desk: Desk, limited: Visitor) -> None:
        page = limited.get(f"{desk.story}/file")
        assert [each.attributes["value"] for each in page.all("option")][:2] == ["MSNBC", "NBC News"]
        report = limited.done(limited.fill(f"{desk.story}/file", outlet="NBC News", **CONTENT))
        assert limited.get(report).marked("outlet") == ["NBC News"]

    def test_for_another_it_neither_may_nor_is_offered_to(self, desk: Desk, limited: Visitor) -> None:
        desk.report = desk.editor.files(desk.story, outlet="The Post")
        refused = limited.fill(f"{desk.story}/file", outlet="The Post", **CONTENT)
        assert refused.status == 403
        assert "may not file for The Post" in refused.alert
        shown = limited.get(desk.report)
        assert not [href for href in shown.hrefs if href.endswith(("/update", "/correct"))]
        assert limited.fill(f"{desk.report}/update", text="Mine.").status == 403
        assert limited.fill(f"{desk.report}/correct", text="Mine.", note__text="Mine.").status == 403

    def test_an_outlet_that_nobody_knows_is_not_added_by_it(self, desk: Desk, limited: Visitor) -> None:
        name = f"Unheard of {new_slug()}"
        assert limited.fill(f"{desk.story}/file", outlet=name, **CONTENT).status == 403
        assert limited.house.client().get(f"/v1/outlets/{name}").status == 404


class TestInTrouble:
    @pytest.mark.parametrize("error", [Busy("Somebody else is at it."), Unavailable("The database is away.")])
    def test_what_was_written_stays_and_nobody_claims_that_it_was_not_saved(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        path = f"{desk.story}/file"
        fields = desk.editor.filled(path, outlet="The Post", **CONTENT)

        def fail(*_: Any, **__: Any) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(Handler, "handle", fail)
            answer = desk.editor.send(path, fields)
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "not certain that this was saved" in answer.alert
        assert "Nothing was saved" not in answer.alert
        assert answer.form == fields
        assert desk.editor.send(path, answer.form).status == 303

    def test_an_answer_that_was_lost_is_given_again(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        path = f"{desk.story}/file"
        fields = desk.editor.filled(path, outlet="The Post", **CONTENT)
        whole = Handler.handle

        def lose(self: Handler, *given: Any, **named: Any) -> None:
            whole(self, *given, **named)
            raise Unavailable("The connection broke.")

        with monkeypatch.context() as patched:
            patched.setattr(Handler, "handle", lose)
            answer = _unchecked(desk.editor, path, fields)
        assert answer.status == 503
        assert desk.editor.send(path, answer.form).status == 303
        assert desk.revision() == 3


def _unchecked(visitor: Visitor, path: str, fields: dict[str, str]) -> Page:
    """Send a form that is to be saved although the answer says that this is not certain."""
    return Page(visitor.browser.post(path, data=fields, base_url=BASE))
