"""Rule 9, and what goes with it: what is redacted is gone for good, and no other words repeat it."""

from __future__ import annotations

import msgspec

from tests.stories.samples import NOTE, OPENED, approve, asks, corrected, filed, redact, redacted, update
from tests.stories.specification import given
from tracker.stories.desk import RedactionAct
from tracker.stories.errors import RequestDecided, WordsRepeated
from tracker.text.passages import Selector

_FILED = filed(b1="It was Friday.")
_PLAIN = corrected(2, NOTE, b1="It was Thursday.")
_CORRECTED = (OPENED, _FILED, msgspec.structs.replace(_PLAIN, passages=(Selector(exact="Friday"),)))
_WHOLE = RedactionAct(target="rpt_1", reason="It names a source.", authority="The editor")


def test_a_version_is_not_redacted_as_long_as_the_correction_that_followed_repeats_its_words() -> None:
    given(*_CORRECTED).when(redact("rpt_1/1")).refused(WordsRepeated)


def test_it_is_once_that_correction_is_redacted() -> None:
    given(*_CORRECTED, redacted("rpt_1/2")).when(redact("rpt_1/1")).then(redacted("rpt_1/1"))


def test_a_whole_report_is_redacted_with_its_corrections() -> None:
    given(*_CORRECTED).when(redact("rpt_1")).then(redacted("rpt_1"))


def test_a_correction_that_repeats_nothing_is_in_nobodys_way() -> None:
    given(OPENED, _FILED, _PLAIN).when(redact("rpt_1/1")).then(redacted("rpt_1/1"))


def test_a_version_that_came_after_a_redaction_was_asked_for_is_not_destroyed_with_the_report() -> None:
    given(OPENED, _FILED).when(asks(_WHOLE), update("It was Thursday."), approve()).refused(RequestDecided)
