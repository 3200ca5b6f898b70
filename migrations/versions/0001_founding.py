"""The log, what follows it, who may read it and who is told

Revision ID: 0001
Follows: nothing
"""

from __future__ import annotations

import time
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _the_log()
    _order()
    _append_only()
    _names_and_requests()
    _who_may()
    _what_follows()
    _who_is_told()


def downgrade() -> None:
    raise RuntimeError("The founding migration can't be undone: it would drop the log. Restore a backup instead.")


def _on(dialect: str) -> bool:
    return op.get_bind().dialect.name == dialect


def _the_log() -> None:
    op.create_table(
        "log",
        sa.Column("log_id", sa.Text, primary_key=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.execute(
        sa.text("INSERT INTO log (log_id, created_at) VALUES (:log_id, :now)").bindparams(
            log_id=uuid.uuid4().hex, now=time.time_ns() // 1000
        )
    )
    op.create_table(
        "stream",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("head_hash", sa.LargeBinary, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("redactions", sa.Integer, nullable=False, server_default=sa.text("0")),
    )
    op.create_table(
        "event",
        _seq(),
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("on_behalf_of", sa.Text),
        sa.Column("correlation_id", sa.Text, nullable=False),
        sa.Column("causation_id", sa.Text),
        sa.Column("traceparent", sa.Text),
        sa.Column("key_id", sa.Text),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("data_hash", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("stream_id", "version", name="uq_event_stream_id"),
        sa.UniqueConstraint("stream_id", "event_id", name="uq_event_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "content_key",
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "key_id", name="pk_content_key"),
    )


def _seq() -> sa.Column[int]:
    if _on("sqlite"):
        return sa.Column("seq", sa.Integer, primary_key=True)
    # CACHE 1, the default, is relied on: a session may not hold numbers back.
    return sa.Column("seq", sa.BigInteger, sa.Identity(always=True, cache=1), nullable=False)


def _order() -> None:
    if _on("sqlite"):
        op.execute("CREATE VIEW event_order AS SELECT seq AS position, stream_id, version FROM event")
        return
    op.create_table(
        "event_order",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("stream_id", "version", name="uq_event_order_stream_id_version"),
    )
    op.create_table(
        "turn",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO turn (id, position) VALUES (1, 0)")


def _append_only() -> None:
    for statement in _sqlite_guards() if _on("sqlite") else _postgresql_guards():
        op.execute(statement)


def _sqlite_guards() -> list[str]:
    refuse = "SELECT RAISE(ABORT, 'the log is append-only')"
    return [
        f"CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN {refuse}; END",
        f"CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN {refuse}; END",
        # INSERT OR REPLACE deletes without firing the trigger above, so the row that it would replace is looked for.
        "CREATE TRIGGER event_no_replace BEFORE INSERT ON event WHEN EXISTS ("
        "SELECT 1 FROM event WHERE seq = NEW.seq "
        "UNION ALL SELECT 1 FROM event WHERE stream_id = NEW.stream_id AND version = NEW.version "
        "UNION ALL SELECT 1 FROM event WHERE stream_id = NEW.stream_id AND event_id = NEW.event_id"
        f") BEGIN {refuse}; END",
    ]


def _postgresql_guards() -> list[str]:
    guards = [
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'restrict_violation'; END $$"
    ]
    for table in ("event", "event_order"):
        guards.append(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        guards.append(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    return guards


def _names_and_requests() -> None:
    op.create_table(
        "address",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_address"),
    )
    op.create_table(
        "idempotency",
        sa.Column("token_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("reference", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("token_id", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])


def _who_may() -> None:
    op.create_table(
        "token",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("outlets", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.UniqueConstraint("prefix", name="uq_token_prefix"),
    )


def _what_follows() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("follower", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "saved_state",
        sa.Column("stream_id", sa.Text, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("shape", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "story_list",
        sa.Column("story_id", sa.Text, primary_key=True),
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
        sa.UniqueConstraint("position", name="uq_story_list_position"),
    )
    op.create_table(
        "story_topic",
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("topic", "story_id", name="pk_story_topic"),
    )
    op.create_index("ix_story_topic_story_id", "story_topic", ["story_id"])
    op.create_table(
        "story_outlet",
        sa.Column("outlet_id", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "story_id", name="pk_story_outlet"),
    )
    op.create_table(
        "outlet_list",
        sa.Column("outlet_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("reports", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("position", name="uq_outlet_list_position"),
    )


def _who_is_told() -> None:
    op.create_table(
        "endpoint",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("types", sa.Text),
        sa.Column("stories", sa.Text),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sa.Column("after", sa.BigInteger, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("lease_epoch", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    )
    op.create_index("ix_endpoint_owner", "endpoint", ["owner", "id"])
    _partial_index("ix_endpoint_deleted", "endpoint", ["id"], "deleted_at IS NOT NULL")
    op.create_table(
        "delivery_queue",
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("endpoint_id", sa.Text, nullable=False),
        sa.Column("planned_revision", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("story_id", "endpoint_id", name="pk_delivery_queue"),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoint.id"], name="fk_delivery_queue_endpoint_id"),
    )
    _partial_index("ix_delivery_queue_due", "delivery_queue", ["due_at"], "due_at IS NOT NULL")
    op.create_index("ix_delivery_queue_endpoint_id", "delivery_queue", ["endpoint_id", "due_at"])
    op.create_table(
        "delivery",
        sa.Column("endpoint_id", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("previous_revision", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("delivered_at", sa.BigInteger),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_outcome", sa.Text),
        sa.PrimaryKeyConstraint("endpoint_id", "position", name="pk_delivery"),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoint.id"], name="fk_delivery_endpoint_id"),
    )
    _partial_index("ix_delivery_due", "delivery", ["endpoint_id", "story_id", "position"], "state = 'due'")
    _partial_index("ix_delivery_exhausted", "delivery", ["endpoint_id", "position"], "state = 'exhausted'")


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
