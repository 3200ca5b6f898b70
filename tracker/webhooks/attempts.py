"""One attempt: what is sent, and what came of it.

Whatever a receiver does is an ``Outcome``, and never an exception. Times are seconds, sizes bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@lru_cache(maxsize=256)
def _is_name(text: str) -> bool:
    """Whether this can be the name of a header (a token, RFC 9110 §5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


class Outcome(StrEnum):
    """What came of an attempt."""

    #: A status from 200 to 299, and an answer that kept to the rules.
    DELIVERED = "delivered"
    #: Any other status, redirects among them.
    REFUSED_STATUS = "refused_status"
    #: No complete answer in time.
    TIMEOUT = "timeout"
    #: The URL, or every address that its name leads to, is one that may not be called.
    FORBIDDEN_ADDRESS = "forbidden_address"
    #: The name leads nowhere.
    UNKNOWN_NAME = "unknown_name"
    #: Nobody there, or the connection broke.
    CONNECTION_FAILED = "connection_failed"
    #: No encrypted connection to the one whom the URL names.
    TLS_FAILED = "tls_failed"
    #: The answer is longer than is read.
    TOO_LARGE = "too_large"
    #: Something answered, but not in HTTP/1.
    BAD_ANSWER = "bad_answer"


@dataclass(frozen=True, slots=True)
class Request:
    """One message to one receiver. Raises ValueError for a header other than printable ASCII on one line, and for a
    time-out of nothing.
    """

    #: Comes back in the result; the sender doesn't look at it.
    key: object
    url: str
    headers: Mapping[str, str]
    body: bytes
    #: Of the whole attempt; None: the sender's.
    timeout_seconds: float | None = None

    def __post_init__(self) -> None:
        for name, value in self.headers.items():
            if not _is_name(name) or not (value.isascii() and value.isprintable()):
                raise ValueError(f"the header {name!r} can't be sent")
        if self.timeout_seconds is not None and self.timeout_seconds <= 0:
            raise ValueError(f"a time-out of {self.timeout_seconds} s")


@dataclass(frozen=True, slots=True)
class Timing:
    """When each step was done, in seconds since the attempt began; 0 where it was not reached or not needed."""

    dns: float = 0.0
    connect: float = 0.0
    tls: float = 0.0
    first_byte: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one request."""

    key: object
    #: The final HTTP status, where one came, also when the attempt failed after it.
    status: int | None
    outcome: Outcome
    #: One sentence for the owner of the endpoint.
    detail: str
    #: The field as it came, for ``tracker.webhooks.schedule``.
    retry_after: str | None
    timing: Timing
    #: The first 4 KiB of the body, as sent.
    answer: bytes
    #: The receiver wants no more messages: 410, or ``webhook-delivery: disable``.
    unwanted: bool = False
