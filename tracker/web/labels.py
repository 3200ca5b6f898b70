"""What each field of a form is called, and which field a JSON Pointer into the API's request means."""

from __future__ import annotations

from collections.abc import Mapping

#: By the field's name; that of a group's member is ``group.member``.
LABELS: Mapping[str, str] = {
    "title": "Title",
    "slug": "Slug",
    "summary": "Summary",
    "topics": "Topics",
    "language": "Language",
    "urgency": "Urgency",
    "reason": "Reason",
    "outlet": "Outlet",
    "headline": "Headline",
    "text": "Text",
    "uri": "Address",
    "byline": "Byline",
    "dateline": "Dateline",
    "published_at": "Published",
    "extent": "How much of it this is",
    "copyright_notice": "Copyright",
    "usage_terms": "Terms of use",
    "note": "Note",
    "kind": "Kind",
    "note.text": "Note",
    "note.wrong": "What was wrong",
    "note.right": "What is right",
    "url": "Address",
    "types": "Types of events",
    "stories": "Stories",
    "name": "Name",
    "aliases": "Also called",
    "owner": "Owner",
    "redistribute": "What may leave",
    "roles": "Roles",
    "into": "Into",
    # What a report says.
    "exact": "The exact words",
    "statement": "The claim, in our words",
    "stance": "What the report does with it",
    "claim": "Which claim",
    "attribution": "Who says so",
    "attribution.party": "A person or organisation, by name",
    "attribution.outlet": "As reported by",
    "attribution.label": "Somebody without a name, as printed",
    "attribution.via": "Through whom it came",
    "attribution.count.min": "At least how many",
    "attribution.count.max": "At most how many",
    "attribution.ordinal": "Which of several",
    "attribution.knowledge": "How they know",
    "attribution.ground_rule": "What they allowed",
    "attribution.anonymity_reason": "Why no name was printed",
    "parts": "The quotation",
    "speaks": "Who speaks",
    "speaker": "The speaker",
    "about": "Whom it is about",
    "from": "This claim",
    "relation": "Does what",
    "to": "To this claim",
    "other": "Or to a claim of a linked story",
    "basis": "The words that it rests on",
    "basis.text": "The words that it rests on",
    "basis.report": "In which report they stand",
    "basis.version": "In which version",
    "by": "Whose judgement it is",
    "phrase": "When, to the letter",
    "edtf": "The date, where you know better",
    "anchor.direction": "Before or after something else",
    "anchor.occurrence": "What else",
    "anchor.offset": "How far from it",
    "hemisphere": "Hemisphere",
    "place": "Place",
    "parties": "Who took part",
    "occurrence": "What happened",
    "story": "The other story",
    # What the desk does.
    "target": "What",
    "until": "Until, in UTC",
    "authority": "By whose decision",
    "issued_by": "Whose act it is",
    "public_note": "What the public is told",
    "successor": "What takes its place",
    "alone_because": "Why nobody else is asked",
    "passages": "The words that are corrected",
    "cites": "Reports that it draws on",
    "embargoed_until": "Embargo until, in UTC",
}
#: What a form holds in a field of its own.
_SHORTER = (("/claims/0", "/claim"), ("/quotes/0/parts", "/parts"), ("/quotes/0/speaker", "/speaker"))
#: The fields of a claim that rides along in another form.
_CLAIM = "claim."


def label(name: str) -> str | None:
    """What the field is called."""
    return LABELS.get(name) or LABELS.get(name.removeprefix(_CLAIM))


def field_at(pointer: str) -> str:
    """The field that a pointer means, the innermost that there is; empty where there is none."""
    for longer, shorter in _SHORTER:
        pointer = pointer.replace(longer, shorter)
    way = pointer.strip("/").split("/")
    names = (".".join(way[:length]) for length in range(len(way), 0, -1))
    return next((name for name in names if label(name)), "")
