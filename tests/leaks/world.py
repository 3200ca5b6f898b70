"""A newsroom with planted words, the application that shows it, and somebody of each role who asks."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from tests.asking import House
from tests.chronicle import follow
from tests.planted import MORNING, Planted
from tests.rooms import Newsroom, make_token
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.api.problems import is_api
from tracker.clock import StoryClock
from tracker.handling import Handler
from tracker.projections.following import all_followers
from tracker.web.sessions import code_for
from tracker.webhooks import endpoints
from tracker.webhooks.addresses import AddressRules
from tracker.webhooks.planning import Planner

_BASE = "https://localhost"


class World(NamedTuple):
    """The newsroom with its planted words, the application, and who asks."""

    house: House
    planted: Planted
    readers: Mapping[Role, Reader]
    endpoint_id: str
    overheard: Overheard
    #: Two stories to which the same was done, but for what is under embargo in the first one.
    twins: tuple[str, str]
    #: Of the first: one that anybody sees, and one under embargo.
    twin_reports: tuple[str, str]


class Reader(NamedTuple):
    """Somebody, by a token and at the pages."""

    role: Role
    written: str
    browser: FlaskClient


class Overheard(logging.Handler):
    """Everything that the program logs, at whatever level, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


@pytest.fixture(scope="module")
def world(shared_url: str) -> Iterator[World]:
    clock, logger, overheard = StoryClock(MORNING), logging.getLogger("tracker"), Overheard()
    before = logger.level
    logger.addHandler(overheard)
    logger.setLevel(logging.DEBUG)
    house = House(shared_url, clock)
    readers = {role: _reader(house, role) for role in Role}
    endpoint_id = _endpoint(house, readers[Role.SUBSCRIBER])
    handler = Handler(house.database, clock, house.settings)
    planted = Planted(Newsroom(handler, make_token(house.database, clock), clock), clock, house.database)
    twins, reports = planted.twins()
    yield World(house, planted, readers, endpoint_id, overheard, twins, reports)
    logger.setLevel(before)
    logger.removeHandler(overheard)
    house.close()


def _endpoint(house: House, reader: Reader) -> str:
    with house.database.writing() as connection:
        owner = tokens.authenticate(connection, reader.written, house.clock.now())[0].id
        rules = AddressRules(["127.0.0.0/8"])
        made, _ = endpoints.create(connection, house.clock, rules, owner=owner, url="http://127.0.0.1:9/")
    return made.id


def _reader(house: House, role: Role) -> Reader:
    client = house.client(role)
    assert client.written is not None
    browser = house.app.test_client()
    with house.app.app_context():
        code = code_for(client.token.id)
    browser.get(f"/sign-in?code={code}", base_url=_BASE)
    return Reader(role, client.written, browser)


class Reply(NamedTuple):
    """What somebody was answered: all of it, as text."""

    role: Role
    address: str
    status: int
    told: str


def get(reader: Reader, address: str) -> Reply:
    if is_api(address.partition("?")[0]):
        headers = {"Authorization": f"Bearer {reader.written}"}
        answer = reader.browser.application.test_client().get(address, headers=headers)
    else:
        answer = reader.browser.get(address, base_url=_BASE)
    headers_told = "\n".join(f"{name}: {value}" for name, value in answer.headers if name != "Set-Cookie")
    return Reply(reader.role, address, answer.status_code, f"{headers_told}\n{answer.get_data(as_text=True)}")


def body(reader: Reader, address: str) -> str:
    headers = {"Authorization": f"Bearer {reader.written}"}
    return reader.browser.application.test_client().get(address, headers=headers).get_data(as_text=True)


def headers_of(reader: Reader, address: str) -> Mapping[str, str]:
    headers = {"Authorization": f"Bearer {reader.written}"}
    return dict(reader.browser.application.test_client().get(address, headers=headers).headers)


def follow_all(world: World) -> None:
    follow(world.house.database, *all_followers(world.house.settings), Planner(world.house.clock))
