"""Which state of a story a request asks for, and the tag of the answer: what all questions of a story have in common.

    asked = asked_of(story, query, "claims")
    if same := asked.not_modified():
        return same
    state = asked.story()
    return asked.page(state, list(state.claims.values()), partial(claims, state))

A state is the latest, that of a ``revision``, or that of a moment (``as_of``). ``said_before`` takes out of it what was
not published before another moment. All pages of a list are of the revision of the first one, whatever happens
meanwhile: the cursor holds it.

What it does badly: where something is hidden while somebody pages, the entries behind it move up, and one may be passed
over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from flask import Response

from tracker import history
from tracker.api import answers, cursors, mementos
from tracker.api.moments import parse_moment
from tracker.api.naming import story_id_of
from tracker.api.paging import limit_asked
from tracker.api.rooms import connection, rooms
from tracker.api.sights import is_there, place_of, sight
from tracker.clock import rfc3339
from tracker.errors import Fault, Invalid
from tracker.store import seeing
from tracker.stories.said import as_said_before
from tracker.stories.story import Story

Item = TypeVar("Item")


class Asked:
    """What is asked of a story."""

    def __init__(self, story_id: str, query: Mapping[str, Any], view: str) -> None:
        """``view`` names the question; of a list it is the kind of its cursors. Raises as ``asked_of``."""
        self.story_id, self.view = story_id, view
        self._place, self._query = place_of(story_id), query
        asked = revision_asked(story_id, query)
        #: Whether it is asked of the past, so that the answer never changes.
        self.fixed = asked is not None
        self._said_before = _said_before(query)
        #: Of a list: how many entries were on the pages before, and the revision that they were of.
        self._start, self._begun_at = cursors.place_in(view, story_id, query.get("cursor"), asked)
        #: The revision that is asked for; whether it is there, ``story`` finds out.
        self.revision = asked or self._begun_at or self._place.revision

    def tag(self, revision: int | None = None, *, more: str = "") -> str:
        """The ETag of the answer. ``revision``: the one that last changed what is shown, if it isn't the state's;
        ``more``: what else the answer depends on.
        """
        before = rfc3339(self._said_before) if self._said_before else ""
        view = " ".join(part for part in (self.view, before, more) if part)
        return answers.tag(revision or self.revision, view, self._place.stamp)

    def not_modified(self) -> Response | None:
        """304, if the client has it already. A revision that isn't there is left to ``story``."""
        return answers.not_modified(self.tag()) if is_there(self.story_id, self._place, self.revision) else None

    def story(self) -> Story:
        """The state. Raises ``NotFound``: ``unknown-story``, ``unknown-revision``."""
        found = self._state()
        return as_said_before(found, self._said_before) if self._said_before else found

    def answer(self, story: Story, body: Any, tag: str) -> Response:
        """``body``, which was made of ``story``."""
        return answers.answer(body, tag=tag, headers=self.links(story))

    def page(
        self,
        story: Story,
        items: Sequence[Item],
        present: Callable[[Sequence[Item]], Sequence[Any]] = list,
        *,
        tag: str | None = None,
    ) -> Response:
        """One page of ``items``, which were made of ``story``; ``present`` makes those that are on it into answers."""
        end = self._start + limit_asked(self._query)
        shown = present(items[self._start : end])
        following = cursors.of_list(self.view, self.story_id, self.revision, end) if end < len(items) else None
        headers = self.links(story)
        return answers.page(shown, following, tag=tag or self.tag(), headers=headers, revision=story.revision)

    def _state(self) -> Story:
        if self.fixed:
            return history.at(connection(), self.story_id, revision=self.revision, sight=sight())
        # Just what the tag is of. Whether the revision on which a list was begun is still seen doesn't matter.
        return seeing.seen(connection(), self.story_id, sight(), revision=self._begun_at, head=self._place.head)

    def links(self, story: Story) -> dict[str, str]:
        """Of an answer of the past, its headers that tell where it stands among the others (RFC 7089)."""
        if not self.fixed or story.changed_at is None:
            return {}
        return mementos.headers(self.story_id, story.revision, story.changed_at)


def asked_of(story: str, query: Mapping[str, Any], view: str) -> Asked:
    """What is asked of the story that ``story``, an id or a slug, means.

    Raises ``NotFound``, ``Invalid``, ``Conflict`` for a cursor of another history, and the redirect of an old slug.
    """
    return Asked(story_id_of(story), query, view)


def revision_asked(story_id: str, query: Mapping[str, Any]) -> int | None:
    """The revision that ``revision`` or ``as_of`` names; ``None``: the latest."""
    if "revision" in query and "as_of" in query:
        faults = [Fault("as_of", "Give revision or as_of, not both.")]
        raise Invalid("Give revision or as_of, not both.", name="invalid-parameter", faults=faults)
    if "as_of" not in query:
        revision: int | None = query.get("revision")
        return revision
    moment = parse_moment(query["as_of"], rooms().clock.recorded_now())
    return history.revision_at(connection(), story_id, moment, sight=sight())


def _said_before(query: Mapping[str, Any]) -> datetime | None:
    if "said_before" not in query:
        return None
    return parse_moment(query["said_before"], rooms().clock.recorded_now(), parameter="said_before")
