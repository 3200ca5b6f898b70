"""How Alembic meets the program: one MetaData, one connection, what exists on one database only left to it.

The program hands in its connection (``tracker migrate``); Alembic's own commands may name a database with
``-x url=…`` instead.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine

from tracker.db.schema import metadata


def belongs(thing: Any, _name: str | None, _kind: str, _reflected: bool, _twin: Any) -> bool:
    """Whether a table or column exists on the database that is being looked at."""
    return thing.info.get("only") in (None, context.get_context().dialect.name)


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=belongs,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as opened:
        migrate(opened)
