"""Commands as an operator types them, in this process."""

from __future__ import annotations

from click.testing import CliRunner, Result

from tracker.cli import tracker as command_line


def ask(*words: object, url: str = "") -> Result:
    """What ``tracker`` says to ``words``, on the database at ``url``."""
    given = ["--database-url", url] if url else []
    return CliRunner().invoke(command_line, [*map(str, words), *given])
