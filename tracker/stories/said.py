"""A story as if only what had been published before a moment had been said.

``as of`` asks what we knew; this asks what the world could have read. A version of a report counts from the time at
which its outlet says that it was published. Where the outlet doesn't say, or says of a later version only what it said
of the one before (when the report first appeared), the version counts from the time at which it was recorded: it was
out by then. A version was not out later than one that follows it.

What was not out falls away: versions and reports, with their corrections; claims made in them alone; relations and
accounts of occurrences that rest on words in them, and relations with claims that are gone, whoever made them. What
rests on no words of a report stays, for nobody had to say it first: our desk's judgement of claims that are both
there, a date of public record. How each claim stood is derived anew.

A killed report stays killed, and what was redacted stays so: what may be shown is judged by today.

What it does badly: of a version's text only the headline is left where it isn't the latest; the story's own title and
summary are those of the revision that was asked for, as nobody publishes them; and words that were marked first in a
later version count from there, even if they stood in an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tracker.stories.claims import Appearance, Claim, Relation, StoodSince
from tracker.stories.knowledge import Basis
from tracker.stories.marks import Occurrence
from tracker.stories.reports import Report, Version
from tracker.stories.standing import standing_of
from tracker.stories.story import Story, address
from tracker.stories.values import Content


def as_said_before(story: Story, moment: datetime) -> Story:
    """``story`` with nothing in it that was published at ``moment`` or later; it is left alone."""
    out = {name: _last_out(report, moment) for name, report in story.reports.items()}
    reports = {name: _cut(story.reports[name], last) for name, last in out.items() if last}
    claims = {name: cut for name, claim in story.claims.items() if (cut := _claim(claim, out))}
    relations = {name: each for name, each in story.relations.items() if _is_left(each, claims, out)}
    for claim in claims.values():
        claim.relations = [each for each in claim.relations if each in relations]
    said = msgspec.structs.replace(
        story,
        reports=reports,
        report_ids={address(each.outlet.id, each.uri): name for name, each in reports.items() if each.uri},
        claims=claims,
        claims_in=_claims_in(claims),
        relations=relations,
        occurrences={name: left for name, each in story.occurrences.items() if (left := _occurrence(each, out))},
        requests={name: each for name, each in story.requests.items() if each.target.partition("/")[0] in reports},
    )
    for claim in claims.values():
        claim.standings = [StoodSince(story.revision, standing_of(said, claim.claim_id))]
    return said


def said_at(report: Report) -> dict[int, datetime]:
    """When each version of a report counts as published, by its number."""
    found: dict[int, datetime] = {}
    before: Version | None = None
    for version in report.versions:
        found[version.version] = _said_at(version, before)
        before = version
    latest = None
    for number in reversed(found):
        found[number] = latest = min(found[number], latest or found[number])
    return found


def _said_at(version: Version, before: Version | None) -> datetime:
    at = version.published_at
    if at is None or (before is not None and before.published_at is not None and at <= before.published_at):
        return version.recorded_at
    return at


def _last_out(report: Report, moment: datetime) -> int:
    """The last version that was out before ``moment``; 0: none was."""
    return max((number for number, at in said_at(report).items() if at < moment), default=0)


def _cut(report: Report, last: int) -> Report:
    if last == report.version:
        return report
    versions = report.versions[:last]
    return msgspec.structs.replace(
        report,
        versions=versions,
        corrections=[each for each in report.corrections if each.version <= last],
        held=Content(headline=versions[-1].headline, published_at=versions[-1].published_at),
    )


def _claim(claim: Claim, out: Mapping[str, int]) -> Claim | None:
    made = [_made(each, out[each.report_id]) for each in claim.appearances if each.version <= out[each.report_id]]
    return msgspec.structs.replace(claim, appearances=made) if made else None


def _made(appearance: Appearance, last: int) -> Appearance:
    return msgspec.structs.replace(appearance, found_in=tuple(each for each in appearance.found_in if each <= last))


def _is_left(relation: Relation, claims: Mapping[str, Claim], out: Mapping[str, int]) -> bool:
    ends = (end.claim_id for end in (relation.source, relation.target) if end.story_id is None)
    return _is_out(relation.basis, out) and all(end in claims for end in ends)


def _occurrence(occurrence: Occurrence, out: Mapping[str, int]) -> Occurrence | None:
    accounts = [each for each in occurrence.accounts if _is_out(each.basis, out)]
    return msgspec.structs.replace(occurrence, accounts=accounts) if accounts else None


def _is_out(basis: Basis | None, out: Mapping[str, int]) -> bool:
    if basis is None or basis.report_id is None:
        return True
    return (basis.version or 1) <= out.get(basis.report_id, 0)


def _claims_in(claims: Mapping[str, Claim]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for claim in claims.values():
        for report_id in dict.fromkeys(each.report_id for each in claim.appearances):
            found[report_id] = (*found.get(report_id, ()), claim.claim_id)
    return found
