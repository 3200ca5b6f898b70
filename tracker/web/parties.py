"""The pages of parties: which there are, one of them with what it said and what was said of it, and what an editor does
to one.

In the form a role is a line: its title, the organisation, from when, until when, with semicolons between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import marshmallow as ma
from flask import render_template, request, url_for

from tracker import history
from tracker.api import cursors
from tracker.api.naming import ids_of
from tracker.api.outlets import as_given
from tracker.api.paging import encode_cursor, number_in
from tracker.api.rooms import connection, enter, rooms
from tracker.api.schemas.names import MergeSchema, Name
from tracker.api.schemas.parties import EditPartySchema
from tracker.api.sights import sight
from tracker.handling import Asked
from tracker.history import MentionAnswer
from tracker.ids import new_id
from tracker.projections import parties
from tracker.store import register
from tracker.stories.dates import When
from tracker.stories.names import Unknown
from tracker.stories.parties import AddParty, EditParty, MergeParty, Party, PartyKind, Role
from tracker.stories.readings import reading
from tracker.web.blueprint import bp
from tracker.web.forms import act
from tracker.web.naming import id_asked, wanted, with_lines
from tracker.web.states import PAGE

#: How many mentions the page shows of either kind.
_MENTIONS = 20
_KINDS = [("", "not said"), (PartyKind.PERSON.value, "a person"), (PartyKind.ORGANISATION.value, "an organisation")]
_OF_ROLE = ("title", "organisation", "from", "to")


class _PartyForm(EditPartySchema):
    """The page's form holds every field: one that is empty was emptied, and the name may not be."""

    name = Name(required=True)

    @ma.pre_load
    def lines(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        return with_lines(with_lines(data, "aliases"), "roles", _role)


@bp.get("/parties")
def list_parties() -> str:
    """The parties, in the order in which they were first mentioned."""
    asked = wanted()
    after = cursors.position_in("parties", asked.get("cursor"))
    page = parties.find(connection(), sight=sight(), q=asked.get("q"), after_position=after, limit=PAGE)
    following = cursors.of_log("parties", page.last_position) if page.more else None
    return render_template("parties.html", page=page, asked=asked, following=following)


@bp.get("/parties/<party>")
def show_party(party: str) -> str:
    """A party: its names, what it is, what it was and when."""
    found = _found(party)
    merged = register.merged_into(connection(), "party", found.party_id)
    roles = [(role, _in_words(role)) for role in found.roles]
    mentions = {kind: _mentions(found, kind) for kind in ("said", "about")}
    return render_template("party.html", party=found, roles=roles, merged=merged, mentions=mentions)


def _mentions(party: Party, kind: str) -> tuple[Sequence[MentionAnswer], str | None]:
    """What the party said, or what was said of it, the latest first; and where the older ones are."""
    cursor = request.args.get(kind)
    page = history.said_by_or_about(
        connection(),
        party.party_id,
        ids_of("party", party.party_id) or (),
        said=kind == "said",
        sight=sight(),
        before=number_in(kind, cursor) if cursor else None,
        limit=_MENTIONS,
    )
    if page.before is None:
        return page.items, None
    older: dict[str, Any] = {kind: encode_cursor(kind, [page.before])}
    return page.items, url_for("pages.show_party", party=party.party_id, **older)


@bp.route("/parties/new", methods=["GET", "POST"])
def add_party() -> Any:
    """Enter a party that nobody has mentioned yet."""

    def work(body: dict[str, Any], asked: Asked) -> str:
        command = AddParty(party_id=new_id("pty", rooms().clock), **as_given(body))
        return _page(enter(command, asked).id)

    return act("edit_party.html", _PartyForm(), work, party=None, kinds=_KINDS)


@bp.route("/parties/<party>/edit", methods=["GET", "POST"])
def edit_party(party: str) -> Any:
    """Change what is known of a party."""
    found = _found(party)

    def work(body: dict[str, Any], asked: Asked) -> str:
        given = {"kind": None, "aliases": (), "roles": (), **as_given(body)}
        return _page(enter(EditParty(party_id=found.party_id, **given), asked).id)

    values = {
        "name": found.name,
        "aliases": "\n".join(found.aliases),
        "kind": found.kind.value if found.kind else "",
        "roles": "\n".join(_written(found.roles)),
    }
    seen = found.revision
    return act("edit_party.html", _PartyForm(), work, values=values, seen=seen, party=found, kinds=_KINDS)


@bp.route("/parties/<party>/merge", methods=["GET", "POST"])
def merge_party(party: str) -> Any:
    """Have a party be the same as another one, which is left."""
    found = _found(party)

    def work(body: dict[str, Any], asked: Asked) -> str:
        return _page(enter(MergeParty(party_id=found.party_id, into=body["into"]), asked).id)

    back = _page(found.party_id)
    return act("merge.html", MergeSchema(), work, seen=found.revision, kind="party", name=found.name, back=back)


def _role(line: str) -> dict[str, str]:
    """A role as the API takes it, of a line of the form."""
    parts = [part.strip() for part in line.split(";", len(_OF_ROLE) - 1)]
    return {name: part for name, part in zip(_OF_ROLE, parts, strict=False) if part}


def _in_words(role: Role) -> str:
    """From when to when, for instance ``from April 2018 on``; empty where nothing is known."""
    if role.since is None and role.until is None:
        return ""
    return reading(When(phrase="", edtf=f"{role.since or ''}/{role.until or '..'}"))


def _written(roles: Iterable[Role]) -> Iterable[str]:
    for role in roles:
        parts = [role.title, role.organisation or "", role.since or "", role.until or ""]
        yield "; ".join(parts).rstrip("; ")


def _found(party: str) -> Party:
    party_id = id_asked("party", party)
    found = register.party(connection(), party_id)
    if found is None:
        raise Unknown("party", party_id)
    return found


def _page(party_id: str) -> str:
    return url_for("pages.show_party", party=party_id)
