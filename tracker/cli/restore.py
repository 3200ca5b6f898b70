"""``tracker restore FILE``: a database made of a backup, in an empty place."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from pathlib import Path

import click
from alembic.util.exc import CommandError

from tracker.cli.backup import programs_option
from tracker.cli.destroyed import destroy_again, destroyed_option
from tracker.cli.opening import database_option, opened, patient, settings_with
from tracker.cli.progress import Progress, progress_option
from tracker.cli.verify import as_text
from tracker.clock import rfc3339
from tracker.config import Settings, without_password
from tracker.db import copies, migrating
from tracker.db.database import Database
from tracker.errors import Damaged
from tracker.store import backups, order, verifying
from tracker.store.backups import Backup


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@destroyed_option
@programs_option
@progress_option
@database_option
def restore(
    file: Path, destroyed: Path | None, programs: Path | None, progress: bool | None, database_url: str | None
) -> None:
    """Make a database of the backup FILE, where none is; bring it up to date, and verify it.

    What was redacted after the backup is destroyed again, by the list that is kept apart. Start nothing on it before
    this has ended: exit 0 when everything is as it was written, 1 where something is wrong with it.
    """
    settings = patient(settings_with(database_url=database_url))
    found = _placed(settings, file, destroyed, programs, progress)
    click.echo(f"{without_password(settings.database_url)} is what {file} holds: the log up to {found.position}.")
    click.echo(_what_changed(found))
    sys.exit(0 if _is_sound(settings, progress) else 1)


def _placed(
    settings: Settings, file: Path, destroyed: Path | None, programs: Path | None, progress: bool | None
) -> Backup:
    with ExitStack() as stack:
        with Progress(None, "steps", shown=progress) as line:
            place = stack.enter_context(copies.placed(settings, file, programs=programs, advance=line.advance))
        with closing(Database(place)) as database:
            _bring_up_to_date(database, file)
            destroy_again(database, settings, destroyed)
            return backups.take_up(database, file)


def _bring_up_to_date(database: Database, file: Path) -> None:
    """Migrate what an older version of the program had backed up. Raises ``NotMigrated`` for that of a newer one."""
    if migrating.revision_of(database) is None:
        raise Damaged(f"{file} is no backup of a tracker; nothing was restored.")
    try:
        migrating.upgrade_database(database)
    except CommandError:
        # It knows no way from that revision.
        migrating.require_newest(database)
        raise


def _is_sound(settings: Settings, progress: bool | None) -> bool:
    with opened(settings) as database:
        with database.reading() as connection:
            events = order.last_position(connection)
        # Each event is walked over twice, as by ``tracker verify``.
        with Progress(2 * events, "events", shown=progress) as line:
            found = verifying.verify(database, content=True, advance=line.advance)
    click.echo(as_text(found))
    return not found.findings


def _what_changed(found: Backup) -> str:
    return (
        f"It is as it was when the backup was made ({rfc3339(found.made_at)}). What came later is gone:\n"
        f"- Whoever reads the feed with a cursor from after position {found.position} gets 409, and begins again.\n"
        "- Endpoints may have been told of events that are gone; some are told again of what they were told by then.\n"
        "- Tokens that were revoked since are good again (tracker token list); Idempotency-Keys are forgotten.\n"
        "- Backups, exports and roots that were made since belong to the history that is gone."
    )
