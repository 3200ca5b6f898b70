"""How what is said is put into words on a page: dates, quotations, sources, acts of the desk."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from markupsafe import Markup, escape

from tracker.stories.desk import CorrectionAct, DeskAct, KillAct, RedactionAct
from tracker.stories.knowledge import Attribution, Count, Knowledge
from tracker.stories.questions.sources import Said
from tracker.stories.questions.timeline import WhenAnswer

#: A year, month or day, as the datetime attribute takes it (HTML, 2.3.5): not EDTF's seasons, which look like months.
_HTML_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-[0-9]{2})?)?")
_QUOTES = ("“", "”", "„", "«", "»", '"', "‘", "’", "'")
#: An ISO 8601 duration of one unit.
_ONE_UNIT = re.compile(r"P([0-9]+)([YMWD])")
_KNOWS = {
    Knowledge.DIRECT: "knows it directly",
    Knowledge.BRIEFED: "was briefed",
    Knowledge.DOCUMENT: "has it from a document",
    Knowledge.UNKNOWN: "",
}


def reading(when: WhenAnswer) -> Markup:
    """What a date was read to mean, with the date in the markup where HTML can write it."""
    if when.edtf is None or not _HTML_DATE.fullmatch(when.edtf):
        return Markup("<bdi>{}</bdi>").format(when.reading)
    return Markup('<time datetime="{}">{}</time>').format(when.edtf, when.reading)


def in_quotes(words: str) -> str:
    """Words as a quotation; what begins with a quotation mark of its own has them already."""
    return words if words.startswith(_QUOTES) else f"“{words}”"


def offset(duration: str) -> str:
    """A distance in time as people say it: "5 months" for P5M."""
    found = _ONE_UNIT.fullmatch(duration)
    if found is None:
        return duration
    noun = {"Y": "year", "M": "month", "W": "week", "D": "day"}[found[2]]
    return f"{found[1]} {noun}{'' if found[1] == '1' else 's'}"


def act_kind(act: DeskAct | None) -> str:
    """What an act of the desk is called: "kill", "redaction", or what kind of correction it is."""
    match act:
        case CorrectionAct():
            return act.kind.value.replace("_", " ").replace("editors", "editor’s")
        case KillAct():
            return "kill"
        case RedactionAct():
            return "redaction"
        case None:
            return "an act that was redacted"
        case _ as never:
            assert_never(never)


def footing(of: Attribution | Said) -> Markup:
    """What is known of how many a source is, how it knows, on which terms it spoke; empty where nothing is."""
    said = [
        f"number of sources: {_counted(of.count)}" if of.count else "",
        _KNOWS[of.knowledge],
        of.ground_rule.value.replace("_", " ") if of.ground_rule else "",
    ]
    told = [escape(each) for each in said if each]
    if of.anonymity_reason:
        told.append(Markup("not named: <bdi>{}</bdi>").format(of.anonymity_reason))
    return Markup(' <span class="hint">({})</span>').format(Markup("; ").join(told)) if told else Markup("")


def _counted(count: Count) -> str:
    if count.min == count.max:
        return str(count.min)
    if count.min is not None and count.max is not None:
        return f"{count.min} to {count.max}"
    return f"at most {count.max}" if count.min is None else f"at least {count.min}"


#: By their names in templates.
FILTERS: Mapping[str, Callable[..., Any]] = {
    "reading": reading,
    "in_quotes": in_quotes,
    "offset": offset,
    "act_kind": act_kind,
    "footing": footing,
}
