"""The one door for what clients write: JSON bodies and query strings, judged before any schema sees them.

``parse_json`` is pure and takes exactly what RFC 8259 and I-JSON (RFC 7493) agree on: UTF-8, no duplicate
keys, no integer that a double would round, no NaN or infinity, no U+0000, no lone surrogate. Python's C
parser does the work; depth is counted before it runs, by one pass that never looks back, since nested
brackets cost it stack. Where something is wrong it is marked while parsing and sought in a second walk, so
that the honest request pays nothing for the pointer. ``read_json`` adds the request: media type, length (also
of a chunked body), an object on top.

Each refusal is ``Invalid`` with the name of its rule and, where known, a JSON Pointer to the place.
Does badly: malformed JSON and excessive depth are located by line and column, or not at all.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from flask import Flask, Request, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from tracker.api.problems import pointer_to
from tracker.errors import Fault, Invalid, NotFound

#: Python's parser recurses, so that no setting may allow more than this.
DEEPEST = 200

#: Integers up to here are the same in every language that reads numbers as doubles (RFC 7493 §2.2).
LARGEST_INTEGER = 2**53 - 1

#: How much of a body that is too long is still read, in bytes.
LINGER = 4 * 2**20

_MOST_PARAMETERS = 100
_EXTENSION = "tracker.door"

# Strings are skipped whole; the quantifiers are possessive, so that no input makes the pattern go back.
_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([\[{])|([\]}])', re.DOTALL)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken in."""

    #: The longest body, in bytes.
    max_bytes: int
    #: How many objects and lists may lie in each other.
    max_depth: int


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Stands in the parsed value where something was refused, until its pointer is found."""

    name: str
    detail: str


def init_app(app: Flask, *, max_bytes: int, max_depth: int) -> None:
    """Set the limits for ``app``, and refuse addresses that are not text before any view runs."""
    if not 1 <= max_depth <= DEEPEST:
        raise ValueError(f"max_depth is {max_depth}; it must be between 1 and {DEEPEST}")
    app.extensions[_EXTENSION] = Limits(max_bytes, max_depth)
    # For whoever reads a body without the door: forms, and the fingerprint of a request without JSON.
    app.config["MAX_CONTENT_LENGTH"] = max_bytes
    app.before_request(_check_address)


def limits() -> Limits:
    """Those of the application at hand."""
    found = current_app.extensions[_EXTENSION]
    assert isinstance(found, Limits)
    return found


def read_json(request: Request, *, max_bytes: int, max_depth: int) -> dict[str, object]:
    """The JSON object in the body of ``request``.

    Raises ``Invalid``: ``unsupported-media-type``, ``body-too-large``, what ``parse_json`` raises, and
    ``invalid-request`` where the body is JSON but no object. The body stays readable by
    ``request.get_data()``.
    """
    _check_media_type(request)
    parsed = parse_json(read_body(request, max_bytes), max_depth)
    if not isinstance(parsed, dict):
        _refuse("invalid-request", "The body must be a JSON object.", pointer="")
    return parsed


def parse_json(raw: bytes, max_depth: int) -> object:
    """``raw`` as Python's dicts, lists, strings, numbers, booleans and None.

    Raises ``Invalid``: ``not-utf8``, ``malformed-json``, ``too-deep``, ``duplicate-key``,
    ``number-out-of-range``, ``bad-text``. Nothing else is raised, whatever the bytes.
    """
    text = _decoded(raw)
    _check_depth(text, min(max_depth, DEEPEST))
    wrong: list[_Wrong] = []
    parsed = _parsed(text, wrong)
    # Raw control characters are not JSON: only an escape can bring U+0000 or half a character.
    if (wrong or "\\u" in text) and (found := _first_wrong(parsed)):
        _refuse(found[0].name, found[0].detail, pointer=pointer_to(reversed(found[1])))
    return parsed


def check_query(raw: bytes) -> None:
    """Raise ``Invalid`` (``invalid-parameter``) unless ``raw`` is UTF-8 without U+0000, and not endless."""
    if not raw:
        return
    if raw.count(b"&") >= _MOST_PARAMETERS:
        _refuse("invalid-parameter", f"There are more than {_MOST_PARAMETERS} parameters.")
    for part in raw.split(b"&"):
        name, _, _ = part.partition(b"=")
        try:
            nul = "\x00" in unquote_to_bytes(part).decode()
        except UnicodeDecodeError:
            _refuse_parameter(name, "This is not UTF-8.")
        if nul:
            _refuse_parameter(name, "U+0000 can't be stored.")


def _check_address() -> None:
    if "\x00" in request.path:
        raise NotFound("There is nothing here: no address holds U+0000.")
    check_query(request.query_string)


def _refuse_parameter(name: bytes, detail: str) -> NoReturn:
    shown = unquote_to_bytes(name).decode("utf-8", "replace")
    _refuse("invalid-parameter", "A parameter can't be read.", pointer=shown, fault=detail)


def _check_media_type(request: Request) -> None:
    media_type = request.mimetype
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        shown = f"is {media_type}" if media_type else "is missing"
        _refuse("unsupported-media-type", f"The Content-Type {shown}; send application/json.")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        _refuse("unsupported-media-type", "JSON is read in UTF-8 only.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        _refuse("unsupported-media-type", "A compressed body is not read here; send it as it is.")


def read_body(request: Request, max_bytes: int) -> bytes:
    """The body, at most ``max_bytes`` of it, however it is sent. Raises ``Invalid`` (``body-too-large``).

    More is read, for whoever is still sending does not see an answer; but not all.
    """
    request.max_content_length = max_bytes + LINGER
    try:
        body = request.get_data()
        too_large = len(body) > max_bytes  # Werkzeug cuts a chunked body at its limit without a word.
    except RequestEntityTooLarge:
        too_large = True
    if too_large:
        detail = f"The body is longer than {max_bytes} bytes."
        raise Invalid(detail, name="body-too-large", facts={"max_bytes": max_bytes})
    return body


def _decoded(raw: bytes) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        _refuse("not-utf8", "The body begins with a byte order mark; leave it out.")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        _refuse("not-utf8", f"Byte {error.start} of the body is not UTF-8.")


def _check_depth(text: str, max_depth: int) -> None:
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for token in _BRACKETS.finditer(text):
        depth += 1 if token[1] else -1 if token[2] else 0
        if depth > max_depth:
            _refuse("too-deep", f"Objects and lists may be nested {max_depth} deep.")


def _parsed(text: str, wrong: list[_Wrong]) -> object:
    def mark(name: str, detail: str) -> _Wrong:
        wrong.append(_Wrong(name, detail))
        return wrong[-1]

    try:
        return json.loads(
            text,
            object_pairs_hook=_object(mark),
            parse_int=_integer(mark),
            parse_float=_decimal(mark),
            parse_constant=_not_json,
        )
    except json.JSONDecodeError as error:
        what = error.msg if text.strip() else "The body is empty"
        _refuse("malformed-json", f"{what} at line {error.lineno}, column {error.colno}.")


_Mark = Callable[[str, str], _Wrong]


def _object(mark: _Mark) -> Callable[[list[tuple[str, Any]]], object]:
    def made(pairs: list[tuple[str, Any]]) -> object:
        together = dict(pairs)
        if len(together) == len(pairs):
            return together
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        return mark("duplicate-key", f"The key {json.dumps(key[:100])} stands here more than once.")

    return made


def _integer(mark: _Mark) -> Callable[[str], object]:
    def read(digits: str) -> object:
        # Sixteen digits and a sign are enough. Longer ones are not converted: that takes quadratic time.
        if len(digits) <= 17 and abs(number := int(digits)) <= LARGEST_INTEGER:
            return number
        return mark("number-out-of-range", "An integer must lie between -(2^53 - 1) and 2^53 - 1.")

    return read


def _decimal(mark: _Mark) -> Callable[[str], object]:
    def read(digits: str) -> object:
        number = float(digits)
        return number if math.isfinite(number) else mark("number-out-of-range", "This number is too large.")

    return read


def _not_json(constant: str) -> NoReturn:
    _refuse("malformed-json", f"{constant} is not JSON.")


def _first_wrong(value: object) -> tuple[_Wrong, list[str]] | None:
    """What is wrong in ``value``, and the way to it from the inside out; as deep as JSON may be nested.

    The way is put together on the way back only: long keys above many values would cost their product.
    """
    if isinstance(value, _Wrong):
        return value, []
    if isinstance(value, str) and _UNSTORABLE.search(value):
        return _Wrong("bad-text", "U+0000 and half a surrogate pair can't be stored."), []
    if isinstance(value, dict) and any(map(_UNSTORABLE.search, value)):
        return _Wrong("bad-text", "A key holds U+0000 or half a surrogate pair."), []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if found := _first_wrong(inner):
            found[1].append(str(key))
            return found
    return None


def _refuse(name: str, detail: str, *, pointer: str | None = None, fault: str | None = None) -> NoReturn:
    faults = () if pointer is None else (Fault(pointer, fault or detail),)
    raise Invalid(detail, name=name, faults=faults)
