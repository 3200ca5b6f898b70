"""What is stored holds in the clear nothing that is gone, and shows nothing that is held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, Text, make_url, select

from tests.leaks.world import World, follow_all
from tests.planted import words_in
from tracker.db.schema import metadata


def test_no_table_holds_in_the_clear_what_is_gone_or_shows_what_is_held(world: World) -> None:
    follow_all(world)
    found = {(place, word) for place, word in _stored(world)}
    # The list is kept for each audience, and this is that of those who may.
    whole = {place for place, word in found if word.startswith("zqwhole")}
    assert whole <= {"address", "event", "story_list all", "story_topic", "saved_state", "mention", "remedy"}
    assert {word for _, word in found if word.startswith(("zqkilled", "zqredacted", "zqheld", "zqembargo"))} == set()


def _stored(world: World) -> Iterator[tuple[str, str]]:
    """Every planted word that stands in a row, and in which table."""
    with world.house.database.reading() as connection:
        for table in metadata.sorted_tables:
            if table.info.get("only") not in (None, world.house.database.kind):
                continue
            columns = [column for column in table.columns if isinstance(column.type, Text | LargeBinary)]
            for row in connection.execute(select(*columns)) if columns else ():
                told = " ".join(each.decode("latin-1") if isinstance(each, bytes) else str(each) for each in row)
                audience = f" {row._mapping['audience']}" if "audience" in table.columns else ""
                yield from ((f"{table.name}{audience}", word) for word in words_in(told, ()))


def test_the_file_holds_nothing_of_what_was_destroyed(world: World) -> None:
    url = make_url(world.house.settings.database_url)
    if url.get_backend_name() != "sqlite" or url.database is None:
        pytest.skip("the files of a server are its own")
    for path in Path(url.database).parent.glob(f"{Path(url.database).name}*"):
        assert b"zqredacted" not in path.read_bytes(), path
