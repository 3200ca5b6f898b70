"""``tracker token create | list | revoke``."""

from __future__ import annotations

from datetime import timedelta

import click

from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.cli.opening import database_option, opened, settings_with
from tracker.clock import Clock, rfc3339
from tracker.handling import Handler
from tracker.webhooks import endpoints

#: Who acts when the command line does.
ACTOR = "command-line"


@click.group()
def token() -> None:
    """Make, list and revoke tokens. A token is shown once, when it is made."""


@token.command()
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What it is for.")
@click.option("--name", default="", help="Who holds it; shown in lists.")
@click.option("--outlet", "outlets", multiple=True, metavar="NAME", help="File for this outlet only; may be repeated.")
@click.option("--days", type=click.IntRange(1, 3650), help="Expire after so many days.")
@database_option
def create(role: str, name: str, outlets: tuple[str, ...], days: int | None, database_url: str | None) -> None:
    """Make a token and print it. It can't be shown again."""
    settings, clock = settings_with(database_url=database_url), Clock()
    with opened(settings) as database:
        limits = Handler(database, clock, settings).outlets_named(outlets, ACTOR) if outlets else None
        with database.writing() as connection:
            made, written = tokens.create(
                connection,
                clock,
                name=name or role,
                role=Role(role),
                outlets=limits,
                expires_at=clock.now() + timedelta(days=days) if days else None,
            )
    click.echo(f"{made.id} ({role}). Keep this token; it is not shown again:", err=True)
    click.echo(written)


@token.command("list")
@database_option
def list_tokens(database_url: str | None) -> None:
    """List all tokens, also those that were revoked."""
    with opened(settings_with(database_url=database_url)) as database, database.reading() as connection:
        for each in tokens.all_tokens(connection):
            click.echo("  ".join((each.id, f"{each.role:10}", each.name, *_remarks(each))))


@token.command()
@click.argument("token_id")
@database_option
def revoke(token_id: str, database_url: str | None) -> None:
    """Refuse a token from now on, by its id (tok_…), and send nothing more to its endpoints."""
    now = Clock().now()
    with opened(settings_with(database_url=database_url)) as database, database.writing() as connection:
        tokens.revoke(connection, token_id, now)
        endpoints.delete_orphans(connection, now)
    click.echo(f"{token_id} is revoked; its next request is refused.")


def _remarks(each: tokens.Token) -> list[str]:
    remarks = []
    if each.outlets is not None:
        remarks.append(f"only for {', '.join(sorted(each.outlets))}")
    if each.expires_at:
        remarks.append(f"expires {rfc3339(each.expires_at)}")
    if each.revoked_at:
        remarks.append(f"revoked {rfc3339(each.revoked_at)}")
    return remarks
