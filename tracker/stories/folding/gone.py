"""What is left of a story when a report is killed, or when what versions of it say is destroyed.

A kill takes what the report said out of the state at once, and what lived only there: its words in claims, relations
and occurrences that rest on it. ``struck`` does so to an older state, since what may be seen is judged by today.

A redaction leaves what is left when the events are read without their content, so that a state that was carried
across it and one that is folded anew are the same; standings are derived anew, and their history begins there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from tracker.stories.claims import Appearance, Claim, Standing, StoodSince
from tracker.stories.events import ContentRedacted, Recorded, ReportKilled
from tracker.stories.folding.claims import forget_statement, stand_anew, unrelate
from tracker.stories.folding.draft import Draft
from tracker.stories.knowledge import Attribution, Basis
from tracker.stories.marks import Account
from tracker.stories.reports import Correction, Kill, Redaction, Report, Version
from tracker.stories.standing import standing_of, touched_by
from tracker.stories.story import Story
from tracker.stories.values import Content, CorrectionNote, OutletRef, PartyRef
from tracker.text.passages import Selector

_NOTHING = Content(headline="")
_NO_WORDS = Selector(exact="")


# ---- Kills


def kill(draft: Draft, event: ReportKilled, recorded: Recorded) -> None:
    """Take what the report said out of the state."""
    said = {name: getattr(event, name) for name in event.__struct_fields__ if name != "report_id"}
    killed = Kill(**said, revision=recorded.revision, recorded_at=recorded.recorded_at)
    _strike(draft, event.report_id, killed, recorded.revision)


def struck(story: Story, kills: Mapping[str, Kill]) -> Story:
    """``story`` without what is killed today, by the reports' ids; itself where it has nothing of it."""
    wanted = [report_id for report_id in kills if report_id in story.reports and not story.reports[report_id].kill]
    if not wanted:
        return story
    draft = Draft.of(story)
    for report_id in wanted:
        _strike(draft, report_id, kills[report_id], story.revision)
    return draft.story


def _strike(draft: Draft, report_id: str, killed: Kill, revision: int) -> None:
    report = draft.report(report_id)
    report.kill, report.held, report.uri = killed, _NOTHING, None
    report.versions = [_bare(each) for each in report.versions]
    report.corrections = [_without_note(each) for each in report.corrections]
    there = set(draft.story.relations)
    touched = dict.fromkeys(draft.story.claims_in.get(report_id, ()))
    for claim_id in list(touched):
        touched |= dict.fromkeys(_strike_claim(draft, claim_id, report_id))
    for relation in [each for each in draft.story.relations.values() if _rests_on(each.basis, report_id)]:
        touched |= dict.fromkeys(unrelate(draft, relation.relation_id))
    _strike_occurrences(draft, report_id)
    _forget_requests(draft.story, report_id)
    for claim_id in touched:
        _forget_disputes(draft.claim(claim_id), report_id, there - set(draft.story.relations))
    stand_anew(draft, touched, revision)


def _strike_claim(draft: Draft, claim_id: str, report_id: str) -> list[str]:
    """Returns the claims that are touched, where it falls."""
    claim = draft.claim(claim_id)
    claim.appearances = [_struck(each) if each.report_id == report_id else each for each in claim.appearances]
    forget_statement(claim, draft.story)
    if any(draft.story.reports[each.report_id].kill is None for each in claim.appearances):
        return []
    return [other for relation_id in list(claim.relations) for other in unrelate(draft, relation_id)]


def _struck(appearance: Appearance) -> Appearance:
    return msgspec.structs.replace(_blank(appearance), attribution=_references(appearance.attribution))


def _references(attribution: Attribution | None) -> Attribution | None:
    """What ``attribution`` refers to, without a word: what came from one source still does, so that others who have it
    from there don't count anew.
    """
    if attribution is None:
        return None
    return Attribution(
        party=PartyRef(id=attribution.party.id, name="") if attribution.party else None,
        outlet=OutletRef(id=attribution.outlet.id, name="") if attribution.outlet else None,
        report_id=attribution.report_id,
        via=tuple(each for via in attribution.via if (each := _references(via))),
    )


def _forget_disputes(claim: Claim, report_id: str, relations: Collection[str]) -> None:
    """Take who disputed the claim in that report, or by one of ``relations``, out of the standings that it had."""
    gone = {each.number for each in claim.appearances if each.report_id == report_id}
    claim.standings = [
        StoodSince(each.revision, _without_disputes(each.standing, gone, relations)) for each in claim.standings
    ]


def _without_disputes(standing: Standing, appearances: Collection[int], relations: Collection[str]) -> Standing:
    disputed = tuple(
        each for each in standing.disputed if each.appearance not in appearances and each.relation_id not in relations
    )
    return msgspec.structs.replace(standing, disputed=disputed)


def _strike_occurrences(draft: Draft, report_id: str) -> None:
    resting = [
        each.occurrence_id
        for each in draft.story.occurrences.values()
        if any(_rests_on(account.basis, report_id) for account in each.accounts)
    ]
    for occurrence_id in resting:
        occurrence = draft.occurrence(occurrence_id)
        occurrence.accounts = [each for each in occurrence.accounts if not _rests_on(each.basis, report_id)]
        if not occurrence.accounts:
            del draft.story.occurrences[occurrence_id]


def _forget_requests(story: Story, report_id: str) -> None:
    for act_id, request in story.requests.items():
        if request.target.partition("/")[0] == report_id:
            story.requests[act_id] = msgspec.structs.replace(request, act=None)


def _rests_on(basis: Basis | None, report_id: str) -> bool:
    return basis is not None and basis.report_id == report_id


def _bare(version: Version) -> Version:
    return msgspec.structs.replace(version, headline="", digest="")


# ---- Redactions


def redact(draft: Draft, event: ContentRedacted, recorded: Recorded) -> None:
    """Leave of the versions, and of what was marked in them, what is left without their content."""
    found, versions = draft.story.targeted(event.target)
    report = draft.report(found.report_id)
    _redact_report(draft.story, report, versions)
    report.redactions.append(_redaction(event, versions, recorded))
    report.blocks_used = max(report.blocks_used, event.blocks_used)
    _redact_marks(draft, report.report_id, versions)
    touched = list(draft.story.claims_in.get(report.report_id, ()))
    for claim_id in touched:
        _redact_claim(draft, claim_id, report.report_id, versions)
    _begin_standings(draft, touched, recorded.revision)


def _redact_report(story: Story, report: Report, versions: Collection[int]) -> None:
    report.versions = [_redacted_version(each) if each.version in versions else each for each in report.versions]
    report.corrections = [_without_note(each) if each.version in versions else each for each in report.corrections]
    if report.redacted:
        report.held = _NOTHING
    if 1 in versions:
        # A killed report has no uri any more, and is still found by it.
        for place in [each for each, report_id in story.report_ids.items() if report_id == report.report_id]:
            del story.report_ids[place]
        report.uri = None


def _redact_claim(draft: Draft, claim_id: str, report_id: str, versions: Collection[int]) -> None:
    claim = draft.claim(claim_id)
    claim.appearances = [
        _redacted_appearance(each, versions) if each.report_id == report_id else each for each in claim.appearances
    ]
    forget_statement(claim, draft.story)


def _redacted_appearance(appearance: Appearance, versions: Collection[int]) -> Appearance:
    if appearance.version in versions:
        return msgspec.structs.replace(_blank(appearance), redacted=True, found_in=())
    left = tuple(version for version in appearance.found_in if version not in versions)
    return msgspec.structs.replace(appearance, found_in=left)


def _redact_marks(draft: Draft, report_id: str, versions: Collection[int]) -> None:
    story = draft.story
    for relation_id, relation in story.relations.items():
        if _stands_in(relation.basis, report_id, versions):
            story.relations[relation_id] = msgspec.structs.replace(
                relation, basis=_without_text(relation.basis), redacted=True
            )
    for occurrence in list(story.occurrences.values()):
        if any(_stands_in(each.basis, report_id, versions) for each in occurrence.accounts):
            held = draft.occurrence(occurrence.occurrence_id)
            held.accounts = [
                _redacted_account(each) if _stands_in(each.basis, report_id, versions) else each
                for each in held.accounts
            ]
    for act_id, request in story.requests.items():
        if request.repeats(report_id, versions):
            story.requests[act_id] = msgspec.structs.replace(request, act=None)


def _begin_standings(draft: Draft, claim_ids: Collection[str], revision: int) -> None:
    beside = (other for claim_id in claim_ids for other in touched_by(draft.story, claim_id))
    for claim_id in dict.fromkeys([*claim_ids, *beside]):
        claim = draft.claim(claim_id)
        claim.standings = [StoodSince(revision, standing_of(draft.story, claim_id))]
        claim.revision = revision


def _stands_in(basis: Basis | None, report_id: str, versions: Collection[int]) -> bool:
    return basis is not None and basis.report_id == report_id and basis.version in versions


def _without_text(basis: Basis | None) -> Basis | None:
    return msgspec.structs.replace(basis, text="") if basis else None


def _redacted_account(account: Account) -> Account:
    return Account(
        revision=account.revision,
        recorded_at=account.recorded_at,
        title="",
        basis=_without_text(account.basis),
        actor=account.actor,
        redacted=True,
    )


def _redacted_version(version: Version) -> Version:
    return msgspec.structs.replace(version, headline="", digest="", redacted=True, published_at=None)


def _without_note(correction: Correction) -> Correction:
    return msgspec.structs.replace(correction, note=CorrectionNote(text=""), passages=())


def _blank(appearance: Appearance) -> Appearance:
    return msgspec.structs.replace(appearance, selector=_NO_WORDS, attribution=None, quotes=(), about=())


def _redaction(event: ContentRedacted, versions: tuple[int, ...], recorded: Recorded) -> Redaction:
    return Redaction(
        versions=versions,
        revision=recorded.revision,
        recorded_at=recorded.recorded_at,
        reason=event.reason,
        authority=event.authority,
    )
