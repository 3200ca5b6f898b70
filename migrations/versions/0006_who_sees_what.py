"""The list of stories as each audience sees it

Where something of a story is hidden, there is a row for those who see it, and others for those who don't. Rows that
were written before are as everyone sees the story: nothing was hidden then.

Revision ID: 0006
Follows: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_anew(
        "story_list",
        "generation story_id slug title searched status language urgency reports revision opened_at changed_at "
        "position",
        sa.Column("generation", sa.Integer, nullable=False),
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
        _everyone(),
        sa.Column("redactions", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("story_id", "generation", "audience", name="pk_story_list"),
        sa.UniqueConstraint("generation", "position", "audience", name="uq_story_list_generation_position_audience"),
    )
    _make_anew(
        "story_outlet",
        "generation outlet_id story_id",
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("outlet_id", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        _everyone(),
        sa.PrimaryKeyConstraint("generation", "outlet_id", "story_id", "audience", name="pk_story_outlet"),
    )
    op.create_index("ix_story_outlet_story_id_generation", "story_outlet", ["story_id", "generation"])
    hidden = sa.text("lifted IS NULL")
    op.create_index(
        "ix_withheld_lifted", "withheld", ["stream_id", "version"], sqlite_where=hidden, postgresql_where=hidden
    )
    op.execute(
        "UPDATE story_list SET redactions = (SELECT redactions FROM stream WHERE id = story_id) "
        "WHERE EXISTS (SELECT 1 FROM stream WHERE id = story_id AND redactions > 0)"
    )


def downgrade() -> None:
    raise RuntimeError("An older program would show what is held back. Restore a backup instead.")


def _everyone() -> sa.Column[str]:
    return sa.Column("audience", sa.Text, nullable=False, server_default=sa.text("'everyone'"))


def _make_anew(table: str, columns: str, *parts: sa.Column[object] | sa.Column[str] | sa.Constraint) -> None:
    """The table with ``audience`` in its keys, and the rows that it had.

    SQLite can't change a key, and on PostgreSQL a renamed table's keys would keep their names.
    """
    names = ", ".join(columns.split())
    if op.get_bind().dialect.name == "postgresql":
        # What a worker commits between copy and drop would be lost, and its checkpoint would say that it's there.
        op.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    op.execute(f"CREATE TABLE {table}_before AS SELECT {names} FROM {table}")
    op.drop_table(table)
    op.create_table(table, *parts)
    op.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table}_before")
    op.drop_table(f"{table}_before")
