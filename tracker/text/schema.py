"""The published form of a comparison of two texts, as a JSON Schema (draft 2020-12).

Fields may be added within a version; a reader passes over what it does not know. A field is never renamed and
never changes its meaning: that would be the next version.
"""

from __future__ import annotations

from typing import Any

from tracker.text.blocks import BLOCK_KINDS
from tracker.text.comparison import CLASSES, OFFSET_UNIT

_COUNT = {"type": "integer", "minimum": 0}
_HEAD = {
    "op": {"enum": ["equal", "insert", "delete", "replace", "move"]},
    "class": {"$ref": "#/$defs/class"},
    "move": {"type": "integer", "minimum": 1, "description": "The number that both ends of a move share."},
    "end": {"enum": ["from", "to"], "description": "Which end of the move this is."},
}
#: The ends of a move go with its number, and only with it.
_MOVE_RULES = {"dependentRequired": {"move": ["end"], "end": ["move"]}}

_TOKENS: dict[str, Any] = {
    "description": "Neighbouring tokens that share one fate: words with the space after them. "
    "An equal run has text, an insertion new, a deletion old, a replacement both; "
    "a run of op move is the old text at the place that it left.",
    "type": "object",
    "properties": {
        "op": _HEAD["op"],
        "class": _HEAD["class"],
        "text": {"type": "string", "minLength": 1},
        "old": {"type": "string", "minLength": 1},
        "new": {"type": "string", "minLength": 1},
        "old_start": {**_COUNT, "description": "Where the run begins in the text of its old block."},
        "new_start": {**_COUNT, "description": "Where the run begins in the text of its new block."},
    },
    "oneOf": [
        {"properties": {"op": {"const": "equal"}}, "required": ["op", "text", "old_start", "new_start"]},
        {"properties": {"op": {"const": "insert"}}, "required": ["op", "class", "new", "new_start"]},
        {"properties": {"op": {"const": "delete"}}, "required": ["op", "class", "old", "old_start"]},
        {
            "properties": {"op": {"const": "replace"}},
            "required": ["op", "class", "old", "new", "old_start", "new_start"],
        },
        {"properties": {"op": {"const": "move"}}, "required": ["op", "old", "old_start"]},
    ],
}

_STATS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "words_inserted": {**_COUNT, "description": "Changes of typography only are not counted."},
        "words_deleted": _COUNT,
        "regions": {**_COUNT, "description": "Stretches of changed text within a block."},
        "by_class": {
            "description": "The regions by the heaviest class in each.",
            "type": "object",
            "properties": dict.fromkeys(CLASSES, _COUNT),
            "required": list(CLASSES),
        },
        "moves": _COUNT,
    },
    "required": ["words_inserted", "words_deleted", "regions", "by_class", "moves"],
}

#: What every document of ``tracker.text.rendering.to_document`` fulfils.
COMPARISON_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Comparison of two texts",
    "description": "What changed from an old text to a new one: blocks, in them sentences, in them runs of tokens. "
    "Each side can be rebuilt to the letter by joining its texts; the old side passes over what has the end 'to', "
    "the new one over what has the end 'from', and blocks are ordered by their index on that side.",
    "type": "object",
    "properties": {
        "version": {"const": 1},
        "offset_unit": {"const": OFFSET_UNIT},
        "truncated": {"type": "boolean", "description": "A bound was met: right, but coarser than it could be."},
        "stats": _STATS,
        "blocks": {"type": "array", "items": {"$ref": "#/$defs/block"}},
    },
    "required": ["version", "offset_unit", "truncated", "stats", "blocks"],
    "$defs": {
        "class": {
            "description": "number: numbers differ; substance: wording; quote: within quotation marks; "
            "typographic: case, punctuation, space, the form of marks, or only the block's kind.",
            "enum": list(CLASSES),
        },
        "place": {
            "description": "Which block of its side, counted from 0.",
            "type": "object",
            "properties": {
                "index": _COUNT,
                "id": {"type": ["string", "null"]},
                "kind": {"enum": list(BLOCK_KINDS)},
            },
            "required": ["index", "id", "kind"],
        },
        "block": {
            "type": "object",
            "properties": {
                **_HEAD,
                "old": {"$ref": "#/$defs/place"},
                "new": {"$ref": "#/$defs/place"},
                "sentences": {"type": "array", "items": {"$ref": "#/$defs/sentence"}},
            },
            "required": ["op", "sentences"],
            "anyOf": [{"required": ["old"]}, {"required": ["new"]}],
            **_MOVE_RULES,
        },
        "sentence": {
            "description": "A sentence, or several that were joined or split; an equal block is one entry.",
            "type": "object",
            "properties": {**_HEAD, "tokens": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/tokens"}}},
            "required": ["op", "tokens"],
            **_MOVE_RULES,
        },
        "tokens": _TOKENS,
    },
}
