"""The register: what is written when outlets and parties are entered, edited and merged, and where their names lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.desk import Desk
from tests.handling.looking import whole_log
from tests.rooms import Newsroom, everything, make_token
from tests.store.writing import somebody_waits
from tests.waiting import wait_until
from tracker.access import tokens
from tracker.access.tokens import Token
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.errors import TrackerError
from tracker.handling import Entered, Handler, names
from tracker.store import loading, log, register
from tracker.store.requests import RequestKey
from tracker.stories.outlets import AddOutlet, EditOutlet, MergeOutlet, OutletCommand, Redistribute
from tracker.stories.parties import EditParty, MergeParty, Role
from tracker.stories.values import OutletRef, PartyRef


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Prepared]]:
    """The statements that are run within it."""
    run: list[Prepared] = []
    cursor = Prepared._cursor

    def counted(statement: Prepared, *given: Any) -> Any:
        run.append(statement)
        return cursor(statement, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Prepared, "_cursor", counted)
        yield run


def types(database: Database) -> list[str]:
    return [event.type for event in whole_log(database)]


# ---- Entering


def test_an_outlet_is_found_by_all_its_names_with_its_owner(desk: Desk) -> None:
    nbc = desk.enters("NBC  News", "NBC", "N.B.C.", owner="Comcast", redistribute=Redistribute.TEXT)
    assert desk.leads("nbc news", "nbc", " N.B.C. ") == [OutletRef(id=nbc, name="NBC News", owner="Comcast")] * 3
    with desk.database.reading() as connection:
        assert register.redistribution_of(connection, [nbc, "out_x"]) == {nbc: Redistribute.TEXT}


def test_a_report_carries_the_owner_as_known_when_it_is_filed(desk: Desk, newsroom: Newsroom) -> None:
    nbc = desk.enters("NBC News", "NBC")
    story = newsroom.opens()
    for owner in (None, "General Electric", "Comcast"):
        if owner:
            desk.asks(EditOutlet(outlet_id=nbc, owner=owner))
        newsroom.asks(newsroom.filing(story, outlet="NBC"))
    with desk.database.reading() as connection:
        reports = loading.load(connection, story).reports.values()
    assert [(each.outlet.name, each.outlet.owner) for each in reports] == [
        ("NBC News", None),
        ("NBC News", "General Electric"),
        ("NBC News", "Comcast"),
    ]


def test_what_a_report_has_added_may_be_refined(desk: Desk, newsroom: Newsroom) -> None:
    newsroom.files(newsroom.opens())
    (nbc,) = desk.leads("NBC News")
    assert desk.asks(EditOutlet(outlet_id=nbc.id, aliases=("NBC",), owner="Comcast")).written
    assert desk.leads("nbc") == [OutletRef(id=nbc.id, name="NBC News", owner="Comcast")]


def test_the_same_entered_again_is_that_one_and_nothing_is_written(desk: Desk) -> None:
    nbc = desk.enters("NBC News", "NBC")
    before = everything(desk.database)
    assert desk.enters(" nbc  news".upper().replace("NEWS", "News"), "nbc".upper()) == nbc
    assert everything(desk.database) == before


def test_a_name_of_another_is_refused_at_its_place_and_says_to_merge(desk: Desk) -> None:
    nbc, post = desk.enters("NBC News", "NBC"), desk.enters("The Post")
    cases: list[tuple[OutletCommand, str]] = [
        (AddOutlet(outlet_id="out_9", name="nbc"), "/name"),
        (AddOutlet(outlet_id="out_9", name="NBC News", owner="Comcast"), "/name"),
        (AddOutlet(outlet_id="out_9", name="MSNBC", aliases=("MS", "N B C", "NBC")), "/aliases/2"),
        (EditOutlet(outlet_id=post, name="nbc news"), "/name"),
        (EditOutlet(outlet_id=post, aliases=("Post", "nbc")), "/aliases/1"),
    ]
    for command, pointer in cases:
        refused = desk.refused(command)
        assert (refused.name, refused.facts) == ("name-taken", {"outlet_id": nbc})
        assert [fault.pointer for fault in refused.faults] == [pointer]
        assert "merge" in str(refused)


def test_an_outlet_and_a_party_may_have_one_name(desk: Desk) -> None:
    outlet, party = desk.enters("Al Jazeera"), desk.enters_party("Al Jazeera")
    assert (desk.lead("al jazeera"), desk.parties("AL JAZEERA")) == (
        {outlet},
        {PartyRef(id=party, name="Al Jazeera")},
    )


# ---- Editing


def test_an_edit_takes_names_and_lets_go_of_others(desk: Desk) -> None:
    post = desk.enters("Post", "WaPo", "WP")
    desk.asks(EditOutlet(outlet_id=post, name="The Washington Post"))
    assert {each.name for each in desk.leads("post", "wapo", "WP")} == {"The Washington Post"}
    desk.asks(EditOutlet(outlet_id=post, aliases=("WaPo",)))
    assert desk.lead("wapo", "the washington post") == {post}
    assert desk.enters("Post") != post


def test_an_edit_asked_twice_is_one_event_and_a_stale_one_is_refused(desk: Desk) -> None:
    nbc = desk.enters("NBC News")
    edit = EditOutlet(outlet_id=nbc, owner="Comcast")
    assert [desk.asks(edit).written for _ in range(2)] == [True, False]
    refused = desk.refused(EditOutlet(outlet_id=nbc, owner="Versant"), seen=1)
    assert (refused.name, refused.facts) == ("stale", {"expected": 1, "found": 2})
    assert desk.asks(EditOutlet(outlet_id=nbc, owner="Versant"), seen=2).written
    assert types(desk.database) == ["outlet.added", "outlet.edited", "outlet.edited"]


def test_what_is_said_of_a_party_besides_its_names_is_sealed(desk: Desk) -> None:
    role = Role(title="National Security Adviser", since="2018-04-09", until="2019-09-10")
    party = desk.enters_party("John Bolton", "Bolton", roles=(role,))
    desk.asks(EditParty(party_id=party, roles=(role, Role(title="Ambassador"))))
    for event in whole_log(desk.database):
        assert event.key_id is not None
        assert b"Adviser" not in event.data
        assert b"Ambassador" not in event.data
    with desk.database.reading() as connection:
        found = register.party(connection, party)
    assert found is not None
    assert [each.title for each in found.roles] == ["National Security Adviser", "Ambassador"]


# ---- Merging


def test_after_a_merger_both_ids_and_all_names_lead_to_the_one_that_is_left(desk: Desk) -> None:
    first, second, third = desk.enters("A", "Aa"), desk.enters("B", "Bb"), desk.enters("C", owner="O")
    assert desk.merges(first, second) == Entered(second, 1, written=True)
    assert desk.merges(second, "c") == Entered(third, 1, written=True)
    assert desk.lead("a", "aa", "b", "bb", "c") == {third}
    with desk.database.reading() as connection:
        left = {register.entry(connection, "outlet", id) for id in (first, second, third)}
        assert left == {register.Entry(third, "C")}
        assert {entry.id for entry in register.merged_into(connection, "outlet", third)} == {first, second}
        assert register.merged_among(connection, "outlet", [first, third]) == {first: third}
        gone = register.outlet(connection, first)
    assert gone is not None
    assert gone.merged_into == second


def test_a_name_of_the_one_that_went_is_given_up_by_nobody_s_edit(desk: Desk) -> None:
    first, second = desk.enters("A"), desk.enters("B", "Bb")
    desk.merges(first, second)
    desk.asks(EditOutlet(outlet_id=second, name="C", aliases=()))
    assert [each.name for each in desk.leads("a", "c")] == ["C", "C"]
    assert desk.refused(AddOutlet(outlet_id="out_9", name="A")).facts == {"outlet_id": second}


def test_a_merger_asked_again_adds_nothing_also_when_what_was_left_has_gone_too(desk: Desk) -> None:
    first, second, third = desk.enters("A"), desk.enters("B"), desk.enters("C")
    desk.merges(first, second)
    assert desk.merges(first, second) == Entered(second, 1)
    desk.merges(second, third)
    before = everything(desk.database)
    for into in (second, third, "b"):
        assert desk.merges(first, into) == Entered(third, 1)
    assert everything(desk.database) == before


def test_what_can_not_be_merged_is_refused(desk: Desk) -> None:
    first, second, third = desk.enters("A"), desk.enters("B"), desk.enters("C")
    desk.merges(first, second)
    for gone, into, name in (
        (third, third, "merged-into-itself"),
        (third, "c", "merged-into-itself"),
        (second, first, "merged-into-itself"),
        (second, "a", "merged-into-itself"),
        (first, third, "merged"),
        (third, "Nobody", "invalid-request"),
        (third, desk.new_id("pty"), "invalid-request"),
        (desk.new_id("out"), third, "unknown-outlet"),
    ):
        assert desk.refused(MergeOutlet(outlet_id=gone, into=into)).name == name
    assert desk.refused(EditOutlet(outlet_id=first, name="D")).facts == {"outlet_id": second}


def test_a_token_that_is_limited_to_either_may_file_for_both(
    desk: Desk, database: Database, clock: StoryClock, handler: Handler
) -> None:
    first, second, other = desk.enters("A"), desk.enters("B"), desk.enters("C")
    limited = [make_token(database, clock, outlets=[each]) for each in (first, second, other)]
    desk.merges(first, second)
    with database.reading() as connection:
        now = [tokens.by_id(connection, token.id, clock.now()) for token in limited]
    assert [set(token.outlets or ()) for token in now] == [{first, second}, {first, second}, {other}]
    newsroom = Newsroom(handler, now[0], clock)
    assert newsroom.asks(newsroom.filing(newsroom.opens(), outlet="A")).written


def test_parties_are_merged_alike(desk: Desk) -> None:
    first, second = desk.enters_party("Soleimani"), desk.enters_party("Qassem Soleimani")
    assert desk.asks(MergeParty(party_id=first, into="qassem soleimani")) == Entered(second, 1, written=True)
    assert desk.parties("soleimani") == {PartyRef(id=second, name="Qassem Soleimani")}


@pytest.mark.parametrize("crossed", [True, False], ids=["into each other", "in a chain"])
def test_mergers_at_once_end_with_one_that_is_left(desk: Desk, crossed: bool) -> None:
    first, second, third = desk.enters("A"), desk.enters("B"), desk.enters("C")
    mergers = [(first, second), (second, first if crossed else third)]
    with ThreadPoolExecutor(2) as pool:
        with desk.database.writing() as connection:
            log.lock(connection, first)
            log.lock(connection, second)
            asked = [pool.submit(_outcome, desk, *merger) for merger in mergers]
            wait_until(lambda: somebody_waits(desk.database, 2), what="both mergers to wait")
        outcomes = [each.result(timeout=30) for each in asked]
    assert len(desk.lead("a", "b")) == 1
    if crossed:
        assert sorted(outcomes) == ["merged-into-itself", "written"]
    else:
        assert outcomes == ["written", "written"]
        assert desk.lead("a", "b", "c") == {third}


def _outcome(desk: Desk, gone: str, into: str) -> str:
    try:
        return "written" if desk.merges(gone, into).written else "as it was"
    except TrackerError as error:
        return error.name


# ---- Requests, and whoever mentions many


def test_a_request_sent_again_with_its_key_is_answered_again(desk: Desk, token: Token) -> None:
    key = RequestKey(token_id=token.id, key="one", route="POST /v1/outlets", fingerprint=b"x")
    command = AddOutlet(outlet_id="out_1", name="NBC News")
    first = desk.asks(command, key=key)
    before = everything(desk.database)
    again = desk.asks(AddOutlet(outlet_id="out_2", name="NBC News"), key=key)
    assert (again.id, again.written, again.replayed) == (first.id, True, True)
    assert everything(desk.database) == before


def test_many_are_found_or_added_in_few_statements(
    desk: Desk, database: Database, clock: StoryClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bolton = desk.enters_party("John Bolton", "Bolton")
    asked = ["bolton", *(f"Party {n}" for n in range(40)), "PARTY  3", " party 3"]
    with database.writing() as connection, counting(monkeypatch) as statements:
        found, added = names.parties_named(connection, clock, asked)
    assert len(statements) == 4
    assert found["bolton"] == PartyRef(id=bolton, name="John Bolton")
    assert found["Party 3"] == found["PARTY  3"] == found[" party 3"]
    assert {each.name.casefold() for each in added} == {f"party {n}" for n in range(40)}
    assert len(added) == 40
    assert {each.party_id for each in added} == {found[name].id for name in asked[1:]}
    with database.writing() as connection, counting(monkeypatch) as statements:
        again, none = names.parties_named(connection, clock, asked)
    assert (again, none, len(statements)) == (found, [], 1)


def test_two_who_mention_the_same_in_another_order_both_get_them(database: Database, clock: StoryClock) -> None:
    given = [f"Party {n}" for n in range(20)]

    def mention(order: Iterable[str]) -> dict[str, PartyRef]:
        with database.writing() as connection:
            return names.parties_named(connection, clock, order)[0]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(mention, [given, given[::-1]] * 2))
    assert all(each == found[0] for each in found)
