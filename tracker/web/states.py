"""Which state of a story a page shows: as it is, as it was known then, or with only what had been published before.

A page takes what the API takes: ``revision`` or ``as_of``, and ``said_before``. The clocks on a page (``at`` and
``said``) show UTC and may leave out the seconds; what is chosen on them leads to the address that can be shared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import marshmallow as ma
from flask import abort, redirect, request, url_for

from tracker.api.problems import faults_of
from tracker.api.reading import asked_of
from tracker.api.rooms import connection
from tracker.api.schemas.questions import SaidQuery
from tracker.api.sights import sight
from tracker.errors import Fault, Invalid
from tracker.store import seeing
from tracker.stories.story import Story

Item = TypeVar("Item")
Answer = TypeVar("Answer")

#: Entries of a list on one page.
PAGE = 50
_PARAMETERS = ("revision", "as_of", "said_before")
#: What else a page may be asked for, which stays where another state of it is chosen.
_KEPT = (*_PARAMETERS, "standing", "kind")
_CLOCKS = {"at": "as_of", "said": "said_before"}


class Shown(NamedTuple):
    """A state of a story, and what was asked for."""

    story_id: str
    #: By which name the story was asked for.
    slug: str
    story: Story
    #: The latest revision that the visitor sees.
    latest: int
    #: Whether a revision or a moment was asked for.
    fixed: bool
    #: The moment before which everything was published, as it was asked for; empty for no such bound.
    said_before: str

    @property
    def past(self) -> bool:
        """Whether it is another state than the latest, whole."""
        return self.known_then or bool(self.said_before)

    @property
    def known_then(self) -> bool:
        """Whether it is how the story was known at an earlier revision."""
        return self.fixed and self.story.revision != self.latest

    @property
    def query(self) -> dict[str, Any]:
        """The parameters that ask for this state."""
        asked = {"revision": self.story.revision} if self.known_then else {}
        return asked | ({"said_before": self.said_before} if self.said_before else {})


@dataclass(frozen=True, slots=True)
class Part(Generic[Item]):
    """A page of a list, and where the others are."""

    items: Sequence[Item]
    count: int
    #: The number of the first entry that is on it, from 1.
    first: int
    #: The numbers of the pages before and after it.
    earlier: int | None
    later: int | None

    def made(self, answer: Callable[[list[Item]], Sequence[Answer]]) -> Part[Answer]:
        """The same page, with the answers that ``answer`` makes of its entries."""
        return Part(answer(list(self.items)), self.count, self.first, self.earlier, self.later)


def shown(story: str) -> Shown:
    """The state of the story that the page at hand is asked for.

    Raises ``NotFound``, ``Invalid``, and a redirect from an old slug, or where somebody chose a moment on the clocks.
    """
    _follow_the_clocks()
    asked = asked_of(story, _query(), "page")
    state = asked.story()
    latest = seeing.latest(connection(), asked.story_id, sight())
    name = story if asked.fixed else state.slug
    return Shown(asked.story_id, name, state, latest, asked.fixed, request.args.get("said_before", "").strip())


def part_of(whole: Sequence[Item], *, parameter: str = "page", size: int = PAGE) -> Part[Item]:
    """The page of ``whole`` that ``parameter`` numbers. Raises ``Invalid`` (``invalid-parameter``)."""
    number = number_asked(parameter) or 1
    items = whole[(number - 1) * size : number * size]
    earlier = number - 1 if number > 1 and whole else None
    later = number + 1 if number * size < len(whole) else None
    return Part(items, len(whole), (number - 1) * size + 1, earlier, later)


def number_asked(name: str) -> int | None:
    """The whole number in that parameter; ``None`` without one. Raises ``Invalid`` (``invalid-parameter``)."""
    written = request.args.get(name, "")
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and len(written) < 16):
        detail = "This is a whole number, in digits."
        raise Invalid("A parameter is wrong.", name="invalid-parameter", faults=[Fault(name, detail)])
    return int(written)


def judged(schema: ma.Schema, given: Mapping[str, Any], otherwise: str) -> dict[str, Any]:
    """Parameters by the rules of the API. Raises ``Invalid`` (``invalid-parameter``), which says ``otherwise``."""
    try:
        read: dict[str, Any] = schema.load(given)
    except ma.ValidationError as error:
        faults = [Fault(fault.pointer.strip("/"), fault.detail) for fault in faults_of(error.messages)]
        raise Invalid(otherwise, name="invalid-parameter", faults=faults) from None
    return read


def _query() -> dict[str, Any]:
    given = {name: value for name in _PARAMETERS if (value := request.args.get(name, "").strip())}
    number_asked("revision")
    return judged(SaidQuery(), given, "There is no such state of a story.")


def _follow_the_clocks() -> None:
    """Lead to the state that was chosen on the page's clocks; what else was asked for stays."""
    given = {name: value for name in (*_CLOCKS, *_KEPT) if (value := request.args.get(name, "").strip())}
    chosen = {_CLOCKS[name]: _from_the_clock(given.pop(name)) for name in _CLOCKS if name in given}
    if not chosen:
        return
    if "as_of" in chosen:
        given.pop("revision", None)
    values: dict[str, Any] = {**given, **chosen, **(request.view_args or {})}
    abort(redirect(url_for(request.endpoint or "", **values), 303))


def _from_the_clock(written: str) -> str:
    """The moment that somebody chose on the page's clock, which shows UTC and may leave out the seconds."""
    return written + ("Z" if written.count(":") > 1 else ":00Z")
