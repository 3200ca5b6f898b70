"""The repository itself: what is packed, what is locked, and what no file may say."""

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

from tests.programs import ROOT, run

#: Folders of the tree that git would leave out.
_NOT_OURS = {".git", ".venv", "__pycache__", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
#: What Flask and flask-smorest are made of, and come with by design.
_MADE_OF = ("apispec", "itsdangerous", "jinja2", "markupsafe", "webargs", "werkzeug")
#: Where a machine keeps its things, and who hands out packages. Written so that they don't match themselves.
_MACHINE = re.compile(r"(?<![\w.])/(?:work|farm|root)/|index[-]url|(?<!\w)\.\./shared")
_REGISTRY = re.compile(r"(?:pypi|pythonhosted|npmjs)\.org|registry\.npmjs|deb\.debian|(?:crates|ghcr|docker|quay)\.io")


def _files() -> list[Path]:
    """The files of the repository, those not yet committed too; where there is no git, of the tree."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not _NOT_OURS & set(path.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file()]


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


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
    built = run("python", "-m", "build", "--wheel", "--no-isolation", "--outdir", place)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(place.glob("*.whl"))


def test_the_wheel_holds_the_package_its_migrations_and_its_configuration(wheel: Path) -> None:
    rooms = {"tracker": "tracker", "migrations": "tracker/_migrations", "config": "tracker/_config"}
    expected = {
        str(Path(rooms[path.relative_to(ROOT).parts[0]], *path.relative_to(ROOT).parts[1:]))
        for path in _files()
        if path.relative_to(ROOT).parts[0] in rooms
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == expected
    assert "tracker/_migrations/env.py" in packed
    assert "tracker/_config/default.toml" in packed


def test_an_installed_tracker_migrates_a_database_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run("python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", installed, wheel)
    assert done.returncode == 0, done.stderr
    script = f"""
import sys
sys.path.insert(0, {str(installed)!r})
import tracker
assert tracker.__file__.startswith({str(installed)!r}), tracker.__file__
from tracker.db.migrating import upgrade
upgrade("sqlite:///news.db")
"""
    migrated = run("python", "-c", script, cwd=elsewhere)
    assert migrated.returncode == 0, migrated.stderr
    assert (elsewhere / "news.db").stat().st_size > 0


# What the lock says.


@pytest.fixture(scope="module")
def locked() -> dict[str, set[str]]:
    """The versions of each package in requirements.lock; several where they depend on the platform."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^ ;]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE):
        versions.setdefault(canonicalize_name(name), set()).add(version)
    return versions


@pytest.mark.parametrize("requirement", _requirements(), ids=str)
def test_the_lock_meets_what_the_project_asks(requirement: Requirement, locked: dict[str, set[str]]) -> None:
    versions = locked.get(canonicalize_name(requirement.name))
    assert versions, f"{requirement} is not in requirements.lock: run tests/lock"
    assert all(requirement.specifier.contains(version) for version in versions), f"run tests/lock: {versions}"


def test_the_lock_has_a_hash_for_everything_and_names_no_registry() -> None:
    text = (ROOT / "requirements.lock").read_text()
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
    asked = {canonicalize_name(Requirement(line).name) for line in users}
    asked |= {canonicalize_name(name) for name in _MADE_OF}
    owners = packages_distributions()
    imported = {
        name for room in ("tracker", "migrations") for path in (ROOT / room).rglob("*.py") for name in _imports(path)
    }
    foreign = imported - sys.stdlib_module_names - {"tracker"}
    unasked = {name for name in foreign if not asked & {canonicalize_name(owner) for owner in owners.get(name, [])}}
    assert not unasked


# What no file may say.


def test_no_file_names_a_place_of_one_machine_or_a_registry() -> None:
    found = []
    for path in _files():
        name = path.relative_to(ROOT).as_posix()
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
