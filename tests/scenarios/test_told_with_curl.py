"""The page that tells the founding story with curl does what it says: its requests are sent by a shell, as they stand
there, to a running server, and what is known afterwards is what the page promises.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from tests.asking import Answer, Client, House
from tests.programs import ROOT
from tests.requirements import unavailable
from tracker.clock import StoryClock

PAGE = ROOT / "docs/claims.md"
STORY = "/v1/stories/soleimani"
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Told:
    """What came of the page's requests."""

    editor: Client
    #: Method, path and status of each request, in order.
    requests: list[tuple[str, str, int]]
    #: What the shell printed.
    printed: str

    def get(self, path: str) -> Any:
        answer: Answer = self.editor.get(STORY + path)
        assert answer.status == 200, answer.raw
        return answer.body


@pytest.fixture(scope="module")
def told(shared_url: str) -> Iterator[Told]:
    if not (shutil.which("curl") and shutil.which("sh")):
        unavailable("the page is told with curl and a shell, which are not here")
    house = House(shared_url, StoryClock(datetime(2020, 1, 15, 18, tzinfo=UTC)))
    requests = _recorded(house.app)
    editor = house.client()
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        printed = _run(f"http://127.0.0.1:{server.server_port}", str(editor.written))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    yield Told(editor, list(requests), printed)
    house.close()


def _recorded(app: Flask) -> list[tuple[str, str, int]]:
    seen: list[tuple[str, str, int]] = []

    @app.after_request
    def note(response: Response) -> Response:
        seen.append((request.method, request.path, response.status_code))
        return response

    return seen


def _run(server: str, token: str) -> str:
    page = PAGE.read_text("utf-8")
    script = "\n".join(_SHELL.findall(page)).replace("http://localhost:8000", server)
    assert server in script
    environment = {"PATH": os.environ["PATH"], "TOKEN": token, "no_proxy": "127.0.0.1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["sh", "-eu"], input=script, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def claim(told: Told, statement: str, query: str = "") -> dict[str, Any]:
    (found,) = (each for each in told.get(f"/claims{query}")["items"] if each["statement"] == statement)
    return dict(found)


def test_every_request_is_taken_and_there_are_fewer_than_twenty(told: Told) -> None:
    statuses = [status for _, _, status in told.requests]
    assert {*statuses} == {200, 201}, told.printed
    assert len(statuses) == 19
    assert "in nineteen requests" in PAGE.read_text("utf-8")


def test_the_reports_are_there_with_their_versions_and_the_correction_says_that_it_is_invented(told: Told) -> None:
    reports = told.get("")["reports"]
    assert [(each["outlet"]["name"], each["version"]) for each in reports] == [
        ("Capital Wire", 1),
        ("NBC News", 2),
        ("The Washington Post", 2),
        ("The Aggregator", 1),
    ]
    (correction,) = reports[2]["corrections"]
    assert "invented for this demonstration" in correction["note"]["text"]


def test_officials_are_disputed_by_nbc_by_the_aggregator_and_by_the_desk(told: Told) -> None:
    disputed = claim(told, IMMINENT)["relations"]
    assert [(each["by"] and each["by"]["name"], each["basis"]["text"]) for each in disputed] == [
        ("NBC News", "The timing, however, could undermine the Trump administration's stated justification"),
        (None, "in spring of 2017"),
        ("The Aggregator", "undercutting"),
    ]


def test_two_independent_outlets_say_that_it_was_weighed_and_nobody_guesses_their_sources(told: Told) -> None:
    weighed = claim(told, "The killing was weighed long before January 2020.")
    assert [each["place"]["outlet"]["name"] for each in weighed["appearances"]] == [
        "NBC News",
        "The Washington Post",
        "The Aggregator",
    ]
    standing = weighed["standing"]
    assert (standing["support"], standing["outlets"]) == ("corroborated", {"min": 2, "max": 2})
    assert standing["sources"] == {"min": 2, "max": None}


def test_one_quotation_stays_in_its_parts_and_another_stays_within_one(told: Told) -> None:
    (batted,) = claim(told, "The idea of killing Soleimani was not new.")["appearances"]
    assert [part["exact"] for part in batted["quotes"][0]["parts"]] == [
        "It's an idea that's been batted around for a while,",
        "It's not a hard or particularly complicated idea to come up with.",
    ]
    _, retold = claim(told, "Pompeo urged a more aggressive approach early in Trump's term.")["appearances"]
    (outer,) = retold["quotes"]
    assert outer["speaker"]["outlet"]["name"] == "NBC News"
    assert outer["inner"][0]["speaker"]["ordinal"] == 2


def test_what_happened_stands_in_its_order_and_two_phrases_that_do_not_meet_stand_side_by_side(told: Told) -> None:
    entries = [each for each in told.get("/timeline")["items"] if each["kind"] == "occurrence"]
    assert [each["title"] for each in entries] == [
        "The campaign",
        "Trump takes office",
        "Pompeo urges a more aggressive approach",
        "Rebels attack Saudi Arabia",
        "Trump discusses killing Soleimani",
        "Mattis, Kelly and Dunford resist",
        "Iran shoots down an American drone",
        "Trump approves a plan, on a condition",
        "A militia kills a U.S. contractor",
        "A U.S. strike kills Soleimani",
    ]
    readings = entries[4]["disagreement"]["readings"]
    assert readings == ["March to May 2017", "as early as June 2017"]


def test_before_the_post_published_nothing_of_it_was_said_and_nbc_alone_disputed(told: Told) -> None:
    before = "?said_before=2020-01-13T23:00:00Z"
    known = json.dumps(told.get(f"/claims{before}"))
    assert [words for words in ("spring of 2017", "Mattis", "batted around", "Washington Post") if words in known] == []
    assert [each["by"]["name"] for each in claim(told, IMMINENT, before)["relations"]] == ["NBC News"]


IMMINENT = "The strike was ordered to stop an imminent attack on Americans."


def test_every_word_in_quotation_marks_was_printed() -> None:
    """The words of others are quoted to the letter, and nothing else in the reports stands in quotation marks."""
    texts = re.findall(r'"text": "((?:[^"\\]|\\.)*)"', PAGE.read_text("utf-8"))
    quoted = {words for text in texts for words in re.findall(r'"([^"]*)"', json.loads(f'"{text}"'))}
    assert {words.rstrip(".,") for words in quoted} == PRINTED


PRINTED = {
    "if they hit Americans",
    "very serious threats that didn't come to fruition",
    "The timing, however, could undermine the Trump administration's stated justification",
    "was planning imminent attacks on Americans and had to be stopped",
    "resisted any action",
    "It's an idea that's been batted around for a while",
    "It's not a hard or particularly complicated idea to come up with",
    "he appeared to not know who Soleimani was during the campaign",
}
