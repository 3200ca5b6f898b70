"""The body of a webhook: one JSON object that is both a Standard Webhooks payload and a CloudEvents 1.0 event.

    {"specversion": "1.0", "id": "evt_…", "source": "https://…", "subject": "sty_…", "type": "report.filed",
     "time": "…Z", "timestamp": "…Z", "datacontenttype": "application/json", "dataschema": "https://…",
     "data": {"story": "sty_…", "slug": …, "title": …, "revision": 4, "previous_revision": 3,
              "url": "https://…", "compare_url": "https://…", …}}

This is a contract: fields are added, never renamed, removed or given another meaning, and receivers pass over what
they don't know. ``time`` (CloudEvents) and ``timestamp`` (Standard Webhooks) are the same moment, when the event was
recorded. ``previous_revision`` is the revision of this story that this endpoint was told of before; a receiver that
last saw another one has missed something, and ``compare_url`` shows what. It is null for the first.

What an outlet published belongs to the outlet: sent are its headline and address and what we say of it ourselves, and
the text only where the outlet allows it. A body is built when it is sent and kept nowhere. One that would be longer
than ``MOST_BYTES`` goes without the text, or without all that the event says, and ``truncated`` says so; where the
content was destroyed, ``redacted`` does, and where its report was killed since, ``killed``.

What was withheld is told with the event that lifts the hold, in ``released``, in order; where that is too much for one
body, ``rest`` is the address at which all of it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

import msgspec

from tracker.clock import from_microseconds, rfc3339
from tracker.store.log_events import LogEvent
from tracker.store.releases import Released
from tracker.store.veils import NO_VEIL, Veil
from tracker.stories.events import Event
from tracker.stories.outlets import Redistribute
from tracker.stories.story import Story
from tracker.webhooks.facts import facts, ids

#: No body is longer, in bytes.
MOST_BYTES = 20_000

#: Where the schema of a type is read, after the public address.
SCHEMA_PATH = "/v1/schemas/webhooks/{type}"

_encoder = msgspec.json.Encoder()


class Message:
    """One event as it is sent; made once for all the endpoints that are told of it."""

    def __init__(
        self,
        event: LogEvent,
        story: Story,
        public_url: str,
        setting: Redistribute = Redistribute.HEADLINE,
        *,
        veil: Veil = NO_VEIL,
        released: Released | None = None,
        settings: Mapping[str, Redistribute] = MappingProxyType({}),
    ) -> None:
        """``story``: of the event, as anybody may see it now, or at any revision from the event's on. ``setting``: what
        may leave of its outlet's text. ``veil``: what may not be told. ``released``: what the event brings, and of the
        outlets of that the ``settings`` by their ids.
        """
        self._story_url = f"{public_url}/v1/stories/{event.stream_id}"
        self._revision = event.version
        recorded_at = rfc3339(from_microseconds(event.recorded_at))
        self._envelope = {
            "specversion": "1.0",
            "id": event.event_id,
            "source": public_url,
            "subject": event.stream_id,
            "type": event.type,
            "time": recorded_at,
            "timestamp": recorded_at,
            "datacontenttype": "application/json",
            "dataschema": public_url + SCHEMA_PATH.format(type=event.type),
        }
        self._story = {"story": event.stream_id, "slug": story.slug, "title": story.title}
        self._facts = _facts(event, story, setting, veil)
        self._released = [
            _released(each, story, settings.get(each.on_behalf_of or "", Redistribute.HEADLINE), veil)
            for each in (released.events if released else ())
        ]
        self._more_released = released is not None and released.more

    def body(self, previous_revision: int | None) -> bytes:
        """The body for an endpoint that was told of ``previous_revision`` of this story before, if of any."""
        place = {
            **self._story,
            "revision": self._revision,
            "previous_revision": previous_revision,
            "url": f"{self._story_url}?revision={self._revision}",
            "compare_url": self._compare_url(previous_revision),
        }
        if self._released:
            return self._with_released(place)
        textless = {name: value for name, value in self._facts.items() if name != "blocks"}
        for said in (self._facts, {**textless, "truncated": True}):
            body = _encoder.encode({**self._envelope, "data": {**place, **said}})
            if len(body) <= MOST_BYTES:
                return body
        named = ids(self._envelope["type"], self._facts)
        return _encoder.encode({**self._envelope, "data": {**place, **named, "truncated": True}})

    def _with_released(self, place: Mapping[str, Any]) -> bytes:
        """With as many of the released events as there is room for, from the first one on."""
        data = {**place, **self._facts, "released": []}
        left = MOST_BYTES - len(_encoder.encode({**self._envelope, "data": {**data, "rest": self._rest}}))
        for each in self._released:
            left -= len(_encoder.encode(each)) + 1
            if left < 0:
                break
            data["released"].append(each)
        if self._more_released or len(data["released"]) < len(self._released):
            data["rest"] = self._rest
        return _encoder.encode({**self._envelope, "data": data})

    @property
    def _rest(self) -> str:
        return f"{self._story_url}/revisions"

    def _compare_url(self, previous_revision: int | None) -> str | None:
        if previous_revision is None:
            return None
        return f"{self._story_url}/compare/{previous_revision}...{self._revision}"


def _facts(event: LogEvent, story: Story, setting: Redistribute, veil: Veil) -> dict[str, Any]:
    if gone := veil.gone(event):
        # What happened, and to what, is still told.
        return {**ids(event.type, veil.clear(event)), gone: True}
    return facts(cast(Event, veil.opened(event)), story, setting)


def _released(event: LogEvent, story: Story, setting: Redistribute, veil: Veil) -> dict[str, Any]:
    """An event that was withheld, with its place in its story."""
    return {
        "id": event.event_id,
        "type": event.type,
        "time": rfc3339(from_microseconds(event.recorded_at)),
        "revision": event.version,
        **_facts(event, story, setting, veil),
    }
