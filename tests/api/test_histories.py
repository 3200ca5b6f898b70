"""A cursor belongs to one history: in another one it is refused, with the way forward, and nothing is passed over."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.api.histories import copy
from tests.asking import Client, House
from tests.chronicle import everything
from tests.store.writing import NOW
from tracker.clock import StoryClock
from tracker.db.migrating import upgrade
from tracker.store import transfer

#: What was told when the backup was made: a story, an outlet, its report.
BACKUP = 3


class Told(NamedTuple):
    """A story, and for each list that goes on to the newer where it was read to."""

    story: dict[str, Any]
    lists: dict[str, str]


@pytest.fixture
def house(migrated_url: str) -> Iterator[House]:
    yield from opened(migrated_url)


@pytest.fixture
def other(request: pytest.FixtureRequest, house: House, tmp_path: Path) -> Iterator[House]:
    """An empty one on the same kind of database."""
    if house.database.kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'other.db'}"
        upgrade(url)
        yield from opened(url)
        return
    cluster = request.getfixturevalue("postgres")
    name = f"another_{uuid.uuid4().hex}"
    yield from opened(cluster.create_database(name, request.getfixturevalue("_migrated_template")))
    cluster.drop_database(name)


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, house: House, tmp_path: Path) -> Iterator[House]:
    """An empty one on the other kind of database."""
    kind = "postgresql" if house.database.kind == "sqlite" else "sqlite"
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
        upgrade(url)
        yield from opened(url)
        return
    yield from opened(request.getfixturevalue("migrated_postgresql_url"))


def opened(url: str) -> Iterator[House]:
    found = House(url, StoryClock(datetime(2020, 1, 3, tzinfo=UTC)))
    yield found
    found.close()


@pytest.fixture
def told(house: House) -> Told:
    admin = house.client()
    story = admin.opens()
    url = admin.files(story, outlet="The First")["url"]
    assert len(everything(house.database)) == BACKUP
    goes_on(house, admin, story, url, "Second", "Third")
    lists = {
        "feed": "/v1/feed?limit=200&after=",
        "outlets": "/v1/outlets?limit=2&cursor=",
        "reports": f"{story['url']}/reports?limit=2&cursor=",
        "versions": f"{url}/versions?limit=2&cursor=",
    }
    cursors = {name: admin.get(path.rpartition("&")[0]).body["next"] for name, path in lists.items()}
    return Told(story, {name: path + cursors[name] for name, path in lists.items()})


def goes_on(house: House, admin: Client, story: dict[str, Any], url: str, *outlets: str) -> None:
    """What happens after the backup: outlets that nobody knew file, and the first report gets new versions."""
    for name in outlets:
        admin.files(story, f"By {name}.", outlet=f"The {name}")
    for number, name in enumerate(outlets):
        assert admin.post(f"{url}/versions", {"headline": name, "text": f"{number}."}).status == 201
    house.follow()


def report_of(told: Told) -> str:
    return told.lists["versions"].partition("/versions")[0]


def refused(client: Client, path: str) -> None:
    found = client.get(path)
    parameter = "after" if "after=" in path else "cursor"
    assert (found.status, found.problem, found.pointers) == (409, "cursor-of-another-history", [parameter])
    assert found.body["begin_again"] == path.rpartition("&")[0]
    assert found.body["begin_again"] in found.body["detail"]
    assert client.get(found.body["begin_again"]).status == 200


@pytest.mark.parametrize("name", ["feed", "outlets", "reports", "versions"])
class TestCursors:
    def test_a_cursor_is_good_in_its_own_history(self, house: House, told: Told, name: str) -> None:
        assert house.client().get(told.lists[name]).status == 200

    def test_after_an_older_backup_was_restored_a_later_cursor_is_refused(
        self, house: House, other: House, told: Told, name: str
    ) -> None:
        copy(house.database, other.database, up_to=BACKUP)
        other.follow()
        refused(other.client(), told.lists[name])

    def test_also_when_the_restored_log_has_grown_past_it(
        self, house: House, other: House, told: Told, name: str
    ) -> None:
        copy(house.database, other.database, up_to=BACKUP)
        goes_on(other, other.client(), told.story, report_of(told), "Fourth", "Fifth", "Sixth")
        assert len(everything(other.database)) > len(everything(house.database))
        refused(other.client(), told.lists[name])

    def test_an_earlier_cursor_is_good_in_the_restored_log_too(
        self, house: House, other: House, told: Told, name: str
    ) -> None:
        path = told.lists[name].rpartition("&")[0]
        early = path.replace("limit=200", f"limit={BACKUP}").replace("limit=2", "limit=1")
        cursor = house.client().get(early).body["next"]
        copy(house.database, other.database, up_to=BACKUP)
        goes_on(other, other.client(), told.story, report_of(told), "Fourth")
        found = other.client().get(f"{path}&{'after' if name == 'feed' else 'cursor'}={cursor}")
        assert (found.status, len(found.body["items"])) == (200, 3 if name == "feed" else 1)

    def test_imported_into_the_other_database_it_leads_to_the_same_place(
        self, house: House, elsewhere: House, told: Told, name: str, tmp_path: Path
    ) -> None:
        file, keys = tmp_path / "log.jsonl", tmp_path / "keys.jsonl"
        transfer.export(house.database, file, keys, NOW, export_id="exp_1", followers=())
        transfer.import_(elsewhere.database, file, keys, NOW)
        elsewhere.follow()
        goes_on(house, house.client(), told.story, report_of(told), "Fourth")
        goes_on(elsewhere, elsewhere.client(), told.story, report_of(told), "Fourth")
        here, there = (each.client().get(told.lists[name]).body for each in (house, elsewhere))
        assert here["items"]
        assert [shape(item) for item in here["items"]] == [shape(item) for item in there["items"]]


def shape(item: dict[str, Any]) -> tuple[Any, ...]:
    """What of an item is the same wherever the same was told: not the ids of what was told there anew."""
    return tuple(item.get(name) for name in ("position", "type", "revision", "version", "name", "headline"))


@pytest.mark.parametrize("name", ["feed", "outlets"])
def test_in_another_installation_a_cursor_is_refused(house: House, other: House, told: Told, name: str) -> None:
    client = other.client()
    goes_on(other, client, story := client.opens(), client.files(story)["url"], "Second", "Third")
    refused(client, told.lists[name])
    assert client.get("/v1/feed").body["next"] != told.lists["feed"].rpartition("=")[2]


def test_a_cursor_of_one_story_or_list_is_none_of_another(house: House, told: Told) -> None:
    client = house.client()
    another = client.opens()
    for number in range(3):
        client.files(another, f"{number}.")
    cursor = told.lists["reports"].rpartition("=")[2]
    assert client.get(f"{another['url']}/reports?cursor={cursor}").problem == "cursor-of-another-history"
    assert client.get(f"{report_of(told)}/versions?cursor={cursor}").problem == "bad-cursor"


def test_lists_that_show_the_newest_first_pass_over_nothing_after_a_restore(
    house: House, other: House, told: Told
) -> None:
    client = house.client()
    for _ in range(3):
        client.opens()
    house.follow()
    paths = ["/v1/stories?limit=2", f"{told.story['url']}/revisions?limit=2"]
    cursors = [client.get(path).body["next"] for path in paths]
    copy(house.database, other.database, up_to=BACKUP)
    restored = other.client()
    restored.opens("Opened after the restore")
    goes_on(other, restored, told.story, report_of(told), "Fourth", "Fifth")
    for path, cursor in zip(paths, cursors, strict=True):
        front = restored.get(path.replace("limit=2", "limit=200")).body["items"]
        later = [item for page in restored.pages(f"{path}&cursor={cursor}") for item in page.body["items"]]
        # What is under the cursor's number comes, and all else is at the front, as with whatever changes meanwhile.
        assert later == front[len(front) - len(later) :]
