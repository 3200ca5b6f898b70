"""The guards of the code: each holds, and each bites what it is there for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import ROOT, run


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its settings, to plant faults in; who plants one takes it away."""
    place = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", place)
    shutil.copytree(ROOT / "tracker", place / "tracker", ignore=shutil.ignore_patterns("__pycache__"))
    return place


@pytest.fixture
def planted(copy: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The copy with a line added to a file: the parameter is (file, line)."""
    name, line = request.param
    path = copy / name
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{line}\n")
    yield copy
    if before is None:
        path.unlink()
    else:
        path.write_text(before)


def test_the_import_contracts_hold() -> None:
    done = run("lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("planted", "broken"),
    [
        (("tracker/store/planted.py", "import tracker.api.problems"), "The rooms are in order"),
        (("tracker/errors.py", "import tracker.clock"), "The rooms are in order"),
        (("tracker/db/planted.py", "import tracker.stories.story"), "The rooms are in order"),
        (("tracker/planted.py", ""), "The rooms are in order"),
        (("tracker/stories/planted.py", "import os"), "is pure"),
        (("tracker/stories/planted.py", "from time import monotonic"), "is pure"),
        (("tracker/stories/planted.py", "from sqlalchemy import select"), "is pure"),
        (("tracker/stories/planted.py", "from tracker.ids import new_id"), "is pure"),
        (("tracker/text/planted.py", "from pathlib import Path"), "is pure"),
        (("tracker/text/planted.py", "import random"), "is pure"),
        (("tracker/handling/planted.py", "import marshmallow"), "HTTP and its schemas"),
        (("tracker/access/planted.py", "from flask import g"), "HTTP and its schemas"),
        (("tracker/api/planted.py", "from tracker.stories.decisions import decide"), "Only handling decides"),
        (("tracker/access/planted.py", "from tracker.stories import decisions"), "Only handling decides"),
    ],
    indirect=["planted"],
)
def test_an_import_against_a_contract_is_caught(planted: Path, broken: str) -> None:
    done = run("lint-imports", "--no-cache", cwd=planted)
    assert done.returncode == 1
    assert re.search(rf"{re.escape(broken)}.* BROKEN", done.stdout), done.stdout + done.stderr


def _appending(root: Path) -> str:
    """What ruff says of each place that appends to the log, or makes what is appended, where it shouldn't."""
    writers = {path for room in ("handling", "store") for path in (root / "tracker" / room).rglob("*.py")}
    others = [path for path in (root / "tracker").rglob("*.py") if path not in writers]
    names = ("log.append", "log_events.NewEvent", "several.append_to_all", "several.Part")
    bans = ", ".join(f'"tracker.store.{name}".msg = "appends"' for name in names)
    banned = f"lint.flake8-tidy-imports.banned-api = {{ {bans} }}"
    options = ["--isolated", "--no-cache", "--output-format=concise", "--select=TID251", "--config", banned]
    return run("ruff", "check", *options, *others).stdout


def test_only_handling_appends_to_the_log() -> None:
    assert "All checks passed!" in _appending(ROOT)


@pytest.mark.parametrize(
    "planted",
    [
        ("tracker/api/planted.py", "from tracker.store.log import append\n\nappend()"),
        ("tracker/web/__init__.py", "from tracker.store import log\n\nlog.append()"),
        ("tracker/worker.py", "import tracker.store.log\n\ntracker.store.log.append()"),
        ("tracker/demo/planted.py", "from tracker.store.log_events import NewEvent\n\nNewEvent()"),
    ],
    indirect=True,
)
def test_whoever_else_appends_is_caught(planted: Path) -> None:
    assert "TID251" in _appending(planted)


@pytest.mark.parametrize(
    ("place", "line", "rule"),
    [
        ("tracker/store/planted.py", "import datetime\n\nprint(datetime.datetime.now())", "TID251"),
        ("tracker/store/planted.py", "from datetime import date\n\nseen = date.today()", "TID251"),
        ("tracker/webhooks/planted.py", "import time\n\nnow = time.time()", "TID251"),
        ("tracker/worker.py", "from time import monotonic\n\nnow = monotonic()", "TID251"),
        ("tracker/store/planted.py", "from sqlalchemy.dialects import postgresql\n\nx = postgresql", "TID251"),
        ("tracker/projections/planted.py", "import sqlite3\n\nx = sqlite3", "TID251"),
        ("tracker/access/planted.py", "import psycopg\n\nx = psycopg", "TID251"),
        ("tracker/webhooks/planted.py", "from urllib.request import urlopen\n\nurlopen('http://localhost')", "TID251"),
        ("tracker/api/planted.py", "print('here')", "T201"),
    ],
)
def test_what_belongs_to_another_room_is_caught(place: str, line: str, rule: str) -> None:
    done = run("ruff", "check", "--no-cache", "--output-format=concise", "--stdin-filename", place, "-", given=line)
    assert done.returncode == 1
    assert rule in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("tracker/clock.py", "import time\n\nnow = time.time()\n"),
        ("tracker/db/planted.py", "import sqlite3\n\nx = sqlite3\n"),
        ("tracker/cli/planted.py", 'print("done")\n'),
    ],
)
def test_what_belongs_to_the_room_is_allowed_there(place: str, line: str) -> None:
    done = run("ruff", "check", "--no-cache", "--stdin-filename", place, "-", given=line)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "planted", [("tracker/stories/planted.py", "def doubled(count):\n    return count * 2")], indirect=True
)
def test_code_without_types_is_caught(planted: Path) -> None:
    done = run("mypy", "--cache-dir", planted / "cache", "tracker/stories/planted.py", cwd=planted)
    assert done.returncode == 1
    assert "[no-untyped-def]" in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("planted", [("tracker/stories/events.py", "class ReportForgotten: ...")], indirect=True)
def test_an_event_that_nobody_handles_is_a_type_error(planted: Path) -> None:
    events = planted / "tracker/stories/events.py"
    widened, times = re.subn(r"(?m)^Event: TypeAlias = ", "Event: TypeAlias = ReportForgotten | ", events.read_text())
    assert times == 1
    events.write_text(widened)
    done = run("mypy", "--cache-dir", planted / "cache", "tracker/stories/story.py", cwd=planted)
    assert done.returncode == 1
    assert re.search(r'"assert_never" has incompatible type "ReportForgotten"', done.stdout), done.stdout
