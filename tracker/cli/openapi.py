"""``tracker openapi``: the OpenAPI document, printed or checked."""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from tracker import create_app
from tracker.api import documentation
from tracker.config import load
from tracker.db import migrating
from tracker.db.database import Database


@click.command()
@click.option("--check", type=click.Path(path_type=Path), metavar="FILE", help="Exit 1 if FILE is not the document.")
def openapi(check: Path | None) -> None:
    """Print the OpenAPI document. It needs no database of yours."""
    text = json.dumps(_document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if check is None:
        click.echo(text, nl=False)
    elif not check.exists() or check.read_text(encoding="utf-8") != text:
        click.echo(f"{check} is out of date; run: tracker openapi > {check}", err=True)
        sys.exit(1)


def _document() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        settings = dataclasses.replace(load({}), database_url=f"sqlite:///{folder}/empty.db")
        database = Database(settings)
        migrating.upgrade_database(database)
        with create_app(settings, database=database).app_context():
            document = documentation.document()
        database.close()
    return document
