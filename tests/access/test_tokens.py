"""Tokens: shown once, stored hashed, refused in the same words whatever is wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from tests.rooms import Newsroom, everything
from tracker.access import tokens
from tracker.access.permissions import Permission, Role
from tracker.access.tokens import Seen, Token, Unauthenticated
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.errors import NotFound
from tracker.ids import looks_like_id
from tracker.store import log
from tracker.store.addresses import Address
from tracker.stories.commands import EditStory

NOON = datetime(2020, 1, 3, 12, tzinfo=UTC)


class Stopped(Clock):
    """A clock whose real time stands still."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


def make(database: Database, at: datetime = NOON, **fields: Any) -> tuple[Token, str]:
    with database.writing() as connection:
        return tokens.create(connection, Stopped(at), **{"name": "Ayesha", "role": Role.REPORTER, **fields})


def authenticated(database: Database, written: str, now: datetime = NOON) -> Token:
    with database.reading() as connection:
        return tokens.authenticate(connection, written, now)[0]


def refusal(database: Database, written: str, now: datetime = NOON) -> str:
    with pytest.raises(Unauthenticated) as caught:
        authenticated(database, written, now)
    return str(caught.value)


def test_a_token_has_its_documented_shape_and_is_never_the_same(database: Database) -> None:
    token, written = make(database)
    assert re.fullmatch(r"trk_[0-9a-hjkmnp-tv-z]{10}_[A-Za-z0-9_-]{43}", written)
    assert looks_like_id(token.id, "tok")
    assert len({make(database)[1] for _ in range(5)}) == 5


@pytest.mark.parametrize("outlets", [None, [], ["out_b", "out_a"]])
def test_whoever_holds_a_token_is_known_by_it(database: Database, outlets: list[str] | None) -> None:
    later = NOON + timedelta(days=30, microseconds=1)
    token, written = make(database, role=Role.EDITOR, outlets=outlets, expires_at=later)
    assert authenticated(database, written) == token
    assert (token.name, token.role, token.created_at, token.expires_at) == ("Ayesha", Role.EDITOR, NOON, later)
    assert token.outlets == (None if outlets is None else frozenset(outlets))
    assert (token.person.id, token.person.outlets) == (token.id, token.outlets)


def test_the_hash_of_a_token_is_stored_and_the_token_is_not(database: Database) -> None:
    _, written = make(database)
    [row] = everything(database)["token"]
    assert sha256(written.encode()).digest() in map(bytes, filter(lambda v: isinstance(v, bytes), row))
    assert written[-43:] not in repr(row)


def test_a_revoked_token_is_refused_from_then_on(database: Database) -> None:
    token, written = make(database)
    with database.writing() as connection:
        tokens.revoke(connection, token.id, NOON)
    refusal(database, written)
    with database.reading() as connection:
        with pytest.raises(Unauthenticated):
            tokens.by_id(connection, token.id, NOON)
        assert [t.revoked_at for t in tokens.all_tokens(connection)] == [NOON]


def test_a_token_is_revoked_once(database: Database) -> None:
    token, _ = make(database)
    with database.writing() as connection:
        tokens.revoke(connection, token.id, NOON)
        for gone in (token.id, "tok_unknown"):
            with pytest.raises(NotFound, match="tracker token list"):
                tokens.revoke(connection, gone, NOON)


def test_a_token_is_good_until_it_expires(database: Database) -> None:
    token, written = make(database, expires_at=NOON)
    just_before = NOON - timedelta(microseconds=1)
    assert authenticated(database, written, just_before).id == token.id
    refusal(database, written, NOON)
    with database.reading() as connection:
        assert tokens.by_id(connection, token.id, just_before).id == token.id
        with pytest.raises(Unauthenticated):
            tokens.by_id(connection, token.id, NOON)


def test_whatever_is_wrong_with_a_token_is_refused_in_the_same_words(database: Database) -> None:
    token, written = make(database)
    _, expired = make(database, expires_at=NOON)
    other = make(database)[1]
    wrong = [
        "",
        " ",
        "trk_",
        token.id,
        expired,
        written[:-1],
        written + "A",
        written + "\n",
        " " + written,
        written.upper(),
        written[:-1] + ("A" if written[-1] != "A" else "B"),
        written[:15] + other[15:],
        written.replace("trk_", "trk_ü", 1),
        written[:-1] + "é",
        written[:-1] + "１",
        "\ud800" * len(written),
        "\0" * 58,
        "trk_" + "0" * 10 + "_" + "A" * 43,
        "A" * 100_000,
        "' OR 1=1 --",
    ]
    assert len({refusal(database, text) for text in wrong}) == 1
    assert authenticated(database, written).id == token.id


def test_tokens_are_listed_the_oldest_first(database: Database) -> None:
    for day, name in [(2, "Chan"), (0, "Ayesha"), (1, "Bashir")]:
        make(database, NOON + timedelta(days=day), name=name)
    with database.reading() as connection:
        assert [token.name for token in tokens.all_tokens(connection)] == ["Ayesha", "Bashir", "Chan"]


def test_the_same_look_finds_the_story_that_is_asked_for_by_id_or_slug(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens(slug="strike")
    newsroom.asks(EditStory(story_id=story_id, slug="baghdad"))
    _, written = make(database)
    with database.reading() as connection:
        head = log.head(connection, story_id)
        for name in ("strike", "baghdad"):
            seen = tokens.authenticate(connection, written, NOON, name)[1]
            assert seen == Seen(name, Address(story_id, "baghdad"), head)
        assert tokens.authenticate(connection, written, NOON, story_id)[1] == Seen(story_id, None, head)
        for unknown in ("", "nothing", "sty_01dxn7k3c8e5tb3s0w1x5w6q7t", "' OR 1=1"):
            assert tokens.authenticate(connection, written, NOON, unknown)[1] == Seen(unknown, None, None)


def test_a_token_may_what_its_role_may(database: Database) -> None:
    token, _ = make(database, role=Role.SUBSCRIBER)
    assert token.may(Permission.SUBSCRIBE)
    assert not token.may(Permission.FILE)
