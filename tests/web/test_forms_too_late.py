"""Forms whose writer was too late, or that met with trouble: nothing of what was written is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.desk import CONTENT, Desk
from tests.web.visiting import BASE, Page, Visitor
from tracker.errors import Busy, Unavailable
from tracker.handling import Handler


class TestTooLate:
    def test_an_edit_says_who_did_what_meanwhile_and_what_came_of_it(self, desk: Desk) -> None:
        editor, path = desk.editor, f"{desk.story}/edit"
        mine = editor.filled(path, summary="What I know.")
        editor.done(editor.fill(path, summary="What she knows.", title="Her title"))
        editor.files(desk.story, headline="Of no concern to this")
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
