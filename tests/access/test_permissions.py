"""The permission table says of every role what it may, and of every route what it asks for."""

from __future__ import annotations

import pytest

from tracker.access.permissions import ALLOWED, ROUTES, Permission, Role, allowed

#: Spelled out once more, so that nobody widens a right by the way.
RIGHTS = {
    Role.REPORTER: {Permission.NONE, Permission.READ, Permission.FILE},
    Role.EDITOR: {Permission.NONE, Permission.READ, Permission.FILE, Permission.EDIT},
    Role.SUBSCRIBER: {Permission.NONE, Permission.READ, Permission.SUBSCRIBE},
    Role.ADMIN: set(Permission),
}


@pytest.mark.parametrize("role", Role)
def test_every_role_has_its_rights_and_no_others(role: Role) -> None:
    assert role in ALLOWED
    assert {permission for permission in Permission if allowed(role, permission)} == RIGHTS[role]


def test_every_permission_is_asked_for_somewhere() -> None:
    assert set(ROUTES.values()) == set(Permission)


def test_an_act_asks_for_the_same_right_in_the_api_and_on_the_pages() -> None:
    asked: dict[str, set[Permission]] = {}
    for route, permission in ROUTES.items():
        asked.setdefault(route.split(".")[-1], set()).add(permission)
    assert {act: rights for act, rights in asked.items() if len(rights) > 1} == {}


def test_nothing_of_a_story_is_open_to_everybody() -> None:
    open_to_all = [route for route, permission in ROUTES.items() if permission is Permission.NONE]
    assert not [route for route in open_to_all if "stor" in route or "report" in route or "endpoint" in route]
