"""The desk holds back and lifts, kills and redacts, asks a second person and is that person."""

from __future__ import annotations

import pytest

from tests.asking import House
from tests.web.desk import Desk
from tests.web.visiting import Page, Visitor, visitor
from tracker.access.permissions import Role

SECRET = "Seventeen died."


@pytest.fixture
def colleague(house: House) -> Visitor:
    return visitor(house, Role.EDITOR)


def asks_for_a_kill(desk: Desk) -> str:
    """The address of the page that shows the request."""
    fields = {"issued_by": "desk", "reason": "It is made up.", "public_note": "Don’t use it."}
    return desk.editor.done(desk.editor.fill(f"{desk.report}/kill", **fields))


def link(page: Page, ending: str) -> str:
    return next(href for href in page.hrefs if href.endswith(ending))


class TestHolds:
    def test_what_is_held_says_so_to_whoever_sees_it_and_is_not_there_for_others(
        self, house: House, desk: Desk
    ) -> None:
        subscriber = visitor(house, Role.SUBSCRIBER)
        assert SECRET in subscriber.get(desk.report).said
        path = link(desk.editor.get(desk.report), f"/hold?report={desk.report.rsplit('/', 1)[1]}")
        desk.editor.done(desk.editor.fill(path, reason="legal", authority="The court"))
        for page in (desk.editor.get(desk.story), desk.editor.get(desk.report)):
            (banner,) = page.marked("held")
            assert banner.startswith("Held back: ")
            assert "until somebody lifts it, for legal reasons, by decision of The court." in banner
        assert subscriber.get(desk.report).status == 404
        page = subscriber.get(desk.story)
        assert not page.marked("held")
        assert not page.marked("reports")

    def test_it_is_lifted_from_its_banner(self, house: House, desk: Desk) -> None:
        desk.editor.done(
            desk.editor.fill(f"{desk.story}/hold", target=desk.report.rsplit("/", 1)[1], reason="editorial")
        )
        lift = link(desk.editor.get(desk.story), "/lift")
        desk.editor.done(desk.editor.fill(lift, authority="The editor"))
        assert not desk.editor.get(desk.story).marked("held")
        assert SECRET in visitor(house, Role.SUBSCRIBER).get(desk.report).said
        assert "lifted in revision" in desk.editor.get(f"{desk.story}/requests").said
        assert "It is lifted already." in desk.editor.get(lift).said

    def test_an_embargo_needs_its_end_and_keeps_what_was_written(self, desk: Desk) -> None:
        page = desk.editor.fill(f"{desk.story}/hold", reason="embargo", authority="The ministry")
        assert page.status == 422
        assert "Until, in UTC: Say until when" in page.alert
        assert page.form["authority"] == "The ministry"
        desk.editor.done(desk.editor.send(f"{desk.story}/hold", page.form | {"until": "2020-02-01T18:00"}))
        (banner,) = desk.editor.get(desk.story).marked("held")
        assert banner.startswith(
            "Embargoed: the whole story, until 1 Feb 2020, 18:00 UTC, by decision of The ministry."
        )

    def test_a_report_is_filed_under_an_embargo(self, house: House, desk: Desk) -> None:
        filed = desk.editor.files(desk.story, "Soon.", headline="Soon", embargoed_until="2020-02-01T18:00", outlet="A")
        assert "Embargoed: this report, until 1 Feb 2020, 18:00 UTC." in desk.editor.get(filed).said
        assert visitor(house, Role.REPORTER).get(filed).status == 200
        assert visitor(house, Role.SUBSCRIBER).get(filed).status == 404

    def test_what_is_preserved_is_said_to_be(self, desk: Desk) -> None:
        desk.editor.done(desk.editor.fill(f"{desk.story}/hold", kind="preservation", reason="legal"))
        assert "Kept from being destroyed: the whole story" in desk.editor.get(desk.story).said

    def test_a_reporter_neither_holds_nor_lifts(self, house: House, desk: Desk) -> None:
        desk.editor.done(desk.editor.fill(f"{desk.story}/hold", kind="preservation", reason="legal"))
        lift = link(desk.editor.get(desk.story), "/lift")
        reporter = visitor(house, Role.REPORTER)
        assert reporter.get(f"{desk.story}/hold").status == reporter.get(lift).status == 403
        assert not [href for href in reporter.get(desk.story).hrefs if href.endswith(("/hold", "/lift"))]


class TestKills:
    def test_an_outlet_s_own_kill_leaves_a_tombstone_with_its_public_note(self, house: House, desk: Desk) -> None:
        other = desk.editor.files(desk.story, "Eighteen died.", outlet="The Post", headline="Eighteen")
        fields = {"reason": "The editor dreamt it.", "public_note": "Withdrawn.", "successor": other.rsplit("/", 1)[1]}
        assert desk.editor.done(desk.editor.fill(f"{desk.report}/kill", **fields)) == desk.report
        for each in (desk.editor, visitor(house, Role.SUBSCRIBER)):
            stone = each.get(desk.report)
            assert stone.status == 410
            assert stone.heading == "This report was killed"
            assert stone.marked("killed") == ["Withdrawn."]
            assert "By its outlet" in stone.said
            assert other in stone.hrefs
            page = each.get(desk.story)
            assert any(note.endswith(": Withdrawn.") for note in page.marked("note"))
            for shown in (stone, page, each.get(f"{desk.story}/corrections")):
                assert SECRET not in shown.said
                assert "dreamt" not in shown.said

    def test_it_is_final(self, desk: Desk) -> None:
        path = f"{desk.report}/kill"
        opened = desk.editor.filled(path, reason="Again", public_note="Another note")
        desk.editor.done(desk.editor.fill(path, reason="It is false.", public_note="Withdrawn."))
        assert desk.editor.send(path, opened).status in (409, 410, 412)
        assert desk.editor.get(f"{desk.report}/update").status in (409, 410)

    def test_both_notes_are_asked_for(self, desk: Desk) -> None:
        page = desk.editor.fill(f"{desk.report}/kill", reason="It is false.")
        assert page.status == 422
        assert "What the public is told: Fill this in." in page.alert
        assert page.form["reason"] == "It is false."


class TestRequests:
    def test_who_asked_can_not_approve(self, desk: Desk) -> None:
        path = asks_for_a_kill(desk)
        page = desk.editor.get(path)
        assert "Kill waits for a second person" in page.said
        assert "You asked for this; a colleague has to approve it." in page.said
        assert not [href for href in page.hrefs if href.endswith("/approve")]
        approve = link(page, "/decline").removesuffix("decline") + "approve"
        form = desk.editor.get(approve)
        assert "Approve it" not in [each.text for each in form.all("button")]
        word = desk.editor.get(f"{desk.report}/kill").form
        sent = desk.editor.send(approve, {"csrf": word["csrf"], "key": "k", "seen": str(desk.revision())})
        assert sent.status == 403
        assert "Another person has to approve this" in sent.alert
        assert SECRET in desk.editor.get(desk.report).said

    def test_a_colleague_approves_and_it_is_done(self, desk: Desk, colleague: Visitor) -> None:
        path = asks_for_a_kill(desk)
        page = colleague.get(desk.story)
        assert "1 request waits for a second person." in page.said
        approve = link(colleague.get(link(page, "/requests")), "/approve")
        form = colleague.get(approve)
        assert "Reason: It is made up. The public is told: Don’t use it." in form.said
        colleague.done(colleague.fill(approve))
        assert colleague.get(desk.report).marked("killed") == ["Don’t use it."]
        assert "By our desk" in colleague.get(desk.report).said
        assert "approved by Ayesha" in colleague.get(path).said
        assert "It is approved already." in colleague.get(approve).said

    def test_a_colleague_declines_with_a_reason(self, desk: Desk, colleague: Visitor) -> None:
        path = asks_for_a_kill(desk)
        decline = link(colleague.get(path), "/decline")
        assert "Fill this in" in colleague.fill(decline, reason=" ").alert
        colleague.done(colleague.fill(decline, reason="It is true."))
        assert "declined by Ayesha" in desk.editor.get(path).said
        assert "It is true." in desk.editor.get(path).said
        assert SECRET in desk.editor.get(desk.report).said

    def test_who_asked_takes_it_back(self, desk: Desk) -> None:
        page = desk.editor.get(asks_for_a_kill(desk))
        decline = link(page, "/decline")
        assert desk.editor.get(decline).heading == "Take it back"
        desk.editor.done(desk.editor.fill(decline, reason="I erred."))
        assert "wait" not in desk.editor.get(desk.story).said

    def test_the_desk_corrects_with_passages_and_a_second_person(self, desk: Desk, colleague: Visitor) -> None:
        fields = {"issued_by": "desk", "text": "Fifty died.\n\nMore soon.", "note__text": "It was fifty."}
        path = desk.editor.done(desk.editor.fill(f"{desk.report}/correct", passages="Seventeen", **fields))
        assert "About: “Seventeen”" in colleague.get(path).said
        approve = link(colleague.get(path), "/approve")
        assert "Fifty died." in colleague.get(approve).said
        colleague.done(colleague.fill(approve))
        assert "Fifty died." in colleague.get(desk.report).said
        corrections = colleague.get(f"{desk.story}/corrections")
        assert "issued by our desk" in corrections.said
        assert "About: “Seventeen”" in corrections.said

    def test_the_passages_of_a_correction_stand_in_the_version_that_it_corrects(self, desk: Desk) -> None:
        fields = {"text": "Fifty died.", "note__text": "It was fifty."}
        page = desk.editor.fill(f"{desk.report}/correct", passages="Seventeen\nThousands", **fields)
        assert page.status == 422
        assert "The words that are corrected: Entry 2: These words do not stand" in page.alert

    def test_a_redaction_destroys_what_was_said(self, desk: Desk, colleague: Visitor) -> None:
        fields = {"reason": "A name", "authority": "The court"}
        path = desk.editor.done(desk.editor.fill(f"{desk.report}/redact", **fields))
        assert "By decision of: The court" in colleague.get(path).said
        colleague.done(colleague.fill(link(colleague.get(path), "/approve")))
        for address in (desk.report, desk.story, path, f"{desk.story}/corrections"):
            assert SECRET not in colleague.get(address).said
        assert "Redacted" in colleague.get(desk.report).said

    def test_somebody_else_was_faster(self, desk: Desk, colleague: Visitor, house: House) -> None:
        decline = link(colleague.get(asks_for_a_kill(desk)), "/decline")
        approve = decline.removesuffix("decline") + "approve"
        third = visitor(house, Role.EDITOR)
        mine = third.filled(decline, reason="It is true.")
        colleague.done(colleague.fill(approve))
        late = third.send(decline, mine)
        assert late.status == 412
        assert late.form["reason"] == "It is true."

    def test_requests_are_the_newsroom_s_own(self, house: House, desk: Desk) -> None:
        path = asks_for_a_kill(desk)
        subscriber = visitor(house, Role.SUBSCRIBER)
        assert subscriber.get(path).status == 403
        for address in (desk.story, f"{desk.story}?revision=2", f"{desk.story}/corrections"):
            page = subscriber.get(address)
            assert page.status == 200
            assert "made up" not in page.said
            assert "waits" not in page.said
            assert path not in page.hrefs
        reporter = visitor(house, Role.REPORTER)
        assert "waits for a second person" in reporter.get(path).said
        assert not [href for href in reporter.get(path).hrefs if href.endswith(("/approve", "/decline"))]

    def test_where_one_may_act_alone_the_reason_is_asked_for_and_shown(self, house: House, desk: Desk) -> None:
        alone = visitor(house, Role.EDITOR, app=house.app_with(approval="alone_with_reason"))
        assert "Why nobody else is asked" not in desk.editor.get(f"{desk.report}/kill").said
        fields = {"issued_by": "desk", "reason": "False", "public_note": "Gone.", "alone_because": "It is night."}
        path = alone.done(alone.fill(f"{desk.report}/kill", **fields))
        assert ", alone: It is night." in alone.get(path).said
        assert alone.get(desk.report).status == 410

    def test_what_an_outlet_did_itself_needs_no_reason_to_be_alone(self, house: House, desk: Desk) -> None:
        alone = visitor(house, Role.EDITOR, app=house.app_with(approval="alone_with_reason"))
        page = alone.fill(f"{desk.report}/kill", reason="x", public_note="y", alone_because="z")
        assert page.status == 422
        assert "Why nobody else is asked: What an outlet did itself needs no second person." in page.alert


def test_a_reporter_kills_for_its_outlet_and_never_for_the_desk(house: House, desk: Desk) -> None:
    reporter = visitor(house, Role.REPORTER)
    path = f"{desk.report}/kill"
    assert "our desk" not in reporter.get(path).said
    fields = reporter.filled(path, reason="False", public_note="Gone.")
    assert reporter.send(path, fields | {"issued_by": "desk"}).status == 403
    assert reporter.send(path, fields).status == 303


def test_corrections_of_all_stories_stand_on_one_page(house: House, desk: Desk) -> None:
    editor = desk.editor
    editor.done(editor.fill(f"{desk.report}/correct", text="Fifty.", note__text="It was fifty, not seventeen."))
    other = Desk(editor)
    editor.done(editor.fill(f"{other.report}/kill", reason="False", public_note="All of it was wrong."))
    house.follow()
    page = editor.get("/corrections")
    assert page.said.index("All of it was wrong.") < page.said.index("It was fifty, not seventeen.")
    assert {desk.story, other.story} <= set(page.hrefs)
    only = editor.get("/corrections?kind=kill")
    assert "All of it was wrong." in only.said
    assert "It was fifty" not in only.said
    assert editor.get("/corrections?kind=none").status == 400
