"""Filing on the pages: what is kept, what a closed story takes, and who may file for whom."""

from __future__ import annotations

import pytest

from tests.asking import House, new_slug
from tests.web.desk import CONTENT, FORMS, Desk
from tests.web.visiting import Visitor, visitor
from tracker.access.permissions import Role


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
        page = closed.editor.get(f"{closed.story}/file")
        assert "takes no reports" in page.said
        assert not page.all("form", id="act")
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
