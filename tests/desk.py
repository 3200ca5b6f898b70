"""Fixture: somebody who keeps the register of outlets and parties, through ``Register``, in one short line each.

``desk``   on the test's own database, with the administrator's token.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms import everything
from tracker.access.tokens import Token
from tracker.clock import StoryClock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Refusal
from tracker.handling import Asked, Entered, Register, names
from tracker.ids import new_id
from tracker.stories.outlets import AddOutlet, MergeOutlet, OutletCommand
from tracker.stories.parties import AddParty, PartyCommand
from tracker.stories.values import OutletRef, PartyRef


class Desk:
    """Somebody who keeps the register."""

    def __init__(self, database: Database, clock: StoryClock, settings: Settings, token: Token) -> None:
        self.database, self._clock, self._token = database, clock, token
        self.register = Register(database, clock, settings)

    def new_id(self, prefix: str) -> str:
        return new_id(prefix, self._clock)

    def asks(self, command: OutletCommand | PartyCommand, **given: Any) -> Entered:
        return self.register.handle(command, Asked(self._token, self.new_id("req"), **given))

    def enters(self, name: str, *aliases: str, **given: Any) -> str:
        """Enter an outlet; returns its id."""
        return self.asks(AddOutlet(outlet_id=self.new_id("out"), name=name, aliases=aliases, **given)).id

    def enters_party(self, name: str, *aliases: str, **given: Any) -> str:
        return self.asks(AddParty(party_id=self.new_id("pty"), name=name, aliases=aliases, **given)).id

    def refused(self, command: OutletCommand | PartyCommand, **given: Any) -> Refusal:
        """How the command is refused, which must leave everything as it was."""
        before = everything(self.database)
        with pytest.raises(Refusal) as caught:
            self.asks(command, **given)
        assert everything(self.database) == before
        return caught.value

    def leads(self, *spellings: str) -> list[OutletRef]:
        """Where these names lead; each must be known."""
        with self.database.writing() as connection:
            found, added = names.outlets_named(connection, self._clock, spellings)
        assert added == []
        return [found[name] for name in spellings]

    def lead(self, *spellings: str) -> set[str]:
        return {outlet.id for outlet in self.leads(*spellings)}

    def parties(self, *spellings: str) -> set[PartyRef]:
        with self.database.writing() as connection:
            found, added = names.parties_named(connection, self._clock, spellings)
        assert added == []
        return {found[name] for name in spellings}

    def merges(self, gone: str, into: str) -> Entered:
        return self.asks(MergeOutlet(outlet_id=gone, into=into))


@pytest.fixture
def desk(database: Database, clock: StoryClock, settings: Settings, token: Token) -> Desk:
    return Desk(database, clock, settings, token)
