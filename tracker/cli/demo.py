"""``tracker demo``: the founding story, told to a tracker that is started for it."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tracker import history
from tracker.access.sight import ALL
from tracker.demo import showing
from tracker.demo.founding_story import BEFORE_THE_POST, INVENTED, POST, SLUG
from tracker.demo.markings import IMMINENT, WEIGHED
from tracker.demo.receiver import Received
from tracker.demo.running import House, running
from tracker.demo.telling import Told, tell
from tracker.store import addresses

#: How long the subscriber is waited for, in seconds.
_PATIENCE = 30.0
#: What the link writes into the other story.
_LINKED = 1
_STORY = f"/v1/stories/{SLUG}"
_DISPUTED = "disputed by NBC News, by our desk"
_CORROBORATED = "Corroborated by 2 independent outlets, at least 2 sources"


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="The folder to make tracker.db in.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where to serve the pages; 0: any free port.")
@click.option("--once", is_flag=True, help="Exit afterwards; the status is 0 only if all of it held.")
def demo(data: Path | None, port: int, once: bool) -> None:
    """Tell the founding story on a fresh database, through the HTTP API, and serve its pages.

    In a new folder, or in --data, it makes tracker.db, starts the server, the worker and a small subscriber, and has
    editor and reporters do what they did in January 2020.
    """
    folder = data or _new_folder()
    with running(folder, port) as house:
        click.secho("The founding story of the tracker, January 2020", bold=True)
        showing.paragraph(
            f"The tracker runs at {house.client.base_url} with its data in {folder / 'tracker.db'}. Its clock for what "
            "is recorded is set to January 2020. Editor and reporters now use the HTTP API. Headlines and texts are "
            f"retold in our own words; what did not happen says “{INVENTED}”."
        )
        _subscribe(house)
        showing.heading("What happened")
        told = [_shown(each) for each in tell(house.client, house.clock, house.tokens)]
        received = house.receiver.wait_for(_events(told), _PATIENCE)
        held = _report(house, told, received)
        if once:
            sys.exit(0 if held else 1)
        _serve(house)


def _subscribe(house: House) -> None:
    body = {"url": house.receiver.url}
    answer = house.client.ask("POST", "/v1/endpoints", house.tokens["subscriber"], body)
    house.receiver.secret = answer.body["secret"]


def _shown(told: Told) -> Told:
    showing.act(told)
    return told


def _events(told: list[Told]) -> int:
    """How many events the acts led to, all stories together: the last revision of each."""
    last = {each.answer.body.get("story") or each.answer.body["id"]: each for each in told if _is_of_a_story(each)}
    return sum(int(each.answer.body["revision"]) for each in last.values()) + _LINKED


def _is_of_a_story(told: Told) -> bool:
    return told.act.path.startswith("/stories") and "revision" in told.answer.body


def _report(house: House, told: list[Told], received: list[Received]) -> bool:
    revisions = _ask(house, f"{_STORY}/revisions?limit=200")["items"]
    showing.heading("The story's revisions")
    showing.revisions(reversed(revisions))
    corrected = told[-1].answer.body["revision"]
    showing.heading(f"What the correction changed (revision {corrected - 1} compared with {corrected})")
    with house.database.reading() as connection:
        found = addresses.find(connection, "story", SLUG)
        assert found is not None
        showing.comparison(history.compare(connection, found.stream_id, corrected - 1, corrected, sight=ALL))
    showing.heading("What is said, and on what footing")
    showing.claims(_ask(house, f"{_STORY}/claims")["items"])
    showing.heading("What happened when")
    showing.timeline(_ask(house, f"{_STORY}/timeline")["items"])
    showing.heading("What the subscriber was told")
    showing.webhooks(received)
    showing.heading("What had to hold")
    checks = [*_checks(house, told, revisions), *_claims_held(house), *_webhooks_held(told, received)]
    showing.checks(checks)
    return all(held for _, held in checks)


def _checks(house: House, told: list[Told], revisions: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    now = _ask(house, _STORY)
    then = _ask(house, f"{_STORY}?as_of={_moment(BEFORE_THE_POST)}")
    corrections = [each for report in now["reports"] for each in report["corrections"]]
    numbers = [row["revision"] for row in revisions]
    return [
        ("Every act was taken", all(each.answer.status in (200, 201) for each in told)),
        ("Each event made one revision", numbers == list(range(told[-1].answer.body["revision"], 0, -1))),
        ("On 13 January at 23:00 UTC nothing was known of the Post's report", _outlets(then).isdisjoint({POST})),
        ("Today it is known", POST in _outlets(now)),
        ("The correction stands at the Post's report", [each["version"] for each in corrections] == [2]),
    ]


def _claims_held(house: House) -> list[tuple[str, bool]]:
    now = {each["statement"]: each["words"] for each in _ask(house, f"{_STORY}/claims")["items"]}
    before = _ask(house, f"{_STORY}/claims?said_before={_moment(BEFORE_THE_POST)}")["items"]
    then = {each["statement"]: each["words"] for each in before}
    return [
        ("That the attack was imminent is disputed by NBC News and by our desk", _DISPUTED in now[IMMINENT]),
        ("By what was said until 13 January, by NBC News alone", then[IMMINENT].endswith("disputed by NBC News.")),
        ("That the killing was weighed long before stands on two outlets", _CORROBORATED in now[WEIGHED]),
    ]


def _webhooks_held(told: list[Told], received: list[Received]) -> list[tuple[str, bool]]:
    sent: dict[str, list[int]] = {}
    for each in received:
        sent.setdefault(each.body["data"]["story"], []).append(each.body["data"]["revision"])
    in_order = all(revisions == list(range(1, len(revisions) + 1)) for revisions in sent.values())
    return [
        ("The subscriber was told of every revision, in order", in_order and len(received) == _events(told)),
        ("Every webhook bears our signature", bool(received) and all(each.verified for each in received)),
    ]


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _outlets(story: dict[str, Any]) -> set[str]:
    return {report["outlet"]["name"] for report in story["reports"]}


def _ask(house: House, path: str) -> Any:
    return house.client.ask("GET", path, house.tokens["editor"]).body


def _serve(house: House) -> None:
    showing.heading("Look at it")
    click.echo(f"Open {click.style(house.sign_in_address(), bold=True)}")
    click.echo("It signs you in as the editor, once. The subscriber stays until you press Ctrl-C.")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    click.echo("\nStopped. The story stays in its database.")


def _new_folder() -> Path:
    names = ("tracker-demo", *(f"tracker-demo-{number}" for number in range(2, 1000)))
    return next(Path(name) for name in names if not Path(name).exists())
