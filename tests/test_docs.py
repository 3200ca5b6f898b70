"""The documentation is true where that can be checked: what it links to is there, what it shows can be read, and what
the program has is in it.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from tests.programs import ROOT
from tests.rooms import settings_for
from tracker import create_app
from tracker.access.permissions import ROUTES, Permission, Role, allowed
from tracker.cli import COMMANDS
from tracker.cli import tracker as command_line

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"`((?:tracker|tests|docs|migrations|config)/[\w/.]*)`")


def _written(page: Path) -> str:
    return page.read_text("utf-8")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.*)$", _written(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_to_a_file_and_a_heading_of_it(page: Path) -> None:
    for path, anchor in _LINK.findall(_written(page)):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{path} is not there"
        assert not anchor or anchor in _anchors(target), f"{path} has no heading {anchor}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_place_in_the_tree_that_is_named_is_there(page: Path) -> None:
    assert [place for place in _PLACE.findall(_written(page)) if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_what_is_shown_as_json_or_python_can_be_read(page: Path) -> None:
    for language, code in _BLOCK.findall(_written(page)):
        if language == "json":
            json.loads(code)
        elif language == "python":
            ast.parse(code)


def test_every_decision_is_listed_and_has_its_parts() -> None:
    folder = ROOT / "docs/decisions"
    pages = sorted(path for path in folder.glob("[0-9]*.md"))
    assert re.findall(r"\((\d{4}-.*?\.md)\)", _written(folder / "README.md")) == [path.name for path in pages]
    for page in pages:
        parts = re.findall(r"^\*\*(\w+)\.\*\*", _written(page), re.MULTILINE)
        assert {"Context", "Decision", "Status", "Consequences"} <= set(parts), page.name


def test_the_readme_gives_the_rooms_in_the_order_that_is_enforced() -> None:
    contracts = tomllib.loads(_written(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    order = " > ".join(re.sub("[()]", "", layer) for layer in layers if "__main__" not in layer)
    assert order in " ".join(_written(ROOT / "README.md").split())


# The command line.


def _commands() -> Iterator[tuple[str, click.Command]]:
    """Each command with all its words, for instance ``tracker token create``."""
    context = click.Context(command_line)
    for name in COMMANDS:
        command = command_line.get_command(context, name)
        assert command is not None
        inner = command.commands.items() if isinstance(command, click.Group) else [("", command)]
        for inner_name, each in inner:
            yield f"tracker {name} {inner_name}".rstrip(), each


@pytest.mark.parametrize(("words", "command"), [pytest.param(*each, id=each[0]) for each in _commands()])
def test_every_command_and_each_of_its_options_is_on_the_page_of_operators(words: str, command: click.Command) -> None:
    rows = [line for line in _written(ROOT / "docs/operating.md").splitlines() if line.startswith(f"| `{words}` |")]
    assert len(rows) == 1, f"docs/operating.md has no row of {words}"
    options = {option for each in command.params for option in (*each.opts, *each.secondary_opts) if option[:2] == "--"}
    assert {option for option in options - {"--database-url"} if f"`{option}" not in rows[0]} == set()


# Addresses.


@pytest.fixture
def app(migrated_sqlite_url: str) -> Flask:
    return create_app(settings_for(migrated_sqlite_url))


def _who(permission: Permission) -> str:
    if permission is Permission.NONE:
        return "anybody"
    return ", ".join(role.value for role in Role if allowed(role, permission))


def test_every_address_is_on_the_page_of_addresses_with_who_may_ask(app: Flask) -> None:
    expected = {
        (method, re.sub("<(?:path:)?(.*?)>", r"{\1}", rule.rule), _who(ROUTES[rule.endpoint]))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    rows = re.findall(r"^\| ([A-Z]+) \| `(.*?)` \| (.*?) \| .+ \|$", _written(ROOT / "docs/addresses.md"), re.MULTILINE)
    assert len(rows) == len(set(rows)), "an address stands there twice"
    assert set(rows) == expected
