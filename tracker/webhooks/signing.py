"""Signatures by which a receiver knows a message as ours, whole and fresh: Standard Webhooks 1.0.0, ``v1``.

Signed is ``{message id}.{timestamp}.{body}`` with HMAC-SHA256 under the endpoint's secret. While a secret is being
replaced the message carries one signature for each, so that no receiver ever has to switch at one moment. The body is a
CloudEvents 1.0 event at the same time, in structured mode, which its content type says.

``verify`` is the receiver's half: for the demonstration, for tests, and to be copied. What it does badly: it signs
symmetrically only, so whoever can verify could also sign.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
from collections.abc import Mapping, Sequence

from tracker.errors import Fault, Invalid, Refusal

#: How a secret begins, so that a scanner for leaked secrets knows it.
SECRET_PREFIX = "whsec_"

#: CloudEvents 1.0, HTTP protocol binding §3.2 (structured content mode).
CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"

#: Who is calling, for the receiver's access log.
USER_AGENT = "story-tracker-webhooks/1"

_SECRET_BYTES = 32
_KEY_BYTES = range(24, 65)
# No full stop, which parts the signed fields, and nothing that could end a header line.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TIMESTAMP = re.compile(r"[0-9]{1,15}")


class BadSignature(Refusal):
    """A message that can't be shown to be genuine, whole and fresh; the sentence says which."""

    name = "bad-signature"


def new_secret() -> str:
    """A fresh secret: ``whsec_`` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(os.urandom(_SECRET_BYTES)).decode("ascii")


def secret_key(secret: str) -> bytes:
    """The bytes that ``secret`` stands for, 24 to 64 of them. Raises Invalid naming ``/secret``."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or len(key) not in _KEY_BYTES:
        # The secret itself must not turn up in an answer or a log.
        detail = "A secret is “whsec_” and 24 to 64 bytes in base64."
        raise Invalid(detail, faults=[Fault("/secret", detail)])
    return key


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``: ``v1,<base64>`` for each secret in turn, parted by spaces.

    ``timestamp``: seconds since 1970. Raises ValueError for no secret, for a message id other than 1 to 256 letters,
    digits, ``_`` and ``-``, and for a negative timestamp; Invalid for a secret that is none.
    """
    if not secrets or not _MESSAGE_ID.fullmatch(message_id) or timestamp < 0:
        raise ValueError(f"can't sign message {message_id!r} at {timestamp} with {len(secrets)} secrets")
    return " ".join(f"v1,{_signature(secret, message_id, timestamp, body)}" for secret in secrets)


def headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """All that a signed message is sent with; arguments and errors as for ``sign``."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secrets, message_id, timestamp, body),
        "content-type": CONTENT_TYPE,
        "user-agent": USER_AGENT,
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: int, tolerance: int = 300) -> None:
    """Return if a message with these headers (names in any case) and this body is genuine.

    ``now`` and ``tolerance`` in seconds. Raises BadSignature where a header is missing or malformed, the timestamp is
    further from ``now`` than the tolerance, or no ``v1`` signature fits; Invalid for a secret that is none.
    """
    found = {name.lower(): value for name, value in headers.items()}
    message_id = found.get("webhook-id", "")
    timestamp = found.get("webhook-timestamp", "")
    if not _MESSAGE_ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise BadSignature("The message has no well-formed webhook-id and webhook-timestamp.")
    if abs(now - int(timestamp)) > tolerance:
        raise BadSignature(f"The message was signed more than {tolerance} seconds away from now.")
    # Signed are the digits as they stand in the header, so that no second spelling of a time passes.
    expected = f"v1,{_signature(secret, message_id, timestamp, body)}".encode()
    offered = found.get("webhook-signature", "").split(" ")
    # Every signature is compared, and each in constant time: how long it takes tells nothing.
    fits = [hmac.compare_digest(expected, each.encode(errors="replace")) for each in offered]
    if not any(fits):
        raise BadSignature("No v1 signature of the message fits this secret.")


def _signature(secret: str, message_id: str, timestamp: int | str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(secret_key(secret), signed, "sha256")).decode("ascii")
