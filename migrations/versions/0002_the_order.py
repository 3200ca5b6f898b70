"""The sequencer, restrictions, destroyed keys, parked streams, the tree, backups; saved states at intervals

Revision ID: 0002
Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("log", sa.Column("epoch", sa.Integer, nullable=False, server_default=sa.text("1")))
    if op.get_bind().dialect.name == "postgresql":
        _sequencer()
    _closed_streams()
    _what_may_not_be_read()
    _what_could_not_be_followed()
    _the_tree()
    op.create_table(
        "backup",
        sa.Column("made_at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
    )
    _saved_states()


def downgrade() -> None:
    raise RuntimeError("What was numbered by the sequencer can't be numbered as before. Restore a backup instead.")


#: The chain's hashes of several events that follow one head; ``rests`` are their headers and their data's hashes.
_CHAIN_HASHES = """
CREATE FUNCTION chain_hashes(previous bytea, version bigint, recorded_at bigint, rests bytea[]) RETURNS bytea[]
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    rest bytea;
    hashes bytea[] := '{}';
BEGIN
    FOREACH rest IN ARRAY rests LOOP
        version := version + 1;
        previous := sha256(previous || int8send(version) || int8send(recorded_at) || rest);
        hashes := hashes || previous;
    END LOOP;
    RETURN hashes;
END $$
"""


def _sequencer() -> None:
    """Whatever is in the log has its position already; its xid stays NULL, and no tick looks at it again."""
    op.add_column("event", sa.Column("epoch", sa.Integer))
    op.add_column("event", sa.Column("xid", sa.BigInteger))
    op.create_index("ix_event_epoch_xid", "event", ["epoch", "xid"])
    op.create_table(
        "sequencer",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("system_identifier", sa.BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO sequencer SELECT 1, turn.position, pg_current_snapshot()::text, system.system_identifier "
        "FROM turn, pg_control_system() AS system"
    )
    op.drop_table("turn")
    op.execute(_CHAIN_HASHES)


def _closed_streams() -> None:
    op.add_column("stream", sa.Column("closed_at", sa.BigInteger))
    last = (
        "SELECT {} FROM event WHERE event.stream_id = stream.id AND event.type IN ('story.closed', 'story.reopened') "
        "ORDER BY event.version DESC LIMIT 1"
    )
    op.execute(
        f"UPDATE stream SET closed_at = ({last.format('recorded_at')}) WHERE ({last.format('type')}) = 'story.closed'"
    )


def _what_may_not_be_read() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _keys_without_rowid()
    else:
        op.add_column("content_key", sa.Column("wrapped_by", sa.Text))
    wrapped = sa.text("wrapped_by IS NOT NULL")
    op.create_index(
        "ix_content_key_wrapped_by", "content_key", ["wrapped_by"], sqlite_where=wrapped, postgresql_where=wrapped
    )
    op.create_table(
        "destroyed_key",
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("destroyed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "key_id", name="pk_destroyed_key"),
    )
    op.create_table(
        "restriction",
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("placed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "target", "kind", name="pk_restriction"),
    )


def _keys_without_rowid() -> None:
    """Found by its name alone, a key needs one place in the file, not two: each append writes one page less."""
    op.rename_table("content_key", "content_key_before")
    op.create_table(
        "content_key",
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("wrapped_by", sa.Text),
        sa.PrimaryKeyConstraint("stream_id", "key_id", name="pk_content_key"),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO content_key (stream_id, key_id, key) SELECT stream_id, key_id, key FROM content_key_before")
    op.drop_table("content_key_before")


def _what_could_not_be_followed() -> None:
    op.create_table(
        "parked",
        sa.Column("follower", sa.Text, nullable=False),
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("parked_at", sa.BigInteger, nullable=False),
        sa.Column("tried_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("follower", "stream_id", name="pk_parked"),
    )
    op.create_table(
        "dropped",
        sa.Column("follower", sa.Text, nullable=False),
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("up_to", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("dropped_by", sa.Text, nullable=False),
        sa.Column("dropped_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("follower", "stream_id", "version", name="pk_dropped"),
    )


def _the_tree() -> None:
    op.create_table(
        "tree_node",
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_tree_node"),
    )
    op.create_table(
        "tree_root",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", sa.BigInteger, nullable=False),
    )


def _saved_states() -> None:
    """A saved state is a head start: it is made anew rather than carried over."""
    op.drop_table("saved_state")
    op.create_table(
        "saved_state",
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("shape", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "revision", name="pk_saved_state"),
    )
