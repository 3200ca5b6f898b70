"""Transaction ids mean something in one cluster only: a log that was carried into another one is numbered on there."""

from __future__ import annotations

import pytest

from tests.rooms import settings_for
from tests.store.writing import NOW, append, read_all, saying, text_of
from tracker.db.database import Database
from tracker.store import log, sequencer

pytestmark = pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)

#: What the last tick leaves to another cluster than its own: one of another name, or a copy that hasn't come as far.
BY_NAME = "UPDATE sequencer SET system_identifier = 1"
BY_NUMBERS = "UPDATE sequencer SET snapshot = '9000000000000:9000000000000:'"


@pytest.mark.parametrize("carried", [BY_NAME, BY_NUMBERS])
def test_what_had_no_position_when_it_was_carried_over_gets_one_and_so_does_what_comes(
    database: Database, carried: str
) -> None:
    append(database, "sty_1", "numbered")
    with database.writing() as connection:
        log.append(connection, "sty_1", "story", [saying("not numbered")], expected="any", now=NOW)
        connection.exec_driver_sql(carried)
    append(database, "sty_1", "the first here")
    append(database, "sty_1", "the second")
    found = [(event.position, text_of(event)) for event in read_all(database)]
    assert found == [(1, "numbered"), (2, "not numbered"), (3, "the first here"), (4, "the second")]
    assert epoch_of(database) == 2


def test_in_its_own_cluster_no_epoch_ends(database: Database) -> None:
    for number in range(5):
        append(database, "sty_1", f"{number}")
    assert epoch_of(database) == 1


@pytest.mark.parametrize("carried", [BY_NAME, "SELECT 1"])
def test_numbering_takes_the_time_that_it_takes(database: Database, migrated_url: str, carried: str) -> None:
    """However many there are: given up half-way, they would be given up again and again."""
    with database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END $$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER slow BEFORE INSERT ON event_order FOR EACH ROW EXECUTE FUNCTION slow()"
        )
        log.append(connection, "sty_1", "story", [saying(f"{n}") for n in range(8)], expected="any", now=NOW)
        connection.exec_driver_sql(carried)
    hurried = Database(settings_for(migrated_url, statement_timeout_ms=400))
    assert sequencer.tick(hurried) == 8
    with hurried.reading() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "400ms"
    hurried.close()


def epoch_of(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.exec_driver_sql("SELECT epoch FROM log").scalar_one())
