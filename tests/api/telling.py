"""Tells a story of two outlets through the API, at times of its own: what the tests of its questions ask about.

The Wire says on 3 January that an attack was imminent. NBC News disputes it on 13 January at 18:00, on an official's
word; The Washington Post goes further back on 14 January at 01:00. Each is recorded when it is published.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.asking import Client, House

#: When each report is published and recorded.
A_AT = datetime(2020, 1, 3, 3, tzinfo=UTC)
B_AT = datetime(2020, 1, 13, 18, tzinfo=UTC)
C_AT = datetime(2020, 1, 14, 1, tzinfo=UTC)
AT_NIGHT = "2020-01-13T23:00:00Z"

A_TEXT = "Officials said that an imminent attack had to be stopped."
B_TEXT = (
    "The president approved it in June.\n\nThe timing could undermine it.\n\nOnly “if they hit Americans”, he said."
)
C_TEXT = "He floated it in spring of 2017.\n\nMattis resisted any action.\n\n“An old idea,” one said. “Not a hard one.”"


@dataclass
class Telling:
    """Who tells it, and what came of each act."""

    house: House
    client: Client
    story: dict[str, Any]
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return str(self.story["url"])

    def at(self, moment: datetime) -> None:
        """From now on it is that time."""
        self.house.clock.set(moment)

    def files(self, name: str, outlet: str, text: str, published_at: datetime, **given: Any) -> None:
        self.at(published_at)
        written = published_at.isoformat()
        filed = self.client.files(self.story, text, outlet=outlet, headline=name, published_at=written, **given)
        self.ids[name] = filed["report_id"]

    def marks(self, kind: str, key: str, name: str, **given: Any) -> dict[str, Any]:
        """Mark something, a moment later, and remember its id under ``name``."""
        self.at(self.house.clock.recorded_now() + timedelta(seconds=1))
        answer = self.client.post(f"{self.url}/{kind}", given)
        assert answer.status in (200, 201), answer.raw
        self.ids[name] = answer.body[key]
        return dict(answer.body)

    def claims(self, name: str, report: str, exact: str, **given: Any) -> dict[str, Any]:
        return self.marks("claims", "claim", name, report=self.ids[report], exact=exact, **given)

    def get(self, path: str = "", client: Client | None = None) -> Any:
        answer = (client or self.client).get(f"{self.url}{path}")
        assert answer.status == 200, answer.raw
        return answer.body

    def items(self, path: str, client: Client | None = None) -> list[Any]:
        return list(self.get(path, client)["items"])


def tell(house: House, client: Client) -> Telling:
    """The whole story."""
    house.clock.set(A_AT - timedelta(hours=1))
    telling = Telling(house, client, client.opens())
    _the_wire(telling)
    _nbc(telling)
    _the_post(telling)
    telling.at(C_AT + timedelta(days=2))
    return telling


def _the_wire(telling: Telling) -> None:
    telling.files("A", "The Wire", A_TEXT, A_AT)
    telling.claims(
        "imminent", "A", "imminent attack", statement="An attack was imminent.", attribution={"label": "officials"}
    )
    telling.marks("occurrences", "occurrence", "strike", title="The strike", phrase="Jan. 3", edtf="2020-01-03")


def _nbc(telling: Telling) -> None:
    telling.files("B", "NBC News", B_TEXT, B_AT)
    official = {"label": "a second senior administration official", "ordinal": 2}
    telling.claims(
        "june",
        "B",
        "The president approved it in June.",
        about=["Donald Trump"],
        attribution=official,
        quotes=[{"parts": ["if they hit Americans"], "speaker": {"party": "Donald Trump", "via": [official]}}],
    )
    relation = {"from": telling.ids["june"], "to": telling.ids["imminent"], "relation": "disputes", "by": "NBC News"}
    basis = {"text": "could undermine", "report": telling.ids["B"]}
    telling.marks("relations", "relation", "by NBC", basis=basis, **relation)
    telling.marks(
        "occurrences",
        "occurrence",
        "drone",
        title="A drone is shot down",
        phrase="June",
        parties=["John Bolton"],
        basis={"text": "in June", "report": telling.ids["B"]},
    )


def _the_post(telling: Telling) -> None:
    telling.files("C", "The Washington Post", C_TEXT, C_AT)
    telling.claims("spring", "C", "He floated it in spring of 2017.", about=["Donald Trump"])
    telling.claims(
        "mattis",
        "C",
        "Mattis resisted any action.",
        about=["James Mattis"],
        quotes=[{"parts": ["An old idea", "Not a hard one."], "speaker": {"label": "a former senior official"}}],
    )
    relation = {"from": telling.ids["spring"], "to": telling.ids["imminent"], "relation": "disputes"}
    telling.marks("relations", "relation", "ours", **relation)
