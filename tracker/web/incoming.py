"""A form as it comes in: read whole, and judged before any view sees a field of it.

Werkzeug would cut a body that is sent in chunks at its limit without a word, and write what is not UTF-8 into the
text as percent signs. Here both are refused, and U+0000 too, which can't be stored. Forms of pages are sent as
``application/x-www-form-urlencoded``; nothing else is read.

What it does badly: that encoding takes three bytes for each byte that is not ASCII, so that a form holds less text
than a JSON body of the same length.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import g, request
from werkzeug.datastructures import MultiDict

from tracker.api.door import limits, read_body
from tracker.errors import Invalid

_MEDIA_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 100


def sent_form() -> MultiDict[str, str]:
    """The fields of the form that was sent.

    Raises ``Invalid``: ``unsupported-media-type``, ``body-too-large``, ``not-utf8``, ``bad-text``, and
    ``invalid-request`` for more fields than any form has.
    """
    if "sent_form" not in g:
        g.sent_form = MultiDict(_fields(_body()))
    fields: MultiDict[str, str] = g.sent_form
    return fields


def _body() -> bytes:
    body = read_body(request, limits().max_bytes)
    encoded = request.headers.get("Content-Encoding", "identity").lower() != "identity"
    if body and (request.mimetype != _MEDIA_TYPE or encoded):
        raise Invalid(f"A form is sent as {_MEDIA_TYPE}, and not compressed.", name="unsupported-media-type")
    return body


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode()
        fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except UnicodeDecodeError:
        raise Invalid("The form is not in UTF-8.", name="not-utf8") from None
    except ValueError:
        raise Invalid(f"A form has at most {_MOST_FIELDS} fields.") from None
    if any("\x00" in text for pair in fields for text in pair):
        raise Invalid("There is a U+0000 in the form, which can't be stored.", name="bad-text")
    return fields
