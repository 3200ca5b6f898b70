"""``tracker rebuild NAME``: write anew what is derived from the log, while the present one is read."""

from __future__ import annotations

import sys

import click

from tracker.cli.opening import database_option, opened, settings_with
from tracker.cli.progress import Progress, progress_option
from tracker.config import Settings
from tracker.db.database import Database
from tracker.projections import saved_states
from tracker.projections.following import projections
from tracker.store import rebuilding
from tracker.store.generations import Projection
from tracker.store.likeness import Likeness
from tracker.store.rebuilding import Differs

#: What has no generations: a saved state is only a head start.
_SAVED_STATES = saved_states.SavedStates.name


@click.command()
@click.argument("name", type=click.Choice([*(each.name for each in projections()), _SAVED_STATES]))
@click.option("--rollback", is_flag=True, help="Go back to the one that was read before, and keep the present one.")
@click.option("--accept", is_flag=True, help="Switch also if what was built differs from what is read.")
@click.option("--anew", is_flag=True, help="Begin at the first event, also where a rebuild was left unfinished.")
@click.option(
    "--keep", type=click.IntRange(0, 10), default=1, show_default=True, help="How many to keep to go back to."
)
@progress_option
@database_option
def rebuild(
    name: str, rollback: bool, accept: bool, anew: bool, keep: int, progress: bool | None, database_url: str | None
) -> None:
    """Write NAME anew from the log, compare it with the present one, and switch.

    Everything goes on meanwhile, and readers see the present one until the switch. It may be interrupted or killed at
    any moment; the same command goes on where it was. If what was built differs, which after a change of the program
    may be right, nothing is switched and the exit status is 1: look at what is said to differ, then use --accept, which
    takes seconds. The tree over the log is not rebuilt: tracker verify computes it anew.
    """
    settings = settings_with(database_url=database_url)
    with opened(settings) as database:
        if name == _SAVED_STATES:
            _require(not (rollback or accept or anew), "Saved states are made anew in place; there is one of each.")
            _save_anew(database, settings, progress)
            return
        projection = next(each for each in projections() if each.name == name)
        if rollback:
            _require(not (accept or anew), "--rollback goes back to what there was: nothing to accept or begin.")
            _roll_back(database, projection, progress)
            return
        is_read = _rebuilt(database, projection, accept, anew, keep, progress)
        with Progress(None, "rows deleted", shown=progress) as line:
            rebuilding.clear(database, projection, advance=line.advance)
    sys.exit(0 if is_read else 1)


def _require(fits: bool, otherwise: str) -> None:
    if not fits:
        raise click.UsageError(otherwise)


def _rebuilt(
    database: Database, projection: Projection, accept: bool, anew: bool, keep: int, progress: bool | None
) -> bool:
    """Whether readers read the new one."""
    name = projection.name
    try:
        with Progress(None, "events", shown=progress) as line:
            done = rebuilding.rebuild(
                database, projection, keep=keep, accept=accept, anew=anew, expect=line.expect, advance=line.advance
            )
    except Differs as refused:
        _say(name, refused.found)
        hint = f"Nothing was switched. If that is as it should be: tracker rebuild {name} --accept"
        click.echo(hint, err=True)
        return False
    _say(name, done.likeness)
    click.echo(f"{name}: generation {done.number} is read.")
    return True


def _say(name: str, found: Likeness | None) -> None:
    if found is None:
        said = "what is read has not come as far, so there was nothing to compare with."
    elif found:
        said = f"{found.rows} rows at position {found.position}, alike; digest {found.live_digest}"
    else:
        said = (
            f"at position {found.position} {found.differing} rows differ, the first is {found.first}\n"
            f"  read   {found.live_digest}\n  built  {found.built_digest}"
        )
    click.echo(f"{name}: {said}", err=True)


def _roll_back(database: Database, projection: Projection, progress: bool | None) -> None:
    with Progress(None, "events", shown=progress) as line:
        number = rebuilding.roll_back(database, projection, advance=line.advance)
    click.echo(f"{projection.name}: generation {number} is read again.")


def _save_anew(database: Database, settings: Settings, progress: bool | None) -> None:
    total = saved_states.stories(database)
    with Progress(total, "stories", shown=progress) as line:
        saved_states.save_anew(database, settings.saved_state_every, advance=line.advance)
    click.echo(f"The saved states of {total} stories are new.")
