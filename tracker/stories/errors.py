"""The rules' refusals, each with a stable name and a sentence that says what to do."""

from __future__ import annotations

from tracker.errors import Conflict, Forbidden, NotFound


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
