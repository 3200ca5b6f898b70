"""Outlets and parties: entered, edited and merged by editors."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.asking import Client, House, new_slug
from tracker.access.permissions import Role
from tracker.ids import new_id


class Noun(NamedTuple):
    """One of both kinds."""

    kind: str
    url: str
    prefix: str
    #: Something that can be said of it besides its names.
    more: dict[str, Any]
    other: dict[str, Any]


OUTLETS = Noun("outlet", "/v1/outlets", "out", {"owner": "Comcast"}, {"redistribute": "text"})
ROLE = {"title": "Secretary of State", "organisation": "Cabinet", "from": "2018-04-26", "to": None}
PARTIES = Noun(
    "party",
    "/v1/parties",
    "pty",
    {"kind": "person"},
    {"roles": [{name: value for name, value in ROLE.items() if value}]},
)


@pytest.fixture(params=[OUTLETS, PARTIES], ids=lambda noun: noun.kind)
def noun(request: pytest.FixtureRequest) -> Noun:
    found: Noun = request.param
    return found


def entered(client: Client, noun: Noun, **given: Any) -> dict[str, Any]:
    """A new one, of a name that nobody has."""
    answer = client.post(noun.url, {"name": f"The {new_slug()} Post", **given})
    assert answer.status == 201, answer.raw
    assert answer.headers["Location"] == answer.body["url"]
    return dict(answer.body)


class TestEntering:
    def test_what_was_entered_is_shown_by_its_id_and_each_of_its_names(self, admin: Client, noun: Noun) -> None:
        alias = new_slug()
        made = entered(admin, noun, aliases=[alias, alias.upper()], **noun.more)
        assert (made["aliases"], made["revision"], made["merged"]) == ([alias], 1, [])
        assert noun.more.items() <= made.items()
        for name in (made["id"], made["name"].upper(), f"%20{alias}"):
            assert admin.get(f"{noun.url}/{name}").body == made

    def test_the_same_again_is_that_one_and_another_of_the_name_is_refused(self, admin: Client, noun: Noun) -> None:
        made = entered(admin, noun)
        again = admin.post(noun.url, {"name": f" {made['name']} "})
        assert (again.status, again.body) == (200, made)
        refused = admin.post(noun.url, {"name": made["name"].upper(), **noun.more})
        assert (refused.status, refused.problem, refused.pointers) == (409, "name-taken", ["/name"])
        assert refused.body[f"{noun.kind}_id"] == made["id"]

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"name": ""}, "/name"),
            ({"name": "x" * 201}, "/name"),
            ({"name": "OUT_01dxn7k3c8e5tb3s0w1x5w6q7t"}, "/name"),
            ({"name": "pty_01dxn7k3c8e5tb3s0w1x5w6q7t"}, "/name"),
            ({"aliases": ["A", "B\nC"]}, "/aliases/1"),
            ({"aliases": [str(n) for n in range(51)]}, "/aliases"),
            ({"names": []}, "/names"),
        ],
    )
    def test_what_is_wrong_is_named(self, admin: Client, noun: Noun, given: dict[str, Any], pointer: str) -> None:
        refused = admin.post(noun.url, {"name": f"The {new_slug()} Post", **given})
        assert (refused.status, refused.problem, refused.pointers) == (422, "invalid-request", [pointer])

    def test_an_outlet_s_setting_is_one_of_two(self, admin: Client) -> None:
        refused = admin.post("/v1/outlets", {"name": "A", "redistribute": "everything"})
        assert (refused.problem, refused.pointers) == ("invalid-request", ["/redistribute"])

    @pytest.mark.parametrize(
        ("role", "pointer"),
        [
            ({"title": "A", "from": "in spring"}, "/roles/0/from"),
            ({"title": "A", "from": "2017-02-30"}, "/roles/0/from"),
            ({"title": "A", "from": "2018", "to": "2017"}, "/roles/0/to"),
            ({"from": "2018"}, "/roles/0/title"),
            ({"title": "A", "until": "2018"}, "/roles/0/until"),
        ],
    )
    def test_a_role_that_can_not_be_is_refused_at_its_place(
        self, admin: Client, role: dict[str, str], pointer: str
    ) -> None:
        refused = admin.post("/v1/parties", {"name": new_slug(), "roles": [role]})
        assert (refused.status, refused.pointers) == (422, [pointer])

    def test_a_role_is_shown_with_all_its_members(self, admin: Client) -> None:
        made = entered(admin, PARTIES, **PARTIES.other)
        assert made["roles"] == [ROLE]


class TestEditing:
    def test_it_takes_the_etag_of_what_was_read(self, admin: Client, noun: Noun) -> None:
        made = entered(admin, noun)
        tag = admin.get(made["url"]).etag
        edited = admin.patch(made["url"], noun.other, If_Match=tag)
        assert (edited.status, edited.body["revision"]) == (200, 2)
        assert admin.get(made["url"]).etag == edited.etag != tag
        assert admin.get(made["url"], If_None_Match=edited.etag).status == 304
        late = admin.patch(made["url"], noun.more, If_Match=tag)
        assert (late.status, late.problem) == (412, "stale")
        blind = admin.patch(made["url"], noun.more)
        assert (blind.status, blind.problem) == (428, "precondition-required")

    def test_an_edit_that_changes_nothing_makes_no_revision(self, admin: Client, noun: Noun) -> None:
        made = entered(admin, noun, **noun.more)
        same = admin.patch(made["url"], noun.more, If_Match="*")
        assert (same.status, same.body) == (200, made)

    def test_a_renamed_one_is_found_by_both_names(self, admin: Client, noun: Noun) -> None:
        made, name = entered(admin, noun), new_slug()
        renamed = admin.patch(f"{noun.url}/{made['name']}", {"name": name}, If_Match="*").body
        assert (renamed["name"], renamed["aliases"]) == (name, [made["name"]])
        assert admin.get(f"{noun.url}/{made['name']}").body == renamed

    def test_a_name_of_another_is_refused_at_its_place(self, admin: Client, noun: Noun) -> None:
        one, other = entered(admin, noun), entered(admin, noun)
        refused = admin.patch(one["url"], {"aliases": ["A free name", other["name"]]}, If_Match="*")
        assert (refused.status, refused.problem, refused.pointers) == (409, "name-taken", ["/aliases/1"])
        assert refused.body[f"{noun.kind}_id"] == other["id"]

    @pytest.mark.parametrize("body", [{}, {"name": None}, {"aliases": "A"}, {"id": "x"}])
    def test_what_can_not_be_asked_is_refused(self, admin: Client, noun: Noun, body: dict[str, Any]) -> None:
        refused = admin.patch(entered(admin, noun)["url"], body, If_Match="*")
        assert (refused.status, refused.problem) == (422, "invalid-request")


class TestMerging:
    def test_the_id_of_the_one_that_went_leads_to_the_one_that_is_left(self, admin: Client, noun: Noun) -> None:
        first, second, third = (entered(admin, noun) for _ in range(3))
        merged = admin.post(f"{first['url']}/merge", {"into": second["name"].upper()})
        assert (merged.status, merged.body["id"]) == (200, second["id"])
        assert merged.body["merged"] == [{"id": first["id"], "name": first["name"]}]
        admin.post(f"{second['url']}/merge", {"into": third["id"]})
        for gone in (first, second):
            moved = admin.get(gone["url"])
            assert (moved.status, moved.headers["Location"]) == (308, third["url"])
            assert admin.get(f"{noun.url}/{gone['name']}").body["id"] == third["id"]
        again = admin.post(f"{first['url']}/merge", {"into": second["id"]})
        assert (again.status, again.body["id"]) == (200, third["id"])

    def test_what_went_is_not_edited(self, admin: Client, noun: Noun) -> None:
        first, second = entered(admin, noun), entered(admin, noun)
        admin.post(f"{first['url']}/merge", {"into": second["id"]})
        refused = admin.patch(first["url"], noun.more, If_Match="*")
        assert (refused.status, refused.problem) == (409, "merged")
        assert refused.body[f"{noun.kind}_id"] == second["id"]

    def test_what_can_not_be_merged_is_refused(self, house: House, admin: Client, noun: Noun) -> None:
        one = entered(admin, noun)
        for into, status, problem in (
            (one["id"], 409, "merged-into-itself"),
            (one["name"], 409, "merged-into-itself"),
            ("Nobody at all", 422, "invalid-request"),
            (new_id(noun.prefix, house.clock), 422, "invalid-request"),
        ):
            refused = admin.post(f"{one['url']}/merge", {"into": into})
            assert (refused.status, refused.problem, refused.pointers) == (status, problem, ["/into"])
        unknown = admin.post(f"{noun.url}/{new_id(noun.prefix, house.clock)}/merge", {"into": one["id"]})
        assert (unknown.status, unknown.problem) == (404, f"unknown-{noun.kind}")
        late = admin.post(f"{one['url']}/merge", {"into": entered(admin, noun)["id"]}, If_Match='"r9.x"')
        assert (late.status, late.problem) == (412, "stale")

    def test_reports_under_either_name_are_the_one_s(self, house: House, admin: Client) -> None:
        first, second = entered(admin, OUTLETS), entered(admin, OUTLETS)
        story = admin.opens()
        for outlet in (first, second):
            admin.files(story, outlet=outlet["name"])
        admin.post(f"{first['url']}/merge", {"into": second["id"]})
        filed = admin.files(story, outlet=first["name"])
        report = admin.get(filed["url"]).body
        assert report["outlet"] == {"id": second["id"], "name": second["name"]}
        house.follow()
        assert admin.get(second["url"]).body["reports"] == 3
        for name in (first["id"], first["name"], second["id"]):
            stories = admin.get(f"/v1/stories?outlet={name}").body["items"]
            assert [each["id"] for each in stories] == [story["id"]]


class TestTheList:
    def test_it_is_sought_by_name_and_alias(self, house: House, admin: Client, noun: Noun) -> None:
        word = new_slug()
        found = [entered(admin, noun, name=f"{word} {n}") for n in range(2)] + [entered(admin, noun, aliases=[word])]
        house.follow()
        listed = [item for page in admin.pages(f"{noun.url}?limit=1&q={word.upper()}") for item in page.body["items"]]
        assert [item["id"] for item in listed] == [each["id"] for each in found]

    def test_a_cursor_of_the_other_list_is_refused(self, house: House, admin: Client) -> None:
        for noun in (OUTLETS, PARTIES):
            entered(admin, noun), entered(admin, noun)
        house.follow()
        cursor = admin.get("/v1/outlets?limit=1").body["next"]
        refused = admin.get(f"/v1/parties?cursor={cursor}")
        assert (refused.status, refused.problem) == (400, "bad-cursor")

    def test_a_position_is_waited_for(self, admin: Client, noun: Noun) -> None:
        entered(admin, noun)
        assert admin.get(f"{noun.url}?wait_for=1").status == 200


@pytest.mark.parametrize("role", [Role.REPORTER, Role.SUBSCRIBER])
def test_who_may_not_edit_may_read(house: House, admin: Client, noun: Noun, role: Role) -> None:
    made, somebody = entered(admin, noun), house.client(role)
    assert somebody.get(made["url"]).status == somebody.get(noun.url).status == 200
    for refused in (
        somebody.post(noun.url, {"name": "A"}),
        somebody.patch(made["url"], {"name": "A"}, If_Match="*"),
        somebody.post(f"{made['url']}/merge", {"into": made["id"]}),
    ):
        assert (refused.status, refused.problem) == (403, "forbidden")


def test_each_act_sent_again_with_its_key_is_answered_as_it_was(house: House, admin: Client, noun: Noun) -> None:
    one, other, key = entered(admin, noun), entered(admin, noun), new_slug()
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", noun.url, {"name": f"{key} {noun.kind}"}),
        ("PATCH", one["url"], {"name": f"{key} renamed"}),
        ("PATCH", other["url"], noun.more),
        ("POST", f"{one['url']}/merge", {"into": other["id"]}),
    ]
    headers = [{"Idempotency_Key": f"{key}-{n}", "If_Match": "*"} for n in range(len(asked))]
    first = [admin.ask(*each, **given) for each, given in zip(asked, headers, strict=True)]
    assert [answer.status for answer in first] == [201, 200, 200, 200]
    admin.patch(first[0].body["url"], noun.other, If_Match="*")
    counted = house.counts()
    again = [admin.ask(*each, **given) for each, given in zip(asked, headers, strict=True)]
    assert [(answer.status, answer.body["revision"]) for answer in again] == [
        (answer.status, answer.body["revision"]) for answer in first
    ]
    assert again[0].body == first[0].body
    assert house.counts() == counted
    reused = admin.post(noun.url, {"name": "Something else"}, **headers[0])
    assert (reused.status, reused.problem) == (422, "idempotency-key-reused")
