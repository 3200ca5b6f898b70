"""The rules of occurrences, links, and markings that are withdrawn."""

from __future__ import annotations

from datetime import date

from tracker.stories.commands import LinkStories, Recording, RecordOccurrence, WithdrawAnnotation
from tracker.stories.dates import When, resolve
from tracker.stories.decisions.passages import Text, settled
from tracker.stories.edtf import BadDate
from tracker.stories.errors import AnnotationIsWithdrawn, IdTaken, JoinedAcross, RelationToItself, UnknownAnnotation
from tracker.stories.events import AnnotationWithdrawn, Event, OccurrenceRecorded, StoriesLinked
from tracker.stories.folding.claims import basis_of
from tracker.stories.knowledge import Basis
from tracker.stories.story import Story
from tracker.stories.values import Content


def record(command: RecordOccurrence, story: Story) -> list[Event]:
    """Record an occurrence, or refine what was recorded of it."""
    return recorded(command.recording, story, command.text, pointer="")


def recorded(asked: Recording, story: Story, text: Text | Content | None, *, pointer: str) -> list[Event]:
    """The event of one recording; none where it is recorded just so."""
    if asked.occurrence_id in story.withdrawn:
        raise AnnotationIsWithdrawn(asked.occurrence_id)
    if asked.is_here and asked.occurrence_id not in story.occurrences:
        raise UnknownAnnotation(asked.occurrence_id)
    event = _event(asked, story, text, pointer)
    return [] if _same(event, story) else [event]


def recorded_by(command: RecordOccurrence, story: Story) -> str:
    """The occurrence that is there already, where ``command`` leads to nothing."""
    return known(command.recording, story, command.text)


def known(asked: Recording, story: Story, text: Text | Content | None) -> str:
    """The occurrence that is there already, where ``asked`` leads to nothing."""
    found = _same(_event(asked, story, text, ""), story)
    assert found is not None
    return found


def _event(asked: Recording, story: Story, text: Text | Content | None, pointer: str) -> OccurrenceRecorded:
    basis = settled(asked.basis, story, text, f"{pointer}/basis")
    return OccurrenceRecorded(
        occurrence_id=asked.occurrence_id,
        title=asked.title,
        when=_when(asked, basis, story, pointer),
        place=asked.place,
        parties=asked.parties,
        basis=basis.text if basis else None,
        report_id=basis.report_id if basis else None,
        version=basis.version if basis else None,
    )


def _when(recording: Recording, basis: Basis | None, story: Story, pointer: str) -> When | None:
    """The phrase, read as its report's reader would: by the day of publication, and the occurrence it leans on."""
    asked = recording.when
    if asked is None:
        return None
    try:
        return resolve(
            asked.phrase,
            published=_published(basis, story),
            edtf=asked.edtf,
            hemisphere=asked.hemisphere,
            anchor_day=_anchored(recording, story, pointer),
            anchor=asked.anchor,
        )
    except BadDate as bad:
        raise BadDate(str(bad), pointer=pointer + bad.faults[0].pointer) from None


def _anchored(recording: Recording, story: Story, pointer: str) -> When | None:
    anchor = recording.when.anchor if recording.when else None
    if anchor is None:
        return None
    if anchor.occurrence == recording.occurrence_id:
        raise RelationToItself(f"{pointer}/anchor/occurrence")
    if anchor.occurrence not in story.occurrences:
        raise UnknownAnnotation(anchor.occurrence)
    return story.occurrences[anchor.occurrence].now.when


def _published(basis: Basis | None, story: Story) -> date | None:
    if basis is None or basis.report_id is None:
        return None
    version = story.report(basis.report_id).version_numbered(basis.version or 1)
    return version.published_at.date() if version and version.published_at else None


def _same(event: OccurrenceRecorded, story: Story) -> str | None:
    """The occurrence of which the last that was recorded is just this; any, where the event would begin a new one."""
    known = story.occurrences.get(event.occurrence_id)
    said = (event.title, event.when, event.place, event.parties, basis_of(event))
    for each in [known] if known else story.occurrences.values():
        now = each.now
        if (now.title, now.when, now.place, now.parties, now.basis) == said:
            return each.occurrence_id
    return None


def link(command: LinkStories, story: Story) -> list[Event]:
    """Link the story with another."""
    if command.other_id == command.story_id:
        raise RelationToItself("/story")
    if command.link_id in story.withdrawn:
        raise AnnotationIsWithdrawn(command.link_id)
    if linked_by(command, story):
        return []
    if command.link_id in story.links:
        raise IdTaken(command.link_id)
    return [
        StoriesLinked(
            link_id=command.link_id,
            story_id=command.other_id,
            relation=command.relation,
            inverse=command.inverse,
        )
    ]


def linked_by(command: LinkStories, story: Story) -> str | None:
    """The link that says so already."""
    wanted = (command.other_id, command.relation, command.inverse)
    links = story.links.values()
    return next((each.link_id for each in links if (each.story_id, each.relation, each.inverse) == wanted), None)


def withdraw(command: WithdrawAnnotation, story: Story) -> list[Event]:
    """Take a marking of ours back."""
    if command.target in story.withdrawn:
        return []
    if not _is_there(command.target, story):
        raise UnknownAnnotation(command.target)
    if across := _joined_across(command.target, story):
        raise JoinedAcross(command.target, across)
    return [AnnotationWithdrawn(target=command.target, reason=command.reason)]


def _joined_across(target: str, story: Story) -> list[str]:
    """The relations with another story's claims that would go with it here, and stay there."""
    claim_id, _, number = target.partition("/")
    claim, link_to = story.claims.get(claim_id), story.links.get(target)
    if claim is not None and (not number or len(claim.appearances) == 1):
        joined = [story.relations[each] for each in claim.relations]
        return [each.relation_id for each in joined if each.source.story_id or each.target.story_id]
    if link_to is not None and sum(each.story_id == link_to.story_id for each in story.links.values()) == 1:
        ends = ((each.relation_id, (each.source, each.target)) for each in story.relations.values())
        return [relation_id for relation_id, pair in ends if any(end.story_id == link_to.story_id for end in pair)]
    return []


def _is_there(target: str, story: Story) -> bool:
    if any(target in each for each in (story.claims, story.relations, story.occurrences, story.links)):
        return True
    claim = story.claims.get(target.partition("/")[0])
    return claim is not None and any(f"{claim.claim_id}/{each.number}" == target for each in claim.appearances)
