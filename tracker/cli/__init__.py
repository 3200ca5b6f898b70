"""The command line: ``tracker serve``, ``demo``, ``token`` …

Each command lives in a file of its own and is imported only when it is called, so that ``tracker --help`` answers at
once. ``main`` turns the program's own errors into a sentence and an exit status: 1 for what went wrong, 2 for a
command that was wrong.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import cast

import click

#: Command → the module and the name it is under, and what it does.
COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "demo": ("tracker.cli.demo", "demo", "Tell the founding story on a fresh database, and serve its pages."),
    "serve": ("tracker.cli.serve", "serve", "Serve the API and the pages; on SQLite the worker runs beside it."),
    "worker": ("tracker.cli.worker", "worker", "Run what follows the log: lists, saved states, webhooks."),
    "migrate": ("tracker.cli.migrate", "migrate", "Bring the database up to date."),
    "token": ("tracker.cli.token", "token", "Make, list and revoke tokens."),
    "redact": ("tracker.cli.redact", "redact", "Destroy for good what a report said."),
    "keys": ("tracker.cli.keys", "keys", "Wrap the keys that seal content under a master key."),
    "status": ("tracker.cli.status", "status", "Say how the installation is; exit 1 if something needs a person."),
    "rebuild": ("tracker.cli.rebuild", "rebuild", "Write a list anew from the log, compare it, and switch to it."),
    "parked": ("tracker.cli.parked", "parked", "List, try again and drop what a follower could not go on with."),
    "verify": ("tracker.cli.verify", "verify", "Prove that nothing was lost or altered, or name the first bad event."),
    "backup": ("tracker.cli.backup", "backup", "Copy the database into a file while it is in use."),
    "restore": ("tracker.cli.restore", "restore", "Make a database of a backup, in an empty place."),
    "export": ("tracker.cli.export", "export", "Write the whole log as JSON Lines."),
    "import": ("tracker.cli.import_", "import_", "Read an export into an empty database of either kind."),
    "openapi": ("tracker.cli.openapi", "openapi", "Print the OpenAPI document, or check a copy of it."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and not to list it."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        return cast(click.Command, getattr(importlib.import_module(module), attribute))

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, _, what) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="story-tracker", prog_name="tracker")
def tracker() -> None:
    """Tracks developing news stories: every report an event, every revision readable, every subscriber told.

    Settings come from config/*.toml and TRACKER_* variables; docs/settings.md lists them. Begin with: tracker demo
    """


def main() -> None:
    """Run the command line; the program's errors become a sentence."""
    from tracker.errors import TrackerError

    try:
        tracker(prog_name="tracker")
    except TrackerError as error:
        click.echo(f"tracker: {error}", err=True)
        sys.exit(1)
