"""The Memento protocol (RFC 7089): what may be asked of a timemap; a timegate takes its question in a header."""

from __future__ import annotations

from tracker.api.fields import RequestSchema, Whole


class TimegateQuery(RequestSchema):
    """Nothing."""


class TimemapQuery(RequestSchema):
    """Which page."""

    after = Whole(metadata={"description": "Only mementos after this revision"})
    limit = Whole(minimum=1)
