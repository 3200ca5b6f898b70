"""A story with a report in it, an editor who looks after it, and all the forms she has there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tests.asking import new_slug
from tests.web.visiting import Visitor

MORNING = datetime(2020, 1, 13, 9, tzinfo=UTC)
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


#: Each form: where it is, and what is written into it. Reopening needs a closed story.
FORMS: dict[str, tuple[Callable[[Desk], str], dict[str, str]]] = {
    "open": (lambda desk: "/open", {"title": "Another"}),
    "edit": (lambda desk: f"{desk.story}/edit", {"summary": "What we know."}),
    "close": (lambda desk: f"{desk.story}/close", {"reason": "It is over."}),
    "file": (lambda desk: f"{desk.story}/file", {"outlet": "The Post", **CONTENT}),
    "update": (lambda desk: f"{desk.report}/update", {"text": "Fifty died.", "note": "New figures"}),
    "correct": (lambda desk: f"{desk.report}/correct", {"text": "Fifty died.", "note__text": "It was fifty."}),
}


def report_of(visitor: Visitor, story: str) -> str:
    """The address of the story's first report."""
    return next(urlsplit(href).path for href in visitor.get(story).hrefs if "/reports/" in href)
