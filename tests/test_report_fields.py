"""A field of a report is a field everywhere: docs/changing.md says where, and these tests what was forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from tests.programs import ROOT
from tracker.access import redistribution
from tracker.api.schemas.reports import ContentSchema, ReportSchema
from tracker.stories.values import CONTENT_FIELDS, Content
from tracker.web.labels import LABELS
from tracker.webhooks.schemas import schema_of

FORM = (ROOT / "tracker/web/templates/fields.html").read_text("utf-8")


@pytest.mark.parametrize("name", CONTENT_FIELDS)
def test_every_field_of_a_report_may_be_sent_is_shown_and_stands_in_the_form(name: str) -> None:
    assert name in ContentSchema().fields
    assert name in ReportSchema().fields
    assert name in LABELS
    assert f'"{name}"' in FORM


def test_what_may_leave_is_named_in_the_schema_of_the_webhook() -> None:
    left = redistribution.content_that_may_leave(Content(headline="Strike", byline="A. Reporter"))
    assert left == {"headline": "Strike", "byline": "A. Reporter"}
    whole: dict[str, Any] = schema_of("report.filed", "")["properties"]["data"]["anyOf"][0]
    assert whole["properties"].keys() >= redistribution.MAY_LEAVE
    assert set(CONTENT_FIELDS) >= redistribution.MAY_LEAVE
