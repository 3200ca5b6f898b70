"""Endpoints and their deliveries: what may be asked, and how they are shown."""

from __future__ import annotations

from typing import Any, get_args

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import OneOf

from tracker.api.fields import Bounded, HttpUri, Moment, RequestSchema, Whole
from tracker.clock import rfc3339
from tracker.webhooks.deliveries import Delivery, State
from tracker.webhooks.endpoints import MOST_STORIES, TYPES, Endpoint


class CreateEndpointSchema(RequestSchema):
    """Where to send what."""

    url = HttpUri(
        required=True, metadata={"description": "Where to POST to; https, unless the operator opened a network"}
    )
    types = Bounded(
        fields.String(validate=OneOf(TYPES)),
        minimum=1,
        maximum=50,
        metadata={"description": "Only these types of events; left out: all"},
    )
    stories = Bounded(
        fields.String(validate=ma.validate.Length(max=80)),
        minimum=1,
        maximum=MOST_STORIES,
        metadata={"description": "Only these stories, by id or slug; left out: all"},
    )


class EndpointsQuery(RequestSchema):
    """Which page."""

    limit = Whole(minimum=1)
    cursor = fields.String()


class DeliveriesQuery(EndpointsQuery):
    """Which deliveries."""

    state = fields.String(validate=OneOf(get_args(State)))


class EndpointSchema(ma.Schema):
    """A webhook endpoint."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    types = fields.List(fields.String(), allow_none=True, required=True)
    stories = fields.List(fields.String(), allow_none=True, required=True)
    created_at = Moment(required=True)


class NewEndpointSchema(EndpointSchema):
    """A new webhook endpoint, with the secret that its deliveries are signed with. It is shown this once."""

    secret = fields.String(required=True)


class EndpointPageSchema(ma.Schema):
    """A page of one's own endpoints, the oldest first."""

    items = fields.List(fields.Nested(EndpointSchema()), required=True)
    next = fields.String(allow_none=True, required=True)


class DeliverySchema(ma.Schema):
    """One event to one endpoint."""

    id = fields.String(required=True, metadata={"description": "The webhook-id: the event's id"})
    type = fields.String(required=True)
    story = fields.String(required=True)
    revision = fields.Integer(required=True)
    previous_revision = fields.Integer(allow_none=True, required=True)
    position = fields.Integer(required=True)
    state = fields.String(required=True, validate=OneOf(get_args(State)))
    attempts = fields.Integer(required=True)
    due_at = Moment(allow_none=True, required=True, metadata={"description": "When the next attempt is due"})
    created_at = Moment(required=True)
    delivered_at = Moment(allow_none=True, required=True)
    last_status = fields.Integer(
        allow_none=True, required=True, metadata={"description": "HTTP status of the last attempt"}
    )
    last_outcome = fields.String(allow_none=True, required=True)


class DeliveryPageSchema(ma.Schema):
    """A page of an endpoint's deliveries, the newest first."""

    items = fields.List(fields.Nested(DeliverySchema()), required=True)
    next = fields.String(allow_none=True, required=True)


def present_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """``endpoint`` in the form of ``EndpointSchema``."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "types": endpoint.types,
        "stories": endpoint.stories,
        "created_at": rfc3339(endpoint.created_at),
    }


def present_delivery(delivery: Delivery) -> dict[str, Any]:
    """``delivery`` in the form of ``DeliverySchema``."""
    return {
        "id": delivery.event_id,
        "type": delivery.type,
        "story": delivery.story_id,
        "revision": delivery.revision,
        "previous_revision": delivery.previous_revision,
        "position": delivery.position,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "due_at": rfc3339(delivery.due_at) if delivery.due_at else None,
        "created_at": rfc3339(delivery.created_at),
        "delivered_at": rfc3339(delivery.delivered_at) if delivery.delivered_at else None,
        "last_status": delivery.last_status,
        "last_outcome": delivery.last_outcome,
    }
