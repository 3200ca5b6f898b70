"""``tracker status``: how the installation is, on one screen."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import click

from tracker.cli.opening import database_option, opened, settings_with
from tracker.clock import Clock, rfc3339
from tracker.config import without_password
from tracker.store import keys
from tracker.worker import Status
from tracker.worker import status as status_of

#: A delivery that has been due for so long, or events not followed for so long, need a person.
_LATE = timedelta(minutes=5)


@click.command()
@database_option
def status(database_url: str | None) -> None:
    """Say how the installation is; exit 1 if something needs a person."""
    settings = settings_with(database_url=database_url)
    with opened(settings) as database, database.reading() as connection:
        found = status_of(connection, settings)
        absent = keys.missing_masters(connection)
    click.echo(f"database     {without_password(settings.database_url)}, migrated")
    click.echo(f"log          {found.position} events")
    for follower in found.followers:
        late = f", {follower.seconds_behind:.0f} s" if follower.events_behind else ""
        parked = f"; {follower.parked} streams parked" if follower.parked else ""
        click.echo(f"{follower.name:12} {follower.events_behind} events behind{late}{parked}")
    oldest = f", the oldest since {rfc3339(found.oldest_due)}" if found.oldest_due else ""
    click.echo(f"deliveries   {found.due} due{oldest}; {found.exhausted} given up")
    worries = [*_worries(found, Clock().now()), *map(_without_master, absent)]
    for worry in worries:
        click.echo(f"! {worry}", err=True)
    sys.exit(1 if worries else 0)


def _without_master(fingerprint: str) -> str:
    return f"The master key {fingerprint} is missing, and what it wraps can't be read: TRACKER_CONTENT_MASTER_KEYS"


def _worries(found: Status, now: datetime) -> list[str]:
    worries = [
        f"{each.name} is {each.events_behind} events behind. Is a worker running? Its log says more."
        for each in found.followers
        if each.seconds_behind > _LATE.total_seconds()
    ]
    worries += [
        f"{each.name} can't go on with {each.parked} streams; tracker parked list says why."
        for each in found.followers
        if each.parked
    ]
    if found.oldest_due and now - found.oldest_due > _LATE:
        worries.append("A delivery is overdue. Is a worker running?")
    if found.exhausted:
        worries.append(f"{found.exhausted} deliveries were given up; GET /v1/endpoints/…/deliveries?state=exhausted")
    return worries
