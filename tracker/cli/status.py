"""``tracker status``: how the installation is, on one screen."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import click
from sqlalchemy import Connection

from tracker.cli.opening import database_option, opened, settings_with
from tracker.clock import Clock, rfc3339
from tracker.config import Settings, without_password
from tracker.store import backups, keys, parking, restrictions, sequencer, tree
from tracker.store.backups import Backup
from tracker.store.restrictions import Kind
from tracker.webhooks import deliveries
from tracker.webhooks.failing import Failing, failing
from tracker.worker import Status
from tracker.worker import status as status_of

#: A delivery that has been due for so long, or events not followed for so long, need a person.
_LATE = timedelta(minutes=5)
#: An endpoint that has failed for so long does.
_FAILING = timedelta(hours=1)
#: Where backups are made at all, the last one is no older.
_BACKUP = timedelta(days=8)


class Condition(NamedTuple):
    """Everything that is shown."""

    database: str
    at: datetime
    following: Status
    #: How many streams are parked, by follower.
    parked: dict[str, int]
    failing: list[Failing]
    restricted: dict[Kind, int]
    tree: int
    backup: Backup | None
    #: The fingerprints of master keys that something is wrapped by and that aren't in the settings.
    missing_masters: list[str]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@database_option
def status(as_json: bool, database_url: str | None) -> None:
    """Say how the installation is. Exits with 1 if something needs a person, and says what to do; else with 0."""
    settings = settings_with(database_url=database_url)
    with opened(settings) as database:
        # What was committed and has no position yet would otherwise be behind nobody.
        sequencer.tick(database)
        with database.reading() as connection:
            found = _condition(connection, settings)
    worries = list(_worries(found))
    if as_json:
        click.echo(json.dumps(_document(found, worries)))
    else:
        for name, what in _lines(found):
            click.echo(f"{name:12} {what}")
    for worry in worries:
        click.echo(f"! {worry}", err=True)
    sys.exit(1 if worries else 0)


def _condition(connection: Connection, settings: Settings) -> Condition:
    return Condition(
        database=without_password(settings.database_url),
        at=Clock().now(),
        following=status_of(connection, settings),
        parked=parking.counts(connection),
        failing=failing(connection),
        restricted=restrictions.counts(connection),
        tree=tree.size(connection),
        backup=backups.last(connection),
        missing_masters=keys.missing_masters(connection),
    )


def _lines(found: Condition) -> Iterator[tuple[str, str]]:
    following = found.following
    yield "database", f"{found.database}, migrated"
    yield "log", f"{following.position} events, {found.tree} of them in the tree"
    for each in following.followers:
        late = f", {each.seconds_behind:.0f} s" if each.events_behind else ""
        yield each.name, f"{each.events_behind} events behind{late}{_parked(found, each.name)}"
    oldest = f", the oldest since {rfc3339(following.oldest_due)}" if following.oldest_due else ""
    yield "deliveries", f"{_counted(following.due)} due{oldest}; {_counted(following.exhausted)} given up"
    yield "endpoints", f"{len(found.failing)} failing"
    held, embargoed = found.restricted.get(Kind.HOLD, 0), found.restricted.get(Kind.EMBARGO, 0)
    yield "restricted", f"{held} held, {embargoed} under embargo, {found.restricted.get(Kind.REDACTION, 0)} redacted"
    yield "backup", _backup(found)


def _parked(found: Condition, follower: str) -> str:
    count = found.parked.get(follower, 0)
    return f"; {count} streams parked" if count else ""


def _counted(count: int) -> str:
    return f"{count} or more" if count >= deliveries.MOST_COUNTED else str(count)


def _backup(found: Condition) -> str:
    if found.backup is None:
        return "none was made by: tracker backup"
    behind = found.following.position - found.backup.position
    return f"{rfc3339(found.backup.made_at)}, {behind} events ago, {found.backup.file}"


def _worries(found: Condition) -> Iterator[str]:
    following = found.following
    for each in following.followers:
        if each.seconds_behind > _LATE.total_seconds():
            yield f"{each.name} is {each.events_behind} events behind. Is a worker running? Its log says more."
    for fingerprint in found.missing_masters:
        yield f"What the master key {fingerprint} wraps can't be read: put it back into TRACKER_CONTENT_MASTER_KEYS"
    for name, count in sorted(found.parked.items()):
        yield f"{name} could not go on with {count} streams. Which, and why: tracker parked list"
    if following.oldest_due and found.at - following.oldest_due > _LATE:
        yield "A delivery is overdue. Is a worker running?"
    for failed in found.failing:
        if found.at - failed.since > _FAILING:
            yield (
                f"Endpoint {failed.endpoint_id} has not taken anything of {failed.stories} stories since "
                f"{rfc3339(failed.since)}: {failed.outcome} Tell its owner, or delete it."
            )
    if following.exhausted:
        given_up = _counted(following.exhausted)
        yield f"{given_up} deliveries were given up; GET /v1/endpoints/…/deliveries?state=exhausted"
    if found.tree > following.position:
        yield "The tree has more leaves than the log has events: some were removed. Run: tracker verify"
    if found.backup and found.at - found.backup.made_at > _BACKUP:
        yield f"The last backup is {(found.at - found.backup.made_at).days} days old. Run: tracker backup FILE"


def _document(found: Condition, worries: list[str]) -> dict[str, Any]:
    following, backup = found.following, found.backup
    return {
        "database": found.database,
        "at": rfc3339(found.at),
        "events": following.position,
        "tree": found.tree,
        "followers": [
            {
                "name": each.name,
                "position": each.position,
                "events_behind": each.events_behind,
                "seconds_behind": each.seconds_behind,
                "parked": found.parked.get(each.name, 0),
            }
            for each in following.followers
        ],
        "deliveries": {
            "due": following.due,
            "oldest_due": rfc3339(following.oldest_due) if following.oldest_due else None,
            "exhausted": following.exhausted,
        },
        "failing_endpoints": [{**each._asdict(), "since": rfc3339(each.since)} for each in found.failing],
        "restrictions": {kind.value: found.restricted.get(kind, 0) for kind in Kind},
        "backup": {**backup._asdict(), "made_at": rfc3339(backup.made_at)} if backup else None,
        "worries": worries,
    }
