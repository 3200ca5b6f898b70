"""What every form has in common: read, do, and go on; or be shown again with what is wrong.

A form's fields are read by the schema of the API's request, so that there is one set of rules. Each form carries a
word that other sites can't know, and an Idempotency-Key, so that sending it twice does it once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import marshmallow as ma
from flask import make_response, redirect, render_template, request

from tracker.api import gate
from tracker.api.problems import faults_of, problem_of
from tracker.api.rooms import let_go
from tracker.errors import Fault, Refusal
from tracker.handling import Asked
from tracker.store.requests import RequestKey
from tracker.web.sessions import check_csrf

#: The fields that every form has.
_OURS = ("csrf", "key", "seen")


@dataclass
class Form:
    """What is in a form, and what is wrong with it."""

    values: Mapping[str, str]
    #: What is wrong, by field; "" holds what is wrong with the whole.
    faults: dict[str, list[str]] = field(default_factory=dict)
    #: The revision that its writer has seen.
    seen: int | None = None
    #: The form's Idempotency-Key.
    key: str = field(default_factory=lambda: str(uuid.uuid4()))


def act(
    template: str,
    schema: ma.Schema,
    work: Callable[[dict[str, Any], Asked], str],
    *,
    values: Mapping[str, str] | None = None,
    seen: int | None = None,
    **context: Any,
) -> Any:
    """Show a form; when it is sent, do ``work`` and go to the address that it returns.

    ``values`` fill the form at first. Whatever is refused shows the form again, with all that was written in it.
    """
    if request.method == "GET":
        return render_template(template, form=Form(values or {}, seen=seen), **context)
    check_csrf()
    let_go()
    form = _sent()
    try:
        return redirect(work(_read(schema, form.values), _asked(form)), 303)
    except ma.ValidationError as error:
        _note(form, faults_of(error.messages))
        status = 422
    except Refusal as error:
        document = problem_of(error)
        _note(form, document.errors or [Fault("", document.detail)])
        status = document.problem.status
    return make_response(render_template(template, form=form, **context), status)


def _sent() -> Form:
    values = {name: value for name, value in request.form.items() if name not in _OURS}
    seen = request.form.get("seen", "")
    key = request.form.get("key", "")
    known = key if key.isascii() and key.isprintable() and 0 < len(key) <= 64 else str(uuid.uuid4())
    return Form(values, seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else None, key=known)


def _read(schema: ma.Schema, values: Mapping[str, str]) -> dict[str, Any]:
    """The fields as the API would get them: one that is left empty was not given."""
    body: dict[str, Any] = {name: value for name, value in values.items() if value.strip() and "." not in name}
    for name, value in values.items():
        group, _, member = name.partition(".")
        if member and value.strip():
            body.setdefault(group, {})[member] = value
    if "topics" in body:
        body["topics"] = [topic.strip() for topic in body["topics"].split(",") if topic.strip()]
    if body.get("urgency", "").isdigit():
        body["urgency"] = int(body["urgency"])
    read: dict[str, Any] = schema.load(body)
    return read


def _asked(form: Form) -> Asked:
    said = repr(sorted(form.values.items())).encode()
    key = RequestKey(
        token_id=gate.token().id,
        key=f"form {form.key}",
        route=f"{request.method} {request.path}",
        fingerprint=sha256(said).digest(),
    )
    return gate.asked_with(key=key, seen=form.seen)


def _note(form: Form, faults: Any) -> None:
    for fault in faults:
        name = fault.pointer.strip("/").replace("/", ".")
        place = name if name in form.values else name.split(".")[0]
        form.faults.setdefault(place if place in form.values else "", []).append(
            fault.detail if place in form.values or not place else f"{place}: {fault.detail}"
        )
