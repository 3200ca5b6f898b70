"""Every projection, and the tree, in the order in which a worker moves them along the log."""

from __future__ import annotations

from tracker.config import Settings
from tracker.projections.mentions import Mentions
from tracker.projections.outlets import OutletList
from tracker.projections.parties import PartyList
from tracker.projections.remedies import Remedies
from tracker.projections.saved_states import SavedStates
from tracker.projections.story_list import StoryList
from tracker.store.followers import Follower
from tracker.store.generations import Projection
from tracker.store.tree import Tree


def projections() -> tuple[Projection, ...]:
    """Those that can be rebuilt beside themselves (``store.rebuilding``)."""
    return StoryList(), OutletList(), PartyList(), Mentions(), Remedies()


def all_followers(settings: Settings) -> tuple[Follower, ...]:
    """The projections' followers and the tree; what is above this room adds its own."""
    return *projections(), SavedStates(settings.saved_state_every), Tree()
