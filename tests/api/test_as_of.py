"""Whatever happens to a story: what is answered of a revision is what a fresh replay of the log up to there tells.

The replay is the plain one: every event from the first, folded by one function, and the question asked of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.asking import Client, House
from tracker.clock import StoryClock
from tracker.errors import Refusal
from tracker.handling import Asked, Handler
from tracker.ids import new_id
from tracker.store import loading
from tracker.stories import commands as c
from tracker.stories.dates import When, resolve
from tracker.stories.folding import fold, struck
from tracker.stories.knowledge import Attribution, Basis, ClaimRef, Quote, RelationKind, Stance
from tracker.stories.questions.claims import claims
from tracker.stories.questions.corrections import corrections
from tracker.stories.questions.disputes import disputes
from tracker.stories.questions.orphans import orphans
from tracker.stories.questions.quotes import quotes
from tracker.stories.questions.relations import relations
from tracker.stories.questions.sources import sources
from tracker.stories.questions.timeline import timeline
from tracker.stories.said import as_said_before
from tracker.stories.story import Story
from tracker.stories.values import Content, CorrectionNote, OutletRef, PartyRef, Person
from tracker.text.blocks import Block
from tracker.text.passages import Selector

QUESTIONS: dict[str, Callable[[Story], Sequence[Any]]] = {
    "claims": claims,
    "quotes": quotes,
    "sources": sources,
    "relations": relations,
    "disputes": disputes,
    "corrections": corrections,
    "orphans": orphans,
    "timeline": timeline,
}
START = datetime(2020, 1, 3, tzinfo=UTC)
WORDS = ("One day.", "Two days.", "Three days.")

_reports = st.sampled_from(["rpt_1", "rpt_2"])
_claims = st.sampled_from(["clm_1", "clm_2", "clm_3"])
_refs = st.builds(ClaimRef, claim_id=_claims)
_parties = st.builds(PartyRef, id=st.just(""), name=st.sampled_from(["Trump", "Bolton"]))
_words = st.sampled_from(WORDS)
_published = st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2020, 1, 6), timezones=st.just(UTC))
_contents = st.builds(
    Content,
    headline=st.just("Strike"),
    blocks=st.lists(st.builds(Block, st.none(), st.just("paragraph"), _words), min_size=1, max_size=3).map(tuple),
    published_at=_published,
)
_attributions = st.builds(Attribution, party=_parties) | st.builds(Attribution, label=st.just("an official"))
_quotes = st.builds(Quote, parts=st.builds(Selector, exact=_words).map(lambda part: (part,)), speaker=_attributions)
_assertions = st.builds(
    c.Assertion,
    claim_id=_claims,
    selector=st.builds(Selector, exact=_words),
    statement=st.just("It was so."),
    stance=st.sampled_from(Stance),
    attribution=st.none() | _attributions,
    quotes=st.just(()) | _quotes.map(lambda quote: (quote,)),
    about=st.just(()) | _parties.map(lambda party: (party,)),
)
_bases = st.none() | st.builds(Basis, text=_words, report_id=_reports)
_whens = st.none() | st.sampled_from([resolve("June 2019", published=None), When(phrase="once")])


def _marked(claim_id: str, words: str, **given: Any) -> c.Assertion:
    return c.Assertion(claim_id=claim_id, selector=Selector(exact=words), statement="It was so.", **given)


#: What is marked to begin with, in which report: whatever comes then meets something.
MARKED = (
    ("rpt_1", _marked("clm_1", WORDS[0], attribution=Attribution(label="officials"))),
    ("rpt_2", _marked("clm_1", WORDS[1])),
    ("rpt_2", _marked("clm_2", WORDS[2], about=(PartyRef(id="", name="Trump"),))),
)


class World:
    """Somebody who asks for whatever comes, of one story."""

    def __init__(self, house: House, client: Client) -> None:
        self.house, self.client = house, client
        self.handler = Handler(house.database, house.clock, house.settings)
        self.story_id = new_id("sty", house.clock)
        house.clock.set(START)
        self.asks(c.OpenStory(story_id=self.story_id, slug="", title="Strike"))
        blocks = tuple(Block(None, "paragraph", words) for words in WORDS)
        for report_id, outlet in (("rpt_1", "NBC News"), ("rpt_2", "The Wire")):
            self.asks(
                c.FileReport(
                    story_id=self.story_id,
                    report_id=report_id,
                    outlet=OutletRef(id="", name=outlet),
                    content=Content(headline="Strike", blocks=blocks),
                    by=client.token.person,
                )
            )
        for report_id, assertion in MARKED:
            by = client.token.person
            self.asks(c.AssertClaim(story_id=self.story_id, report_id=report_id, assertion=assertion, by=by))
        first, second = ClaimRef(claim_id="clm_1"), ClaimRef(claim_id="clm_2")
        relating = c.Relating(relation_id="rel_1", source=second, target=first, relation=RelationKind.DISPUTES)
        self.asks(c.RelateClaims(story_id=self.story_id, relating=relating, person=client.token.person))

    def asks(self, command: c.Command) -> None:
        self.house.clock.set(self.house.clock.recorded_now() + timedelta(hours=5))
        # Where it is refused the story stays as it is, and whatever is asked next is asked all the same.
        with suppress(Refusal):
            self.handler.handle(command, Asked(self.client.token, new_id("req", self.house.clock)))

    def replayed(self, revision: int, *, today: int) -> Story:
        """The log up to there, with what was killed until today struck out."""
        with self.house.database.reading() as connection:
            history = loading.history(connection, self.story_id)
        assert len(history) == today
        story = fold(Story(), history[:revision])
        now = fold(Story(), history).reports
        return struck(story, {name: report.kill for name, report in now.items() if report.kill})

    def answered(self, path: str) -> Any:
        answer = self.client.get(f"/v1/stories/{self.story_id}{path}")
        assert answer.status == 200, answer.raw
        return answer.body


def written(answers: Sequence[Any]) -> Any:
    """As they come out of JSON."""
    return msgspec.json.decode(msgspec.json.encode(answers))


def acts(person: Person) -> st.SearchStrategy[Callable[[str], c.Command]]:
    """What may be asked of a story, once its id is known."""
    by = st.just(person)
    built = (
        st.builds(c.UpdateReport, story_id=st.just(""), report_id=_reports, content=_contents, by=by),
        st.builds(
            c.CorrectReport,
            story_id=st.just(""),
            report_id=_reports,
            content=_contents,
            note=st.just(CorrectionNote(text="It was two.")),
            by=by,
        ),
        # Twice, since all else is about claims.
        st.builds(c.AssertClaim, story_id=st.just(""), report_id=_reports, assertion=_assertions, by=by),
        st.builds(c.AssertClaim, story_id=st.just(""), report_id=_reports, assertion=_assertions, by=by),
        st.builds(
            c.RelateClaims,
            story_id=st.just(""),
            relating=st.builds(
                c.Relating,
                relation_id=st.sampled_from(["rel_1", "rel_2", "rel_3"]),
                source=_refs,
                target=_refs,
                relation=st.sampled_from(RelationKind),
                basis=_bases,
                by=st.none() | st.just(OutletRef(id="", name="NBC News")),
            ),
            person=by,
        ),
        st.builds(
            c.RecordOccurrence,
            story_id=st.just(""),
            recording=st.builds(
                c.Recording,
                occurrence_id=st.sampled_from(["occ_1", "occ_2"]),
                title=st.just("It happened."),
                when=_whens,
                parties=_parties.map(lambda party: (party,)),
                basis=_bases,
            ),
            person=by,
        ),
        st.builds(
            c.WithdrawAnnotation,
            story_id=st.just(""),
            target=_claims | st.sampled_from(["rel_1", "occ_1", "clm_1/1"]),
            reason=st.just("Wrong."),
        ),
        st.builds(
            c.KillReport, story_id=st.just(""), report_id=_reports, reason=st.just("x"), public_note=st.just("x"), by=by
        ),
        st.builds(
            c.RedactContent,
            story_id=st.just(""),
            target=st.sampled_from(["rpt_1/1", "rpt_2"]),
            reason=st.just("x"),
            authority=st.just("x"),
        ),
    )
    return st.one_of(*built).map(_of_story)


def _of_story(command: Any) -> Callable[[str], c.Command]:
    return lambda story_id: msgspec.structs.replace(command, story_id=story_id)


@pytest.fixture(scope="module")
def house(shared_url: str) -> Iterator[House]:
    opened = House(shared_url, StoryClock(START))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(house: House) -> Client:
    return house.client()


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_answered_of_any_revision_is_what_a_fresh_replay_tells(
    house: House, client: Client, data: st.DataObject
) -> None:
    world = World(house, client)
    for act in data.draw(st.lists(acts(client.token.person), min_size=8, max_size=20)):
        world.asks(act(world.story_id))
    latest = world.answered("")["revision"]
    for revision in {latest, data.draw(st.integers(1, latest)), data.draw(st.integers(1, latest))}:
        state = world.replayed(revision, today=latest)
        for name, question in QUESTIONS.items():
            expected = written(question(state))
            assert world.answered(f"/{name}?revision={revision}&limit=200")["items"] == expected, name
        moment = data.draw(st.datetimes(datetime(2020, 1, 1), datetime(2020, 1, 5), timezones=st.just(UTC)))
        said = as_said_before(state, moment)
        before = moment.isoformat().replace("+00:00", "Z")
        for name in ("claims", "quotes", "timeline"):
            path = f"/{name}?revision={revision}&said_before={before}&limit=200"
            assert world.answered(path)["items"] == written(QUESTIONS[name](said)), name
