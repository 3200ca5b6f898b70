"""What every form has in common: read, do, and go on; or be shown again with what is wrong.

A form's fields are read by the schema of the API's request, so that there is one set of rules. Each form carries a
word that other sites can't know, an Idempotency-Key, so that sending it twice does it once, and the revision that its
writer has seen. Whatever is refused shows the form again with all that was written in it.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

import marshmallow as ma
from flask import make_response, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from tracker import history
from tracker.api import gate
from tracker.api.problems import problem_of
from tracker.api.rooms import connection, let_go
from tracker.api.sights import sight
from tracker.errors import Busy, Fault, Invalid, Refusal, Stale, Trouble, Unavailable
from tracker.handling import Asked
from tracker.history import RevisionRow
from tracker.store.requests import InFlight, KeyReused, RequestKey
from tracker.stories.errors import PassageAmbiguous, ReportExists
from tracker.web.incoming import sent_form
from tracker.web.labels import field_at
from tracker.web.sessions import BadForm, from_our_page, holds_csrf_word

#: The button that files a report as the next version of the one that is at its address already.
NEXT_VERSION = "as_next_version"
#: What forms hold beside what was written.
_OURS = ("csrf", "key", "seen", NEXT_VERSION)
#: The fields that hold a list: written in one line with commas between, or sent once for each entry.
_LISTS = ("topics", "types", "stories", "cites")
#: Those with an entry to a line.
_BY_LINE = ("aliases", "roles", "about", "parties", "passages", "parts", "via")
#: Those that hold a number, by the last part of their names.
_NUMBERS = frozenset({"urgency", "version", "min", "max", "ordinal"})
#: What the field is called that says which of several places is meant: this, and a pointer to the words.
_PLACE = "at "
#: What the API's schemas say to programs, as it is said to a person.
_SAID = {
    "Missing data for required field.": "Fill this in.",
    "Give text or blocks, or extent: headline where there is only a headline.": (
        "Fill this in, or say below that only the headline is held."
    ),
}
#: How much of what happened meanwhile is shown to whoever came too late.
_MEANWHILE = 20
_OF_REPORT = ("report.updated", "report.corrected")
_OF_DESK = ("story.edited", "story.closed", "story.reopened")


class Candidate(NamedTuple):
    """One of several places of the same words."""

    #: The field that chooses it, and by which value.
    name: str
    value: str
    prefix: str
    exact: str
    suffix: str


@dataclass
class Form:
    """What is in a form, and what is wrong with it."""

    values: Mapping[str, str]
    #: The entries of the fields that are sent once for each.
    chosen: Mapping[str, list[str]] = field(default_factory=dict)
    #: What is wrong, by field; "" holds what is wrong with the whole.
    faults: dict[str, list[str]] = field(default_factory=dict)
    #: The revision that its writer has seen.
    seen: int | None = None
    #: The form's Idempotency-Key.
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    #: Whether it may have been saved all the same.
    uncertain: bool = False
    #: Where its writer came too late: the revision that they had seen, and what was done to the same since.
    since: int | None = None
    meanwhile: Sequence[RevisionRow] = ()
    #: The report that is at the address already, and its version.
    existing: Mapping[str, object] | None = None
    #: By field, the places where words stand of which only one can be meant.
    candidates: dict[str, list[Candidate]] = field(default_factory=dict)


def act(
    template: str,
    schema: ma.Schema,
    work: Callable[[dict[str, Any], Asked], Any],
    *,
    values: Mapping[str, str] | None = None,
    seen: int | None = None,
    story_id: str = "",
    **context: Any,
) -> Any:
    """Show a form; when it is sent, do ``work`` and go to the address that it returns, or show the page that it made.

    ``values`` fill the form at first; ``seen`` is the revision that they are of, in the story ``story_id``.
    """
    if request.method != "POST":
        return render_template(template, form=Form(values or {}, seen=seen), **context)
    form = _sent(sent_form())
    refusal: Exception
    try:
        _check(form, seen)
        let_go()
        done = work(_read(schema, form), _asked(form, story_id))
        return redirect(done, 303) if isinstance(done, str) else done
    except (ma.ValidationError, Refusal, Busy, Unavailable) as error:
        if isinstance(error, BadForm) and not from_our_page():
            raise
        refusal = error
    document = problem_of(refusal)
    _note(form, document.errors or [Fault("", document.detail)])
    _explain(form, refusal, story_id)
    return document.dress(make_response(render_template(template, form=form, **context)))


def _check(form: Form, shown: int | None) -> None:
    """Raises ``BadForm`` without the session's word, and ``Invalid`` without the revision that was shown."""
    if not holds_csrf_word():
        raise BadForm
    if shown is not None and form.seen is None:
        form.seen = shown
        raise Invalid("The form doesn't say which revision it is of. Look it through.", name="precondition-required")


def _sent(fields: MultiDict[str, str]) -> Form:
    values = {name: value for name, value in fields.items() if name not in _OURS}
    chosen = {name: fields.getlist(name) for name in _LISTS if name in fields}
    seen, key = fields.get("seen", ""), fields.get("key", "")
    return Form(
        values,
        chosen,
        seen=int(seen) if re.fullmatch("[0-9]{1,15}", seen) else None,
        key=key if re.fullmatch("[!-~]{1,64}", key) else str(uuid.uuid4()),
    )


def _read(schema: ma.Schema, form: Form) -> dict[str, Any]:
    """The fields as the API would get them: one that is left empty was not given."""
    body: dict[str, Any] = {}
    # A group wins over a field of the same name, whichever was sent first.
    for name, value in sorted(form.values.items(), key=lambda field: field[0].count(".")):
        if name.startswith(_PLACE):
            body.setdefault("at", {})[name.removeprefix(_PLACE)] = value
        elif value.strip():
            _put(body, name.split("."), value)
    for name in _LISTS:
        if isinstance(body.get(name), str):
            body[name] = _entries(form.chosen[name])
    read: dict[str, Any] = schema.load(body)
    return read


def _put(body: dict[str, Any], way: Sequence[str], value: str) -> None:
    """Write ``value`` where ``way`` leads in ``body``, group by group."""
    for name in way[:-1]:
        if not isinstance(body.get(name), dict):
            body[name] = {}
        body = body[name]
    is_number = way[-1] in _NUMBERS and re.fullmatch("[0-9]{1,9}", value)
    body[way[-1]] = int(value) if is_number else value


def _entries(written: Iterable[str]) -> list[str]:
    return [entry.strip() for line in written for entry in line.split(",") if entry.strip()]


def _asked(form: Form, story_id: str) -> Asked:
    said = repr((sorted(form.values.items()), sorted(form.chosen.items()))).encode()
    # By the story's id, not its slug: that may be what the form changes.
    place = {**(request.view_args or {}), "story": story_id}
    key = RequestKey(
        token_id=gate.token().id,
        key=f"form {form.key}",
        route=f"{request.endpoint} {' '.join(place[name] for name in sorted(place))}",
        fingerprint=sha256(said).digest(),
    )
    return gate.asked_with(key=key, seen=form.seen)


def _note(form: Form, faults: Iterable[Fault]) -> None:
    for fault in faults:
        place, names = field_at(fault.pointer), fault.pointer.strip("/").split("/")
        said = _SAID.get(fault.detail, fault.detail)
        entry = next((int(name) for name in reversed(names) if name.isdecimal()), None)
        if place.rpartition(".")[2] in _BY_LINE and entry is not None:
            said = f"Entry {entry + 1}: {said}"
        place = f"{place}.text" if f"{place}.text" in form.values else place
        form.faults.setdefault(place, []).append(said if place or not names[0] else f"{names[0]}: {said}")


def _explain(form: Form, error: Exception, story_id: str) -> None:
    """Say to a person what the API says to a program, and let them go on from there."""
    match error:
        case Stale():
            form.faults = {"": ["Somebody changed this since you opened the page. What you wrote is still below."]}
            form.since, form.seen = form.seen, int(str(error.facts["found"]))
            form.meanwhile = _meanwhile(story_id, form.since or 0) if story_id else ()
        case ReportExists():
            form.faults = {"": ["This outlet's report at this address is here already, with other content."]}
            form.existing = error.facts
        case PassageAmbiguous():
            (fault,) = error.faults
            candidates: Any = error.facts["candidates"]
            form.candidates = {field_at(fault.pointer): _candidates(fault.pointer, candidates)}
            form.faults = {field_at(fault.pointer): ["These words stand in the text more than once. Choose which:"]}
        case KeyReused():
            form.key = str(uuid.uuid4())
            form.faults = {"": ["What you sent from this page before was saved. Send this too if you mean it as well."]}
        case BadForm():
            form.faults = {"": ["You signed in anew since you opened this page. Look it through, and send it again."]}
        case InFlight() | Trouble():
            form.uncertain = True
            form.faults = {"": ["Send it again in a moment: nothing is ever saved twice."]}


def _candidates(pointer: str, found: Iterable[Mapping[str, str]]) -> list[Candidate]:
    return [
        Candidate(
            name=f"{_PLACE}{pointer}",
            value=json.dumps({name: each[name] for name in ("block", "prefix", "suffix") if each[name].strip()}),
            prefix=each["prefix"],
            exact=each["exact"],
            suffix=each["suffix"],
        )
        for each in found
    ]


def _meanwhile(story_id: str, since: int) -> list[RevisionRow]:
    """What was done since to the report that the form is about, or else to what the desk says of the story."""
    report = (request.view_args or {}).get("report")
    types = _OF_REPORT if report else _OF_DESK
    rows = history.revisions(connection(), story_id, sight=sight(), after=since, types=types, limit=_MEANWHILE).items
    return [row for row in rows if row.report_id == report]
