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


def test_nobody_but_an_editor_edits_and_only_health_papers_and_the_door_are_open() -> None:
    open_to_all = {route.split(".")[0] for route, permission in ROUTES.items() if permission is Permission.NONE}
    assert open_to_all == {"health", "documentation", "static", "pages"}
    assert {route for route, p in ROUTES.items() if p is Permission.NONE and route.startswith("pages.")} <= {
        "pages.sign_in",
        "pages.sign_out",
        "pages.show_style",
    }
