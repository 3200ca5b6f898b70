"""What is wrong with settings of which each, taken alone, is a right one."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from tracker.config.settings import Settings
from tracker.errors import Fault

_SECRET_LEAST = 32
_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
#: Of each pair the first may not exceed the second.
_ORDERED = (
    ("page_limit_default", "page_limit_max"),
    ("webhook_connect_timeout_seconds", "webhook_timeout_seconds"),
)


def disagreements(settings: Settings) -> Iterator[Fault]:
    """Each thing wrong, by setting, in a sentence that says what would be right and shows no secret."""
    yield from _database_faults(settings)
    yield from _secret_faults(settings)
    yield from _order_faults(settings)
    if settings.public_url and not _is_web_address(settings.public_url):
        yield Fault(
            "public_url",
            "TRACKER_PUBLIC_URL must be an http or https address without query; "
            "for example TRACKER_PUBLIC_URL=https://tracker.example.org",
        )


def _database_faults(settings: Settings) -> Iterator[Fault]:
    url = settings.database_url
    if not url.startswith(_DATABASES) or url in ("sqlite:///", "sqlite:///:memory:"):
        yield Fault(
            "database_url",
            "TRACKER_DATABASE_URL must name a file, like sqlite:////var/lib/tracker/tracker.db, "
            "or a PostgreSQL database, like postgresql://tracker:password@127.0.0.1/tracker.",
        )
    if url.startswith("sqlite") and settings.server_workers > 1:
        yield Fault(
            "server_workers",
            "TRACKER_SERVER_WORKERS must be 1 on SQLite, whose one writer is shared by the threads of "
            "one process; raise TRACKER_SERVER_THREADS, or use PostgreSQL.",
        )


def _secret_faults(settings: Settings) -> Iterator[Fault]:
    if settings.environment == "production" and len(settings.secret_key) < _SECRET_LEAST:
        fault = f"has under {_SECRET_LEAST} characters" if settings.secret_key else "is not set"
        yield Fault(
            "secret_key",
            f"TRACKER_SECRET_KEY {fault}, and production needs one of {_SECRET_LEAST} or more that stays "
            "the same; for example TRACKER_SECRET_KEY=$(openssl rand -hex 32), kept where only the "
            "server reads it.",
        )


def _order_faults(settings: Settings) -> Iterator[Fault]:
    for low, high in _ORDERED:
        if getattr(settings, low) > getattr(settings, high):
            yield Fault(low, f"{_with_value(settings, low)} may not exceed {_with_value(settings, high)}.")


def _with_value(settings: Settings, name: str) -> str:
    return f"TRACKER_{name.upper()} ({getattr(settings, name)})"


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
