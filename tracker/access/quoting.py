"""How much of a text may leave with what is marked in it: short quotes, and nothing else of it.

Statements, titles and judgements are ours and leave whole. Words that stand in a report leave where there are at most
``SHORT_QUOTE`` characters of them: the words in which a claim is made, the parts of a quotation together, what a
relation or an occurrence rests on, a date's phrase, what an outlet calls its source. Longer ones are left out, and not
cut: what stands in quotation marks is exact. What stands beside them (a selector's prefix and suffix) stays here.

What it does badly: many short quotes of one report, in many events, add up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tracker.stories.dates import When
from tracker.stories.events import ClaimAsserted, ClaimsRelated, OccurrenceRecorded
from tracker.stories.knowledge import Attribution, Quote
from tracker.stories.sentences.words import shortened
from tracker.text.passages import Selector

#: So many characters of a report's text are a short quote.
SHORT_QUOTE = 300

#: What an attribution says in the words of its outlet.
_PRINTED = ("label", "anonymity_reason")


def claim_that_may_leave(event: ClaimAsserted) -> dict[str, Any]:
    """``event`` as JSON-ready fields, with ``selector`` and ``quotes`` as far as they are short."""
    fields: dict[str, Any] = msgspec.to_builtins(event)
    fields["statement"] = _statement(event)
    fields["selector"] = _words(event.selector)
    if event.attribution is not None:
        fields["attribution"] = source_that_may_leave(event.attribution)
    if event.quotes:
        fields["quotes"] = quotes_that_may_leave(event.quotes)
    return fields


def relation_that_may_leave(event: ClaimsRelated) -> dict[str, Any]:
    """``event`` as JSON-ready fields, with its ``basis`` if that is short."""
    return _with_short_basis(msgspec.to_builtins(event))


def occurrence_that_may_leave(event: OccurrenceRecorded) -> dict[str, Any]:
    """``event`` as JSON-ready fields, with its ``basis`` and its date's ``phrase`` as far as they are short."""
    fields = _with_short_basis(msgspec.to_builtins(event))
    return {**fields, "when": when_that_may_leave(event.when)} if event.when else fields


def when_that_may_leave(when: When) -> dict[str, Any]:
    """``when`` as JSON-ready fields, with its ``phrase`` if that is short."""
    fields: dict[str, Any] = msgspec.to_builtins(when)
    return {name: value for name, value in fields.items() if name != "phrase" or is_short(value)}


def quotes_that_may_leave(quotes: Iterable[Quote]) -> list[dict[str, Any]]:
    """Each quotation with its speaker; its ``parts`` are none where it is long, and so are those within it."""
    return [_quote(quote) for quote in quotes]


def passages_that_may_leave(passages: Iterable[Selector]) -> list[dict[str, Any]]:
    """The words of each that is short."""
    return [found for passage in passages if (found := _words(passage))]


def source_that_may_leave(source: Attribution) -> dict[str, Any]:
    """``source`` as JSON-ready fields, without what its outlet says at length."""
    fields: dict[str, Any] = msgspec.to_builtins(source)
    left = {name: value for name, value in fields.items() if name not in _PRINTED or is_short(value)}
    return {**left, "via": [source_that_may_leave(each) for each in source.via]} if source.via else left


def is_short(words: str) -> bool:
    """Whether ``words`` of a report may leave."""
    return len(words) <= SHORT_QUOTE


def _statement(event: ClaimAsserted) -> str:
    """Ours, unless nobody put it otherwise than the report did."""
    words = event.selector.exact
    return event.statement if is_short(words) or event.statement != words else shortened(event.statement)


def _words(selector: Selector) -> dict[str, Any]:
    if not selector.exact or not is_short(selector.exact):
        return {}
    return {"exact": selector.exact, **({"block": selector.block} if selector.block else {})}


def _quote(quote: Quote) -> dict[str, Any]:
    whole = is_short("".join(part.exact for part in quote.parts))
    fields: dict[str, Any] = {"parts": [_words(part) for part in quote.parts] if whole else []}
    if quote.speaker is not None:
        fields["speaker"] = source_that_may_leave(quote.speaker)
    if quote.language is not None:
        fields["language"] = quote.language
    if quote.inner:
        # It is a part of what is too long.
        fields["inner"] = [_quote(each) for each in quote.inner] if whole else []
    return fields


def _with_short_basis(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "basis" or is_short(value)}
