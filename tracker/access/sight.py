"""What each role sees through of that which is held back (``store.withholding``).

    sight_of(role)    of whoever asks with a token of that role

What leaves this house, through a webhook, is what anybody may see (``PUBLIC``), whoever asked for it to be sent.
Killed and redacted content is shown to nobody, whatever he sees through.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.access.permissions import Role
from tracker.store.withholding import ALL, PUBLIC, Sight

__all__ = ["ALL", "AUDIENCES", "PUBLIC", "Sight", "audience_of", "sight_of"]

#: Work under embargo goes on among those who report; what was held for another reason is for those who decide it.
_REPORTING: Sight = frozenset({"embargo", "request"})

_BY_ROLE: Mapping[Role, Sight] = {
    Role.SUBSCRIBER: PUBLIC,
    Role.REPORTER: _REPORTING,
    Role.EDITOR: ALL,
    Role.ADMIN: ALL,
}

#: What each group of readers is called in lists that are kept for each of them.
AUDIENCES: Mapping[str, Sight] = {"all": ALL, "reporter": _REPORTING, "public": PUBLIC}


def sight_of(role: Role) -> Sight:
    """The kinds of restriction that somebody of that role sees through."""
    return _BY_ROLE[role]


def audience_of(sight: Sight) -> str:
    """The name of the readers who have that sight."""
    return next(name for name, theirs in AUDIENCES.items() if theirs == sight)
