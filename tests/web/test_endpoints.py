"""The pages of a webhook's owner."""

from __future__ import annotations

import pytest

from tests.asking import House, new_slug
from tests.web.visiting import Page, Visitor, visitor
from tracker.access.permissions import Role
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.store import followers
from tracker.webhooks import deliveries
from tracker.webhooks.attempts import Outcome
from tracker.webhooks.deliveries import Settled, State
from tracker.webhooks.planning import Planner

NEW = "/endpoints/new"


def url() -> str:
    return f"https://example.com/{new_slug()}"


def made(page: Page) -> str:
    """The address of the endpoint that was made."""
    assert page.status == 201, page.said
    return next(href for href in page.hrefs if href.startswith("/endpoints/end_"))


def plan(database: Database) -> None:
    """Bring the planner of deliveries to the end of the log."""
    while followers.advance(database, Planner(Clock()), 200):
        pass


class TestMaking:
    def test_the_secret_is_shown_once(self, subscriber: Visitor) -> None:
        address = url()
        page = subscriber.fill(NEW, url=address)
        secret = page.marked("secret")[0]
        assert secret.startswith("whsec_")
        endpoint = subscriber.get(made(page))
        assert endpoint.heading == address
        for shown in (endpoint, subscriber.get("/endpoints"), subscriber.get(NEW)):
            assert secret not in shown.html

    def test_sent_twice_it_makes_one_and_says_its_secret_again(self, house: House, subscriber: Visitor) -> None:
        fields = subscriber.filled(NEW, url=url())
        first, before = subscriber.send(NEW, fields), house.counts()
        second = subscriber.send(NEW, fields)
        assert first.marked("secret") == second.marked("secret")
        assert made(first) == made(second)
        assert house.counts() == before

    def test_it_may_be_limited_to_types_and_stories(self, editor: Visitor, subscriber: Visitor) -> None:
        one, other = (editor.opens(f"Story {new_slug()}") for _ in range(2))
        fields = subscriber.filled(NEW, url=url(), stories=f"{one[9:]}, {other[9:]}")
        page = subscriber.send(NEW, {**fields, "types": ["report.filed", "report.corrected"]})
        shown = subscriber.get(made(page))
        assert "report.corrected, report.filed" in shown.said
        titles = [editor.get(story).heading for story in (one, other)]
        assert all(title in shown.said for title in titles)

    @pytest.mark.parametrize(
        ("fields", "place"),
        [
            ({"url": ""}, "Address: Fill this in."),
            ({"url": "example.com"}, "Address"),
            ({"url": "javascript:alert(1)"}, "Address"),
            ({"url": "http://127.0.0.1/"}, "Address: 127.0.0.1 may not be called"),
            ({"url": "https://169.254.169.254/latest"}, "Address"),
            ({"stories": "unheard-of"}, "Stories: There is no story unheard-of."),
            ({"stories": "sty_01jh2r8m5efk0b3s0w1x5w6q7t"}, "Stories"),
            ({"stories": "x" * 81}, "Stories"),
            ({"stories": ",".join(["a"] * 201)}, "Stories"),
            ({"types": "outlet.added"}, "Types of events"),
        ],
    )
    def test_what_is_wrong_is_named_and_stays(self, subscriber: Visitor, fields: dict[str, str], place: str) -> None:
        page = subscriber.fill(NEW, **{"url": url(), **fields})
        assert page.status == 422
        assert place in page.alert
        assert {name: page.form.get(name) for name in fields if name != "types"} == {
            name: value for name, value in fields.items() if name != "types"
        }

    def test_what_was_chosen_stays_chosen(self, subscriber: Visitor) -> None:
        fields = {**subscriber.filled(NEW, url=""), "types": ["report.filed", "story.closed"]}
        page = subscriber.send(NEW, fields)
        boxes = page.all("input", type="checkbox")
        chosen = [each.attributes["value"] for each in boxes if "checked" in each.attributes]
        assert chosen == ["story.closed", "report.filed"]


class TestTheList:
    def test_everybody_sees_their_own(self, house: House, subscriber: Visitor) -> None:
        assert "You have no endpoint" in subscriber.get("/endpoints").said
        mine = made(subscriber.fill(NEW, url=url()))
        assert mine in subscriber.get("/endpoints").hrefs
        for role in (Role.SUBSCRIBER, Role.ADMIN):
            other = visitor(house, role)
            assert mine not in other.get("/endpoints").hrefs
            assert other.get(mine).status == 404
            assert other.get(f"{mine}/delete").status == 404
            word = other.filled(NEW)["csrf"]
            assert other.send(f"{mine}/delete", {"csrf": word, "key": "k"}).status == 404
        assert subscriber.get(mine).status == 200

    def test_it_is_led_to_by_whoever_may_and_nobody_else(self, editor: Visitor, subscriber: Visitor) -> None:
        assert "/endpoints" in subscriber.get("/").hrefs
        assert "/endpoints" not in editor.get("/").hrefs


class TestDeliveries:
    @pytest.mark.parametrize(
        ("state", "outcome", "status", "said"),
        [
            ("delivered", Outcome.DELIVERED, 204, ["Delivered"]),
            ("due", Outcome.TIMEOUT, None, ["Failed 1 time, next", "no complete answer in time"]),
            ("exhausted", Outcome.REFUSED_STATUS, 500, ["Given up after 1 attempt", "other than 2xx (500)"]),
        ],
    )
    def test_each_is_told_in_words(
        self,
        house: House,
        editor: Visitor,
        subscriber: Visitor,
        state: State,
        outcome: Outcome,
        status: int | None,
        said: list[str],
    ) -> None:
        story = editor.opens(f"Story {new_slug()}")
        endpoint = made(subscriber.fill(NEW, url=url(), stories=story[9:]))
        assert "Nothing was to be sent" in subscriber.get(endpoint).said
        editor.files(story)
        plan(house.database)
        page = subscriber.get(endpoint)
        assert "Waiting" in page.first("tbody").text
        assert editor.get(story).heading in page.first("tbody").text
        now = Clock().now()
        with house.database.writing() as connection:
            row = deliveries.list_of(connection, endpoint.rsplit("/", 1)[1], limit=1)[0]
            settled = Settled(endpoint.rsplit("/", 1)[1], row.story_id, row.position, state, now, now, status, outcome)
            deliveries.settle(connection, [settled])
        told = " ".join(subscriber.get(endpoint).first("tbody").text.split())
        for each in said:
            assert each in told
        link = next(href for href in page.hrefs if "revision=2" in href)
        assert subscriber.get(link).heading == editor.get(story).heading

    def test_many_are_shown_page_by_page(self, house: House, editor: Visitor, subscriber: Visitor) -> None:
        story = editor.opens()
        endpoint = made(subscriber.fill(NEW, url=url(), stories=story[9:]))
        admin = house.client()
        for number in range(60):
            admin.files({"url": f"/v1{story}"}, headline=f"Report {number}")
        plan(house.database)
        first = subscriber.get(endpoint)
        rest = subscriber.get(first.first("a", rel="next").attributes["href"])
        numbers = [int(href.rsplit("=", 1)[1]) for page in (first, rest) for href in page.hrefs if "revision=" in href]
        assert numbers == list(range(61, 1, -1))


class TestDeleting:
    def test_it_is_asked_about_and_then_done(self, subscriber: Visitor) -> None:
        endpoint = made(subscriber.fill(NEW, url=url()))
        fields = subscriber.filled(f"{endpoint}/delete")
        assert subscriber.get(endpoint).status == 200
        for _ in range(2):
            assert subscriber.done(subscriber.send(f"{endpoint}/delete", fields)) == "/endpoints"
        assert subscriber.get(endpoint).status == 404
        assert endpoint not in subscriber.get("/endpoints").hrefs

    def test_the_form_that_made_one_which_is_gone_says_so(self, subscriber: Visitor) -> None:
        fields = subscriber.filled(NEW, url=url())
        endpoint = made(subscriber.send(NEW, fields))
        subscriber.done(subscriber.fill(f"{endpoint}/delete"))
        again = subscriber.send(NEW, fields)
        assert again.status == 404
        assert "You have no endpoint" in again.alert

    def test_not_without_the_word_of_the_session(self, subscriber: Visitor) -> None:
        endpoint = made(subscriber.fill(NEW, url=url()))
        assert subscriber.send(f"{endpoint}/delete", {"csrf": "x"}).status == 403
        assert subscriber.send(NEW, {"url": url()}).status == 403
        assert subscriber.get(endpoint).status == 200
