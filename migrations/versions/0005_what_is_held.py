"""What is held back: holds with the time at which they lift themselves, and the revisions that they withhold

Revision ID: 0005
Follows: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("hold_id", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("lifted", sa.BigInteger),
        sa.PrimaryKeyConstraint("stream_id", "hold_id", name="pk_hold"),
    )
    waiting = sa.text("lifted IS NULL AND until IS NOT NULL")
    op.create_index("ix_hold_until", "hold", ["until"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "withheld",
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("born", sa.Integer, nullable=False),
        sa.Column("lifted", sa.BigInteger),
        sa.PrimaryKeyConstraint("stream_id", "version", "by", name="pk_withheld"),
    )


def downgrade() -> None:
    raise RuntimeError("An older program would show what is held back. Restore a backup instead.")
