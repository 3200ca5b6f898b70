"""The permission table: what each role is allowed, and what each route asks for.

A route without an entry is refused, whoever asks; a test walks all routes and roles. ``Permission.NONE`` is for the
few that anybody may read: health, documentation, published schemas, signing in.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping


class Role(enum.StrEnum):
    """What a token was made for."""

    REPORTER = "reporter"
    EDITOR = "editor"
    SUBSCRIBER = "subscriber"
    ADMIN = "admin"


class Permission(enum.StrEnum):
    """What a route asks for."""

    #: Nothing: anybody may.
    NONE = "none"
    #: Read stories, reports, revisions, compares, outlets, parties, the feed, and what shows tampering with the log.
    READ = "read"
    #: Open a story; file, update, correct and kill a report, as its outlet did; mark what reports say.
    FILE = "file"
    #: Edit, close and reopen a story; withdraw markings; hold and lift; ask for and approve acts of the desk; enter,
    #: edit and merge outlets and parties.
    EDIT = "edit"
    #: Make, read and delete one's own webhook endpoints.
    SUBSCRIBE = "subscribe"


_ALL = frozenset(Permission)

ALLOWED: Mapping[Role, frozenset[Permission]] = {
    Role.REPORTER: frozenset({Permission.NONE, Permission.READ, Permission.FILE}),
    Role.EDITOR: frozenset({Permission.NONE, Permission.READ, Permission.FILE, Permission.EDIT}),
    Role.SUBSCRIBER: frozenset({Permission.NONE, Permission.READ, Permission.SUBSCRIBE}),
    Role.ADMIN: _ALL,
}

#: Flask endpoint → what it asks for.
ROUTES: Mapping[str, Permission] = {
    "stories.open_story": Permission.FILE,
    "stories.list_stories": Permission.READ,
    "stories.show_story": Permission.READ,
    "stories.edit_story": Permission.EDIT,
    "stories.close_story": Permission.EDIT,
    "stories.reopen_story": Permission.EDIT,
    "questions.list_claims": Permission.READ,
    "questions.show_claim": Permission.READ,
    "questions.list_quotes": Permission.READ,
    "questions.list_sources": Permission.READ,
    "questions.list_relations": Permission.READ,
    "questions.list_disputes": Permission.READ,
    "questions.list_corrections": Permission.READ,
    "questions.list_orphans": Permission.READ,
    "questions.show_timeline": Permission.READ,
    "questions.list_people": Permission.READ,
    "questions.list_links": Permission.READ,
    "questions.list_holds": Permission.READ,
    "questions.list_requests": Permission.FILE,
    "across.list_said": Permission.READ,
    "across.list_about": Permission.READ,
    "across.list_all_corrections": Permission.READ,
    "mementos.find_memento": Permission.READ,
    "mementos.list_mementos": Permission.READ,
    "reports.file_report": Permission.FILE,
    "reports.list_reports": Permission.READ,
    "reports.show_report": Permission.READ,
    "reports.list_versions": Permission.READ,
    "reports.update_report": Permission.FILE,
    "reports.correct_report": Permission.FILE,
    "marking.mark_claim": Permission.FILE,
    "marking.relate_claims": Permission.FILE,
    "marking.record_occurrence": Permission.FILE,
    "marking.link_stories": Permission.FILE,
    "marking.withdraw_marking": Permission.EDIT,
    "holds.place_hold": Permission.EDIT,
    "holds.lift_hold": Permission.EDIT,
    "acts.kill_report": Permission.FILE,
    "acts.request_redaction": Permission.EDIT,
    "acts.approve_request": Permission.EDIT,
    "acts.decline_request": Permission.EDIT,
    "revisions.list_revisions": Permission.READ,
    "revisions.compare_revisions": Permission.READ,
    "feed.read_feed": Permission.READ,
    "log.show_root": Permission.READ,
    "log.show_proof": Permission.READ,
    "outlets.list_outlets": Permission.READ,
    "outlets.show_outlet": Permission.READ,
    "outlets.add_outlet": Permission.EDIT,
    "outlets.edit_outlet": Permission.EDIT,
    "outlets.merge_outlet": Permission.EDIT,
    "parties.list_parties": Permission.READ,
    "parties.show_party": Permission.READ,
    "parties.add_party": Permission.EDIT,
    "parties.edit_party": Permission.EDIT,
    "parties.merge_party": Permission.EDIT,
    "endpoints.create_endpoint": Permission.SUBSCRIBE,
    "endpoints.list_endpoints": Permission.SUBSCRIBE,
    "endpoints.show_endpoint": Permission.SUBSCRIBE,
    "endpoints.delete_endpoint": Permission.SUBSCRIBE,
    "endpoints.list_deliveries": Permission.SUBSCRIBE,
    "published_schemas.show_webhook_schema": Permission.NONE,
    "published_schemas.show_compare_schema": Permission.NONE,
    "health.live": Permission.NONE,
    "health.ready": Permission.NONE,
    "documentation.openapi": Permission.NONE,
    "pages.static": Permission.NONE,
    "pages.read_api": Permission.NONE,
    "pages.explain_problem": Permission.NONE,
    "pages.sign_in": Permission.NONE,
    "pages.sign_out": Permission.NONE,
    "pages.list_stories": Permission.READ,
    "pages.list_outlets": Permission.READ,
    "pages.show_outlet": Permission.READ,
    "pages.add_outlet": Permission.EDIT,
    "pages.edit_outlet": Permission.EDIT,
    "pages.merge_outlet": Permission.EDIT,
    "pages.list_parties": Permission.READ,
    "pages.show_party": Permission.READ,
    "pages.add_party": Permission.EDIT,
    "pages.edit_party": Permission.EDIT,
    "pages.merge_party": Permission.EDIT,
    "pages.show_story": Permission.READ,
    "pages.list_claims": Permission.READ,
    "pages.show_claim": Permission.READ,
    "pages.show_timeline": Permission.READ,
    "pages.list_quotes": Permission.READ,
    "pages.list_sources": Permission.READ,
    "pages.list_people": Permission.READ,
    "pages.list_disputes": Permission.READ,
    "pages.list_corrections": Permission.READ,
    "pages.list_all_corrections": Permission.READ,
    "pages.list_requests": Permission.FILE,
    "pages.mark_claim": Permission.FILE,
    "pages.relate_claims": Permission.FILE,
    "pages.record_occurrence": Permission.FILE,
    "pages.link_stories": Permission.FILE,
    "pages.withdraw_marking": Permission.EDIT,
    "pages.place_hold": Permission.EDIT,
    "pages.lift_hold": Permission.EDIT,
    "pages.kill_report": Permission.FILE,
    "pages.request_redaction": Permission.EDIT,
    "pages.approve_request": Permission.EDIT,
    "pages.decline_request": Permission.EDIT,
    "pages.compare_revisions": Permission.READ,
    "pages.show_report": Permission.READ,
    "pages.open_story": Permission.FILE,
    "pages.edit_story": Permission.EDIT,
    "pages.close_story": Permission.EDIT,
    "pages.reopen_story": Permission.EDIT,
    "pages.file_report": Permission.FILE,
    "pages.update_report": Permission.FILE,
    "pages.correct_report": Permission.FILE,
    "pages.list_endpoints": Permission.SUBSCRIBE,
    "pages.create_endpoint": Permission.SUBSCRIBE,
    "pages.show_endpoint": Permission.SUBSCRIBE,
    "pages.delete_endpoint": Permission.SUBSCRIBE,
}


def allowed(role: Role, permission: Permission) -> bool:
    """Whether ``role`` has ``permission``."""
    return permission in ALLOWED[role]
