"""``tracker backup FILE``: a copy of the database, made while it is in use."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.opening import database_option, opened, patient, settings_with
from tracker.cli.progress import Progress, progress_option
from tracker.clock import Clock
from tracker.db import copies
from tracker.store import backups

#: ``--programs``, for commands that run those of PostgreSQL.
programs_option = click.option(
    "--programs",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="PostgreSQL: where pg_dump and pg_restore are, instead of on PATH.",
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@programs_option
@progress_option
@database_option
def backup(file: Path, programs: Path | None, progress: bool | None, database_url: str | None) -> None:
    """Copy the database into FILE while it is in use. Never over a file that is there.

    SQLite copies itself; on PostgreSQL pg_dump is run, or the command named where there is none (exit 1). The copy
    holds the keys that open content: keep it like the database. Safe to interrupt: FILE appears when it is whole.
    """
    settings = patient(settings_with(database_url=database_url))
    with opened(settings) as database, Progress(None, copies.unit(database.kind), shown=progress) as line:
        done = backups.make(
            database, settings, file, Clock().now(), programs=programs, expect=line.expect, advance=line.advance
        )
    click.echo(f"{file} holds the log up to position {done.position}. Try it now and then: tracker restore")
