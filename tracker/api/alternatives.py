"""A field that takes a short form or a long one: a claim's id or where else it stands, words or words and their place.

    basis = Either(Text(maximum=2_000), BasisSchema())        "it could undermine" or {"text": …, "report": …}

What was sent decides: an object is read by the schema, anything else by the field. The OpenAPI document says so too
(``either2properties``, which ``documentation`` joins to the converter).
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma


class Either(ma.fields.Field[Any]):
    """What ``short`` reads; or an object, which ``long`` does."""

    def __init__(self, short: ma.fields.Field[Any], long: ma.Schema, **options: Any) -> None:
        self.short = short
        self.long = ma.fields.Nested(long)
        super().__init__(**options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        form: ma.fields.Field[Any] = self.long if isinstance(value, dict) else self.short
        return form.deserialize(value, attr, data, **options)


def either2properties(self: Any, field: ma.fields.Field[Any], *, ret: dict[str, Any]) -> dict[str, Any]:
    """How an ``Either`` is documented; ``self`` is apispec's converter, to which this is added."""
    if not isinstance(field, Either):
        return {}
    return {"oneOf": [self.field2property(field.short), self.field2property(field.long)]}
