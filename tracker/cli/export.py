"""``tracker export FILE``: the whole log as JSON Lines, for the other database or for an archive."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.opening import database_option, opened, patient, settings_with
from tracker.cli.progress import Progress, progress_option
from tracker.clock import Clock
from tracker.ids import new_id
from tracker.store import transfer, tree
from tracker.webhooks import endpoints

#: The followers whose work goes along, and so how far they have come; the others begin again on the other side.
CARRIED_FOLLOWERS = (endpoints.PLANNER, tree.NAME)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keys",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write what opens the content, and the endpoints' addresses and secrets, into a file of its own.",
)
@progress_option
@database_option
def export(file: Path, keys: Path | None, progress: bool | None, database_url: str | None) -> None:
    """Write the whole log to FILE, as of one moment, while others write. Never over a file that is there.

    Without --keys nobody can read sealed content from it. Safe to interrupt: a file appears when it is whole.
    """
    settings, clock = patient(settings_with(database_url=database_url)), Clock()
    with opened(settings) as database, Progress(None, "rows", shown=progress) as line:
        done = transfer.export(
            database,
            file,
            keys,
            clock.now(),
            export_id=new_id("exp", clock),
            followers=CARRIED_FOLLOWERS,
            expect=line.expect,
            advance=line.advance,
        )
    click.echo(f"{file} holds {done.events} events of log {done.log_id}, {done.rows} rows in all.")
    if keys:
        click.echo(f"{keys} opens it: keep the two apart.")
