"""What is marked in a report with its filing: all or nothing, each upon those before it.

What is there already is not marked twice. Whatever else in the filing names it by the id that it would have got means
what is there.
"""

from __future__ import annotations

import msgspec

from tracker.stories.commands import Assertion, FileReport, Recording, Relating
from tracker.stories.decisions import claims, marks
from tracker.stories.decisions.passages import Text
from tracker.stories.events import Event
from tracker.stories.folding.supposing import supposed
from tracker.stories.knowledge import Basis, ClaimRef
from tracker.stories.story import Story
from tracker.stories.values import Content


def marked_with(command: FileReport, story: Story) -> list[Event]:
    """The events of what is marked with a filing; ``story`` has the report."""
    if not (command.claims or command.occurrences or command.relations):
        return []
    marking = _Marking(command, story)
    for number, assertion in enumerate(command.claims):
        marking.assert_claim(assertion, f"/claims/{number}")
    for number, recording in enumerate(command.occurrences):
        marking.record(recording, f"/occurrences/{number}")
    for number, relating in enumerate(command.relations):
        marking.relate(relating, f"/relations/{number}")
    return marking.events


class _Marking:
    """A filing that is being marked, as far as it has come."""

    def __init__(self, command: FileReport, story: Story) -> None:
        self.events: list[Event] = []
        self._command = command
        self._story = story
        # It is prepared once: to do so takes longer than to look for words in it.
        self._here = Text(story.report(command.report_id), None, None)
        #: What is there already, by the id that it would have got.
        self._there: dict[str, str] = {}

    def assert_claim(self, asked: Assertion, pointer: str) -> None:
        events = claims.asserted(asked, self._here, self._story, pointer=pointer)
        if not events:
            self._there[asked.claim_id] = claims.marked(asked, self._here, self._story).partition("/")[0]
        self._add(events)

    def record(self, asked: Recording, pointer: str) -> None:
        asked = self._of_this(asked)
        text = self._text(asked.basis)
        events = marks.recorded(asked, self._story, text, pointer=pointer)
        if not events:
            self._there[asked.occurrence_id] = marks.known(asked, self._story, text)
        self._add(events)

    def relate(self, asked: Relating, pointer: str) -> None:
        basis = self._in_this(asked.basis)
        asked = msgspec.structs.replace(
            asked, source=self._claim(asked.source), target=self._claim(asked.target), basis=basis
        )
        text = self._text(basis)
        self._add(claims.related(asked, self._story, self._command.by, text, None, pointer=pointer))

    def _add(self, events: list[Event]) -> None:
        self.events += events
        self._story = supposed(self._story, events)

    def _of_this(self, asked: Recording) -> Recording:
        when = asked.when
        if when is not None and when.anchor is not None:
            anchor = msgspec.structs.replace(when.anchor, occurrence=self._known(when.anchor.occurrence))
            when = msgspec.structs.replace(when, anchor=anchor)
        occurrence_id = self._known(asked.occurrence_id)
        return msgspec.structs.replace(asked, occurrence_id=occurrence_id, when=when, basis=self._in_this(asked.basis))

    def _claim(self, end: ClaimRef) -> ClaimRef:
        return msgspec.structs.replace(end, claim_id=self._known(end.claim_id))

    def _known(self, id: str) -> str:
        return self._there.get(id, id)

    def _in_this(self, basis: Basis | None) -> Basis | None:
        """What rides along with a filing rests on it, unless it names another report."""
        if basis is None or basis.report_id is not None:
            return basis
        return msgspec.structs.replace(basis, report_id=self._here.report_id)

    def _text(self, basis: Basis | None) -> Text | Content | None:
        """Where the words of ``basis`` are looked for, if it isn't the latest version of another report."""
        here = self._here
        if basis is not None and (basis.report_id, basis.version or here.version) == (here.report_id, here.version):
            return here
        return self._command.text_of(basis)
