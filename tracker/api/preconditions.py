"""ETags, and what a client may demand of the state that it writes to (RFC 9110 §8.8.3, §13; RFC 6585 §3).

An ETag is ``"r17.<view>"``: the revision that last changed this resource, and a short hash of how it is shown
(representation, schema version, the reader's rights, the story's restrictions). It is known without rendering, so that
a 304 costs one lookup. Reading compares it whole. Writing uses the revision alone: who read the page or the JSON, with
more rights or fewer, has read the same state.

Departs from RFC 9110 §13.1.1 in two points, both safe: a weak tag in ``If-Match`` counts, because proxies that compress
weaken every tag and the revision within is exact all the same; and a tag that is none of ours is refused with 400
instead of 412, because it can only be a mistake.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import lru_cache

from flask import Request

from tracker.errors import Fault, Invalid

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = re.compile(rf"[ \t]*(?:,[ \t]*)*{_TAG}(?:[ \t]*,(?:[ \t]*{_TAG})?)*[ \t]*")
_EACH = re.compile(_TAG)
_OURS = re.compile(r'(?:W/)?"r(0|[1-9][0-9]{0,14})(?:\.[A-Za-z0-9_-]*)?"')


def etag(revision: int, *view: str | int | bool | None) -> str:
    """The ETag, with its quotes, of what ``revision`` last changed and ``view`` says how to show."""
    return f'"r{revision}.{_hash(*view)}"'


def if_none_match(request: Request, etag: str) -> bool:
    """Whether the client has what ``etag`` names: answer 304 (GET, HEAD). By weak comparison; ``*`` has all.

    A header that can't be read counts as none: the answer is then the whole, which is never wrong.
    """
    header = request.headers.get("If-None-Match")
    if header is None:
        return False
    if header == etag or header.strip() == "*":
        return True
    return _LIST.fullmatch(header) is not None and etag in (tag.removeprefix("W/") for tag in _EACH.findall(header))


def expected_revision(request: Request, *, required: bool) -> int | None:
    """The revision in ``If-Match``; None where there is no header, or it is ``*``: any state will do.

    With ``required`` a header must be there (``*`` is one). Several tags may differ in their view, not in their
    revision. Raises ``Invalid``: ``precondition-required``, ``bad-precondition``.
    """
    header = request.headers.get("If-Match")
    if header is None:
        if required:
            raise Invalid(
                "Send the ETag of what you have read in If-Match, so that nobody's change is lost.",
                name="precondition-required",
            )
        return None
    return None if header.strip() == "*" else _the_revision(header)


def _the_revision(header: str) -> int:
    if not _LIST.fullmatch(header):
        raise _bad("If-Match takes ETags in double quotes, or *.")
    revisions = set()
    for tag in _EACH.findall(header):
        ours = _OURS.fullmatch(tag)
        if ours is None:
            raise _bad('An ETag of this server looks like "r17.x7Jq2bAe"; send the one of your last read unchanged.')
        revisions.add(int(ours[1]))
    if len(revisions) > 1:
        raise _bad("The tags name different revisions; send the one of your last read.")
    return revisions.pop()


def _bad(detail: str) -> Invalid:
    return Invalid(detail, name="bad-precondition", faults=[Fault("If-Match", detail)])


@lru_cache(maxsize=4096, typed=True)
def _hash(*view: str | int | bool | None) -> str:
    written = json.dumps(view, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.blake2s(written, digest_size=6).digest()).decode()
