"""Who says something, and through whom it came, in words."""

from __future__ import annotations

from tracker.stories.knowledge import Attribution, Count
from tracker.stories.sentences.naming import Names
from tracker.stories.sentences.words import shortened


def cited(attribution: Attribution | None, names: Names) -> str:
    """What follows "citing": ``a second senior administration official, through NBC News``; empty where nobody is."""
    if attribution is None:
        return ""
    said = _source(attribution, names)
    through = [each for each in (_source(via, names) for via in attribution.via) if each]
    if not said:
        return through[0] if through else ""
    return ", through ".join([said, *through])


def _source(attribution: Attribution, names: Names) -> str:
    """As printed, where it was."""
    if attribution.party is not None:
        called = attribution.party.name
        return f"{called} ({shortened(attribution.label)})" if attribution.label else called
    if attribution.label is not None:
        return shortened(attribution.label)
    if attribution.outlet is not None:
        return attribution.outlet.name
    if attribution.report_id is not None:
        return names.report(attribution.report_id)
    return _unnamed(attribution.count)


def _unnamed(count: Count | None) -> str:
    """Sources of which only the number is known, or not even that."""
    if count is None or (count.min is None and count.max is None):
        return ""
    if count.min == count.max:
        return "an unnamed source" if count.min == 1 else f"{count.min} unnamed sources"
    if count.max is None:
        return f"at least {count.min} unnamed sources"
    return f"up to {count.max} unnamed sources" if count.min is None else f"{count.min} to {count.max} unnamed sources"
