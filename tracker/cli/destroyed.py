"""What was redacted stays so when an older copy comes back: the list of destroyed keys is applied again."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Unavailable
from tracker.store import redaction

#: ``--destroyed``, for commands that bring back an older copy.
destroyed_option = click.option(
    "--destroyed",
    type=click.Path(path_type=Path),
    metavar="LIST",
    help="The list of destroyed keys, instead of the one in the settings (destroyed_keys_file).",
)


def destroy_again(database: Database, settings: Settings, given: Path | None) -> None:
    """Destroy what the list names: the one that was given or else that of the settings; says what came of it."""
    path = given or redaction.list_path(settings)
    if given is None and (path is None or not path.exists()):
        click.echo(
            "! No list of destroyed keys was found: what was redacted after this copy was made can be read again. "
            "If anything was, name the list: --destroyed LIST",
            err=True,
        )
        return
    assert path is not None
    try:
        count = redaction.apply_list(database, path)
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror or error}.") from error
    click.echo(f"{count} keys of {path} were there and are destroyed again.")
