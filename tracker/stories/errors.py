"""The rules' refusals, each with a stable name and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracker.errors import Conflict, Fault, Forbidden, Invalid, NotFound


class UnknownStory(NotFound):
    """There is no such story."""

    name = "unknown-story"

    def __init__(self, story: str) -> None:
        super().__init__(f"There is no story {story}; they are listed at …/stories.")


class StoryExists(Conflict):
    """The story's id is that of another one, which was opened with other words."""

    name = "story-exists"

    def __init__(self, story_id: str) -> None:
        super().__init__(f"The story {story_id} is already open.")


class UnknownReport(NotFound):
    """The story has no such report."""

    name = "unknown-report"

    def __init__(self, report_id: str) -> None:
        super().__init__(f"This story has no report {report_id}; its reports are listed at …/reports.")


class UnknownTarget(NotFound):
    """The story has nothing of that name that could be redacted."""

    name = "unknown-target"

    def __init__(self, target: str) -> None:
        super().__init__(
            f"This story has no {target}; name a report (rpt_…) or one of its versions (rpt_…/2). "
            "They are listed at …/reports."
        )


class StoryIsClosed(Conflict):
    """A closed story takes no reports until it is reopened."""

    name = "story-closed"

    def __init__(self) -> None:
        super().__init__("This story is closed and takes no reports; an editor can reopen it.")


class ReportExists(Conflict):
    """The outlet and uri name a report that is already here, with other content."""

    name = "report-exists"

    def __init__(self, report_id: str, version: int) -> None:
        super().__init__(
            "This outlet's report at this uri is already here with other content. Post the whole new content to its "
            "versions, or repeat the request with 'Prefer: handling=lenient' to make it the next version.",
            facts={"report_id": report_id, "version": version},
        )


class ReportIdTaken(Conflict):
    """The id is that of a report of another outlet, or at another uri."""

    name = "report-id-taken"

    def __init__(self, report_id: str) -> None:
        super().__init__(
            f"The id {report_id} is another report's; file this one under an id of its own.",
            facts={"report_id": report_id},
        )


class OutletNotYours(Forbidden):
    """A token that is limited to outlets may not file for another."""

    name = "forbidden-outlet"

    def __init__(self, outlet: str) -> None:
        super().__init__(f"This token may not file for {outlet}; ask an administrator for one that may.")


class CorrectionChangesNothing(Conflict):
    """A correction whose content is that of the version it would correct."""

    name = "nothing-corrected"

    def __init__(self, version: int) -> None:
        super().__init__(
            f"The content is that of version {version}, so nothing would be corrected. Send the corrected content.",
            facts={"version": version},
        )


# ---- Markings: claims, relations, occurrences, links


class UnknownVersion(NotFound):
    """The report has no such version."""

    name = "unknown-version"

    def __init__(self, version: int, latest: int) -> None:
        super().__init__(
            f"This report has no version {version}; it has the versions 1 to {latest}.",
            facts={"first": 1, "latest": latest},
        )


class UnknownClaim(NotFound):
    """The story has no such claim."""

    name = "unknown-claim"

    def __init__(self, claim_id: str) -> None:
        super().__init__(f"This story has no claim {claim_id}; its claims are listed at …/claims.")


class UnknownAnnotation(NotFound):
    """The story has no marking of that name."""

    name = "unknown-annotation"

    def __init__(self, target: str) -> None:
        super().__init__(
            f"This story has no {target}; name a claim (clm_…), one appearance of it (clm_…/2), a relation (rel_…), "
            "an occurrence (occ_…) or a link (lnk_…)."
        )


class AnnotationIsWithdrawn(Conflict):
    """A marking that was withdrawn stays so."""

    name = "annotation-withdrawn"

    def __init__(self, target: str) -> None:
        super().__init__(f"{target} was withdrawn; mark it anew under an id of its own.")


class IdTaken(Conflict):
    """The id is that of another marking, hold or request."""

    name = "id-taken"

    def __init__(self, id: str) -> None:
        super().__init__(f"{id} is something else already; use an id of its own.", facts={"id": id})


class JoinedAcross(Conflict):
    """What is joined with another story isn't withdrawn alone, or that one would go on telling of it."""

    name = "joined-across-stories"

    def __init__(self, target: str, relations: Sequence[str]) -> None:
        super().__init__(
            f"Another story has relations by {target}: {', '.join(relations)}. Withdraw these first.",
            facts={"relations": list(relations)},
        )


class PassageNotFound(Invalid):
    """The words do not stand in the version that is named."""

    name = "passage-not-found"

    def __init__(self, pointer: str, report_id: str, version: int) -> None:
        detail = f"These words do not stand in version {version} of {report_id}. Copy them from the text as it is."
        super().__init__(detail, faults=[Fault(pointer, detail)], facts={"report_id": report_id, "version": version})


class PassageAmbiguous(Invalid):
    """The words stand in the version more than once."""

    name = "passage-ambiguous"

    def __init__(self, pointer: str, candidates: Sequence[Mapping[str, object]]) -> None:
        detail = (
            "These words stand in the text more than once. Name the block, or the words before (prefix) or after "
            "(suffix), of one of the candidates."
        )
        super().__init__(detail, faults=[Fault(pointer, detail)], facts={"candidates": list(candidates)})


class StatementDiffers(Conflict):
    """A claim has one statement, which is made once."""

    name = "statement-differs"

    def __init__(self, pointer: str, claim_id: str, statement: str) -> None:
        super().__init__(
            f"The claim {claim_id} says something else. Leave the statement out to add an appearance to it, or the "
            "claim's id to make a new claim.",
            faults=[Fault(pointer, "is not that of the claim")],
            facts={"statement": statement},
        )


class AppearanceExists(Conflict):
    """The same words are marked for the same claim already, on another footing."""

    name = "appearance-exists"

    def __init__(self, claim_id: str, number: int) -> None:
        super().__init__(
            f"These words are marked for this claim already, otherwise. Withdraw {claim_id}/{number} first.",
            facts={"claim_id": claim_id, "appearance": number},
        )


class ContentIsRedacted(Conflict):
    """What the version said was destroyed."""

    name = "content-redacted"

    def __init__(self, report_id: str, version: int) -> None:
        super().__init__(f"What version {version} of {report_id} said was destroyed; nothing can be marked in it.")


class ReportIsKilled(Conflict):
    """A killed report is final; what is left of it is its tombstone."""

    name = "report-killed"

    def __init__(self, report_id: str, tombstone: Mapping[str, object] | None = None) -> None:
        """``tombstone``: what is left of it, where that is what was asked for."""
        note = f": {tombstone['public_note']}" if tombstone else "."
        super().__init__(
            f"The report {report_id} was killed, and that is final{note}",
            facts={"report_id": report_id, **(tombstone or {})},
        )


class RelationToItself(Invalid):
    """A claim has no relation to itself, nor a story a link."""

    name = "relation-to-itself"

    def __init__(self, pointer: str) -> None:
        detail = "Name another one: nothing relates to itself."
        super().__init__(detail, faults=[Fault(pointer, detail)])


class RelationAcross(Conflict):
    """Only some relations join claims of two stories, and these have to be linked."""

    name = "relation-across-stories"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)


class RelationGoesRound(Conflict):
    """A claim may not, by others, supersede or retract itself."""

    name = "relation-goes-round"

    def __init__(self, relation: str, path: Sequence[str]) -> None:
        super().__init__(
            f"That would go round in a circle: by {' and '.join(path)} the one {relation} the other already.",
            facts={"relations": list(path)},
        )


class NotTheAsserter(Conflict):
    """An outlet retracts what it asserted itself; anybody else disputes it."""

    name = "not-the-asserter"

    def __init__(self, outlet: str | None) -> None:
        who = outlet or "The desk"
        super().__init__(f"{who} never asserted this claim, so that it can't retract it. Record it as disputes.")


class ClaimHasFallen(Conflict):
    """All reports that made the claim were killed."""

    name = "claim-fallen"

    def __init__(self, claim_id: str) -> None:
        super().__init__(f"All reports that made the claim {claim_id} were killed; nothing relates to it any more.")


# ---- The desk: holds, kills, and acts that need a second person


class UnknownHold(NotFound):
    """The story has no such hold."""

    name = "unknown-hold"

    def __init__(self, hold_id: str) -> None:
        super().__init__(f"This story has no hold {hold_id}; its holds are listed at …/holds.")


class EmbargoWithoutEnd(Invalid):
    """An embargo ends at a time that is known."""

    name = "embargo-without-end"

    def __init__(self) -> None:
        detail = "Say until when: an embargo lifts itself at that time. Without one, it is a legal or editorial hold."
        super().__init__(detail, faults=[Fault("/until", detail)])


class Preserved(Conflict):
    """A preservation hold keeps content from being destroyed."""

    name = "preserved"

    def __init__(self, hold_id: str) -> None:
        super().__init__(
            f"The hold {hold_id} keeps this from being destroyed; it has to be lifted first.",
            facts={"hold_id": hold_id},
        )


class WordsRepeated(Conflict):
    """The correction that followed repeats words of the version that is to be redacted."""

    name = "words-repeated"

    def __init__(self, target: str) -> None:
        super().__init__(
            f"The correction {target} names passages of this version, word for word. Redact that first, or the whole "
            "report.",
            facts={"target": target},
        )


class UnknownRequest(NotFound):
    """The story has no such request."""

    name = "unknown-request"

    def __init__(self, act_id: str) -> None:
        super().__init__(f"Nothing was requested in this story as {act_id}; requests are listed at …/requests.")


class SecondPersonNeeded(Forbidden):
    """An act of the desk is approved by another than who asked for it."""

    name = "second-person-needed"

    def __init__(self) -> None:
        super().__init__("Another person has to approve this; show the request to a colleague.")


class RequestDecided(Conflict):
    """The request was decided the other way, or what it asked for is gone or out of date."""

    name = "request-decided"

    def __init__(self, act_id: str, state: str) -> None:
        super().__init__(f"The request {act_id} is {state}; ask anew if it has to be done.")


class KilledAlready(Conflict):
    """The report was killed with another note."""

    name = "killed-already"

    def __init__(self, report_id: str) -> None:
        super().__init__(f"The report {report_id} was killed before, with another note, and that is final.")
