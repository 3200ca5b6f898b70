"""A story's past: how it was at any revision or moment, what happened in it, and how two revisions differ.

    at, revision_at                   a whole story, folded from its log, never read from a projection
    report_version, content, versions a report in one of its versions, and the list of them
    revisions                         what happened, one row each, newest first
    compare, compare_versions         what changed between two revisions, or two versions of one report;
                                      to_document makes the published document of it

Nothing here writes.
"""

from tracker.history.comparing import compare, compare_versions
from tracker.history.comparison import StoryComparison, to_document
from tracker.history.reports import ReportVersion, VersionRow, content, report_version, versions
from tracker.history.rows import RevisionPage, RevisionRow, revisions
from tracker.history.schema import COMPARISON_SCHEMA
from tracker.history.states import at, revision_at

__all__ = [
    "COMPARISON_SCHEMA",
    "ReportVersion",
    "RevisionPage",
    "RevisionRow",
    "StoryComparison",
    "VersionRow",
    "at",
    "compare",
    "compare_versions",
    "content",
    "report_version",
    "revision_at",
    "revisions",
    "to_document",
    "versions",
]
