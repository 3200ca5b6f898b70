"""A story's past: how it was at any revision or moment, what happened in it, and how two revisions differ.

    at, revision_at                   a whole story, folded from its log, never read from a projection
    report_version, content, versions a report in one of its versions, and the list of them; living, tombstone
    revisions, acts                   what happened, one row for each revision or for each act, newest first
    filed_with                        what one filing made besides its report
    mementos, beside                  at which moments it changed
    said_by_or_about, all_corrections over all stories, each entry read from its story
    parties_known, party_revisions    what was known of the people in it
    compare, compare_versions         what changed between two revisions, or two versions of one report;
                                      to_document makes the published document of it, told the lines of a page

Each takes the ``sight`` of whoever asks (``access.sight``): what he doesn't see is not there. Nothing here writes.
"""

from tracker.history.across import AcrossPage, MentionAnswer, StoryCorrection, all_corrections, said_by_or_about
from tracker.history.comparing import compare, compare_versions
from tracker.history.comparison import StoryComparison, to_document
from tracker.history.filings import filed_with
from tracker.history.grouping import ActPage, ActRow, acts
from tracker.history.mementos import Beside, Memento, beside, mementos
from tracker.history.parties import parties_known, party_revisions, revisions_of
from tracker.history.reports import ReportVersion, VersionRow, content, living, report_version, tombstone, versions
from tracker.history.rows import RevisionPage, RevisionRow, revisions
from tracker.history.schema import COMPARISON_SCHEMA
from tracker.history.states import at, revision_at
from tracker.history.telling import told

__all__ = [
    "COMPARISON_SCHEMA",
    "AcrossPage",
    "ActPage",
    "ActRow",
    "Beside",
    "Memento",
    "MentionAnswer",
    "ReportVersion",
    "RevisionPage",
    "RevisionRow",
    "StoryComparison",
    "StoryCorrection",
    "VersionRow",
    "acts",
    "all_corrections",
    "at",
    "beside",
    "compare",
    "compare_versions",
    "content",
    "filed_with",
    "living",
    "mementos",
    "parties_known",
    "party_revisions",
    "report_version",
    "revision_at",
    "revisions",
    "revisions_of",
    "said_by_or_about",
    "to_document",
    "told",
    "tombstone",
    "versions",
]
