"""A story as one answer: its reports, claims, timeline, people, holds.

The answer of the latest revision is kept as it was written (``store.renderings``), by its ETag and with what was known
of its people: whoever asks again is sent the same bytes, once his rights were looked at. What he may see stands in the
ETag. An answer of the past tells what was known of the people then, and is made anew each time.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from tracker import history
from tracker.api import answers
from tracker.api.people import as_known
from tracker.api.reading import Asked
from tracker.api.rooms import connection
from tracker.api.schemas.whole import present_story
from tracker.api.sights import sight, stamp_of
from tracker.handling import Outcome
from tracker.store import renderings
from tracker.store.renderings import Rendering
from tracker.stories.story import Story


def show(asked: Asked) -> Response:
    """The story that is asked for."""
    if asked.fixed:
        return asked.not_modified() or _past(asked)
    rendering = _kept(asked) or _made(asked)
    tag = asked.tag(more=rendering.as_of)
    return answers.not_modified(tag) or answers.written(rendering.body, tag=tag)


def show_outcome(outcome: Outcome, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The story after a command, as whoever asks for it now is shown it, with the same ETag."""
    state = history.at(connection(), outcome.story_id, sight=sight(), revision=outcome.revision)
    rendering = _rendering(outcome.story_id, state)
    view = " ".join(part for part in ("story", rendering.as_of) if part)
    tag = answers.tag(outcome.revision, view, stamp_of(outcome.story_id))
    return answers.written(rendering.body, status, tag=tag, headers=headers)


def _past(asked: Asked) -> Response:
    state = asked.story()
    body = present_story(asked.story_id, state, as_known(state, True), sight())
    return asked.answer(state, body, asked.tag())


def _kept(asked: Asked) -> Rendering | None:
    """What was written out of just this state, if no more has become known of its people since."""
    found = renderings.of(connection().engine).get(asked.story_id, asked.tag())
    if found is None or found.as_of != history.party_revisions(connection(), found.depends_on):
        return None
    return found


def _made(asked: Asked) -> Rendering:
    made = _rendering(asked.story_id, asked.story())
    renderings.of(connection().engine).keep(asked.story_id, asked.tag(), made)
    return made


def _rendering(story_id: str, state: Story) -> Rendering:
    known = as_known(state, False)
    body = answers.encoded(present_story(story_id, state, known, sight()))
    return Rendering(body, tuple(known), history.revisions_of(known))
