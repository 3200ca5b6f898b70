"""The founding story, told through the HTTP API as reporters would, on a clock of January 2020: all of it holds."""

from __future__ import annotations

import ipaddress
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook
from werkzeug.serving import make_server

from tests.asking import Answer as CheckedAnswer
from tests.asking import House
from tests.webhooks import receivers
from tests.webhooks.subscribers import messages_of
from tracker.access.permissions import Role
from tracker.clock import StoryClock
from tracker.demo.founding_story import (
    AGGREGATOR,
    BEFORE_THE_POST,
    INVENTED,
    NBC,
    POST,
    SLUG,
    SUMMARY,
    TITLE,
    TOPICS,
    WIRE,
    acts,
)
from tracker.demo.markings import IMMINENT, OF_THE_STRIKE, WEIGHED
from tracker.demo.receiver import Received, Receiver
from tracker.demo.telling import Answer, Client, Told, tell
from tracker.worker import Worker

STORY = f"/v1/stories/{SLUG}"
#: Printed by the Post alone, so that nobody can have known it before.
OF_THE_POST = ("spring of 2017", "Mattis", "batted around", "Dunford", POST)
#: Those that brought a report or a version of one, or what the desk says of the story itself.
REVISIONS = [
    ("story.opened", None, f"The desk opened the story “{TITLE}”."),
    ("report.filed", WIRE, "Capital Wire filed “U.S. strike in Baghdad kills Iran's Gen. Qassem Soleimani”."),
    ("report.filed", NBC, "NBC News filed “President approved killing Soleimani seven months ago, on a condition”."),
    ("report.filed", POST, "The Washington Post filed “Killing Soleimani was discussed as early as 2017”."),
    ("story.edited", None, "The desk changed the summary."),
    (
        "report.filed",
        AGGREGATOR,
        "The Aggregator filed “Trump weighed killing Soleimani long before January, two reports say”, citing NBC News "
        "and The Washington Post.",
    ),
    (
        "report.updated",
        NBC,
        "NBC News updated “President approved killing Soleimani seven months ago, on a condition” (version 2): A "
        f"paragraph moved up, and a denial was added ({INVENTED}).",
    ),
    (
        "report.corrected",
        POST,
        "The Washington Post corrected “Killing Soleimani was discussed as early as 2017” (version 2): An earlier "
        "version gave the office that John Kelly held from July 31, 2017. In spring of 2017 he was homeland security "
        f"secretary ({INVENTED}).",
    ),
]
#: How many events tell the story, and how many the one that it is linked with.
EVENTS, RELATED = 41, 2
TIMELINE = [
    "The presidential campaign",
    "Donald Trump takes office",
    "Pompeo urges a more aggressive approach",
    "Iranian-backed Yemeni rebels attack Saudi Arabia",
    "Trump floats the idea of killing Soleimani",
    "Mattis, Kelly and Dunford resist",
    "Iran shoots down an American drone",
    "Trump approves the plan, on a condition",
    "A militia kills a U.S. contractor",
    "A U.S. drone strike kills Gen. Qassem Soleimani",
]


@dataclass(frozen=True)
class Told2020:
    """The story after it was told, and whoever can be asked about it."""

    house: House
    client: Client
    clock: StoryClock
    tokens: dict[str, str]
    told: list[Told]
    #: What the demonstration's subscriber got, and what another one got, untouched.
    received: list[Received]
    messages: list[Any]
    secret: str

    def get(self, path: str) -> Any:
        """What an editor is answered; also held against the OpenAPI document."""
        answer = self.client.ask("GET", path, self.tokens["editor"])
        assert answer.status == 200, answer.body
        self.house.document.check("GET", path, _checked(answer))
        return answer.body


def _checked(answer: Answer) -> CheckedAnswer:
    raw = json.dumps(answer.body).encode() if answer.body is not None else b""
    return CheckedAnswer(answer.status, answer.headers, answer.body, raw)


@pytest.fixture(scope="module")
def story(shared_url: str) -> Iterator[Told2020]:
    """Told over HTTP to a running server, with a worker and two subscribers."""
    clock = StoryClock(acts()[0].recorded_at)
    house = House(shared_url, clock)
    opened = replace(house.settings, webhook_allowed_networks=(ipaddress.ip_network("127.0.0.0/8"),))
    app = house.app_with(webhook_allowed_networks=opened.webhook_allowed_networks)
    with (
        Worker(house.database, clock, opened) as worker,
        serving(app) as client,
        Receiver() as receiver,
        receivers.Receiver(receivers.answering(204)) as other,
    ):
        tokens = _tokens(house)
        secrets = []
        for url in (receiver.url, other.url):
            made = client.ask("POST", "/v1/endpoints", tokens["subscriber"], {"url": url})
            secrets.append(made.body["secret"])
        receiver.secret = secrets[0]
        told = list(tell(client, clock, tokens))
        assert worker.drain()
        received = receiver.wait_for(EVENTS + RELATED, seconds=0)
        yield Told2020(house, client, clock, tokens, told, received, messages_of(other), secrets[1])
    house.close()


@contextmanager
def serving(app: Any) -> Iterator[Client]:
    """``app`` behind a real server, at a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield Client(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _tokens(house: House) -> dict[str, str]:
    people = {"editor": house.client(Role.EDITOR), "subscriber": house.client(Role.SUBSCRIBER)}
    people |= {name: house.client(Role.REPORTER, outlets=[name]) for name in (WIRE, NBC, POST, AGGREGATOR)}
    return {name: str(person.written) for name, person in people.items()}


def outlets(state: dict[str, Any]) -> list[str]:
    return [report["outlet"]["name"] for report in state["reports"]]


class TestTheStory:
    def test_every_act_was_taken_and_each_event_made_one_revision(self, story: Told2020) -> None:
        assert {told.answer.status for told in story.told if told.act.method == "POST"} == {201}
        assert [told.answer.status for told in story.told if told.act.method == "PATCH"] == [200]
        rows = story.get(f"{STORY}/revisions?limit=200")["items"]
        assert [row["revision"] for row in rows] == list(range(EVENTS, 0, -1))

    def test_the_state_shows_all_reports_with_their_versions(self, story: Told2020) -> None:
        state = story.get(STORY)
        assert (state["title"], state["slug"], state["topics"], state["summary"]) == (TITLE, SLUG, TOPICS, SUMMARY)
        assert (state["revision"], state["urgency"]) == (EVENTS, 2)
        assert outlets(state) == [WIRE, NBC, POST, AGGREGATOR]
        assert [report["version"] for report in state["reports"]] == [1, 2, 2, 1]
        published = [report["published_at"] for report in state["reports"]]
        assert published == [
            "2020-01-03T12:00:00Z",
            "2020-01-13T18:00:00Z",
            "2020-01-14T01:00:00Z",
            "2020-01-14T04:00:00Z",
        ]

    def test_what_was_printed_stands_there_to_the_letter(self, story: Told2020) -> None:
        blocks = {
            name: [block["text"] for block in story.get(report["url"])["blocks"]]
            for report in story.get(STORY)["reports"]
            for name in [report["outlet"]["name"]]
        }
        nbc, post = "\n".join(blocks[NBC]), "\n".join(blocks[POST])
        assert '"very serious threats that didn\'t come to fruition," a second senior administration official' in nbc
        # One quotation in two parts, with its speaker between them: each is exact, joined they stand nowhere.
        assert "\"It's an idea that's been batted around for a while,\"" in post
        assert '"It\'s not a hard or particularly complicated idea to come up with."' in post
        assert [block for block in blocks[AGGREGATOR] if block.startswith("Mattis stopped")]

    def test_its_revisions_are_one_row_each_in_sentences(self, story: Told2020) -> None:
        rows = story.get(f"{STORY}/revisions?limit=200")["items"][::-1]
        found = [
            (row["type"], row["outlet"] and row["outlet"]["name"], row["sentence"])
            for row in rows
            if row["type"].startswith(("story.", "report."))
        ]
        assert found == REVISIONS
        assert all(row["sentence"] for row in rows)

    def test_what_did_not_happen_says_so_wherever_it_is_told(self, story: Told2020) -> None:
        rows = story.get(f"{STORY}/revisions?limit=200")["items"]
        assert [row["revision"] for row in rows if INVENTED in row["sentence"]] == [EVENTS, EVENTS - 1]
        (correction,) = story.get(STORY)["reports"][2]["corrections"]
        assert INVENTED in correction["note"]["text"]

    def test_a_report_filed_again_without_a_key_is_the_same_report(self, story: Told2020) -> None:
        before = story.get(STORY)
        for told in (each for each in story.told if each.act.path.endswith("/reports")):
            bare = {name: value for name, value in told.act.body.items() if name not in _MARKED}
            again = story.client.ask("POST", f"{STORY}/reports", story.tokens[told.act.by], bare)
            assert (again.status, again.body["report_id"]) == (200, told.answer.body["report_id"])
            assert again.body["version"] == 1
        assert story.get(STORY) == before

    def test_a_marking_made_again_is_the_same_marking(self, story: Told2020) -> None:
        before = story.get(STORY)
        report = before["reports"][0]["id"]
        claim = {"report": report, **OF_THE_STRIKE["claims"][0]}
        again = story.client.ask("POST", f"{STORY}/claims", story.tokens["editor"], claim)
        assert (again.status, again.body["claim"]) == (200, _claim(story, IMMINENT)["id"])
        assert story.get(STORY) == before


class TestWhatIsSaid:
    def test_that_the_attack_was_imminent_is_disputed_by_nbc_and_by_the_editors_judgement(
        self, story: Told2020
    ) -> None:
        claim = _claim(story, IMMINENT)
        disputes = [each for each in claim["relations"] if each["relation"] == "disputes"]
        whose = [(each["by"] and each["by"]["name"], each["basis"]["text"]) for each in disputes]
        assert whose == [
            (NBC, "The timing, however, could undermine the Trump administration's stated justification"),
            (None, "What was discussed in 2017 was no answer to a threat of January 2020."),
            (AGGREGATOR, "undercutting what officials have said of an imminent attack"),
        ]
        assert "disputed by NBC News, by our desk and by The Aggregator" in claim["words"]
        # NBC's own words, with their hedge: the Post says nothing of it, so that its claim is held against it by us.
        assert disputes[0]["basis"]["place"]["outlet"]["name"] == NBC
        assert disputes[1]["basis"]["place"] is None

    def test_that_the_killing_was_weighed_stands_on_two_outlets_and_the_aggregator_adds_none(
        self, story: Told2020
    ) -> None:
        claim = _claim(story, WEIGHED)
        assert [each["place"]["outlet"]["name"] for each in claim["appearances"]] == [NBC, POST, AGGREGATOR]
        assert claim["standing"]["support"] == "corroborated"
        assert claim["standing"]["outlets"]["max"] == 2
        assert claim["standing"]["sources"] == {"min": 2, "max": None}
        assert claim["words"] == "Corroborated by 2 independent outlets, at least 2 sources."

    def test_how_it_came_to_stand_so_is_told(self, story: Told2020) -> None:
        supports = [each["standing"]["support"] for each in _claim(story, WEIGHED)["history"]]
        assert supports[0] == "unattributed"
        assert supports[-1] == "corroborated"

    def test_who_says_so_is_a_chain(self, story: Told2020) -> None:
        (appearance,) = _claim(story, "Trump said that he would do it only if Americans were hit.")["appearances"]
        assert [link["name"] for link in appearance["chain"]] == ["Donald Trump", "the report", NBC]

    def test_a_quotation_in_two_parts_has_one_speaker(self, story: Told2020) -> None:
        quotes = [each["quote"] for each in story.get(f"{STORY}/quotes")["items"]]
        (found,) = [quote for quote in quotes if len(quote["parts"]) == 2]
        assert found["speaker"]["label"] == "a former senior Pentagon official"

    def test_a_quote_stands_in_a_quote(self, story: Told2020) -> None:
        quotes = [each["quote"] for each in story.get(f"{STORY}/quotes")["items"]]
        (outer,) = [quote for quote in quotes if quote["inner"]]
        assert outer["speaker"]["outlet"]["name"] == NBC
        assert outer["inner"][0]["speaker"]["label"] == "a second senior administration official"

    def test_the_timeline_is_in_the_order_of_the_world(self, story: Told2020) -> None:
        items = story.get(f"{STORY}/timeline")["items"]
        assert [each["title"] for each in items if each["kind"] == "occurrence"] == TIMELINE
        after = [each["title"] for each in items if each["kind"] == "report"]
        assert [each["title"] for each in items][len(TIMELINE) :] == after

    def test_two_phrases_that_do_not_meet_stand_side_by_side(self, story: Told2020) -> None:
        (floated,) = [each for each in story.get(f"{STORY}/timeline")["items"] if each["title"] == TIMELINE[4]]
        disagreement = floated["disagreement"]
        assert disagreement["phrases"] == ["in spring of 2017", "as early as five months after taking office"]
        assert disagreement["readings"] == ["March to May 2017", "as early as June 2017"]
        assert "By the astronomical season, to 21 June, they touch." in disagreement["sentence"]

    def test_a_date_that_nobody_gave_stays_without_one(self, story: Told2020) -> None:
        found = {each["title"]: each for each in story.get(f"{STORY}/timeline")["items"]}
        assert found[TIMELINE[0]]["when"]["edtf"] is None
        assert found[TIMELINE[0]]["when"]["phrase"] == "during the campaign"
        assert found[TIMELINE[8]]["when"]["reading"] == "until 3 January 2020"

    def test_people_have_the_role_that_they_had_then(self, story: Told2020) -> None:
        people = {each["name"]: each for each in story.get(STORY)["people"]}
        then = [role["title"] for each in people["John Kelly"]["then"] for role in each["roles"]]
        assert then == ["Homeland Security Secretary"]
        assert [role["title"] for role in people["Mike Pompeo"]["roles_now"]] == ["Secretary of State"]
        titles = [[role["title"] for role in each["roles"]] for each in people["Mike Pompeo"]["then"]]
        assert any("CIA director" in each for each in titles)

    def test_words_that_the_correction_took_away_are_left_to_an_editor(self, story: Told2020) -> None:
        (orphan,) = story.get(f"{STORY}/orphans")["items"]
        assert "White House chief of staff John Kelly" in json.dumps(orphan)

    def test_the_other_story_says_that_they_belong_together(self, story: Told2020) -> None:
        (link,) = story.get(STORY)["related"]
        other = story.get("/v1/stories/iran-and-the-united-states")
        assert link["story_id"] == other["id"]
        assert [each["story_id"] for each in other["related"]] == [story.get(STORY)["id"]]


#: What rides along with a filing.
_MARKED = ("claims", "occurrences", "relations", "cites")


def _claim(story: Told2020, statement: str, asked: str = "") -> dict[str, Any]:
    (found,) = [each for each in story.get(f"{STORY}/claims{asked}")["items"] if each["statement"] == statement]
    return dict(found)


_BEFORE = BEFORE_THE_POST.strftime("%Y-%m-%dT%H:%M:%SZ")


class TestAsOf:
    """On 13 January 2020 at 23:00 UTC, between NBC's report and the Post's."""

    @pytest.fixture
    def state(self, story: Told2020) -> dict[str, Any]:
        return dict(story.get(f"{STORY}?as_of={_BEFORE}"))

    def test_nothing_of_the_post_s_was_known(self, story: Told2020, state: dict[str, Any]) -> None:
        assert (state["revision"], outlets(state), state["summary"]) == (19, [WIRE, NBC], None)
        texts = [story.get(f"{report['url']}?version={report['version']}") for report in state["reports"]]
        since = story.get(f"{STORY}/compare/1...{state['revision']}")
        rows = story.get(f"{STORY}/revisions?limit=200")["items"]
        rows = [row for row in rows if row["revision"] <= state["revision"]]
        lists = [story.get(f"{STORY}/{each}?as_of={_BEFORE}") for each in ("claims", "quotes", "timeline", "sources")]
        known = json.dumps([state, texts, since, rows, lists], ensure_ascii=False)
        assert [words for words in OF_THE_POST if words in known] == []

    def test_nbc_s_own_account_of_the_early_days_was(self, story: Told2020, state: dict[str, Any]) -> None:
        nbc = story.get(f"{state['reports'][1]['url']}?version=1")
        text = " ".join(block["text"] for block in nbc["blocks"])
        assert "When Mr. Trump came into office, Mr. Pompeo, his first CIA director" in text
        assert "denied" not in text

    def test_the_attack_s_imminence_was_disputed_by_nbc_alone(self, story: Told2020) -> None:
        assert _claim(story, IMMINENT, f"?as_of={_BEFORE}")["words"].endswith("disputed by NBC News.")

    def test_so_it_is_by_what_had_been_said_till_then(self, story: Told2020) -> None:
        assert _claim(story, IMMINENT, f"?said_before={_BEFORE}")["words"].endswith("disputed by NBC News.")
        lists = [story.get(f"{STORY}/{each}?said_before={_BEFORE}") for each in ("claims", "quotes", "timeline")]
        known = json.dumps(lists, ensure_ascii=False)
        assert [words for words in OF_THE_POST if words in known] == []

    def test_today_all_of_it_is(self, story: Told2020) -> None:
        texts = [story.get(report["url"]) for report in story.get(STORY)["reports"]]
        known = json.dumps(texts, ensure_ascii=False)
        assert [words for words in OF_THE_POST if words not in known] == []


class TestComparing:
    def test_the_correction_is_what_differs_between_its_revision_and_the_one_before(self, story: Told2020) -> None:
        document = story.get(f"{STORY}/compare/{EVENTS - 1}...{EVENTS}")
        (changed,) = document["reports"]
        assert (changed["outlet"]["name"], changed["from_version"], changed["to_version"]) == (POST, 1, 2)
        sentences = [each for block in changed["text"]["blocks"] for each in block["sentences"]]
        replaced = [run for each in sentences for run in each["tokens"] if run["op"] == "replace"]
        assert [(run["old"].strip(), run["new"].strip()) for run in replaced] == [
            ("White House chief of staff", "Homeland Security Secretary")
        ]
        (correction,) = changed["corrections"]
        assert (correction["op"], correction["note"]["wrong"]) == ("insert", "White House chief of staff John Kelly")
        assert [by["revision"] for by in changed["by"]] == [EVENTS]

    def test_a_paragraph_that_moved_is_shown_as_moved_and_the_denial_as_new(self, story: Told2020) -> None:
        (changed,) = story.get(f"{STORY}/compare/{EVENTS - 2}...{EVENTS - 1}")["reports"]
        text = changed["text"]
        assert text["stats"]["moves"] > 0
        inserted = [block for block in text["blocks"] if block["op"] == "insert"]
        assert "denied on Jan. 14" in json.dumps(inserted)

    def test_between_any_two_revisions_there_is_an_answer(self, story: Told2020) -> None:
        for a in range(1, EVENTS + 1):
            document = story.get(f"{STORY}/compare/{a}...latest")
            assert (document["from"]["revision"], document["to"]["revision"]) == (a, EVENTS)


class TestWebhooks:
    def test_the_subscriber_was_told_of_every_revision_once_signed_and_in_order(self, story: Told2020) -> None:
        assert all(each.verified for each in story.received)
        ours = story.get(STORY)["id"]
        mine = [each for each in story.received if each.body["data"]["story"] == ours]
        data = [each.body["data"] for each in mine]
        assert [each["revision"] for each in data] == list(range(1, EVENTS + 1))
        assert [each["previous_revision"] for each in data] == [None, *range(1, EVENTS)]
        rows = story.get(f"{STORY}/revisions?limit=200")["items"][::-1]
        assert [each.body["type"] for each in mine] == [row["type"] for row in rows]
        assert len({each.body["id"] for each in story.received}) == EVENTS + RELATED

    def test_the_reference_library_verifies_each_and_refuses_one_that_was_altered(self, story: Told2020) -> None:
        webhook = Webhook(story.secret)
        assert [webhook.verify(message.body, message.headers)["id"] for message in story.messages] == [
            each.body["id"] for each in story.received
        ]
        message = next(each for each in story.messages if b"Soleimani" in each.body)
        altered = message.body.replace(b"Soleimani", b"Solejmani")
        with pytest.raises(Exception, match="No matching signature"):
            webhook.verify(altered, message.headers)

    def test_each_leads_to_the_schema_that_it_keeps_and_to_the_story(self, story: Told2020) -> None:
        public = story.house.settings.public_url
        for message in story.messages:
            event = message.event
            assert event["dataschema"].startswith(public)
            # Whoever got a webhook has no token.
            schema = story.client.ask("GET", event["dataschema"].removeprefix(public), "none").body
            Draft202012Validator(schema).validate(event)
            assert story.get(event["data"]["url"].removeprefix(public))["revision"] == event["data"]["revision"]
            if event["data"]["compare_url"]:
                story.get(event["data"]["compare_url"].removeprefix(public))

    def test_the_correction_says_what_was_wrong_and_no_text_of_a_report_is_sent(self, story: Told2020) -> None:
        assert story.received[-1].body["data"]["note"]["right"] == "Homeland Security Secretary John Kelly"
        bodies = b"".join(message.body for message in story.messages)
        # Short quotes may leave; what stands around them may not.
        assert b"batted around" in bodies
        assert b"chairman of the Joint Chiefs of Staff" not in bodies

    def test_its_sender_knows_that_all_of_them_arrived(self, story: Told2020) -> None:
        token = story.tokens["subscriber"]
        for endpoint in story.client.ask("GET", "/v1/endpoints", token).body["items"]:
            path = f"/v1/endpoints/{endpoint['id']}/deliveries?limit=200"
            listed = story.client.ask("GET", path, token).body["items"]
            assert len(listed) == EVENTS + RELATED
            assert {(each["state"], each["attempts"]) for each in listed} == {("delivered", 1)}


def test_the_demonstration_tells_it_and_exits_with_0_when_all_of_it_held(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tracker", "demo", "--once", "--data", str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓ signed") == EVENTS + RELATED
    assert "✗" not in done.stdout
    assert (tmp_path / "demo" / "tracker.db").exists()
