"""Every projection, in the order in which a worker moves them along the log."""

from __future__ import annotations

from tracker.config import Settings
from tracker.projections.outlets import OutletList
from tracker.projections.saved_states import SavedStates
from tracker.projections.story_list import StoryList
from tracker.store.followers import Follower


def all_followers(settings: Settings) -> tuple[Follower, ...]:
    """The projections' followers; what is above this room adds its own."""
    return StoryList(), OutletList(), SavedStates(settings.saved_state_every)
