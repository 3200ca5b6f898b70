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
from tracker.demo.receiver import Received, Receiver
from tracker.demo.telling import Answer, Client, Told, tell
from tracker.worker import Worker

STORY = f"/v1/stories/{SLUG}"
#: Printed by the Post alone, so that nobody can have known it before.
OF_THE_POST = ("spring of 2017", "Mattis", "batted around", "Dunford", POST)
REVISIONS = [
    ("story.opened", None, f"The desk opened the story “{TITLE}”."),
    ("report.filed", WIRE, "Capital Wire filed “U.S. strike in Baghdad kills Iran's Gen. Qassem Soleimani”."),
    ("report.filed", NBC, "NBC News filed “President approved killing Soleimani seven months ago, on a condition”."),
    ("report.filed", POST, "The Washington Post filed “Killing Soleimani was discussed as early as 2017”."),
    ("story.edited", None, "The desk changed the summary."),
    (
        "report.filed",
        AGGREGATOR,
        "The Aggregator filed “Trump weighed killing Soleimani long before January, two reports say”.",
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
        received = receiver.wait_for(len(acts()), seconds=0)
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
    def test_every_act_was_taken_and_each_made_one_revision(self, story: Told2020) -> None:
        assert [told.answer.status for told in story.told] == [201, 201, 201, 201, 200, 201, 201, 201]
        assert [told.answer.body["revision"] for told in story.told] == list(range(1, 9))

    def test_the_state_shows_all_reports_with_their_versions(self, story: Told2020) -> None:
        state = story.get(STORY)
        assert (state["title"], state["slug"], state["topics"], state["summary"]) == (TITLE, SLUG, TOPICS, SUMMARY)
        assert (state["revision"], state["summary_revision"], state["urgency"]) == (8, 5, 2)
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
        rows = story.get(f"{STORY}/revisions")["items"][::-1]
        found = [(row["type"], row["outlet"] and row["outlet"]["name"], row["sentence"]) for row in rows]
        assert found == REVISIONS
        moments = [act.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ") for act in acts()]
        assert [row["recorded_at"] for row in rows] == moments

    def test_what_did_not_happen_says_so_wherever_it_is_told(self, story: Told2020) -> None:
        rows = story.get(f"{STORY}/revisions")["items"]
        assert [row["revision"] for row in rows if INVENTED in row["sentence"]] == [8, 7]
        (correction,) = story.get(STORY)["reports"][2]["corrections"]
        assert INVENTED in correction["note"]["text"]

    def test_whoever_did_not_hear_an_answer_asks_again_and_gets_it(self, story: Told2020) -> None:
        before = story.get(STORY)
        for number, told in enumerate(story.told, start=1):
            if told.act.if_match:
                continue  # Whoever reads again before asks something else: her ETag is another.
            path = told.act.path.format(story=SLUG, report=told.answer.body.get("report_id"))
            key = {"Idempotency-Key": f"founding-story-{number}"}
            token = story.tokens[told.act.by]
            again = story.client.ask(told.act.method, f"/v1/stories{path}", token, told.act.body, key)
            assert (again.status, again.body) == (told.answer.status, told.answer.body)
        assert story.get(STORY) == before

    def test_a_report_filed_again_without_a_key_is_the_same_report(self, story: Told2020) -> None:
        before = story.get(STORY)
        for told in (each for each in story.told if each.act.path.endswith("/reports")):
            again = story.client.ask("POST", f"{STORY}/reports", story.tokens[told.act.by], told.act.body)
            assert again.status == 200
            assert again.body == {**told.answer.body, "position": None, "new_outlet": False}
        assert story.get(STORY) == before


class TestAsOf:
    """On 13 January 2020 at 23:00 UTC, between NBC's report and the Post's."""

    @pytest.fixture
    def state(self, story: Told2020) -> dict[str, Any]:
        return dict(story.get(f"{STORY}?as_of={BEFORE_THE_POST.strftime('%Y-%m-%dT%H:%M:%SZ')}"))

    def test_nothing_of_the_post_s_was_known(self, story: Told2020, state: dict[str, Any]) -> None:
        assert (state["revision"], outlets(state), state["summary"]) == (3, [WIRE, NBC], None)
        texts = [story.get(f"{report['url']}?version={report['version']}") for report in state["reports"]]
        since = story.get(f"{STORY}/compare/1...{state['revision']}")
        rows = [row for row in story.get(f"{STORY}/revisions")["items"] if row["revision"] <= state["revision"]]
        known = json.dumps([state, texts, since, rows], ensure_ascii=False)
        assert [words for words in OF_THE_POST if words in known] == []

    def test_nbc_s_own_account_of_the_early_days_was(self, story: Told2020, state: dict[str, Any]) -> None:
        nbc = story.get(f"{state['reports'][1]['url']}?version=1")
        text = " ".join(block["text"] for block in nbc["blocks"])
        assert "When Mr. Trump came into office, Mr. Pompeo, his first CIA director" in text
        assert "denied" not in text

    def test_today_all_of_it_is(self, story: Told2020) -> None:
        texts = [story.get(report["url"]) for report in story.get(STORY)["reports"]]
        known = json.dumps(texts, ensure_ascii=False)
        assert [words for words in OF_THE_POST if words not in known] == []


class TestComparing:
    def test_the_correction_is_what_differs_between_its_revision_and_the_one_before(self, story: Told2020) -> None:
        document = story.get(f"{STORY}/compare/7...8")
        (changed,) = document["reports"]
        assert (changed["outlet"]["name"], changed["from_version"], changed["to_version"]) == (POST, 1, 2)
        sentences = [each for block in changed["text"]["blocks"] for each in block["sentences"]]
        replaced = [run for each in sentences for run in each["tokens"] if run["op"] == "replace"]
        assert [(run["old"].strip(), run["new"].strip()) for run in replaced] == [
            ("White House chief of staff", "Homeland Security Secretary")
        ]
        (correction,) = changed["corrections"]
        assert (correction["op"], correction["note"]["wrong"]) == ("insert", "White House chief of staff John Kelly")
        assert [by["revision"] for by in changed["by"]] == [8]

    def test_a_paragraph_that_moved_is_shown_as_moved_and_the_denial_as_new(self, story: Told2020) -> None:
        (changed,) = story.get(f"{STORY}/compare/6...7")["reports"]
        text = changed["text"]
        assert text["stats"]["moves"] > 0
        inserted = [block for block in text["blocks"] if block["op"] == "insert"]
        assert "denied on Jan. 14" in json.dumps(inserted)

    def test_between_any_two_revisions_there_is_an_answer(self, story: Told2020) -> None:
        for a in range(1, 9):
            document = story.get(f"{STORY}/compare/{a}...latest")
            assert (document["from"]["revision"], document["to"]["revision"]) == (a, 8)


class TestWebhooks:
    def test_the_subscriber_was_told_of_every_revision_once_signed_and_in_order(self, story: Told2020) -> None:
        assert all(each.verified for each in story.received)
        data = [each.body["data"] for each in story.received]
        assert [each["revision"] for each in data] == list(range(1, 9))
        assert [each["previous_revision"] for each in data] == [None, *range(1, 8)]
        assert [each.body["type"] for each in story.received] == [kind for kind, _, _ in REVISIONS]
        assert len({each.body["id"] for each in story.received}) == 8

    def test_the_reference_library_verifies_each_and_refuses_one_that_was_altered(self, story: Told2020) -> None:
        webhook = Webhook(story.secret)
        assert [webhook.verify(message.body, message.headers)["id"] for message in story.messages] == [
            each.body["id"] for each in story.received
        ]
        altered = story.messages[0].body.replace(b"Soleimani", b"Solejmani")
        with pytest.raises(Exception, match="No matching signature"):
            webhook.verify(altered, story.messages[0].headers)

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
        assert b"batted around" not in bodies
        assert b"resisted any action" not in bodies

    def test_its_sender_knows_that_all_of_them_arrived(self, story: Told2020) -> None:
        token = story.tokens["subscriber"]
        for endpoint in story.client.ask("GET", "/v1/endpoints", token).body["items"]:
            listed = story.client.ask("GET", f"/v1/endpoints/{endpoint['id']}/deliveries", token).body["items"]
            assert [(each["revision"], each["state"], each["attempts"]) for each in listed] == [
                (revision, "delivered", 1) for revision in range(8, 0, -1)
            ]


def test_the_demonstration_tells_it_and_exits_with_0_when_all_of_it_held(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tracker", "demo", "--once", "--data", str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓ signed") == 8
    assert "✗" not in done.stdout
    assert (tmp_path / "demo" / "tracker.db").exists()
