"""Health: for anybody, also without a token."""

from __future__ import annotations

import pytest

from tests.asking import Client, House
from tests.rooms import settings_for
from tracker import create_app
from tracker.db.database import Database
from tracker.projections.story_list import StoryList
from tracker.store import parking, replaying
from tracker.store.ticking import settle


@pytest.fixture(scope="module")
def nobody(house: House) -> Client:
    return house.nobody()


def test_a_living_process_says_so(nobody: Client) -> None:
    alive = nobody.get("/livez")
    assert (alive.status, alive.body, alive.headers["Cache-Control"]) == (200, {"status": "ok"}, "no-store")


def test_a_server_that_can_serve_says_how_far_behind_its_followers_are(
    house: House, nobody: Client, admin: Client
) -> None:
    house.follow()
    admin.opens()
    settle(house.database)
    ready = nobody.get("/readyz")
    assert (ready.status, ready.body["status"]) == (200, "ok")
    assert (ready.body["lag"]["story_list"], ready.body["lag"]["outlets"]) == (1, 1)
    assert set(ready.body["lag_seconds"].values()) == {0.0}
    assert set(ready.body["parked"].values()) == {0}


def test_a_server_whose_followers_could_not_go_on_with_a_story_is_ready_and_degraded(
    house: House, nobody: Client, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.follow()
    admin.opens()
    with monkeypatch.context() as failing:
        failing.setattr(StoryList, "write", lambda *_: 1 / 0)
        house.follow()
    ready = nobody.get("/readyz")
    assert (ready.status, ready.body["status"]) == (200, "degraded")
    assert (ready.body["parked"]["story_list"], ready.body["parked"]["outlets"]) == (1, 0)
    with house.database.reading() as connection:
        (row,) = parking.every(connection)
    assert replaying.replay(house.database, StoryList(), row.stream_id) is None
    assert nobody.get("/readyz").body["status"] == "ok"


def test_a_server_that_gets_no_connection_to_its_database_is_alive_and_not_ready(house: House) -> None:
    settings = settings_for(house.settings.database_url, pool_size=1, pool_timeout_seconds=0.05)
    database = Database(settings)
    client = house.nobody().at(create_app(settings, database=database, clock=house.clock))
    with database.reading():
        refused = client.get("/readyz")
        assert (refused.status, refused.problem) == (503, "busy")
        assert int(refused.headers["Retry-After"]) > 0
        assert client.get("/livez").status == 200
    assert client.get("/readyz").status == 200
    database.close()
