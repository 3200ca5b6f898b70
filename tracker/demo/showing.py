"""What became of it, for a journalist to read in a terminal."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import click

from tracker.demo.receiver import Received
from tracker.demo.telling import Told
from tracker.history import StoryComparison
from tracker.text.rendering import to_terminal

_WIDTH = 96


def heading(text: str) -> None:
    """A line above a part."""
    click.echo()
    click.secho(text, bold=True)
    click.echo("─" * len(text))


def paragraph(text: str) -> None:
    """Running text."""
    click.echo(textwrap.fill(text, _WIDTH))


def act(told: Told) -> None:
    """One act, as it is done."""
    when = told.act.recorded_at.strftime("%-d %b %Y, %H:%M UTC")
    click.echo(f"{when:>20}  {click.style(told.act.told, bold=True)}")
    path = told.act.path.format(story="…", report="…")
    revision = told.answer.body.get("revision", "?")
    click.secho(f"{'':20}  {told.act.method} /v1/stories{path} → {told.answer.status}, revision {revision}", dim=True)


def revisions(rows: Iterable[dict[str, Any]]) -> None:
    """The history, the oldest first."""
    for row in rows:
        lines = textwrap.wrap(row["sentence"], _WIDTH - 6) or [""]
        click.echo(f"{row['revision']:>4}  {lines[0]}")
        for line in lines[1:]:
            click.echo(f"      {line}")


def comparison(compared: StoryComparison) -> None:
    """What differs between two revisions, in colour where the terminal has any."""
    for entry in compared.reports:
        change = entry.change
        click.secho(f"{change.outlet.name}, version {change.old_version} → {change.new_version}", bold=True)
        for text in filter(None, (entry.headline, entry.text)):
            click.echo(to_terminal(text, colour=sys.stdout.isatty()))


def webhooks(received: Sequence[Received]) -> None:
    """What the subscriber was told, in the order in which it came."""
    for each in received:
        sign = click.style("✓ signed", fg="green") if each.verified else click.style("✗ NOT VERIFIED", fg="red")
        data = each.body["data"]
        place = f"revision {data['revision']:>2} after {data['previous_revision'] or '–':>2}"
        said = data.get("headline") or data["title"]
        click.echo(f"{sign}  {each.body['type']:17} {place}  {said}")


def checks(found: Sequence[tuple[str, bool]]) -> None:
    """What had to hold, and whether it did."""
    for what, held in found:
        click.echo(f"{click.style('✓', fg='green') if held else click.style('✗', fg='red')} {what}")
