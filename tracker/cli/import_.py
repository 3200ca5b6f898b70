"""``tracker import FILE``: an export into an empty database of either kind."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from tracker.cli.destroyed import destroy_again, destroyed_option
from tracker.cli.opening import database_option, patient, settings_with
from tracker.cli.progress import Progress, progress_option
from tracker.clock import Clock
from tracker.config import without_password
from tracker.db import migrating
from tracker.db.database import Database
from tracker.store import transfer


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keys", type=click.Path(path_type=Path), metavar="FILE", help="The file of keys that was exported with it."
)
@click.option("--without-keys", is_flag=True, help="Leave sealed content unreadable and delete all endpoints.")
@destroyed_option
@progress_option
@database_option
def import_(
    file: Path,
    keys: Path | None,
    without_keys: bool,
    destroyed: Path | None,
    progress: bool | None,
    database_url: str | None,
) -> None:
    """Read the export FILE into an empty database: the same ids, revisions, positions, hashes and cursors.

    One transaction: whoever looks sees nothing or all of it, and an import that was interrupted is begun again.
    """
    if (keys is None) != without_keys:
        raise click.UsageError("Give --keys FILE, or --without-keys where nothing sealed needs to be read.")
    settings = patient(settings_with(database_url=database_url))
    with closing(Database(settings)) as database:
        migrating.upgrade_database(database)
        with Progress(None, "rows", shown=progress) as line:
            done = transfer.import_(database, file, keys, Clock().now(), expect=line.expect, advance=line.advance)
        destroy_again(database, settings, destroyed)
    click.echo(f"{without_password(settings.database_url)} holds log {done.log_id}: {done.events} events.")
    click.echo("A worker makes the lists now. Write to one of the two databases only; prove it with: tracker verify")
