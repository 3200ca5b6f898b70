"""How a claim stands, in one sentence of plain text, for pages and for whoever reads the API."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.stories.claims import Disputant, Fate, Interval, Standing, Support

#: How many of those that dispute a claim are called by their names.
_NAMED = 5
_FATES = {
    Fate.CURRENT: "",
    Fate.SUPERSEDED: "superseded",
    Fate.RETRACTED: "retracted",
    Fate.FALLEN: "fallen, as all reports that said so were killed",
}


def in_words(standing: Standing) -> str:
    """For instance "Corroborated by 2 independent outlets, 6 to 8 sources; disputed by NBC News and by our desk."."""
    parts = [_FATES[standing.fate], _support(standing), _disputes(standing.disputed)]
    sentence = "; ".join(part for part in parts if part)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _support(standing: Standing) -> str:
    sources = _counted(standing.sources, "source")
    match standing.support:
        case Support.NONE:
            # What was taken back, or fell, is said by nobody: its fate tells.
            return "" if standing.fate in (Fate.RETRACTED, Fate.FALLEN) else "nobody says so"
        case Support.UNATTRIBUTED:
            return "said by 1 independent outlet, which states no source"
        case Support.SINGLE_SOURCE:
            return f"said by 1 independent outlet, {sources}"
        case Support.CORROBORATED:
            return f"corroborated by {_outlets(standing.outlets)}, {sources}"


def _outlets(outlets: Interval) -> str:
    """By all that is known to join outlets; and how many are left if those join them of whom nothing is known."""
    assert outlets.max is not None, "the outlets of a story are known"
    found = _counted(Interval(outlets.max, outlets.max), "independent outlet")
    return found if outlets.min == outlets.max else f"{found} ({outlets.min} if unnamed sources are the same person)"


def _counted(number: Interval, noun: str) -> str:
    """ "1 source", "at least 2 sources", "6 to 8 sources"."""
    if number.max == number.min:
        return f"{number.min} {noun}" if number.min == 1 else f"{number.min} {noun}s"
    if number.max is None:
        return f"at least {number.min} {noun}" if number.min == 1 else f"at least {number.min} {noun}s"
    return f"{number.min} to {number.max} {noun}s"


def _disputes(disputed: Sequence[Disputant]) -> str:
    names = list(dict.fromkeys(f"by {_name(each)}" for each in disputed))
    if len(names) > _NAMED:
        names[_NAMED:] = [f"by {len(names) - _NAMED} others" if len(names) > _NAMED + 1 else names[_NAMED]]
    listed = " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
    return f"disputed {listed}" if listed else ""


def _name(disputant: Disputant) -> str:
    if disputant.outlet is not None:
        return disputant.outlet.name
    if disputant.party is not None:
        return disputant.party.name
    return disputant.label or "our desk"
