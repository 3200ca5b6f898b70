"""A story of ten thousand events answers every page from a bounded part of it: counted in events, not in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.asking import Client, House
from tests.chronicle import follow
from tests.store.counting import EventsRead
from tests.store.writing import forget
from tests.web.visiting import visitor
from tracker.clock import StoryClock
from tracker.ids import new_id
from tracker.projections.saved_states import SavedStates
from tracker.store import addresses, loading, log
from tracker.store.log_events import NewEvent
from tracker.stories.events import ClaimAsserted, Event, ReportFiled, ReportUpdated, StoryEdited, StoryOpened
from tracker.stories.values import Content, OutletRef
from tracker.text.blocks import Block
from tracker.text.passages import Selector

LENGTH = 10_000
START = datetime(2020, 1, 3, tzinfo=UTC)
TEXT = "The general was killed in Baghdad, the Pentagon said. " * 4
#: One event in so many is an act of the desk.
DESK_EVERY = 100
#: The revision in which a claim is marked.
MARKED = 6001


class LongStory:
    """The story, and somebody who reads it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.client: Client = house.client()
        self.id = new_id("sty", house.clock)
        self.slug = "long-story"
        for start in range(0, LENGTH, 500):
            with house.database.writing() as connection:
                if not start:
                    addresses.take(connection, "story", self.slug, self.id, self.slug)
                at = START + timedelta(minutes=start)
                new = [self._new(number) for number in range(start + 1, start + 501)]
                log.append(connection, self.id, "story", new, expected=start or "none", now=at)
        house.follow()
        follow(house.database, SavedStates(house.settings.saved_state_every))

    @property
    def url(self) -> str:
        return f"/v1/stories/{self.id}"

    def report(self, number: int) -> str:
        """The id of the report that revision ``number`` filed or updated."""
        return f"rpt_{number // 2:026d}"

    def _new(self, number: int) -> NewEvent:
        event = self._event(number)
        key_id = None if isinstance(event, StoryOpened | StoryEdited) else f"{self.report(number)}/{1 + number % 2}"
        actor = self.client.token.id
        event_id = new_id("evt", self.house.clock)
        return NewEvent(event_id=event_id, event=event, actor=actor, correlation_id=f"req_{number}", key_id=key_id)

    def _event(self, number: int) -> Event:
        if number == 1:
            return StoryOpened(slug=self.slug, title="Strike in Baghdad")
        if number == MARKED:
            return _claim(self.report(number - 2))
        if number % DESK_EVERY in (0, 1):
            return StoryEdited(title=f"Strike {number}")
        content = Content(headline=f"Revision {number}", blocks=(Block("b1", "paragraph", TEXT),))
        if number % 2:
            return ReportUpdated(report_id=self.report(number), version=2, content=content)
        outlet = OutletRef(id="out_00000000000000000000000001", name="NBC News")
        return ReportFiled(
            report_id=self.report(number), outlet=outlet, content=content, uri=f"https://a.example/{number}"
        )


def _claim(report_id: str) -> ClaimAsserted:
    selector = Selector(exact="The general was killed in Baghdad")
    return ClaimAsserted(
        claim_id="clm_1", appearance=1, statement=selector.exact, report_id=report_id, version=1, selector=selector
    )


@pytest.fixture(scope="module")
def story(shared_url: str) -> Iterator[LongStory]:
    house = House(shared_url, StoryClock(START + timedelta(days=30)))
    yield LongStory(house)
    house.close()


#: What a load may read at the latest revision, the tail, and at an older one, what lies between two saved states.
TAIL = LENGTH // 16 + 200
BETWEEN = LENGTH // 4 + TAIL


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("{url}/reports?limit=50", TAIL),
        ("{url}/revisions?limit=50", 300),
        ("{url}/revisions?limit=50&type=story.edited", 300),
        # Whose the report is in which a claim is marked, the story's state alone knows.
        ("{url}/revisions?limit=50&type=claim.asserted", TAIL + 300),
        ("{url}/reports/{report}", TAIL + 10),
        ("{url}/reports/{report}/versions", TAIL + 10),
        ("{url}/compare/9000...9010", TAIL + BETWEEN + 300),
        ("{url}/compare/2...latest", TAIL + BETWEEN + 2 * LENGTH // DESK_EVERY + 600),
        ("/v1/feed?limit=50", 120),
        ("/v1/stories", 10),
    ],
)
def test_a_page_of_the_api_reads_a_bounded_part(
    story: LongStory, monkeypatch: pytest.MonkeyPatch, path: str, most: int
) -> None:
    """Also where nothing is in memory."""
    path = path.format(url=story.url, report=story.report(5002))
    reading = EventsRead(monkeypatch)
    forget(story.house.database)
    assert story.client.get(path).status == 200
    assert reading.taken() <= most
    assert story.client.get(path).status == 200
    assert reading.taken() <= most if "compare" in path else reading.taken() <= 300


@pytest.mark.parametrize("query", ["?revision=777", "?revision=7777", "?as_of=2020-01-06T12:00:00Z", ""])
def test_the_story_at_any_revision_or_moment_reads_a_bounded_part(
    story: LongStory, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    reading = EventsRead(monkeypatch)
    forget(story.house.database)
    headers = {"Authorization": f"Bearer {story.client.written}"}
    assert story.house.app.test_client().get(story.url + query, headers=headers).status_code == 200
    assert reading.taken() <= BETWEEN


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("", TAIL + 300),
        ("?revision=5555", BETWEEN + 300),
        ("?reports=77", TAIL + 300),
        ("/reports/{report}", TAIL + 500),
        ("/compare?a=9000&b=9010", TAIL + BETWEEN + 300),
    ],
)
def test_a_page_for_people_reads_a_bounded_part(
    story: LongStory, monkeypatch: pytest.MonkeyPatch, path: str, most: int
) -> None:
    editor = visitor(story.house)
    reading = EventsRead(monkeypatch)
    forget(story.house.database)
    assert editor.get(f"/stories/{story.slug}{path.format(report=story.report(5002))}").status == 200
    assert reading.taken() <= most


def test_a_claim_is_told_by_whose_report_it_stands_in(story: LongStory) -> None:
    forget(story.house.database)
    (row,) = story.client.get(f"{story.url}/revisions?type=claim.asserted").body["items"]
    assert row["sentence"] == "NBC News asserts: The general was killed in Baghdad."


def test_old_revisions_are_what_they_were(story: LongStory) -> None:
    with story.house.database.reading() as connection:
        for revision in (1, 777, 5001, 7777, LENGTH):
            forget(story.house.database)
            state = loading.load(connection, story.id, revision)
            assert state.revision == revision
            said = [report.content.headline for report in state.reports.values()]
            last = max((n for n in range(2, revision + 1) if n % DESK_EVERY not in (0, 1)), default=0)
            assert said[-1:] == ([f"Revision {last}"] if last else [])


def test_a_write_to_the_story_reads_none_of_it_again(story: LongStory, monkeypatch: pytest.MonkeyPatch) -> None:
    story.client.files({"url": story.url})
    story.client.get(f"{story.url}/reports?limit=1")
    reading = EventsRead(monkeypatch)
    for _ in range(3):
        story.client.files({"url": story.url})
        assert story.client.get(f"{story.url}/reports?limit=1").status == 200
    assert reading.taken() <= 20


def test_a_comparison_of_very_many_changes_says_that_it_holds_not_all(story: LongStory) -> None:
    document = story.client.get(f"{story.url}/compare/2...latest").body
    assert document["truncated"]
    assert len(document["reports"]) == 200
    assert not story.client.get(f"{story.url}/compare/9002...9010").body["truncated"]
