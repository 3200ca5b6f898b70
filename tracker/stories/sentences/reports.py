"""What was filed, updated, corrected, killed and redacted, each in a sentence."""

from __future__ import annotations

from tracker.stories.events import ContentRedacted, ReportCorrected, ReportFiled, ReportKilled, ReportUpdated
from tracker.stories.sentences.naming import Names
from tracker.stories.sentences.words import ended, listed, moment, noted
from tracker.stories.values import CorrectionKind, IssuedBy

_CORRECTED = {
    CorrectionKind.CORRECTION: "corrected",
    CorrectionKind.CLARIFICATION: "clarified",
    CorrectionKind.EDITORS_NOTE: "added an editor’s note to",
    CorrectionKind.RETRACTION: "retracted",
}


def filed(event: ReportFiled, outlet: str, names: Names) -> str:
    """For instance ``The Wire filed “Strike”, citing NBC News.``"""
    cited = [name for report_id in event.cites if (name := names.outlet_of(report_id))]
    citing = f", citing {listed(list(dict.fromkeys(cited)))}" if cited else ""
    embargo = f", under embargo until {moment(event.embargoed_until)}" if event.embargoed_until else ""
    return f"{outlet} filed {_headline(event.content.headline)}{citing}{embargo}."


def updated(event: ReportUpdated, outlet: str) -> str:
    """For instance ``NBC News updated “Strike” (version 2): adds a name.``"""
    return f"{outlet} updated {_version(event)}{noted(event.note)}"


def corrected(event: ReportCorrected, outlet: str) -> str:
    """For instance ``NBC News corrected “Strike” (version 3): It was Thursday.``"""
    issuer = "The desk" if event.issued_by is IssuedBy.DESK else outlet
    return f"{issuer} {_CORRECTED[event.kind]} {_version(event)}{noted(event.note.text)}"


def killed(event: ReportKilled, outlet: str, names: Names) -> str:
    """For instance ``NBC News killed its report: It should not have been published.``"""
    by_desk = event.issued_by is IssuedBy.DESK
    who, what = ("The desk", names.report(event.report_id)) if by_desk else (outlet, "its report")
    instead = f", in whose place comes {names.report(event.successor)}" if event.successor else ""
    return f"{who} killed {what}{instead}{noted(event.public_note)}"


def redacted(event: ContentRedacted, names: Names) -> str:
    """For instance ``The desk redacted version 2 of a report, on the authority of The editor: It names a source.``"""
    whole = "" if "/" in event.target else ", in all its versions"
    authority = f", on the authority of {event.authority}" if event.authority else ""
    reason = f": {ended(event.reason)}" if event.reason else "."
    return f"The desk redacted {names.target(event.target)}{whole}{authority}{reason}"


def _version(event: ReportUpdated | ReportCorrected) -> str:
    return f"{_headline(event.content.headline)} (version {event.version})"


def _headline(headline: str) -> str:
    return f"“{headline}”" if headline else "a report"
