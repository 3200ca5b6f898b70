"""Words that a command names, found in the version of a report that it names, or refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tracker.stories.errors import (
    ContentIsRedacted,
    PassageAmbiguous,
    PassageNotFound,
    ReportIsKilled,
    UnknownVersion,
)
from tracker.stories.knowledge import Basis, Quote
from tracker.stories.reports import Report
from tracker.stories.story import Story
from tracker.stories.values import Content
from tracker.text.passages import FoundMoreThanOnce, NotFoundInText, Searchable, Selector, searchable


class Text:
    """What one version of a report says, to be looked through."""

    def __init__(self, report: Report, version: int | None, given: Content | None) -> None:
        """``given``: what the version says, where it isn't the latest.

        Raises ``UnknownVersion``, ``ReportIsKilled``, ``ContentIsRedacted``.
        """
        if report.kill:
            raise ReportIsKilled(report.report_id)
        self.report_id = report.report_id
        self.version = report.version if version is None else version
        found = report.version_numbered(self.version)
        if found is None:
            raise UnknownVersion(self.version, report.version)
        if found.redacted:
            raise ContentIsRedacted(report.report_id, self.version)
        content = report.content if self.version == report.version else given
        assert content is not None, "the text of an older version is read before it is decided"
        self._text: Searchable = searchable(content.blocks)

    def located(self, selector: Selector, pointer: str) -> Selector:
        """``selector`` with the words as they stand in the text.

        Raises ``PassageNotFound``, ``PassageAmbiguous``.
        """
        return self._found([selector], lambda part: pointer)[0]

    def quoted(self, quotes: Sequence[Quote], pointer: str) -> tuple[Quote, ...]:
        """``quotes`` with each part as it stands in the text, those within them too. Raises as ``located``."""
        return tuple(self._quoted(quote, f"{pointer}/{number}") for number, quote in enumerate(quotes))

    def _quoted(self, quote: Quote, pointer: str) -> Quote:
        parts = self._found(quote.parts, lambda part: f"{pointer}/parts/{part}/exact")
        return msgspec.structs.replace(quote, parts=parts, inner=self.quoted(quote.inner, f"{pointer}/inner"))

    def _found(self, parts: Sequence[Selector], pointer: Callable[[int], str]) -> tuple[Selector, ...]:
        """``pointer`` gives the place of each part in the request."""
        try:
            places = self._text.find_in_parts(parts)
        except NotFoundInText as missing:
            raise PassageNotFound(pointer(missing.part), self.report_id, self.version) from None
        except FoundMoreThanOnce as several:
            candidates = [msgspec.to_builtins(each) for each in several.candidates]
            raise PassageAmbiguous(pointer(several.part), candidates) from None
        pairs = zip(parts, places, strict=True)
        return tuple(msgspec.structs.replace(part, exact=place.exact) for part, place in pairs)

    def require(self, words: str, pointer: str) -> None:
        """Raises ``PassageNotFound`` unless ``words`` stand in it, once or more often."""
        if not self._text.find(Selector(exact=words)):
            raise PassageNotFound(pointer, self.report_id, self.version)


def settled(basis: Basis | None, story: Story, given: Text | Content | None, pointer: str) -> Basis | None:
    """``basis`` with its version, and its words looked up, where it names a report.

    ``given``: what the version says, where it isn't the latest; or the version, where it was looked through before.
    Raises ``UnknownReport``, and as ``Text``.
    """
    if basis is None or basis.report_id is None:
        return basis
    text = given if isinstance(given, Text) else Text(story.report(basis.report_id), basis.version, given)
    text.require(basis.text, f"{pointer}/text")
    return msgspec.structs.replace(basis, version=text.version)
