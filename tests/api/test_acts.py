"""Acts of the desk over HTTP: holds, kills, redactions and corrections, and who approves them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Answer, Client, House
from tracker.access.permissions import Role

KILL = {"reason": "The source made it up.", "public_note": "This report was withdrawn by its outlet."}
REDACTION = {"reason": "A court ordered it.", "authority": "District Court"}


@pytest.fixture
def editor(house: House) -> Client:
    return house.client(Role.EDITOR)


@pytest.fixture
def colleague(house: House) -> Client:
    return house.client(Role.EDITOR)


@pytest.fixture
def story(admin: Client) -> dict[str, Any]:
    return admin.opens()


@pytest.fixture
def report(admin: Client, story: dict[str, Any]) -> dict[str, Any]:
    return admin.files(story, "One.\n\nTwo.")


def correction(text: str = "One.\n\nThree.", **given: Any) -> dict[str, Any]:
    return {"headline": "Strike", "text": text, "note": {"text": "It was three."}, **given}


def refusal(answer: Answer) -> tuple[int, str, list[str]]:
    return answer.status, answer.problem, answer.pointers


class TestHolds:
    def test_a_hold_is_placed_by_one_editor_and_lifted_with_its_tag(
        self, editor: Client, story: dict[str, Any], report: dict[str, Any]
    ) -> None:
        sent = {"target": report["report_id"], "reason": "legal", "authority": "Counsel"}
        placed = editor.post(f"{story['url']}/holds", sent)
        assert (placed.status, placed.body["hold"][:4]) == (201, "hld_")
        assert editor.post(f"{story['url']}/holds", sent).status == 200
        (shown,) = editor.get(placed.body["url"]).body["items"]
        assert (shown["target"], shown["kind"], shown["reason"]) == (report["report_id"], "publication", "legal")
        lift = f"{story['url']}/holds/{placed.body['hold']}/lift"
        assert refusal(editor.post(lift, {})) == (428, "precondition-required", [])
        lifted = editor.post(lift, {"authority": "Counsel"}, If_Match=placed.etag)
        assert (lifted.status, lifted.body["hold"]) == (200, placed.body["hold"])

    def test_who_has_not_seen_that_it_was_lifted_is_told(
        self, editor: Client, colleague: Client, story: dict[str, Any], report: dict[str, Any]
    ) -> None:
        sent = {"target": report["report_id"], "reason": "editorial"}
        placed = editor.post(f"{story['url']}/holds", sent)
        lift = f"{story['url']}/holds/{placed.body['hold']}/lift"
        assert colleague.post(lift, {}, If_Match=placed.etag).status == 200
        assert refusal(editor.post(lift, {}, If_Match=placed.etag)) == (412, "stale", [])
        assert editor.post(lift, {}, If_Match="*").status == 200

    @pytest.mark.parametrize(
        ("sent", "refused"),
        [
            ({"reason": "embargo"}, (422, "embargo-without-end", ["/until"])),
            ({"reason": "a whim"}, (422, "invalid-request", ["/reason"])),
            ({}, (422, "invalid-request", ["/reason"])),
            ({"reason": "legal", "until": "tomorrow"}, (422, "invalid-request", ["/until"])),
            ({"reason": "legal", "until": "2020-01-05T00:00:00"}, (422, "invalid-request", ["/until"])),
            ({"reason": "legal", "kind": "secret"}, (422, "invalid-request", ["/kind"])),
            ({"reason": "legal", "target": "rpt_1"}, (404, "unknown-report", ["/target"])),
            ({"reason": "legal", "released": [1]}, (422, "invalid-request", ["/released"])),
        ],
    )
    def test_what_is_wrong_in_it_is_named(
        self, editor: Client, story: dict[str, Any], sent: dict[str, Any], refused: tuple[int, str, list[str]]
    ) -> None:
        assert refusal(editor.post(f"{story['url']}/holds", sent)) == refused

    def test_a_hold_that_is_not_there_can_not_be_lifted(self, editor: Client, story: dict[str, Any]) -> None:
        refused = editor.post(f"{story['url']}/holds/hld_1/lift", {}, If_Match="*")
        assert (refused.status, refused.problem) == (404, "unknown-hold")

    def test_a_reporter_holds_nothing_but_may_file_under_an_embargo(self, house: House, story: dict[str, Any]) -> None:
        reporter = house.client(Role.REPORTER)
        refused = reporter.post(f"{story['url']}/holds", {"reason": "legal"})
        assert (refused.status, refused.problem) == (403, "forbidden")
        filed = reporter.files(story, embargoed_until="2020-02-01T00:00:00Z")
        assert filed["hold"].startswith("hld_")


class TestKills:
    def test_what_the_outlet_killed_is_killed_at_once_and_for_good(self, house: House, report: dict[str, Any]) -> None:
        reporter = house.client(Role.REPORTER, outlets=["NBC News"])
        tag = reporter.get(report["url"]).etag
        assert refusal(reporter.post(f"{report['url']}/kill", KILL)) == (428, "precondition-required", [])
        killed = reporter.post(f"{report['url']}/kill", KILL, If_Match=tag)
        assert (killed.status, killed.body["report_id"]) == (201, report["report_id"])
        gone = reporter.get(report["url"])
        assert (gone.status, gone.body["public_note"]) == (410, KILL["public_note"])
        assert reporter.post(f"{report['url']}/kill", KILL, If_Match="*").status == 200
        other = {**KILL, "public_note": "Another note."}
        assert refusal(reporter.post(f"{report['url']}/kill", other, If_Match="*")) == (
            409,
            "killed-already",
            ["/public_note"],
        )
        version = reporter.post(f"{report['url']}/versions", {"headline": "Strike", "text": "New."})
        assert version.problem == "report-killed"

    def test_who_may_not_file_for_the_outlet_does_not_kill_for_it(self, house: House, report: dict[str, Any]) -> None:
        post = house.client(Role.REPORTER, outlets=["The Washington Post"])
        refused = post.post(f"{report['url']}/kill", KILL, If_Match="*")
        assert (refused.status, refused.problem) == (403, "forbidden-outlet")

    def test_what_takes_its_place_is_in_the_story(
        self, admin: Client, story: dict[str, Any], report: dict[str, Any]
    ) -> None:
        missing = admin.post(f"{report['url']}/kill", {**KILL, "successor": "rpt_1"}, If_Match="*")
        assert refusal(missing) == (404, "unknown-report", ["/successor"])
        successor = admin.files(story)["report_id"]
        assert admin.post(f"{report['url']}/kill", {**KILL, "successor": successor}, If_Match="*").status == 201
        assert admin.get(report["url"]).body["successor"] == successor

    @pytest.mark.parametrize(
        ("changed", "pointers"),
        [
            ({"public_note": ""}, ["/public_note"]),
            ({"reason": "a" * 2001}, ["/reason"]),
            ({"issued_by": "reader"}, ["/issued_by"]),
            ({"alone_because": "It is late."}, ["/alone_because"]),
            ({"actor": "tok_1"}, ["/actor"]),
        ],
    )
    def test_what_is_wrong_in_it_is_named(
        self, admin: Client, report: dict[str, Any], changed: dict[str, Any], pointers: list[str]
    ) -> None:
        refused = admin.post(f"{report['url']}/kill", {**KILL, **changed}, If_Match="*")
        assert refusal(refused) == (422, "invalid-request", pointers)


class TestWhatTheDeskAsksFor:
    def test_a_kill_waits_for_another_and_is_done_when_he_approves(
        self, editor: Client, colleague: Client, report: dict[str, Any]
    ) -> None:
        asked = editor.post(f"{report['url']}/kill", {**KILL, "issued_by": "desk"}, If_Match="*")
        assert (asked.status, asked.body["state"]) == (202, "waiting")
        assert editor.get(report["url"]).status == 200
        assert editor.post(asked.body["approve"], {}, If_Match=asked.etag).problem == "second-person-needed"
        assert refusal(colleague.post(asked.body["approve"], {})) == (428, "precondition-required", [])
        approved = colleague.post(asked.body["approve"], {}, If_Match=asked.etag)
        assert (approved.status, approved.body["state"]) == (200, "approved")
        assert editor.get(report["url"]).body["issued_by"] == "desk"

    def test_asked_for_twice_it_is_one_request(self, editor: Client, report: dict[str, Any]) -> None:
        asked = [editor.post(f"{report['url']}/kill", {**KILL, "issued_by": "desk"}, If_Match="*") for _ in "ab"]
        assert {answer.body["request"] for answer in asked} == {asked[0].body["request"]}

    def test_a_correction_of_the_desk_is_the_next_version_when_it_is_approved(
        self, editor: Client, colleague: Client, report: dict[str, Any]
    ) -> None:
        body = correction(issued_by="desk", passages=["Two."])
        asked = editor.post(f"{report['url']}/corrections", body, If_Match="*")
        assert (asked.status, asked.body["state"]) == (202, "waiting")
        assert editor.get(report["url"]).body["version"] == 1
        assert colleague.post(asked.body["approve"], {}, If_Match=asked.etag).status == 200
        shown = editor.get(report["url"]).body
        assert (shown["version"], shown["corrections"][0]["issued_by"]) == (2, "desk")

    def test_a_redaction_is_asked_for_and_then_it_is_gone(
        self, editor: Client, colleague: Client, story: dict[str, Any], report: dict[str, Any]
    ) -> None:
        asked = editor.post(f"{story['url']}/redactions", {**REDACTION, "target": report["report_id"]})
        assert (asked.status, asked.body["state"]) == (202, "waiting")
        assert colleague.post(asked.body["approve"], {}, If_Match=asked.etag).status == 200
        assert editor.get(report["url"]).body["redacted"] is True
        again = editor.post(f"{story['url']}/redactions", {**REDACTION, "target": report["report_id"]})
        assert (again.status, again.body["state"], again.body["request"]) == (200, "approved", None)

    def test_what_is_declined_is_not_done(
        self, editor: Client, colleague: Client, story: dict[str, Any], report: dict[str, Any]
    ) -> None:
        asked = editor.post(f"{story['url']}/redactions", {**REDACTION, "target": f"{report['report_id']}/1"})
        declined = colleague.post(asked.body["decline"], {"reason": "The order was lifted."})
        assert (declined.status, declined.body["state"]) == (200, "declined")
        refused = colleague.post(asked.body["approve"], {}, If_Match="*")
        assert (refused.status, refused.problem) == (409, "request-decided")
        assert editor.get(report["url"]).body["redacted"] is False

    def test_what_is_preserved_is_not_redacted(
        self, editor: Client, story: dict[str, Any], report: dict[str, Any]
    ) -> None:
        hold = {"target": report["report_id"], "kind": "preservation", "reason": "legal"}
        placed = editor.post(f"{story['url']}/holds", hold)
        assert placed.status == 201
        refused = editor.post(f"{story['url']}/redactions", {**REDACTION, "target": report["report_id"]})
        assert (refused.status, refused.problem, refused.body["hold_id"]) == (409, "preserved", placed.body["hold"])

    def test_what_is_not_there_is_named(self, editor: Client, story: dict[str, Any]) -> None:
        refused = editor.post(f"{story['url']}/redactions", {**REDACTION, "target": "rpt_1/2"})
        assert refusal(refused) == (404, "unknown-target", ["/target"])
        refused = editor.post(f"{story['url']}/requests/act_1/approve", {}, If_Match="*")
        assert (refused.status, refused.problem) == (404, "unknown-request")

    def test_a_reporter_asks_for_no_act_of_the_desk(
        self, house: House, story: dict[str, Any], report: dict[str, Any]
    ) -> None:
        reporter = house.client(Role.REPORTER)
        for refused in (
            reporter.post(f"{report['url']}/kill", {**KILL, "issued_by": "desk"}, If_Match="*"),
            reporter.post(f"{report['url']}/corrections", correction(issued_by="desk"), If_Match="*"),
            reporter.post(f"{story['url']}/redactions", {**REDACTION, "target": report["report_id"]}),
        ):
            assert (refused.status, refused.problem) == (403, "forbidden")


class TestAlone:
    def test_nobody_acts_alone_where_two_are_asked_for(self, editor: Client, report: dict[str, Any]) -> None:
        body = {**KILL, "issued_by": "desk", "alone_because": "Nobody else is here."}
        refused = editor.post(f"{report['url']}/kill", body, If_Match="*")
        assert refusal(refused) == (403, "second-person-needed", ["/alone_because"])

    def test_a_newsroom_of_one_acts_at_once_and_says_why(
        self, house: House, editor: Client, admin: Client, story: dict[str, Any], report: dict[str, Any]
    ) -> None:
        alone = editor.at(house.app_with(approval="alone_with_reason"))
        because = {"alone_because": "Nobody else is here."}
        corrected = alone.post(f"{report['url']}/corrections", correction(issued_by="desk", **because), If_Match="*")
        assert (corrected.status, corrected.body["version"]) == (201, 2)
        done = alone.post(f"{story['url']}/redactions", {**REDACTION, **because, "target": f"{report['report_id']}/1"})
        assert (done.status, done.body["state"]) == (200, "approved")
        killed = alone.post(f"{report['url']}/kill", {**KILL, **because, "issued_by": "desk"}, If_Match="*")
        assert (killed.status, killed.body["report_id"]) == (201, report["report_id"])
        requests = admin.get(f"{story['url']}/requests").body["items"]
        assert [(each["state"], each["alone"]) for each in requests] == [("approved", True)] * 3


class TestCorrections:
    def test_the_passages_that_are_corrected_stand_in_the_version_before(
        self, admin: Client, report: dict[str, Any]
    ) -> None:
        url = f"{report['url']}/corrections"
        refused = admin.post(url, correction(passages=["Two.", "Seven."]), If_Match="*")
        assert refusal(refused) == (422, "passage-not-found", ["/passages/1"])
        refused = admin.post(url, correction(passages=[{"exact": "Two.", "block": "b1"}]), If_Match="*")
        assert refusal(refused) == (422, "passage-not-found", ["/passages/0/exact"])
        assert admin.post(url, correction(passages=["Two."]), If_Match="*").status == 201

    def test_there_are_not_too_many(self, admin: Client, report: dict[str, Any]) -> None:
        refused = admin.post(f"{report['url']}/corrections", correction(passages=["Two."] * 21), If_Match="*")
        assert refusal(refused) == (422, "invalid-request", ["/passages"])
