"""The declaration of every setting: its type says how it is read, its ``About`` what it means."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, get_type_hints

ENVIRONMENTS = ("development", "production")

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class About:
    """What a setting means to the person who sets it, and which values are right."""

    meaning: str
    unit: str = ""
    low: float = 0
    high: float = math.inf
    choices: tuple[str, ...] = ()
    #: A right value, for a refusal; empty where the packaged one serves.
    example: str = ""
    #: Never shown: not in a refusal, not in a ``repr``.
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may be set. Made by ``load``, which checks it; nothing here changes afterwards."""

    environment: Annotated[
        str, About("Which file is laid over the defaults; set by the variable only", choices=ENVIRONMENTS)
    ]
    database_url: Annotated[
        str,
        About(
            "Where everything is kept: a SQLite file or a PostgreSQL database",
            example="postgresql://tracker:password@127.0.0.1/tracker",
            secret=True,
        ),
    ]
    secret_key: Annotated[
        str,
        About(
            "Signs the pages' cookies. Production needs 32 characters or more; in development an empty one "
            "is replaced by a random one at every start, which signs everybody out",
            example="$(openssl rand -hex 32)",
            secret=True,
        ),
    ]
    cookie_secure: Annotated[bool, About("Whether the pages' cookies travel over HTTPS only")]
    content_master_keys: Annotated[
        tuple[bytes, ...],
        About(
            "Keys of 32 bytes that wrap those that seal content, so that a copy of the database alone can't be read; "
            "the first wraps, all unwrap; hexadecimal or base64, separated by commas. Empty: nothing is wrapped",
            example="$(openssl rand -hex 32)",
            secret=True,
        ),
    ]
    destroyed_keys_file: Annotated[
        str,
        About(
            "Where the list of destroyed keys is kept apart from the database, so that a backup that is restored can "
            "be redacted again; empty: beside a SQLite file, with .destroyed-keys at its end, and nowhere with "
            "PostgreSQL",
            example="/var/lib/tracker/destroyed-keys",
        ),
    ]

    host: Annotated[str, About("The address at which the web server listens", example="0.0.0.0")]
    port: Annotated[int, About("The port at which the web server listens", low=1, high=65535)]
    server_threads: Annotated[
        int,
        About("Requests that one web process answers at once; an open stream counts as one", low=2, high=1024),
    ]
    server_bodies: Annotated[
        int, About("Requests whose bodies may still be arriving, beside those; further ones get 503", low=1, high=4096)
    ]
    server_connections: Annotated[
        int, About("Connections that one web process holds, idle ones included", low=128, high=100_000)
    ]
    server_header_seconds: Annotated[
        float, About("How long a client may take to send its headers, or stay idle", "seconds", low=1, high=60)
    ]
    server_stop_seconds: Annotated[
        int, About("How long requests under way may take to finish when the server stops", "seconds", low=1, high=600)
    ]
    server_workers: Annotated[int, About("Web processes; 1 on SQLite", low=1, high=256)]
    public_url: Annotated[
        str,
        About(
            "What links in webhooks and feeds begin with; empty: made of host and port",
            example="https://tracker.example.org",
        ),
    ]
    trusted_proxies: Annotated[
        int,
        About("Proxies in front whose X-Forwarded-For and X-Forwarded-Proto are believed; 0 believes nobody", high=10),
    ]

    sqlite_synchronous: Annotated[
        str,
        About(
            "FULL: an acknowledged report survives a power cut; NORMAL: the last ones may not",
            choices=("FULL", "NORMAL"),
        ),
    ]
    sqlite_busy_timeout_ms: Annotated[
        int, About("SQLite: how long to wait for another writer", "milliseconds", high=600_000)
    ]
    pool_size: Annotated[int, About("Database connections of one process", low=1, high=1000)]
    pool_timeout_seconds: Annotated[
        float,
        About("How long a request waits for a free connection before 503", "seconds", low=0.01, high=60),
    ]
    statement_timeout_ms: Annotated[
        int, About("PostgreSQL: the longest statement; 0 is without limit", "milliseconds", high=3_600_000)
    ]
    idle_in_transaction_timeout_ms: Annotated[
        int,
        About("PostgreSQL: the longest silence inside a transaction; 0 likewise", "milliseconds", high=3_600_000),
    ]
    lock_timeout_ms: Annotated[
        int, About("PostgreSQL: the longest wait for a lock; 0 likewise", "milliseconds", high=3_600_000)
    ]

    request_max_bytes: Annotated[int, About("The longest request body", "bytes", low=1024, high=2**30)]
    json_max_depth: Annotated[int, About("How deep JSON may be nested", low=8, high=200)]
    report_max_characters: Annotated[int, About("The longest text of one report", "characters", low=1)]
    page_limit_default: Annotated[int, About("Entries on a page of a list, unless asked otherwise", low=1)]
    page_limit_max: Annotated[int, About("Entries that may be asked for on one page", low=1, high=10_000)]
    idempotency_hours: Annotated[int, About("How long an Idempotency-Key is remembered", "hours", low=1, high=24 * 365)]

    approval: Annotated[
        str,
        About(
            "Who carries out an act of the desk (a correction, kill or redaction that isn't the outlet's own): "
            "second_person: one asks and another approves; alone_with_reason: one may do it and say why",
            choices=("second_person", "alone_with_reason"),
        ),
    ]

    saved_state_every: Annotated[
        int, About("After how many events of a story the worker saves its state anew", "events", low=1)
    ]
    worker_poll_seconds: Annotated[float, About("How long an idle worker sleeps", "seconds", low=0.01, high=60)]

    webhook_allowed_networks: Annotated[
        tuple[Network, ...],
        About(
            "Private networks that endpoints may lie in, beside the public internet; separated by commas",
            example="10.1.0.0/16,127.0.0.1/32",
        ),
    ]
    webhook_retry_schedule: Annotated[
        tuple[int, ...],
        About(
            "The waits between one delivery's attempts; separated by commas. The default is that of the "
            "Standard Webhooks specification",
            "seconds",
            low=1,
            high=86_400 * 30,
        ),
    ]
    webhook_timeout_seconds: Annotated[float, About("The longest attempt, in all", "seconds", low=0.1, high=300)]
    webhook_connect_timeout_seconds: Annotated[
        float, About("The longest wait for an endpoint's connection", "seconds", low=0.1, high=300)
    ]
    webhook_max_response_bytes: Annotated[
        int, About("How much of an endpoint's answer is read", "bytes", low=1, high=2**24)
    ]
    webhook_in_flight: Annotated[int, About("Attempts under way at once in one worker", low=1, high=10_000)]

    log_level: Annotated[
        str,
        About("The least weighty messages that are logged", choices=("debug", "info", "warning", "error")),
    ]
    log_format: Annotated[str, About("How a line of the log is written", choices=("text", "json"))]

    def __repr__(self) -> str:
        shown = (f"{field.name}={_shown(field.name, getattr(self, field.name))!r}" for field in fields(self))
        return f"Settings({', '.join(shown)})"


@cache
def hints() -> dict[str, Any]:
    """The annotated type of each setting, by name, in the order in which they are declared."""
    return get_type_hints(Settings, include_extras=True)


def about() -> dict[str, About]:
    """What each setting means, by name, in the order in which they are declared."""
    return {name: hint.__metadata__[0] for name, hint in hints().items()}


def without_password(url: str) -> str:
    """``url`` as it may be logged: a password before the host or in the query is three asterisks."""
    url = re.sub(r"(://[^:/@]*:).*@", r"\1***@", url)
    return re.sub(r"([?&]\w*password=)[^&]*", r"\1***", url, flags=re.IGNORECASE)


def _shown(name: str, value: object) -> object:
    if name == "database_url":
        return without_password(str(value))
    return "***" if about()[name].secret and value else value
