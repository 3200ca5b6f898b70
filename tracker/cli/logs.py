"""What a process says while it runs: a line for each message on standard error, as text or as JSON (``log_format``).

This program's own messages are written from ``log_level`` on, those of the libraries from "warning" on. What it does
badly: under another WSGI server (``wsgi:app``) that server's way of logging counts, not these settings.
"""

from __future__ import annotations

import json
import logging

from tracker.clock import from_microseconds, rfc3339
from tracker.config import Settings


def begin_logging(settings: Settings) -> None:
    """Write what this process logs as ``settings`` say, from now on."""
    handler = logging.StreamHandler()
    handler.setFormatter(_AsJson() if settings.log_format == "json" else _AsText())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("tracker").setLevel(settings.log_level.upper())


class _AsText(logging.Formatter):
    """``2020-01-13T23:00:00.25Z warning tracker.worker: the worker waits …``, and a traceback below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(level)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.level = record.levelname.lower()
        return super().format(record)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return _time(record)


class _AsJson(logging.Formatter):
    """One object a line: ``at``, ``level``, ``logger``, ``message``, and ``traceback`` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    return rfc3339(from_microseconds(int(record.created * 1_000_000)))
