"""Outlets and parties as they are now, with all their names

Who mentions an outlet finds in one look what is known of it, so that it has a row beside its stream; so has a party.
The lists of both can be searched by any name. What was known of outlets so far is their names.

Revision ID: 0004
Follows: 0003
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _register()
    _outlet_list()
    _party_list()


def downgrade() -> None:
    raise RuntimeError("An older program could not read what was recorded since. Restore a backup instead.")


def _register() -> None:
    op.create_table(
        "outlet",
        sa.Column("outlet_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("redistribute", sa.Text, nullable=False, server_default=sa.text("'headline'")),
        sa.Column("merged_into", sa.Text),
    )
    op.create_table(
        "party",
        sa.Column("party_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("merged_into", sa.Text),
    )
    for table in ("outlet", "party"):
        _index_of_merged(table)
    op.execute("INSERT INTO outlet (outlet_id, name) SELECT stream_id, label FROM address WHERE kind = 'outlet'")


def _outlet_list() -> None:
    for name in ("aliases", "owner", "redistribute", "searched", "merged_into"):
        op.add_column("outlet_list", sa.Column(name, sa.Text))
    _index_of_merged("outlet_list")
    # An outlet whose own event was not taken yet has no name; what it is comes with that event.
    op.execute("UPDATE outlet_list SET aliases = '[]', redistribute = 'headline' WHERE name IS NOT NULL")
    connection = op.get_bind()
    names = connection.execute(sa.text("SELECT DISTINCT name FROM outlet_list WHERE name IS NOT NULL")).scalars()
    searched = [{"name": name, "searched": _folded(name)} for name in names]
    if searched:
        connection.execute(sa.text("UPDATE outlet_list SET searched = :searched WHERE name = :name"), searched)


def _party_list() -> None:
    op.create_table(
        "party_list",
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("party_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("aliases", sa.Text, nullable=False),
        sa.Column("searched", sa.Text, nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("merged_into", sa.Text),
        sa.PrimaryKeyConstraint("generation", "party_id", name="pk_party_list"),
        sa.UniqueConstraint("generation", "position", name="uq_party_list_generation_position"),
    )


def _index_of_merged(table: str) -> None:
    merged = sa.text("merged_into IS NOT NULL")
    name = f"ix_{table}_merged_into"
    op.create_index(name, table, ["merged_into"], sqlite_where=merged, postgresql_where=merged)


def _folded(name: str) -> str:
    """As the list folds what is searched for."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
