"""The pages of outlets: which there are, one of them, and what an editor does to one."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import render_template, url_for

from tracker.api import cursors
from tracker.api.outlets import as_given
from tracker.api.rooms import connection, enter, rooms
from tracker.api.schemas.names import MergeSchema, Name
from tracker.api.schemas.outlets import EditOutletSchema
from tracker.api.sights import sight
from tracker.handling import Asked
from tracker.ids import new_id
from tracker.projections import outlets
from tracker.store import register
from tracker.stories.names import Unknown
from tracker.stories.outlets import AddOutlet, EditOutlet, MergeOutlet, Outlet, Redistribute
from tracker.web.blueprint import bp
from tracker.web.forms import act
from tracker.web.naming import id_asked, wanted, with_lines
from tracker.web.states import PAGE

_SETTINGS = {
    Redistribute.HEADLINE.value: "headline, address, our own statements, short quotes",
    Redistribute.TEXT.value: "the full text too",
}


class _OutletForm(EditOutletSchema):
    """The page's form holds every field: one that is empty was emptied, and the name may not be."""

    name = Name(required=True)

    @ma.pre_load
    def lines(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        return with_lines(data, "aliases")


@bp.get("/outlets")
def list_outlets() -> str:
    """The outlets, in the order in which they were first mentioned."""
    asked = wanted()
    after = cursors.position_in("outlets", asked.get("cursor"))
    page = outlets.find(connection(), sight=sight(), q=asked.get("q"), after_position=after, limit=PAGE)
    following = cursors.of_log("outlets", page.last_position) if page.more else None
    return render_template("outlets.html", page=page, asked=asked, following=following)


@bp.get("/outlets/<outlet>")
def show_outlet(outlet: str) -> str:
    """An outlet: its names, who owns it, what of its text may leave."""
    found = _found(outlet)
    return render_template(
        "outlet.html",
        outlet=found,
        reports=outlets.reports_of(connection(), found.outlet_id, sight=sight()),
        merged=register.merged_into(connection(), "outlet", found.outlet_id),
        settings=_SETTINGS,
    )


@bp.route("/outlets/new", methods=["GET", "POST"])
def add_outlet() -> Any:
    """Enter an outlet that nobody has mentioned yet."""

    def work(body: dict[str, Any], asked: Asked) -> str:
        command = AddOutlet(outlet_id=new_id("out", rooms().clock), **as_given(body))
        return _page(enter(command, asked).id)

    return act("edit_outlet.html", _OutletForm(), work, outlet=None, settings=_SETTINGS.items())


@bp.route("/outlets/<outlet>/edit", methods=["GET", "POST"])
def edit_outlet(outlet: str) -> Any:
    """Change what is known of an outlet."""
    found = _found(outlet)

    def work(body: dict[str, Any], asked: Asked) -> str:
        given = {"owner": None, "aliases": (), **as_given(body)}
        return _page(enter(EditOutlet(outlet_id=found.outlet_id, **given), asked).id)

    values = {
        "name": found.name,
        "aliases": "\n".join(found.aliases),
        "owner": found.owner or "",
        "redistribute": found.redistribute.value,
    }
    seen = found.revision
    return act(
        "edit_outlet.html", _OutletForm(), work, values=values, seen=seen, outlet=found, settings=_SETTINGS.items()
    )


@bp.route("/outlets/<outlet>/merge", methods=["GET", "POST"])
def merge_outlet(outlet: str) -> Any:
    """Have an outlet be the same as another one, which is left."""
    found = _found(outlet)

    def work(body: dict[str, Any], asked: Asked) -> str:
        return _page(enter(MergeOutlet(outlet_id=found.outlet_id, into=body["into"]), asked).id)

    back = _page(found.outlet_id)
    return act("merge.html", MergeSchema(), work, seen=found.revision, kind="outlet", name=found.name, back=back)


def _found(outlet: str) -> Outlet:
    outlet_id = id_asked("outlet", outlet)
    found = register.outlet(connection(), outlet_id)
    if found is None:
        raise Unknown("outlet", outlet_id)
    return found


def _page(outlet_id: str) -> str:
    return url_for("pages.show_outlet", outlet=outlet_id)
