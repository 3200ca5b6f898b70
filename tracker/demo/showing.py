"""What became of it, for a journalist to read in a terminal."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import click

from tracker.demo.receiver import Received
from tracker.demo.telling import Told
from tracker.history import StoryComparison, told
from tracker.history.telling import Line
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
    click.secho(f"{'':20}  {told.act.method} /v1{path} → {told.answer.status}, revision {revision}", dim=True)


def claims(found: Iterable[dict[str, Any]]) -> None:
    """What is said, and how it stands."""
    for claim in found:
        _indented(claim["statement"])
        for line in textwrap.wrap(claim["words"], _WIDTH - 6):
            click.secho(f"      {line}", dim=True)


def timeline(entries: Iterable[dict[str, Any]]) -> None:
    """What happened when: the words of the source, and how they are read."""
    for entry in entries:
        when = entry["when"] or {"phrase": None, "reading": ""}
        said = f"“{when['phrase']}”" if when["phrase"] else ""
        words = " – ".join(filter(None, (said, when["reading"]))) or "no date is stated"
        _indented(f"{entry['title']} ({words})")
        if disagreement := entry.get("disagreement"):
            for line in textwrap.wrap(disagreement["sentence"], _WIDTH - 6):
                click.secho(f"      {line}", dim=True)


def _indented(text: str) -> None:
    click.echo(textwrap.fill(text, _WIDTH, initial_indent="  · ", subsequent_indent="    "))


def revisions(rows: Iterable[dict[str, Any]]) -> None:
    """The history, the oldest first."""
    for row in rows:
        lines = textwrap.wrap(row["sentence"], _WIDTH - 6) or [""]
        click.echo(f"{row['revision']:>4}  {lines[0]}")
        for line in lines[1:]:
            click.echo(f"      {line}")


def comparison(compared: StoryComparison) -> None:
    """What differs between two revisions, in colour where the terminal has any."""
    for section in told(compared.knowledge):
        click.secho(section.heading, bold=True)
        for line in section.lines:
            _change(line)
    for entry in compared.reports:
        change = entry.change
        click.secho(f"{change.outlet.name}, version {change.old_version} → {change.new_version}", bold=True)
        for text in filter(None, (entry.headline, entry.text)):
            click.echo(to_terminal(text, colour=sys.stdout.isatty()))


def _change(line: Line) -> None:
    if line.about:
        click.echo(f"  {line.about}")
    for sign, text, colour in (("-", line.old, "red"), ("+", line.new, "green")):
        if text is not None:
            click.secho(f"  {sign} {text}", fg=colour)
    for reason in line.why:
        click.echo(f"    {reason}")


def webhooks(received: Sequence[Received]) -> None:
    """What the subscriber was told, in the order in which it came."""
    for each in received:
        sign = click.style("✓ signed", fg="green") if each.verified else click.style("✗ NOT VERIFIED", fg="red")
        data = each.body["data"]
        place = f"revision {data['revision']:>2} after {data['previous_revision'] or '–':>2}"
        said = data.get("headline") or data.get("statement") or data["title"]
        click.echo(f"{sign}  {each.body['type']:20} {place}  {said}")


def checks(found: Sequence[tuple[str, bool]]) -> None:
    """What had to hold, and whether it did."""
    for what, held in found:
        click.echo(f"{click.style('✓', fg='green') if held else click.style('✗', fg='red')} {what}")
