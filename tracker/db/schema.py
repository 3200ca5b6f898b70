"""Every table, in one MetaData: the log first, then who may, then what follows the log, then who is told.

Tables are made by the migrations and by nothing else; ``alembic check`` holds this file against them on both
databases. What exists on one database only says so in its ``info``. There, too, a table that holds content of sealed
events says how it forgets: ``forget``, a statement with the :stream_id and :key_id of a key that is destroyed. Times
are microseconds since 1970 (UTC), so that they are exact and sort alike everywhere; JSON is text, since no query looks
inside it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# ---- The log -------------------------------------------------------------------------------------------------------

#: One row: which history this is. A cursor names the log that it belongs to.
log = Table(
    "log",
    metadata,
    Column("log_id", Text, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    #: Counts the clusters that the log has lived in: transaction ids compare within one of them only.
    Column("epoch", Integer, nullable=False, server_default=text("1")),
)

#: PostgreSQL: one row, what the sequencer's last tick saw and the last position that it gave out.
sequencer = Table(
    "sequencer",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    #: A ``pg_snapshot``, as text.
    Column("snapshot", Text, nullable=False),
    #: Of the cluster that the snapshot was taken in.
    Column("system_identifier", BigInteger, nullable=False),
    info={"only": "postgresql"},
)

stream = Table(
    "stream",
    metadata,
    Column("id", Text, primary_key=True),
    #: "story", "outlet" or "party".
    Column("kind", Text, nullable=False),
    #: The number of the latest event; dense from 1.
    Column("version", BigInteger, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    #: Since when nothing may be appended but what opens it again; NULL: it is open.
    Column("closed_at", BigInteger),
    #: How often what may be shown of the stream has changed: redactions, kills, holds placed and lifted. Whoever writes
    #: a derived row with content compares it.
    Column("redactions", Integer, nullable=False, server_default=text("0")),
)

#: The events. Never changed: triggers refuse UPDATE, DELETE, TRUNCATE and INSERT OR REPLACE.
event = Table(
    "event",
    metadata,
    #: SQLite: the position itself (INTEGER PRIMARY KEY AUTOINCREMENT). PostgreSQL: the order of INSERT, not of COMMIT.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("stream_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("correlation_id", Text, nullable=False),
    Column("causation_id", Text),
    Column("traceparent", Text),
    Column("key_id", Text),
    Column("data", LargeBinary, nullable=False),
    Column("data_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    #: PostgreSQL: the transaction that inserted it, and the epoch in which that number counts.
    Column("epoch", Integer, info={"only": "postgresql"}),
    Column("xid", BigInteger, info={"only": "postgresql"}),
    UniqueConstraint("stream_id", "version", name="uq_event_stream_id"),
    UniqueConstraint("stream_id", "event_id", name="uq_event_event_id"),
    Index("ix_event_epoch_xid", "epoch", "xid", info={"only": "postgresql"}),
)

#: The one total order, dense and in the order of commit. On SQLite a view of ``event``.
event_order = Table(
    "event_order",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("stream_id", "version"),
    info={"only": "postgresql"},
)

#: The keys that seal content. Destroying one is the only way to forget.
content_key = Table(
    "content_key",
    metadata,
    Column("stream_id", Text, nullable=False),
    #: What the key seals: "rpt_…/2" is the second version of a report, an event id that event's own text.
    Column("key_id", Text, nullable=False),
    #: 32 bytes, or 40 where a master key wraps it (RFC 3394).
    Column("key", LargeBinary, nullable=False),
    #: Which master key that is, by its fingerprint; NULL: none.
    Column("wrapped_by", Text),
    PrimaryKeyConstraint("stream_id", "key_id"),
    #: Which master keys are needed at all.
    Index(
        "ix_content_key_wrapped_by",
        "wrapped_by",
        sqlite_where=text("wrapped_by IS NOT NULL"),
        postgresql_where=text("wrapped_by IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

#: Keys that were destroyed, so that they are destroyed again when an older backup is restored.
destroyed_key = Table(
    "destroyed_key",
    metadata,
    Column("stream_id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("destroyed_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("stream_id", "key_id"),
)

#: What may not be shown now, written in the transaction of the event that says so and asked by every reader.
restriction = Table(
    "restriction",
    metadata,
    Column("stream_id", Text, nullable=False),
    #: A report, a version of one ("rpt_…/2"), or the stream itself.
    Column("target", Text, nullable=False),
    #: "hold", "embargo", "kill" or "redaction".
    Column("kind", Text, nullable=False),
    #: The version of the stream that brought it.
    Column("version", BigInteger, nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("stream_id", "target", "kind"),
)

#: Holds, written with the event that places or lifts one; whoever lifts what is due looks here.
hold = Table(
    "hold",
    metadata,
    Column("stream_id", Text, nullable=False),
    Column("hold_id", Text, nullable=False),
    #: When it lifts itself, in microseconds since 1970; NULL: not before somebody lifts it.
    Column("until", BigInteger),
    #: The version of the stream that lifted it.
    Column("lifted", BigInteger),
    PrimaryKeyConstraint("stream_id", "hold_id"),
    Index(
        "ix_hold_until",
        "until",
        sqlite_where=text("lifted IS NULL AND until IS NOT NULL"),
        postgresql_where=text("lifted IS NULL AND until IS NOT NULL"),
    ),
)

#: Which events may not be seen by those without the right, written with the event, or with the hold that comes later.
withheld = Table(
    "withheld",
    metadata,
    Column("stream_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    #: The hold, or the request of the desk, that withholds it.
    Column("by", Text, nullable=False),
    #: "hold", "embargo" or "request".
    Column("kind", Text, nullable=False),
    #: 1: it was withheld from the beginning, so that nobody without the right has ever seen it.
    Column("born", Integer, nullable=False),
    #: The version of the stream that lifted the hold.
    Column("lifted", BigInteger),
    PrimaryKeyConstraint("stream_id", "version", "by"),
    # What is withheld now, over all streams.
    Index(
        "ix_withheld_lifted",
        "stream_id",
        "version",
        sqlite_where=text("lifted IS NULL"),
        postgresql_where=text("lifted IS NULL"),
    ),
)

#: Names that lead to a stream: a story's slugs, old ones kept, and the names of outlets and parties.
address = Table(
    "address",
    metadata,
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("stream_id", Text, nullable=False),
    #: What the stream is called now; an old slug has the new one here.
    Column("label", Text, nullable=False),
    PrimaryKeyConstraint("kind", "name"),
)

#: Outlets as they are now, written in the transaction of the event that says so (``store.register``).
outlet = Table(
    "outlet",
    metadata,
    Column("outlet_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text),
    #: What of its text may leave.
    Column("redistribute", Text, nullable=False, server_default=text("'headline'")),
    #: What is left of it, where it was found to be another one; that one was not merged itself.
    Column("merged_into", Text),
    Index(
        "ix_outlet_merged_into",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
)

#: Parties as they are now, likewise; what is sealed in their events is not here.
party = Table(
    "party",
    metadata,
    Column("party_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("merged_into", Text),
    Index(
        "ix_party_merged_into",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
)

#: Requests with an Idempotency-Key, and what they led to (references, never content).
idempotency = Table(
    "idempotency",
    metadata,
    Column("token_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    #: JSON; empty while the request that holds the key is in flight.
    Column("reference", Text, nullable=False, server_default=text("''")),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("token_id", "key"),
    Index("ix_idempotency_created_at", "created_at"),
)

# ---- Who may -------------------------------------------------------------------------------------------------------

token = Table(
    "token",
    metadata,
    Column("id", Text, primary_key=True),
    #: The part of the token by which it is found.
    Column("prefix", Text, nullable=False, unique=True),
    #: SHA-256 of the whole token.
    Column("digest", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    #: JSON list of outlet ids; NULL: not limited.
    Column("outlets", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)

# ---- What follows the log ------------------------------------------------------------------------------------------

#: How far each follower has come.
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("follower", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

#: Streams that a follower could not go on with: the rest of the log goes on without them.
parked = Table(
    "parked",
    metadata,
    Column("follower", Text, nullable=False),
    Column("stream_id", Text, nullable=False),
    #: The first event of the stream that was not taken.
    Column("version", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    #: What went wrong the last time, in words; never content.
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked_at", BigInteger, nullable=False),
    Column("tried_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("follower", "stream_id"),
)

#: Events that an operator decided a follower shall do without, and why.
dropped = Table(
    "dropped",
    metadata,
    Column("follower", Text, nullable=False),
    Column("stream_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    #: The last one that was left out with it.
    Column("up_to", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("dropped_by", Text, nullable=False),
    Column("dropped_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("follower", "stream_id", "version"),
)

#: The tree over the log (RFC 9162): the hash of each complete subtree. Level 0 holds the leaves.
tree_node = Table(
    "tree_node",
    metadata,
    Column("level", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("level", "number"),
)

#: Roots that were kept, one every so many events.
tree_root = Table(
    "tree_root",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    #: When the last event under it was recorded.
    Column("kept_at", BigInteger, nullable=False),
)

#: Backups that were made of this database.
backup = Table(
    "backup",
    metadata,
    Column("made_at", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("file", Text, nullable=False),
)

#: A head start for reading a story; never a second truth. Deleted when the story is redacted.
saved_state = Table(
    "saved_state",
    metadata,
    Column("stream_id", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    #: Which shape of ``Story`` was saved; a state of another shape is passed over.
    Column("shape", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("stream_id", "revision"),
    info={"forget": "DELETE FROM saved_state WHERE stream_id = :stream_id"},
)

#: The generations of each projection whose rows name theirs. Where a projection has none here, its first is read.
generation = Table(
    "generation",
    metadata,
    Column("projection", Text, nullable=False),
    Column("number", Integer, nullable=False),
    #: "building", "live" (the one that is read and followed), "kept" (to go back to) or "old" (being deleted).
    Column("state", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    #: When it became the live one, or ceased to be it.
    Column("switched_at", BigInteger),
    #: Who is working at it, and until when nobody else may.
    Column("holder", Text, nullable=False, server_default=text("''")),
    Column("lease_until", BigInteger, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("projection", "number"),
)

story_list = Table(
    "story_list",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("story_id", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("title", Text, nullable=False),
    #: Title and slug, case folded, for searching.
    Column("searched", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("language", Text),
    Column("urgency", Integer),
    Column("reports", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    #: The position of the latest event that is seen: the list's order, newest first.
    Column("position", BigInteger, nullable=False),
    #: Who sees the story like this: "everyone"; where something of it is hidden, "all", "reporter" or "public".
    Column("audience", Text, nullable=False, server_default=text("'everyone'")),
    #: As of the story's stream when the row was written: if that has changed, the row is not shown as it is.
    Column("redactions", Integer, nullable=False, server_default=text("0"), info={"compared": False}),
    # The story first: what is forgotten is forgotten in every generation.
    PrimaryKeyConstraint("story_id", "generation", "audience"),
    UniqueConstraint("generation", "position", "audience"),
    # Of what is sealed it holds the title.
    info={
        "forget": "UPDATE story_list SET title = '', searched = slug WHERE story_id = :stream_id AND EXISTS ("
        "SELECT 1 FROM event WHERE stream_id = :stream_id AND key_id = :key_id "
        "AND type IN ('story.opened', 'story.edited'))"
    },
)

story_topic = Table(
    "story_topic",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("story_id", Text, nullable=False),
    #: As written, where ``topic`` is case folded.
    Column("label", Text, nullable=False),
    Column("place", Integer, nullable=False),
    PrimaryKeyConstraint("generation", "topic", "story_id"),
    Index("ix_story_topic_story_id_generation", "story_id", "generation"),
)

story_outlet = Table(
    "story_outlet",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("outlet_id", Text, nullable=False),
    Column("story_id", Text, nullable=False),
    #: As of ``story_list``.
    Column("audience", Text, nullable=False, server_default=text("'everyone'")),
    PrimaryKeyConstraint("generation", "outlet_id", "story_id", "audience"),
    Index("ix_story_outlet_story_id_generation", "story_id", "generation"),
)

outlet_list = Table(
    "outlet_list",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("outlet_id", Text, nullable=False),
    #: What its own event says; NULL where its reports came first, because that event is parked.
    Column("name", Text),
    Column("added_at", BigInteger),
    #: Of its own; those of others that were merged into it stand with them.
    Column("reports", Integer, nullable=False),
    Column("position", BigInteger),
    #: JSON list.
    Column("aliases", Text),
    Column("owner", Text),
    Column("redistribute", Text),
    #: Its names, case folded, for searching.
    Column("searched", Text),
    #: What is left of it, where it was found to be another one.
    Column("merged_into", Text),
    PrimaryKeyConstraint("generation", "outlet_id"),
    UniqueConstraint("generation", "position"),
    Index(
        "ix_outlet_list_merged_into",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
)

party_list = Table(
    "party_list",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("party_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    #: JSON list.
    Column("aliases", Text, nullable=False),
    #: Its names, case folded, for searching.
    Column("searched", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    #: What is left of it, where it was found to be another one.
    Column("merged_into", Text),
    PrimaryKeyConstraint("generation", "party_id"),
    UniqueConstraint("generation", "position"),
)

#: Who said something, and of whom it was said: which event of which story tells it. What it says stands in the story.
mention = Table(
    "mention",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("story_id", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("party_id", Text, nullable=False),
    #: 1: the party says it; 0: it is spoken of.
    Column("said", Integer, nullable=False),
    #: An appearance ("clm_…/2"), or an occurrence.
    Column("subject", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    # The story first: what is forgotten is forgotten in every generation.
    PrimaryKeyConstraint("story_id", "revision", "party_id", "said", "generation"),
    Index("ix_mention_party_id", "generation", "party_id", "said", "position"),
    # Who it was is sealed in the event.
    info={
        "forget": "DELETE FROM mention WHERE story_id = :stream_id AND revision IN ("
        "SELECT version FROM event WHERE stream_id = :stream_id AND key_id = :key_id)"
    },
)

#: What was set right or taken back, over all stories: which event tells it.
remedy = Table(
    "remedy",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("story_id", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    #: What was done: a correction, a kill …
    Column("kind", Text, nullable=False),
    #: Whose report it is; NULL where the event doesn't say.
    Column("outlet_id", Text),
    Column("recorded_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("generation", "position"),
    Index("ix_remedy_kind", "generation", "kind", "position"),
    Index("ix_remedy_outlet_id", "generation", "outlet_id", "position"),
)

# ---- Who is told ---------------------------------------------------------------------------------------------------

endpoint = Table(
    "endpoint",
    metadata,
    Column("id", Text, primary_key=True),
    #: The token that made it.
    Column("owner", Text, nullable=False),
    Column("url", Text, nullable=False),
    #: JSON lists; NULL: all.
    Column("types", Text),
    Column("stories", Text),
    #: What its messages are signed with; empty once it is deleted.
    Column("secret", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    #: A deleted endpoint stays until a worker has cleared its deliveries away, a few at a time.
    Column("deleted_at", BigInteger),
    #: Events up to this position came before the endpoint and are not sent.
    Column("after", BigInteger, nullable=False),
    #: Who sends holds the lease; a late acknowledgement under an older epoch changes nothing.
    Column("lease_until", BigInteger, nullable=False, server_default=text("0")),
    Column("lease_epoch", BigInteger, nullable=False, server_default=text("0")),
    Index("ix_endpoint_owner", "owner", "id"),
    Index(
        "ix_endpoint_deleted",
        "id",
        sqlite_where=text("deleted_at IS NOT NULL"),
        postgresql_where=text("deleted_at IS NOT NULL"),
    ),
)

#: What an endpoint has yet to be sent of one story, in order: only the oldest is tried, and when it fails the queue
#: waits, and nothing else does.
delivery_queue = Table(
    "delivery_queue",
    metadata,
    Column("story_id", Text, nullable=False),
    Column("endpoint_id", Text, ForeignKey("endpoint.id"), nullable=False),
    #: The last revision of the story that this endpoint could be sent.
    Column("planned_revision", BigInteger, nullable=False),
    #: When the oldest is tried next; NULL where nothing is left to send.
    Column("due_at", BigInteger),
    PrimaryKeyConstraint("story_id", "endpoint_id"),
    Index(
        "ix_delivery_queue_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index("ix_delivery_queue_endpoint_id", "endpoint_id", "due_at"),
)

#: One event to one endpoint. Says what is to be sent and what came of it, never what is in it.
delivery = Table(
    "delivery",
    metadata,
    Column("endpoint_id", Text, ForeignKey("endpoint.id"), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("story_id", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    #: The revision of this story that this endpoint could be sent before this one.
    Column("previous_revision", BigInteger),
    #: "due", "delivered", "exhausted" (the schedule of attempts has ended; the row stays), or "withheld" (it was held
    #: back before it was sent).
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    #: How the last attempt ended: an HTTP status where there was one, and a sentence.
    Column("last_status", Integer),
    Column("last_outcome", Text),
    PrimaryKeyConstraint("endpoint_id", "position"),
    Index(
        "ix_delivery_due",
        "endpoint_id",
        "story_id",
        "position",
        sqlite_where=text("state = 'due'"),
        postgresql_where=text("state = 'due'"),
    ),
    Index(
        "ix_delivery_exhausted",
        "endpoint_id",
        "position",
        sqlite_where=text("state = 'exhausted'"),
        postgresql_where=text("state = 'exhausted'"),
    ),
)
