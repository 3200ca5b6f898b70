"""The marshmallow fields that all schemas share: how a client may write a title, a slug, a moment.

Every text is brought to NFC here, and nowhere after, loses the blank space at its ends and holds no control
characters; marks that change the direction of writing and joiners may stand in it. What the OpenAPI document
says of a field (pattern, lengths) is what is checked; where that can't be, the field says so.

Normalising takes quadratic time on endless runs of combining marks: more than 30 in a row, the bound of the
Stream-Safe Text Format (UAX #15 §13), are refused before.
Does badly: Python counts code points, as JSON Schema does; a reader counts graphemes.
"""

# ruff: noqa: RUF012  (marshmallow takes its messages from the class, and declares them otherwise than as ClassVar)

from __future__ import annotations

import re
import unicodedata
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import marshmallow as ma
import regex

from tracker.api.moments import read_moment
from tracker.clock import rfc3339
from tracker.errors import Invalid
from tracker.ids import looks_like_id
from tracker.text.blocks import BLOCK_KINDS

_NOT_IN_TEXT = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f"
_NOT_IN_LINE = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
# White_Space and Default_Ignorable_Code_Point of the Unicode Character Database, controls, the blank Braille
# pattern. Beyond U+FFFF the characters themselves: no notation for them is common to Python and ECMA 262.
_INVISIBLE = (
    r"\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
#: A report has no more blocks than this, however it is sent.
MOST_BLOCKS = 5000

_VISIBLE = re.compile(f"[^{_INVISIBLE}]")
_MARKS = regex.compile(r"[^\p{Canonical_Combining_Class=0}]{31}")


class RequestSchema(ma.Schema):
    """A schema for what clients send: a field that it does not know is refused by name."""

    #: What JSON Schema can say of the object as a whole; the document says it, a ``validates_schema`` checks it.
    rules: ClassVar[Mapping[str, Any]] = {}

    error_messages = {"unknown": "There is no such field.", "type": "This must be an object."}

    class Meta:
        unknown = ma.RAISE


class _Read(ma.fields.String):
    """Text that ``read`` judges, once it is known to be text."""

    default_error_messages = {"invalid": "This must be text."}

    def __init__(self, *, minimum: int, maximum: int | None, pattern: str, **options: Any) -> None:
        self._maximum = maximum
        self._measured = f"This takes {minimum} to {maximum} characters."
        # What comes out is measured here, what comes in below: NFC may lengthen a text, stripping shortens it.
        length = ma.validate.Length(min=minimum, max=maximum, error=self._measured)
        metadata = {"pattern": pattern} | (options.pop("metadata", None) or {})
        super().__init__(validate=length, metadata=metadata, **options)

    def _deserialize(self, value: Any, *where: Any, **options: Any) -> str:
        text = super()._deserialize(value, *where, **options)
        if self._maximum is not None and len(text) > self._maximum:
            raise ma.ValidationError(self._measured)
        return self.read(text)

    @abstractmethod
    def read(self, text: str) -> str:
        """What is stored of ``text``; ``ValidationError`` where it is refused."""


class Text(_Read):
    """Text of one or more lines, at least one character of which can be seen (none need be with ``blank``)."""

    default_error_messages = {
        "control": "Character {at} is {code}, which can't stand here.",
        "marks": "There are more than 30 combining marks in a row.",
        "blank": "There is nothing to be seen here.",
    }
    _refused = _NOT_IN_TEXT

    def __init__(self, *, maximum: int | None = None, blank: bool = False, **options: Any) -> None:
        self._blank = blank
        self._control = re.compile(f"[{self._refused}\ud800-\udfff]")
        inner = f"[^{self._refused}]*"
        pattern = f"^{inner}$" if blank else f"^{inner}[^{_INVISIBLE}]{inner}$"
        super().__init__(minimum=0 if blank else 1, maximum=maximum, pattern=pattern, **options)

    def read(self, text: str) -> str:
        if found := self._control.search(text):
            raise self.make_error("control", at=found.start() + 1, code=f"U+{ord(found[0]):04X}")
        if not self._blank and not _VISIBLE.search(text):
            raise self.make_error("blank")
        composed = text if text.isascii() else self._composed(text)
        return composed.replace("\r\n", "\n").replace("\r", "\n").strip()

    def _composed(self, text: str) -> str:
        if _MARKS.search(text):
            raise self.make_error("marks")
        composed = unicodedata.normalize("NFC", text)
        return composed.replace("\x85", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")


class Line(Text):
    """Text of one line."""

    _refused = _NOT_IN_LINE


class Title(Line):
    """The title of a story or the headline of a report: one line of 1 to 300 characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(maximum=300, **options)


class Note(Text):
    """What a person adds to an act, in her own words: 1 to 2000 characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(maximum=2000, **options)


class _Patterned(_Read):
    """Text that one pattern decides. It must match the whole: ``$`` alone would let a last newline through."""

    _pattern: re.Pattern[str]
    _lengths: tuple[int, int]

    def __init__(self, **options: Any) -> None:
        least, most = self._lengths
        super().__init__(minimum=least, maximum=most, pattern=f"^{self._pattern.pattern}$", **options)

    def read(self, text: str) -> str:
        if not self._pattern.fullmatch(text):
            raise self.make_error("pattern")
        return text


class Slug(_Patterned):
    """A story's working name: 2 to 80 of a–z and 0–9, with single hyphens between them.

    The pattern does not say that it may not look like an id either, also with a hyphen for the underscore.
    """

    default_error_messages = {
        "pattern": "A slug has lower-case letters a to z, digits, and single hyphens between them.",
        "id": "A slug may not look like an id.",
    }
    _pattern = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")
    _lengths = (2, 80)

    def read(self, text: str) -> str:
        slug = super().read(text)
        if looks_like_id(slug.replace("-", "_")):
            raise self.make_error("id")
        return slug


class Language(_Patterned):
    """A well-formed language tag (BCP 47, RFC 5646 §2.1) in the usual case (§2.1.1); it need not be registered.

    Tags from before RFC 4646 that don't keep its grammar (``i-klingon``) are refused: each has a modern one.
    """

    default_error_messages = {"pattern": "This is not a language tag; write one such as en, pt-BR or zh-Hant."}
    _pattern = re.compile(
        "(?:(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
        "(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*"
        "(?:-[Xx](?:-[A-Za-z0-9]{1,8})+)?|[Xx](?:-[A-Za-z0-9]{1,8})+)"
    )
    _lengths = (2, 35)

    def read(self, text: str) -> str:
        first, *rest = super().read(text).lower().split("-")
        tag, in_extension = [first], first == "x"
        for part in rest:
            in_extension = in_extension or len(part) == 1
            tag.append(part if in_extension else {2: part.upper(), 4: part.title()}.get(len(part), part))
        return "-".join(tag)


class HttpUri(_Patterned):
    """An absolute http or https address (RFC 3986) in ASCII, without user-info, of at most 2000 characters.

    A port out of range and a wrong IPv6 address pass the pattern, and are found out here.
    """

    default_error_messages = {"pattern": "This is no absolute http(s) address in ASCII, without user-info."}
    _pattern = re.compile(
        r"[Hh][Tt][Tt][Pp][Ss]?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]{2,45}\])"
        r"(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-~]*)?"
    )
    _lengths = (8, 2000)

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"format": "uri"} | (options.pop("metadata", None) or {}), **options)

    def read(self, text: str) -> str:
        uri = super().read(text)
        with suppress(ValueError):
            if urlsplit(uri).port != 0:
                return uri
        raise self.make_error("pattern")


class WaitFor(_Patterned):
    """The event that an answer is to know of, by its position or as a story's revision: ``1205``, ``sty_…@17``."""

    default_error_messages = {"pattern": "This is neither a position nor a story's revision, such as sty_…@17."}
    _pattern = re.compile("(?:sty_[0-7][0-9a-hjkmnp-tv-z]{25}@)?[0-9]{1,15}")
    _lengths = (1, 46)

    def __init__(self) -> None:
        described = "Wait, two seconds at most, until the answer covers this position, or this revision: sty_…@17"
        super().__init__(metadata={"description": described})


class Moment(ma.fields.DateTime):
    """A date and time with an offset (RFC 3339), read to UTC and written with ``Z``."""

    default_error_messages = {"invalid": "This must be text: a date and time with an offset."}

    def _serialize(self, value: Any, *where: Any, **options: Any) -> str | None:
        return None if value is None else rfc3339(value)

    def _deserialize(self, value: Any, *where: Any, **options: Any) -> datetime:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            return read_moment(value)
        except Invalid as error:
            raise ma.ValidationError(str(error)) from None


class Number(ma.fields.Integer):
    """A whole number in a body, from ``minimum`` to ``maximum``."""

    default_error_messages = {"invalid": "This must be a whole number."}

    def __init__(self, *, minimum: int, maximum: int, error: str = "From {min} to {max}.", **options: Any) -> None:
        reach = ma.validate.Range(minimum, maximum, error=error)
        super().__init__(strict=True, validate=reach, **options)

    def _deserialize(self, value: Any, *where: Any, **options: Any) -> int:
        # JSON knows one kind of number, and JSON Schema takes 2.0 for an integer (validation, §6.1.1).
        whole = isinstance(value, float) and value.is_integer()
        return super()._deserialize(int(value) if whole else value, *where, **options)


class Urgency(Number):
    """How urgent, from 1 (highest) to 9, as newsrooms count (IPTC)."""

    default_error_messages = {"invalid": "This must be a whole number from 1 to 9."}

    def __init__(self, **options: Any) -> None:
        super().__init__(minimum=1, maximum=9, error="From 1 (highest) to 9.", **options)


class Flag(ma.fields.Boolean):
    """``true`` or ``false``, and nothing that might mean one of them."""

    default_error_messages = {"invalid": "This must be true or false."}

    def _deserialize(self, value: Any, *where: Any, **options: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Whole(ma.fields.Integer):
    """A whole number in a query string: only the digits 0 to 9, from ``minimum`` to ``maximum``."""

    default_error_messages = {"invalid": "This must be a whole number, in digits."}

    def __init__(self, *, minimum: int = 0, maximum: int = 2**53 - 1, **options: Any) -> None:
        reach = ma.validate.Range(minimum, maximum, error=f"From {minimum} to {maximum}.")
        super().__init__(validate=reach, **options)

    def _deserialize(self, value: Any, *where: Any, **options: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch("[0-9]{1,16}", value):
            raise self.make_error("invalid")
        return int(value)


class Bounded(ma.fields.List[Any]):
    """A list of at most ``maximum`` items, which is found out before any of them is read."""

    default_error_messages = {
        "invalid": "This must be a list.",
        "length": "This takes at least {minimum} and at most {maximum} entries.",
    }

    def __init__(self, item: ma.fields.Field[Any], *, minimum: int = 0, maximum: int, **options: Any) -> None:
        self._bounds = {"minimum": minimum, "maximum": maximum}
        documented = {"minItems": minimum, "maxItems": maximum}
        super().__init__(item, metadata=documented | (options.pop("metadata", None) or {}), **options)

    def _deserialize(self, value: Any, *where: Any, **options: Any) -> list[Any]:
        if isinstance(value, list) and not self._bounds["minimum"] <= len(value) <= self._bounds["maximum"]:
            raise self.make_error("length", **self._bounds)
        return super()._deserialize(value, *where, **options)


class Topics(Bounded):
    """At most 20 topics of 1 to 60 characters each. The same twice, whatever its case, is once: the first."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Line(maximum=60), maximum=20, **options)

    def _deserialize(self, value: Any, *where: Any, **options: Any) -> list[Any]:
        first: dict[str, str] = {}
        for topic in super()._deserialize(value, *where, **options):
            first.setdefault(topic.casefold(), topic)
        return list(first.values())


class BlockSchema(RequestSchema):
    """One paragraph, heading, list item, quote or caption."""

    kind = ma.fields.String(
        load_default="paragraph",
        validate=ma.validate.OneOf(BLOCK_KINDS, error=f"This must be one of {', '.join(BLOCK_KINDS)}."),
        metadata={"description": "What the block is"},
    )
    text = Text(required=True, metadata={"description": "Plain text, no HTML"})


class Blocks(Bounded):
    """The blocks of a report in order: 1 to ``MOST_BLOCKS`` of ``{kind, text}``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(ma.fields.Nested(BlockSchema()), minimum=1, maximum=MOST_BLOCKS, **options)
