"""The repository itself: what is packed, what is locked, what no file may say, and that every guard bites."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parent.parent
_PROGRAMS = Path(sys.executable).parent
#: Folders of the tree that git would leave out.
_NOT_OURS = {".git", ".venv", "__pycache__", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
#: Where a machine keeps its things, and who hands out packages. Written so that they don't match themselves.
_MACHINE = re.compile(r"(?<![\w.])/(?:work|farm|root)/|index[-]url|(?<!\w)\.\./shared")
_REGISTRY = re.compile(r"(?:pypi|pythonhosted|npmjs)\.org|registry\.npmjs|deb\.debian|(?:crates|ghcr|docker|quay)\.io")


def _run(*command: str | Path, cwd: Path = _ROOT, given: str | None = None) -> subprocess.CompletedProcess[str]:
    program = _PROGRAMS / command[0]
    return subprocess.run([program, *command[1:]], cwd=cwd, input=given, capture_output=True, text=True, check=False)


def _files() -> list[Path]:
    """The files of the repository, those not yet committed too; where there is no git, of the tree."""
    if shutil.which("git") and (_ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
        found = [_ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        found = [path for path in _ROOT.rglob("*") if not _NOT_OURS & set(path.relative_to(_ROOT).parts)]
    return [path for path in found if path.is_file()]


def _project() -> dict[str, Any]:
    return tomllib.loads((_ROOT / "pyproject.toml").read_text())


def _requirements() -> list[Requirement]:
    project = _project()["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    named = [Requirement(line) for line in [*project["dependencies"], *extras]]
    return [requirement for requirement in named if requirement.name != project["name"]]


# What a user installs.


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    place = tmp_path_factory.mktemp("wheel")
    built = _run("python", "-m", "build", "--wheel", "--no-isolation", "--outdir", place)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(place.glob("*.whl"))


def test_the_wheel_holds_the_package_its_migrations_and_its_configuration(wheel: Path) -> None:
    rooms = {"tracker": "tracker", "migrations": "tracker/_migrations", "config": "tracker/_config"}
    expected = {
        str(Path(rooms[path.relative_to(_ROOT).parts[0]], *path.relative_to(_ROOT).parts[1:]))
        for path in _files()
        if path.relative_to(_ROOT).parts[0] in rooms
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == expected
    assert "tracker/_migrations/env.py" in packed
    assert "tracker/_config/default.toml" in packed


def test_an_installed_tracker_migrates_a_database_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = _run("python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", installed, wheel)
    assert done.returncode == 0, done.stderr
    script = f"""
import sys
sys.path.insert(0, {str(installed)!r})
import tracker
assert tracker.__file__.startswith({str(installed)!r}), tracker.__file__
from tracker.db.migrating import upgrade
upgrade("sqlite:///news.db")
"""
    migrated = _run("python", "-c", script, cwd=elsewhere)
    assert migrated.returncode == 0, migrated.stderr
    assert (elsewhere / "news.db").stat().st_size > 0


# What the lock says.


@pytest.fixture(scope="module")
def locked() -> dict[str, set[str]]:
    """The versions of each package in requirements.lock; several where they depend on the platform."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^ ;]+)", (_ROOT / "requirements.lock").read_text(), re.MULTILINE):
        versions.setdefault(canonicalize_name(name), set()).add(version)
    return versions


@pytest.mark.parametrize("requirement", _requirements(), ids=str)
def test_the_lock_meets_what_the_project_asks(requirement: Requirement, locked: dict[str, set[str]]) -> None:
    versions = locked.get(canonicalize_name(requirement.name))
    assert versions, f"{requirement} is not in requirements.lock: run tests/lock"
    assert all(requirement.specifier.contains(version) for version in versions), f"run tests/lock: {versions}"


def test_the_lock_has_a_hash_for_everything_and_names_no_registry() -> None:
    text = (_ROOT / "requirements.lock").read_text()
    pins = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert "://" not in text


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_whatever_the_package_imports_is_asked_for_by_the_project() -> None:
    project = _project()["project"]
    extras = project["optional-dependencies"]
    users = [*project["dependencies"], *(line for name in extras if name != "dev" for line in extras[name])]
    # The last ones come with Flask and flask-smorest by design: they are what those are made of.
    names = [Requirement(line).name for line in users] + ["werkzeug", "jinja2", "markupsafe", "apispec", "webargs"]
    asked = {canonicalize_name(name) for name in names}
    owners = packages_distributions()
    imported = {
        name for room in ("tracker", "migrations") for path in (_ROOT / room).rglob("*.py") for name in _imports(path)
    }
    foreign = imported - sys.stdlib_module_names - {"tracker"}
    unasked = {name for name in foreign if not asked & {canonicalize_name(owner) for owner in owners.get(name, [])}}
    assert not unasked


# What no file may say.


def test_no_file_names_a_place_of_one_machine_or_a_registry() -> None:
    found = []
    for path in _files():
        name = path.relative_to(_ROOT).as_posix()
        text = path.read_bytes().decode(errors="replace")
        # The one file that knows what lies beside a clone where it is checked.
        machine = [] if name == ".ci/run" else _MACHINE.findall(text)
        found += [f"{name}: {said}" for said in [*machine, *_REGISTRY.findall(text)]]
    assert found == []


@pytest.mark.parametrize(
    "said",
    ["cd /wo" + "rk/main", "--extra-index" + "-url", "https://pypi" + ".org/simple"],
)
def test_a_file_that_named_one_would_be_found(said: str) -> None:
    assert _MACHINE.search(said) or _REGISTRY.search(said)


# The guards: each holds, and bites what it is there for.


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its settings, to plant faults in; who plants one takes it away."""
    place = tmp_path_factory.mktemp("copy")
    shutil.copy(_ROOT / "pyproject.toml", place)
    shutil.copytree(_ROOT / "tracker", place / "tracker", ignore=shutil.ignore_patterns("__pycache__"))
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
    done = _run("lint-imports", "--no-cache")
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
    done = _run("lint-imports", "--no-cache", cwd=planted)
    assert done.returncode == 1
    assert re.search(rf"{re.escape(broken)}.* BROKEN", done.stdout), done.stdout + done.stderr


def _appending(root: Path) -> str:
    """What ruff says of each place that appends to the log, or makes what is appended, where it shouldn't."""
    writers = {path for room in ("handling", "store") for path in (root / "tracker" / room).rglob("*.py")}
    others = [path for path in (root / "tracker").rglob("*.py") if path not in writers]
    bans = ", ".join(f'"tracker.store.log.{name}".msg = "appends"' for name in ("append", "NewEvent"))
    banned = f"lint.flake8-tidy-imports.banned-api = {{ {bans} }}"
    options = ["--isolated", "--no-cache", "--output-format=concise", "--select=TID251", "--config", banned]
    return _run("ruff", "check", *options, *others).stdout


def test_only_handling_appends_to_the_log() -> None:
    assert "All checks passed!" in _appending(_ROOT)


@pytest.mark.parametrize(
    "planted",
    [
        ("tracker/api/planted.py", "from tracker.store.log import append\n\nappend()"),
        ("tracker/web/__init__.py", "from tracker.store import log\n\nlog.append()"),
        ("tracker/worker.py", "import tracker.store.log\n\ntracker.store.log.append()"),
        ("tracker/demo/planted.py", "from tracker.store.log import NewEvent\n\nNewEvent()"),
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
    done = _run("ruff", "check", "--no-cache", "--output-format=concise", "--stdin-filename", place, "-", given=line)
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
    done = _run("ruff", "check", "--no-cache", "--stdin-filename", place, "-", given=line)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "planted", [("tracker/stories/planted.py", "def doubled(count):\n    return count * 2")], indirect=True
)
def test_code_without_types_is_caught(planted: Path) -> None:
    done = _run("mypy", "--cache-dir", planted / "cache", "tracker/stories/planted.py", cwd=planted)
    assert done.returncode == 1
    assert "[no-untyped-def]" in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("planted", [("tracker/stories/events.py", "class ReportForgotten: ...")], indirect=True)
def test_an_event_that_nobody_handles_is_a_type_error(planted: Path) -> None:
    events = planted / "tracker/stories/events.py"
    widened, times = re.subn(r"(?m)^Event: TypeAlias = ", "Event: TypeAlias = ReportForgotten | ", events.read_text())
    assert times == 1
    events.write_text(widened)
    done = _run("mypy", "--cache-dir", planted / "cache", "tracker/stories/story.py", cwd=planted)
    assert done.returncode == 1
    assert re.search(r'"assert_never" has incompatible type "ReportForgotten"', done.stdout), done.stdout
