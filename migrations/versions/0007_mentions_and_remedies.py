"""Across stories: what was said by and about a party, and what was set right or taken back

The tables are filled from the log by whoever follows it; there is nothing in them that the log doesn't tell.

Revision ID: 0007
Follows: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mention",
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("party_id", sa.Text, nullable=False),
        sa.Column("said", sa.Integer, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("story_id", "revision", "party_id", "said", "generation", name="pk_mention"),
    )
    op.create_index("ix_mention_party_id", "mention", ["generation", "party_id", "said", "position"])
    op.create_table(
        "remedy",
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("outlet_id", sa.Text),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("generation", "position", name="pk_remedy"),
    )
    op.create_index("ix_remedy_kind", "remedy", ["generation", "kind", "position"])
    op.create_index("ix_remedy_outlet_id", "remedy", ["generation", "outlet_id", "position"])


def downgrade() -> None:
    op.drop_table("remedy")
    op.drop_table("mention")
