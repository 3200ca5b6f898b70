"""How a form asks for an act of the desk: of a second person, or alone with a reason where the settings allow that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from tracker import history
from tracker.access.permissions import Permission
from tracker.api import gate
from tracker.api.rooms import connection, handle, rooms
from tracker.api.sights import sight
from tracker.handling import Asked
from tracker.ids import new_id
from tracker.stories.commands import RequestAct
from tracker.stories.desk import DeskAct
from tracker.stories.knowledge import Approval
from tracker.stories.values import IssuedBy

ISSUERS = [
    (IssuedBy.OUTLET.value, "the outlet’s own: it did so itself"),
    (IssuedBy.DESK.value, "our desk’s"),
]


def choices() -> dict[str, Any]:
    """For the form: who may issue an act, and whether one may act alone."""
    may_ask = gate.token().may(Permission.EDIT)
    return {
        "issuers": ISSUERS if may_ask else ISSUERS[:1],
        "alone": may_ask and rooms().settings.approval == Approval.ALONE_WITH_REASON.value,
    }


def ask(story_id: str, act: DeskAct, body: Mapping[str, Any], asked: Asked) -> str:
    """Ask for ``act``, or do it where ``body`` says why alone; where that is shown.

    Raises ``Forbidden`` for who may not act for the desk, and what the act's rules refuse.
    """
    gate.require(gate.token(), Permission.EDIT)
    command = RequestAct(
        story_id=story_id,
        act_id=new_id("act", rooms().clock),
        act=act,
        by=gate.token().person,
        alone_because=body.get("alone_because"),
    )
    handle(command, asked)
    return url_for("pages.list_requests", story=history.at(connection(), story_id, sight=sight()).slug)
