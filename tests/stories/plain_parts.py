"""What a plain story is made of (``plain_story``)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracker.stories.commands import FileReport
from tracker.stories.dates import When
from tracker.stories.knowledge import Attribution, Basis, ClaimRef, Quote, RelationKind, Stance
from tracker.stories.values import Content, OutletRef, PartyRef, Person
from tracker.text.passages import Selector

_NOTHING = Content(headline="")


class Refused(Exception):
    """A command is refused, by the rule of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def require(so: bool, name: str) -> None:
    if not so:
        raise Refused(name)


@dataclass
class Version:
    content: Content
    revision: int
    redacted: bool = False

    def says(self, content: Content) -> bool:
        return not self.redacted and self.content.digest() == content.digest()


@dataclass
class Report:
    outlet: OutletRef
    uri: str | None
    cites: tuple[str, ...]
    versions: list[Version]
    blocks_used: int
    #: The public note of its kill, and whose that was.
    killed: str | None = None
    killed_by: str | None = None
    corrections: list[Any] = field(default_factory=list)
    #: The versions that are corrections and repeat words of the version before.
    repeats: set[int] = field(default_factory=set)

    @property
    def latest(self) -> Content:
        """What it says, also to whoever only numbers its blocks: nothing where that was destroyed."""
        return _NOTHING if self.versions[-1].redacted else self.versions[-1].content

    @property
    def known_uri(self) -> str | None:
        return None if self.versions[0].redacted else self.uri

    @property
    def last_correction(self) -> object:
        """The note of one that was destroyed is not known any more."""
        if not self.corrections or self.versions[self.corrections[-1][0] - 1].redacted:
            return None
        return self.corrections[-1]

    def view(self) -> tuple[Any, ...]:
        versions = [(each.revision, each.redacted) for each in self.versions]
        texts = [] if self.killed else [block.text for block in self.latest.blocks]
        return versions, self.killed, texts, len(self.corrections)


@dataclass
class Appearance:
    number: int
    revision: int
    report_id: str
    version: int
    #: The latest version when it was marked.
    latest: int
    selector: Selector
    stance: Stance
    attribution: Attribution | None
    quotes: tuple[Quote, ...]
    about: tuple[PartyRef, ...]
    statement: str


@dataclass
class Claim:
    appearances: list[Appearance] = field(default_factory=list)
    numbered: int = 0


@dataclass
class Relation:
    source: ClaimRef
    target: ClaimRef
    kind: RelationKind
    by: OutletRef | None
    basis: Basis | None
    revision: int

    def view(self) -> tuple[Any, ...]:
        return self.source.claim_id, self.kind, self.target.claim_id, self.basis.text if self.basis else None

    def ends(self) -> Iterator[str]:
        """The claims of this story that it joins."""
        return (end.claim_id for end in (self.source, self.target) if end.story_id is None)


@dataclass
class Account:
    title: str
    when: When | None
    place: str | None
    parties: tuple[PartyRef, ...]
    basis: Basis | None


class Plain:
    """What is known of a story, and the questions that every rule asks."""

    def __init__(self, story_id: str) -> None:
        self.story_id = story_id
        self.revision = 1
        self.closed = False
        self.said: dict[str, Any] = {"title": "Strike", "summary": None, "topics": (), "urgency": None}
        self.reports: dict[str, Report] = {}
        #: By which the log knows a filing again.
        self.filed: set[tuple[str, str]] = set()
        self.claims: dict[str, Claim] = {}
        self.relations: dict[str, Relation] = {}
        self.occurrences: dict[str, list[Account]] = {}
        self.links: dict[str, Any] = {}
        self.holds: dict[str, Any] = {}
        self.requests: dict[str, Any] = {}
        self.withdrawn: set[str] = set()

    def copied(self) -> dict[str, Any]:
        return copy.deepcopy(self.__dict__)

    def report(self, report_id: str) -> Report:
        require(report_id in self.reports, "unknown-report")
        return self.reports[report_id]

    def add_report(self, command: FileReport, content: Content) -> None:
        used = len(content.blocks)
        first = Version(content, self.revision)
        self.reports[command.report_id] = Report(command.outlet, command.uri, command.cites, [first], used)

    def require_right(self, by: Person, outlet: OutletRef) -> None:
        require(by.outlets is None or outlet.id in by.outlets, "forbidden-outlet")

    def text_of(self, report_id: str, version: int | None) -> tuple[Content, int]:
        """What a version says, and its number; the latest where none is named."""
        report = self.report(report_id)
        require(not report.killed, "report-killed")
        number = len(report.versions) if version is None else version
        require(0 < number <= len(report.versions), "unknown-version")
        require(not report.versions[number - 1].redacted, "content-redacted")
        return report.versions[number - 1].content, number

    def is_gone(self, appearance: Appearance) -> bool:
        """Whether nobody can read it any more."""
        return self.is_redacted(appearance) or bool(self.reports[appearance.report_id].killed)

    def is_redacted(self, appearance: Appearance) -> bool:
        return self.reports[appearance.report_id].versions[appearance.version - 1].redacted

    def has_fallen(self, claim_id: str) -> bool:
        return all(self.reports[each.report_id].killed for each in self.claims[claim_id].appearances)
