"""A form's fields as the API's request has them: what a claim is, who says so, in which quotation.

A form holds one source in a line. Such a line begins with what it is, where it isn't what the field says:
"outlet: NBC News", "person: John Bolton", "unnamed: a second official". Whoever needs more (a source's own source, a
quote in a quote) sends it to the API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tracker.web.naming import with_lines

#: What a line may begin with, and what it is then.
_BEGINNINGS = {"outlet": "outlet", "person": "party", "organisation": "party", "unnamed": "label"}
_AS_THEY_ARE = ("exact", "statement", "stance", "claim", "report", "version")
#: Fields that are always sent, since a choice has a first entry.
_CHOICES = {"stance", "speaks"}
_CLOCK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?")


def is_empty(fields: Mapping[str, Any]) -> bool:
    """Whether nothing was written of a claim."""
    return not fields.keys() - _CHOICES


def claim_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The claim as the API takes it."""
    body: dict[str, Any] = {name: fields[name] for name in _AS_THEY_ARE if name in fields}
    if isinstance(source := fields.get("attribution"), dict):
        body["attribution"] = with_lines(source, "via", lambda line: source_in(line, "outlet"))
    if "about" in fields:
        body |= with_lines({"about": fields["about"]}, "about")
    if "parts" in fields:
        parts = with_lines({"parts": fields["parts"]}, "parts")["parts"]
        body["quotes"] = [{"parts": parts, **_speaker(fields, body)}]
    return body


def source_in(line: str, otherwise: str) -> dict[str, Any]:
    """The source that a line names; ``otherwise`` is what it is if the line doesn't say."""
    kind, colon, name = line.partition(":")
    found = _BEGINNINGS.get(kind.strip().lower()) if colon else None
    return {found: name.strip()} if found else {otherwise: line}


def with_places(body: dict[str, Any], chosen: object) -> dict[str, Any]:
    """``body`` with the places that were chosen for words that stand in the text more than once."""
    for pointer, written in chosen.items() if isinstance(chosen, dict) else ():
        way = pointer.strip("/").split("/")[:-1]
        for holder, name in _holders(body, way):
            words = holder[name] if isinstance(holder[name], dict) else {"exact": holder[name]}
            holder[name] = words | _place(written)
        if not way:
            body |= _place(written)
    return body


def at_utc(written: str) -> str:
    """What was chosen on a clock that shows UTC, with its offset; anything else stays as it is."""
    found = _CLOCK.fullmatch(written.strip())
    return f"{found[0]}{'' if found[1] else ':00'}Z" if found else written


def _speaker(fields: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    if "speaker" in fields:
        return {"speaker": source_in(fields["speaker"], "party")}
    if fields.get("speaks") == "source" and "attribution" in body:
        return {"speaker": body["attribution"]}
    return {}


def _holders(body: dict[str, Any], way: list[str]) -> Iterator[tuple[Any, Any]]:
    """What ``way`` leads to in ``body``, as its holder and the key there; nothing where it leads nowhere."""
    at: Any = body
    for number, step in enumerate(way):
        key: Any = int(step) if isinstance(at, list) and step.isdecimal() else step
        there = (isinstance(at, list) and isinstance(key, int) and key < len(at)) or (
            isinstance(at, dict) and key in at
        )
        if not there:
            return
        if number == len(way) - 1:
            yield at, key
        at = at[key]


def _place(written: object) -> dict[str, str]:
    """The block, prefix and suffix that a choice holds; nothing where it is none of ours."""
    try:
        read = json.loads(written) if isinstance(written, str) else None
    except ValueError:
        return {}
    known = read.items() if isinstance(read, dict) else ()
    return {name: text for name, text in known if name in ("block", "prefix", "suffix") and isinstance(text, str)}
