"""``tracker redact``: destroy for good what a report said."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from tracker.access.permissions import Role
from tracker.access.tokens import Token
from tracker.cli.opening import database_option, opened, settings_with
from tracker.cli.token import ACTOR
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.handling import Asked, Handler
from tracker.ids import looks_like_id, new_id
from tracker.store import addresses, loading
from tracker.stories.commands import RedactContent
from tracker.stories.errors import UnknownStory
from tracker.stories.reports import Version


@click.command()
@click.argument("story")
@click.argument("target")
@click.option("--reason", required=True, help="Why; shown in the story's history and sent to subscribers.")
@click.option("--authority", required=True, help="By whose decision or demand; shown in the story's history.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@database_option
def redact(story: str, target: str, reason: str, authority: str, yes: bool, database_url: str | None) -> None:
    """Destroy for good what a report said: TARGET is a report of STORY (rpt_…), or one version of it (rpt_…/2).

    STORY is an id or a slug. That it was there, and when, stays. Backups that were made before still hold it.
    """
    settings, clock = settings_with(database_url=database_url), Clock()
    with opened(settings) as database:
        story_id = _story_id(database, story)
        if not yes:
            _ask(database, story_id, target)
        command = RedactContent(story_id=story_id, target=target, reason=reason, authority=authority)
        asked = Asked(token=_command_line(), correlation_id=new_id("req", clock))
        outcome = Handler(database, clock, settings).handle(command, asked)
    done = "is redacted" if outcome.written else "was redacted before"
    click.echo(f"{target} {done}: revision {outcome.revision} of {story_id}.")


def _story_id(database: Database, story: str) -> str:
    if looks_like_id(story, "sty"):
        return story
    with database.reading() as connection:
        found = addresses.find(connection, "story", story)
    if found is None:
        raise UnknownStory(story)
    return found.stream_id


def _ask(database: Database, story_id: str, target: str) -> None:
    with database.reading() as connection:
        report, numbers = loading.require(connection, story_id).targeted(target)
    click.echo(f"{report.outlet.name}, {report.report_id}:", err=True)
    for version in report.versions:
        if version.version in numbers:
            click.echo(f"  version {version.version}: {_headline(version)}", err=True)
    click.confirm("Destroy what they say? Nothing brings it back", abort=True, err=True)


def _headline(version: Version) -> str:
    return "redacted before" if version.redacted else f"“{version.headline}”"


def _command_line() -> Token:
    """Whoever may run commands on the database may do everything."""
    return Token(
        id=ACTOR,
        name=ACTOR,
        role=Role.ADMIN,
        outlets=None,
        created_at=datetime(1970, 1, 1, tzinfo=UTC),
        expires_at=None,
        revoked_at=None,
    )
