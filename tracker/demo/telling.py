"""Tells the founding story through the HTTP API, each act by whoever would do it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

from tracker.clock import StoryClock
from tracker.demo.founding_story import SLUG, Act, acts


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Told:
    """An act, and what came of it."""

    act: Act
    answer: Answer


class Client:
    """The HTTP API at ``base_url``, by the standard library: what a reporter's script would be."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def ask(
        self,
        method: str,
        path: str,
        token: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request. A refusal is an answer too; raises ``OSError`` where there is none."""
        request = urllib.request.Request(
            self.base_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return _answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return _answer(refused.code, refused.headers, refused.read())


def tell(client: Client, clock: StoryClock, tokens: Mapping[str, str]) -> Iterator[Told]:
    """Do each act at its time; ``tokens`` holds the editor's and each outlet's. Yields what came of it."""
    known: dict[str, str] = {}
    for number, act in enumerate(acts(), start=1):
        clock.set(act.recorded_at)
        path = "/v1" + act.path.format(story=SLUG, report=known.get(act.of, ""))
        headers = {"Idempotency-Key": f"founding-story-{number}"}
        if act.if_match:
            read = path.removesuffix("/corrections")
            headers["If-Match"] = client.ask("GET", read, tokens[act.by]).headers["ETag"]
        answer = client.ask(act.method, path, tokens[act.by], _meant(act.body, known), headers)
        known |= _named(act, answer)
        yield Told(act, answer)


def _meant(sent: Any, known: Mapping[str, str]) -> Any:
    """``sent`` with the ids that its names stand for."""
    if isinstance(sent, dict):
        return {name: _meant(value, known) for name, value in sent.items()}
    if isinstance(sent, list):
        return [_meant(value, known) for value in sent]
    return known.get(sent[1:], sent) if isinstance(sent, str) and sent.startswith("@") else sent


def _named(act: Act, answer: Answer) -> dict[str, str]:
    """The ids of ``answer`` that later acts name."""
    found = {act.of: answer.body["report_id"]} if act.of and "report_id" in answer.body else {}
    return found | {name: _at(place, answer.body) for place, name in act.names.items() if answer.status < 300}


def _at(place: str, body: Any) -> str:
    for step in place.split("/"):
        body = body[int(step)] if isinstance(body, list) else body[step]
    return str(body)


def _answer(status: int, headers: Message[str, str], raw: bytes) -> Answer:
    return Answer(status, dict(headers.items()), json.loads(raw) if raw else None)
