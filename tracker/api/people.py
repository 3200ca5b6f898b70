"""What is known of the people in a story, for those who show them: the API and the pages."""

from __future__ import annotations

from collections.abc import Mapping

from tracker import history
from tracker.api.rooms import connection
from tracker.stories.parties import Party
from tracker.stories.questions.people import party_ids
from tracker.stories.story import Story


def as_known(state: Story, fixed: bool) -> Mapping[str, Party]:
    """What is known of each, by its id; where the state is of the past (``fixed``), what was known of it then."""
    return history.parties_known(connection(), party_ids(state), state.changed_at if fixed else None)
