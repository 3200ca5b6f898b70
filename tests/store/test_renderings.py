"""What stories were written out as is kept in memory, within bounds, and forgotten with the story."""

from __future__ import annotations

from tests.rooms import Newsroom
from tracker.db.database import Database
from tracker.store import renderings
from tracker.store.renderings import MOST_OF_ONE, Rendering, Renderings
from tracker.stories.commands import RedactContent


def of_bytes(count: int) -> Rendering:
    return Rendering(b"x" * count, (), "")


def test_what_was_kept_is_found_by_story_and_name() -> None:
    kept = Renderings()
    kept.keep("sty_1", "r1", of_bytes(1))
    assert kept.get("sty_1", "r1") == of_bytes(1)
    assert kept.get("sty_1", "r2") is None
    assert kept.get("sty_2", "r1") is None


def test_the_story_that_nobody_asked_for_longest_goes_first() -> None:
    kept = Renderings(most_bytes=40)
    for story in ("sty_1", "sty_2", "sty_3", "sty_4"):
        kept.keep(story, "r1", of_bytes(10))
    kept.get("sty_1", "r1")
    kept.keep("sty_5", "r1", of_bytes(10))
    assert kept.get("sty_2", "r1") is None
    assert all(kept.get(story, "r1") for story in ("sty_1", "sty_3", "sty_4", "sty_5"))


def test_one_rendering_takes_a_quarter_at_most_and_one_story_only_so_many() -> None:
    kept = Renderings(most_bytes=400)
    kept.keep("sty_1", "long", of_bytes(101))
    assert kept.get("sty_1", "long") is None
    for number in range(MOST_OF_ONE + 1):
        kept.keep("sty_1", f"r{number}", of_bytes(1))
    assert kept.get("sty_1", "r0") is None
    assert kept.get("sty_1", "r1") is not None


def test_the_bytes_of_what_was_forgotten_or_replaced_count_no_longer() -> None:
    kept = Renderings(most_bytes=40)
    for _ in range(10):
        kept.keep("sty_1", "r1", of_bytes(10))
        kept.keep("sty_2", "r1", of_bytes(10))
        kept.forget("sty_2")
    for story in ("sty_2", "sty_3", "sty_4"):
        kept.keep(story, "r1", of_bytes(10))
    assert all(kept.get(story, "r1") for story in ("sty_1", "sty_2", "sty_3", "sty_4"))
    assert kept.get("sty_5", "r1") is None
    kept.forget("sty_5")


def test_what_is_redacted_is_forgotten_at_once(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    report = newsroom.files(story_id)
    memory = renderings.of(database.engine)
    memory.keep(story_id, "r2", of_bytes(1))
    memory.keep("sty_other", "r2", of_bytes(1))
    target = str(report.report_id)
    newsroom.asks(RedactContent(story_id=story_id, target=target, reason="x", authority="x"))
    assert memory.get(story_id, "r2") is None
    assert memory.get("sty_other", "r2") is not None
