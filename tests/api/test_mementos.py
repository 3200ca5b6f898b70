"""A story's past by the Memento protocol (RFC 7089)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from tests.api.telling import B_AT, C_AT, Telling, tell
from tests.asking import Answer, House
from tracker.access.permissions import Role
from tracker.clock import StoryClock

_LINK = re.compile(r'<([^>]*)>; rel="([^"]*)"(?:; type="[^"]*")?(?:; datetime="([^"]*)")?')


@pytest.fixture(scope="module")
def house(shared_url: str) -> Iterator[House]:
    opened = House(shared_url, StoryClock(datetime(2020, 1, 3, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def told(house: House) -> Telling:
    return tell(house, house.client())


def links(answer: Answer) -> dict[str, tuple[str, str]]:
    """Address and date of each relation."""
    found = _LINK.findall(answer.headers["Link"])
    return {name: (address, at) for address, names, at in found for name in names.split()}


def timegate(told: Telling, moment: str | None) -> Answer:
    asked = {"Accept_Datetime": moment} if moment else {}
    return told.client.get(f"{told.url}/timegate", **asked)


class TestTheTimegate:
    def test_it_leads_to_the_story_as_it_was_at_that_moment(self, told: Telling) -> None:
        led = timegate(told, "Mon, 13 Jan 2020 23:00:00 GMT")
        assert led.status == 302
        memento = told.client.get(led.headers["Location"])
        assert memento.body == told.get("?as_of=2020-01-13T23:00:00Z")
        assert "NBC News" in memento.raw.decode()
        assert "Washington Post" not in memento.raw.decode()

    def test_it_says_what_it_is_the_gate_of_and_that_its_answer_depends_on_the_header(self, told: Telling) -> None:
        led = timegate(told, "Mon, 13 Jan 2020 23:00:00 GMT")
        assert "accept-datetime" in led.headers["Vary"]
        assert links(led)["original"][0] == f"/v1/stories/{told.story['id']}"
        assert links(led)["timemap"][0].endswith("/timemap")

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [(None, -1), ("Mon, 13 Jan 2040 23:00:00 GMT", -1), ("Mon, 13 Jan 1997 23:00:00 GMT", 0)],
    )
    def test_beyond_its_ends_and_without_a_moment_it_leads_to_the_first_or_the_last(
        self, told: Telling, moment: str | None, expected: int
    ) -> None:
        revisions = [1, told.get()["revision"]]
        memento = told.client.get(timegate(told, moment).headers["Location"])
        assert memento.body["revision"] == revisions[expected]

    def test_a_moment_means_all_of_its_second(self, house: House) -> None:
        telling = tell(house, house.client())
        telling.at(C_AT + timedelta(days=3, milliseconds=700))
        telling.client.patch(telling.url, {"title": "Later"}, If_Match="*")
        memento = telling.client.get(timegate(telling, "Fri, 17 Jan 2020 01:00:00 GMT").headers["Location"])
        assert memento.body["title"] == "Later"
        assert memento.headers["Memento-Datetime"] == "Fri, 17 Jan 2020 01:00:00 GMT"

    @pytest.mark.parametrize("moment", ["2020-01-13T23:00:00Z", "yesterday", "Mon, 99 Jan 2020 23:00:00 GMT"])
    def test_a_moment_that_cannot_be_read_is_refused(self, told: Telling, moment: str) -> None:
        refused = timegate(told, moment)
        assert (refused.status, refused.problem, refused.pointers) == (400, "invalid-parameter", ["Accept-Datetime"])


class TestAnswersOfThePast:
    def test_they_say_of_which_moment_they_are(self, told: Telling) -> None:
        memento = told.client.get(f"{told.url}?as_of=2020-01-13T23:00:00Z")
        at = parsedate_to_datetime(memento.headers["Memento-Datetime"])
        assert at == datetime.fromisoformat(memento.body["changed_at"])

    def test_they_lead_to_those_beside_them(self, told: Telling) -> None:
        found = links(told.client.get(f"{told.url}?revision=4"))
        latest = told.get()["revision"]
        for name, revision in (("first", 1), ("prev", 3), ("next", 5), ("last", latest), ("memento", latest)):
            assert found[name][0].endswith(f"?revision={revision}"), name
        assert found["timegate"][0].endswith("/timegate")
        assert told.client.get(found["original"][0]).body["revision"] == latest
        assert told.client.get(found["prev"][0]).headers["Memento-Datetime"] == found["prev"][1]

    def test_the_first_has_none_before_it_and_the_last_none_after_it(self, told: Telling) -> None:
        latest = told.get()["revision"]
        assert "prev" not in links(told.client.get(f"{told.url}?revision=1"))
        assert "next" not in links(told.client.get(f"{told.url}?revision={latest}"))

    def test_a_list_leads_to_the_same_list_of_another_revision_and_to_its_next_page(self, told: Telling) -> None:
        first = told.client.get(f"{told.url}/claims?revision=9&standing=disputed&limit=1")
        assert links(first)["prev"][0].endswith("/claims?standing=disputed&limit=1&revision=8")
        page = told.client.get(f"{told.url}/timeline?revision=9&limit=1")
        assert page.next_link is not None
        assert told.client.get(page.next_link).headers["Memento-Datetime"] == page.headers["Memento-Datetime"]

    def test_the_story_as_it_is_is_no_memento(self, told: Telling) -> None:
        assert "Memento-Datetime" not in told.client.get(told.url).headers
        assert "Memento-Datetime" not in told.client.get(f"{told.url}/claims?said_before=2020-01-13T23:00:00Z").headers


class TestTheTimemap:
    def test_it_lists_a_memento_for_each_revision_a_page_at_a_time(self, told: Telling) -> None:
        address, found = f"{told.url}/timemap?limit=4", []
        while address:
            page = told.client.get(address)
            assert page.headers["Content-Type"] == "application/link-format"
            lines = _LINK.findall(page.raw.decode())
            found += [(each, at) for each, names, at in lines if names == "memento"]
            address = next((each for each, names, _ in lines if names == "timemap"), "")
        latest = told.get()["revision"]
        assert [each for each, _ in found] == [
            f"/v1/stories/{told.story['id']}?revision={n}" for n in range(1, latest + 1)
        ]
        assert parsedate_to_datetime(found[0][1]) < B_AT < C_AT < parsedate_to_datetime(found[-1][1])

    def test_what_is_hidden_is_no_memento_for_whoever_may_not_see_it(self, house: House) -> None:
        telling, public = tell(house, house.client()), house.client(Role.SUBSCRIBER)
        body = {"target": telling.ids["C"], "kind": "publication", "reason": "legal"}
        assert telling.client.post(f"{telling.url}/holds", body).status in (200, 201)
        shown = public.get(telling.url).body["revision"]
        listed = _LINK.findall(public.get(f"{telling.url}/timemap").raw.decode())
        mementos = [each for each, names, _ in listed if names == "memento"]
        assert mementos[-1].endswith(f"?revision={shown}")
        assert all(public.get(each).status == 200 for each in mementos)
        last = links(public.get(f"{telling.url}?revision={shown}"))
        assert "next" not in last
        assert last["last"][0].endswith(f"?revision={shown}")
        led = public.get(f"{telling.url}/timegate")
        assert public.get(led.headers["Location"]).body["revision"] == shown
