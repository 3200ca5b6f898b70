"""Generations of projections: one is read, one is kept to go back to, one is being written anew

Revision ID: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "generation",
        sa.Column("projection", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("switched_at", sa.BigInteger),
        sa.Column("holder", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("lease_until", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("projection", "number", name="pk_generation"),
    )
    _story_list()
    _story_topic()
    _story_outlet()
    _outlet_list()


def downgrade() -> None:
    raise RuntimeError("A generation that is not read could be taken for the one that is. Restore a backup instead.")


def _story_list() -> None:
    _make_anew(
        "story_list",
        "story_id slug title searched status language urgency reports revision opened_at changed_at position",
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("searched", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("urgency", sa.Integer),
        sa.Column("reports", sa.Integer, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("story_id", "generation", name="pk_story_list"),
        sa.UniqueConstraint("generation", "position", name="uq_story_list_generation_position"),
    )


def _story_topic() -> None:
    _make_anew(
        "story_topic",
        "topic story_id label place",
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("generation", "topic", "story_id", name="pk_story_topic"),
    )
    op.create_index("ix_story_topic_story_id_generation", "story_topic", ["story_id", "generation"])


def _story_outlet() -> None:
    _make_anew(
        "story_outlet",
        "outlet_id story_id",
        sa.Column("outlet_id", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("generation", "outlet_id", "story_id", name="pk_story_outlet"),
    )


def _outlet_list() -> None:
    """What the outlet's own event says may come after its reports, where that event could not be taken at once."""
    _make_anew(
        "outlet_list",
        "outlet_id name added_at reports position",
        sa.Column("outlet_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("added_at", sa.BigInteger),
        sa.Column("reports", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger),
        sa.PrimaryKeyConstraint("generation", "outlet_id", name="pk_outlet_list"),
        sa.UniqueConstraint("generation", "position", name="uq_outlet_list_generation_position"),
    )


def _make_anew(table: str, columns: str, *parts: sa.Column[object] | sa.Constraint) -> None:
    """The table with ``generation`` in its keys; what it holds is the first one.

    SQLite can't change a key, and on PostgreSQL a renamed table's keys would keep their names.
    """
    names = ", ".join(columns.split())
    if op.get_bind().dialect.name == "postgresql":
        # What a worker commits between copy and drop would be lost, and its checkpoint would say that it's there.
        op.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    op.execute(f"CREATE TABLE {table}_before AS SELECT {names} FROM {table}")
    op.drop_table(table)
    op.create_table(table, sa.Column("generation", sa.Integer, nullable=False), *parts)
    op.execute(f"INSERT INTO {table} (generation, {names}) SELECT 1, {names} FROM {table}_before")
    op.drop_table(f"{table}_before")
