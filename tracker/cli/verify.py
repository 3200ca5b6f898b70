"""``tracker verify``: prove that nothing in the log was lost or altered, or name what was."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from tracker.cli.opening import database_option, opened, patient, settings_with
from tracker.cli.progress import Progress, progress_option
from tracker.projections.following import projections as all_projections
from tracker.store import order, verifying
from tracker.store.verifying import Verified


@click.command()
@click.option("--content", is_flag=True, help="Also open everything that is sealed.")
@click.option("--saved-states", is_flag=True, help="Also compare each saved state with the fold of its story.")
@click.option("--projections", is_flag=True, help="Also build each list anew beside the one that is read, and compare.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@progress_option
@database_option
def verify(
    content: bool,
    saved_states: bool,
    projections: bool,
    as_json: bool,
    progress: bool | None,
    database_url: str | None,
) -> None:
    """Verify the whole log: chains, heads, numbers, positions, tree, keys. Reads only; others may write meanwhile.

    With --projections it writes a generation of each list beside the one that is read, and deletes it again; a rebuild
    that was left unfinished begins anew then. Exits with 0 when everything is as it was written, with 1 when it names
    what is not.
    """
    settings = patient(settings_with(database_url=database_url))
    with opened(settings) as database:
        with database.reading() as connection:
            events = order.last_position(connection)
        # Each event is walked over twice: in the order of its stream, and in that of the log.
        with Progress(2 * events, "events", shown=progress) as line:
            found = verifying.verify(database, content=content, saved_states=saved_states, advance=line.advance)
        for each in all_projections() if projections else ():
            with Progress(events, f"events for {each.name}", shown=progress) as line:
                verifying.verify_projection(database, each, found.findings, advance=line.advance)
    click.echo(json.dumps(as_document(found)) if as_json else as_text(found))
    sys.exit(1 if found.findings else 0)


def as_text(found: Verified) -> str:
    """The result for a person: a line, or several."""
    size = f"{found.events} events in {found.streams} streams, root {found.root.hex()}"
    if not found.findings:
        return f"Everything is as it was written: {size}."
    told, first = found.findings.told, found.findings.first
    lines = [f"{each.kind}: {each.sentence()}" for each in told]
    if (more := len(found.findings) - len(told)) > 0:
        lines.append(f"… and {more} more.")
    if first:
        lines.append(f"The first bad event: {first.sentence()}")
    kinds = ", ".join(f"{count} × {kind}" for kind, count in found.findings.counts.items())
    return "\n".join(
        [*lines, f"Found {len(found.findings)} ({kinds}) in {size}. Restore a backup; keep this database."]
    )


def as_document(found: Verified) -> dict[str, Any]:
    """The result for a program."""
    first = found.findings.first
    return {
        "clean": not found.findings,
        "log_id": found.log_id,
        "events": found.events,
        "streams": found.streams,
        "root": found.root.hex(),
        "counts": dict(found.findings.counts),
        "first": first._asdict() if first else None,
        "findings": [each._asdict() for each in found.findings.told],
    }
