"""Names: a story's slug, also its old ones, and an outlet's name however it is written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.handling.looking import whole_log
from tests.rooms import Newsroom, everything
from tests.store.writing import somebody_waits
from tests.waiting import wait_until
from tracker.db.database import Database
from tracker.errors import Conflict
from tracker.handling import Handler
from tracker.store import addresses, loading, log
from tracker.stories.commands import EditStory, OpenStory


def slug_of(database: Database, story_id: str) -> str:
    with database.reading() as connection:
        return loading.load(connection, story_id).slug


def leads_to(database: Database, slug: str) -> addresses.Address | None:
    with database.reading() as connection:
        return addresses.find(connection, "story", slug)


def outlets_added(database: Database) -> list[str]:
    return [event.clear()["name"] for event in whole_log(database) if event.type == "outlet.added"]


# ---- Slugs --------------------------------------------------------------------------------------------------------


def test_a_story_without_a_slug_gets_one_of_its_title(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Strike in Baghdad")
    assert slug_of(database, story_id) == "strike-in-baghdad"
    assert leads_to(database, "strike-in-baghdad") == (story_id, "strike-in-baghdad")


def test_a_title_that_looks_like_an_id_makes_a_slug_that_does_not(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Sty_01jh2r8m5efk0b3s0w1x5w6q7t")
    with database.reading() as connection:
        assert loading.require(connection, story_id).slug == "story-sty-01jh2r8m5efk0b3s0w1x5w6q7t"


def test_stories_of_one_title_get_slugs_of_their_own(database: Database, newsroom: Newsroom) -> None:
    stories = [newsroom.opens("Strike") for _ in range(11)]
    assert [slug_of(database, story_id) for story_id in stories] == [
        "strike",
        *(f"strike-{n}" for n in range(2, 10)),
        *(f"strike-{story_id[-12:]}" for story_id in stories[9:]),
    ]


def test_stories_of_one_title_that_are_opened_at_once_get_slugs_of_their_own(
    database: Database, newsroom: Newsroom
) -> None:
    with ThreadPoolExecutor(8) as pool:
        stories = list(pool.map(lambda _: newsroom.opens("Strike"), range(8)))
    assert {slug_of(database, story_id) for story_id in stories} == {"strike", *(f"strike-{n}" for n in range(2, 9))}


def test_a_story_that_is_opened_twice_keeps_the_slug_that_it_got(database: Database, newsroom: Newsroom) -> None:
    newsroom.opens("Strike")
    command = OpenStory(story_id=newsroom.new_id("sty"), slug="", title="Strike")
    assert newsroom.asks(command).written
    before = everything(database)
    assert not newsroom.asks(command).written
    assert (slug_of(database, command.story_id), everything(database)) == ("strike-2", before)


def test_a_slug_that_another_story_has_or_had_is_refused_by_name(newsroom: Newsroom) -> None:
    story_id, other = newsroom.opens("Strike", slug="strike"), newsroom.opens("Other")
    newsroom.asks(EditStory(story_id=story_id, slug="baghdad"))
    for slug in ("strike", "baghdad"):
        for command in (
            OpenStory(story_id=newsroom.new_id("sty"), slug=slug, title="T"),
            EditStory(story_id=other, slug=slug),
        ):
            with pytest.raises(Conflict, match=slug) as caught:
                newsroom.asks(command)
            assert (caught.value.name, [fault.pointer for fault in caught.value.faults]) == ("slug-taken", ["/slug"])


def test_an_old_slug_leads_to_the_story_and_to_its_present_slug(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens(slug="strike")
    for slug in ("baghdad", "soleimani"):
        newsroom.asks(EditStory(story_id=story_id, slug=slug))
    for slug in ("strike", "baghdad", "soleimani"):
        assert leads_to(database, slug) == (story_id, "soleimani")


def test_a_story_may_go_back_to_a_slug_it_had(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens(slug="strike")
    newsroom.asks(EditStory(story_id=story_id, slug="baghdad"))
    newsroom.asks(EditStory(story_id=story_id, slug="strike"))
    assert slug_of(database, story_id) == "strike"
    assert leads_to(database, "baghdad") == (story_id, "strike")


def test_after_two_editors_at_once_every_slug_leads_to_the_one_that_holds(
    database: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens(slug="strike")
    edits = [EditStory(story_id=story_id, slug=slug) for slug in ("one", "two")]
    with ThreadPoolExecutor(2) as pool:
        with database.writing() as connection:
            # Both come as far as the story's lock before either goes on.
            log.lock(connection, story_id)
            asked = [pool.submit(newsroom.asks, edit) for edit in edits]
            wait_until(lambda: somebody_waits(database, 2), what="both editors to wait")
        for editor in asked:
            editor.result(timeout=30)
    present = slug_of(database, story_id)
    assert present in ("one", "two")
    assert {leads_to(database, slug) for slug in ("strike", "one", "two")} == {(story_id, present)}


# ---- Outlets ------------------------------------------------------------------------------------------------------


def test_case_and_spacing_make_no_other_outlet_and_the_first_spelling_stays(
    database: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens()
    names = ["  NBC   News ", "nbc news", "NBC\u00a0NEWS"]
    answers = [newsroom.asks(newsroom.filing(story_id, outlet=name)) for name in names]
    assert [answer.new_outlet for answer in answers] == [True, False, False]
    assert outlets_added(database) == ["NBC News"]
    with database.reading() as connection:
        reports = loading.load(connection, story_id).reports.values()
    assert len({report.outlet.id for report in reports}) == 1
    assert {report.outlet.name for report in reports} == {"NBC News"}


def test_one_uri_under_two_spellings_of_the_outlet_is_one_report(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    first, second = (
        newsroom.asks(newsroom.filing(story_id, outlet=name, uri="https://nbc.example/1")) for name in ("NBC", "nbc")
    )
    assert (first.report_id, first.written, second.report_id, second.written) == (
        first.report_id,
        True,
        first.report_id,
        False,
    )


def test_an_outlet_that_many_mention_first_at_once_is_added_once(database: Database, newsroom: Newsroom) -> None:
    stories = [newsroom.opens(f"Story {n}") for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(newsroom.files, stories))
    assert sum(answer.new_outlet for answer in answers) == 1
    assert outlets_added(database) == ["NBC News"]


def test_outlets_are_found_or_added_by_name_for_a_token(
    database: Database, handler: Handler, newsroom: Newsroom
) -> None:
    newsroom.files(newsroom.opens())
    ids = handler.outlets_named(["Reuters", "nbc news", "REUTERS", "AP"], "operator")
    assert len(ids) == 3
    # Those that come together are added in the order of their ids.
    first, *others = outlets_added(database)
    assert (first, sorted(others)) == ("NBC News", ["AP", "Reuters"])
    before = everything(database)
    assert handler.outlets_named(["ap", "reuters", "NBC NEWS"], "operator") == ids
    assert everything(database) == before


def test_two_who_add_the_same_outlets_in_another_order_both_get_them(database: Database, handler: Handler) -> None:
    names = [f"Outlet {n}" for n in range(6)]
    with ThreadPoolExecutor(2) as pool:
        ids = list(pool.map(lambda order: handler.outlets_named(order, "operator"), [names, names[::-1]]))
    assert ids[0] == ids[1]
    assert sorted(outlets_added(database)) == names
