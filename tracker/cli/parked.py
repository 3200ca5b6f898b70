"""``tracker parked list | replay | drop``: streams that a follower could not go on with."""

from __future__ import annotations

import getpass
import sys

import click

from tracker.cli.opening import database_option, opened, settings_with
from tracker.clock import Clock, from_microseconds, rfc3339
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import NotFound
from tracker.projections.following import all_followers
from tracker.store import parking, replaying
from tracker.store.followers import Follower
from tracker.store.parking import Parked
from tracker.webhooks.planning import Planner


@click.group()
def parked() -> None:
    """Streams that a follower could not go on with: list them, try them again, leave an event out.

    A worker tries each by itself: when it starts, which after an upgrade is all that is needed, and then after pauses
    that grow to an hour. Until it succeeds, the follower has taken nothing of that story since; nothing is lost.
    """


@parked.command("list")
@database_option
def list_parked(database_url: str | None) -> None:
    """List what is parked, and why; exit 1 if anything is."""
    with opened(settings_with(database_url=database_url)) as database, database.reading() as connection:
        found = parking.every(connection)
    for each in found:
        click.echo(
            f"{each.follower}  {each.stream_id}  version {each.version}  {each.type}  {each.attempts} attempts since "
            f"{rfc3339(from_microseconds(each.parked_at))}\n  {each.error}"
        )
    sys.exit(1 if found else 0)


@parked.command()
@click.argument("follower", required=False)
@click.argument("stream", required=False)
@database_option
def replay(follower: str | None, stream: str | None, database_url: str | None) -> None:
    """Try what is parked again: all of it, of one FOLLOWER, or one STREAM (sty_…) of it; exit 1 if any stays parked.

    Safe beside running workers, and to interrupt: each event is taken once.
    """
    settings, clock = settings_with(database_url=database_url), Clock()
    with opened(settings) as database:
        following = _following(settings, clock)
        if follower is not None:
            _named(following, follower)
        chosen = _chosen(database, following, follower, stream)
        left = [_replayed(database, following[each.follower], each, clock) for each in chosen]
    sys.exit(1 if any(left) else 0)


@parked.command()
@click.argument("follower")
@click.argument("stream")
@click.option("--reason", help="Why; recorded. Asked for on a terminal.")
@click.option("--up-to", type=click.IntRange(min=1), metavar="VERSION", help="Leave out all events up to this one.")
@database_option
def drop(follower: str, stream: str, reason: str | None, up_to: int | None, database_url: str | None) -> None:
    """Have FOLLOWER do without the event at which STREAM is parked, and go on with the next one.

    What it would have done is never done, unless a projection is rebuilt; the log keeps the event. Exit 1 if the
    stream is parked again at a later event.
    """
    settings, clock = settings_with(database_url=database_url), Clock()
    with opened(settings) as database:
        one = _named(_following(settings, clock), follower)
        reason = _reason(reason)
        done = replaying.drop(database, one, stream, reason=reason, by=_who(), up_to=up_to, clock=clock)
        many = f"version {done.version}" if done.version == done.up_to else f"versions {done.version} to {done.up_to}"
        click.echo(f"{follower} does without {many} of {stream}.")
        left = replaying.replay(database, one, stream, clock=clock)
    _say(follower, stream, left)
    sys.exit(1 if left else 0)


def _following(settings: Settings, clock: Clock) -> dict[str, Follower]:
    return {each.name: each for each in (Planner(clock), *all_followers(settings))}


def _named(following: dict[str, Follower], name: str) -> Follower:
    if name not in following:
        raise NotFound(f"There is no follower {name}; there are: {', '.join(following)}.")
    return following[name]


def _chosen(
    database: Database, following: dict[str, Follower], follower: str | None, stream: str | None
) -> list[Parked]:
    """What is parked for followers that there are; a generation that isn't read has its own (``tracker rebuild``)."""
    with database.reading() as connection:
        found = [each for each in parking.every(connection) if each.follower in following]
    found = [each for each in found if follower in (None, each.follower) and stream in (None, each.stream_id)]
    if stream is not None and not found:
        raise NotFound(f"Stream {stream} is not parked for {follower}; tracker parked list shows what is.")
    return found


def _replayed(database: Database, follower: Follower, each: Parked, clock: Clock) -> bool:
    """Whether it is still parked."""
    left = replaying.replay(database, follower, each.stream_id, clock=clock)
    _say(follower.name, each.stream_id, left)
    return left is not None


def _say(follower: str, stream: str, left: Parked | None) -> None:
    if left is None:
        click.echo(f"{follower} goes on with {stream}.")
    else:
        click.echo(f"{follower} still can't take version {left.version} of {stream}: {left.error}", err=True)


def _reason(given: str | None) -> str:
    if given is not None:
        return given
    if not _asks():
        raise click.UsageError("Say why with --reason; it is recorded.")
    asked: str = click.prompt("Why? It is recorded")
    return asked


def _asks() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty()


def _who() -> str:
    """Who types, as far as the machine knows."""
    try:
        return f"command-line ({getpass.getuser()})"
    except (KeyError, OSError):
        return "command-line"
