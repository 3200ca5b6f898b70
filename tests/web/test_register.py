"""The pages of outlets and parties: looked for, read, entered, edited and merged, all without a script."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.asking import House, new_slug
from tests.web.hostile import HOSTILE
from tests.web.visiting import Page, Visitor, visitor
from tracker.access.permissions import Role


class Noun(NamedTuple):
    """One of both kinds."""

    url: str
    #: What can be written about one besides its names, and what its page then says.
    more: dict[str, str]
    said: str


OUTLETS = Noun("/outlets", {"owner": "Comcast", "redistribute": "text"}, "Comcast")
PARTIES = Noun(
    "/parties",
    {"kind": "person", "roles": "Adviser; White House; 2018-04-09; 2019-09\n\n Ambassador "},
    "Adviser, White House, 9 April 2018 to September 2019",
)


@pytest.fixture(params=[OUTLETS, PARTIES], ids=lambda noun: noun.url)
def noun(request: pytest.FixtureRequest) -> Noun:
    found: Noun = request.param
    return found


def entered(editor: Visitor, noun: Noun, name: str | None = None, **fields: str) -> str:
    """The page of a new one."""
    return editor.done(editor.fill(f"{noun.url}/new", name=name or f"The {new_slug()} Post", **fields))


def pairs(page: Page) -> dict[str, str]:
    """What the page says of one, by what it is called."""
    terms, told = ([" ".join(each.text.split()) for each in page.all(tag)] for tag in ("dt", "dd"))
    return dict(zip(terms, told, strict=True))


def test_what_was_entered_has_a_page_and_is_found_by_its_names(house: House, editor: Visitor, noun: Noun) -> None:
    name, alias = f"The {new_slug()} Post", new_slug()
    path = entered(editor, noun, name, aliases=f"{alias}\n\n {alias}, Inc. ", **noun.more)
    page = editor.get(path)
    assert page.heading == name
    assert pairs(page)["Also"] == f"{alias}; {alias}, Inc."
    assert noun.said in page.said
    house.follow()
    for q in (name, alias.upper()):
        assert path in editor.get(f"{noun.url}?q={q}").hrefs
    assert "None has a name like that" in editor.get(f"{noun.url}?q=no such name").said


def test_a_form_sent_as_it_stands_changes_nothing(editor: Visitor, noun: Noun) -> None:
    path = entered(editor, noun, aliases="A, B\nC", **noun.more)
    before = editor.get(path).said
    assert editor.done(editor.fill(f"{path}/edit")) == path
    assert editor.get(path).said == before


def test_what_is_emptied_is_taken_away_and_a_former_name_only_if_it_is_no_alias(editor: Visitor, noun: Noun) -> None:
    path, name = entered(editor, noun, aliases="A former one", **noun.more), new_slug()
    emptied = dict.fromkeys(("aliases", "owner", "roles", "kind"), "")
    fields = {**editor.filled(f"{path}/edit", name=name)}
    editor.done(editor.send(f"{path}/edit", {**fields, **{n: v for n, v in emptied.items() if n in fields}}))
    page = editor.get(path)
    assert page.heading == name
    assert not [said for said in ("former", "Comcast", "Adviser", "a person") if said in page.said]


@pytest.mark.parametrize(
    ("noun", "fields", "alert"),
    [
        (OUTLETS, {"name": " "}, "Name: Fill this in."),
        (OUTLETS, {"name": "A", "aliases": f"B\n{'x' * 201}"}, "Also called: Entry 2: This takes 1 to 200"),
        (OUTLETS, {"name": "A", "redistribute": "all"}, "What may leave:"),
        (OUTLETS, {"name": "A", "roles": "B"}, "Roles: There is no such field."),
        (PARTIES, {"name": "A", "kind": "robot"}, "Kind:"),
        (PARTIES, {"name": "A", "roles": "Adviser\n; White House"}, "Roles: Entry 2: Fill this in."),
        (PARTIES, {"name": "A", "roles": "Adviser;; in spring"}, "Roles: Entry 1: “in spring” is not a date"),
        (PARTIES, {"name": "A", "roles": "Adviser;;2018;2017"}, "Roles: Entry 1: A role doesn't end before"),
        (PARTIES, {"name": "A", "roles__0": "Adviser"}, "Roles:"),
    ],
)
def test_what_is_wrong_is_named_and_what_was_written_stays(
    editor: Visitor, noun: Noun, fields: dict[str, str], alert: str
) -> None:
    refused = editor.fill(f"{noun.url}/new", **fields)
    assert refused.status == 422, refused.said
    assert alert in refused.alert
    written = {name: fields[name] for name in ("name", "aliases", "roles") if name in fields and name in refused.form}
    assert written.items() <= refused.form.items()


def test_a_name_of_another_is_refused_and_says_what_to_do(editor: Visitor, noun: Noun) -> None:
    name = new_slug()
    entered(editor, noun, name)
    refused = editor.fill(f"{noun.url}/new", name="Another", aliases=f"B\n{name.upper()}")
    assert refused.status == 409
    assert "Also called: Entry 2: is a name of another" in refused.alert


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("Adviser", "Adviser"),
        ("Adviser;; 2018-04", "Adviser, from April 2018 on"),
        ("Adviser;;; 2019", "Adviser, until 2019, beginning unknown"),
        ("Chairman; Joint Chiefs; 2017-21; 2019~", "Chairman, Joint Chiefs, March 2017 to about 2019"),
    ],
)
def test_a_role_is_told_in_words(editor: Visitor, role: str, told: str) -> None:
    page = editor.get(entered(editor, PARTIES, roles=role))
    assert " ".join(page.all("li")[0].text.split()) == told


def test_two_who_edit_at_once_undo_nothing_of_each_other(editor: Visitor, noun: Noun) -> None:
    path = entered(editor, noun)
    mine = editor.filled(f"{path}/edit", aliases="Mine")
    editor.done(editor.fill(f"{path}/edit", aliases="Hers"))
    late = editor.send(f"{path}/edit", mine)
    assert late.status == 412
    assert late.form["aliases"] == "Mine"
    assert path in late.hrefs
    editor.done(editor.send(f"{path}/edit", late.form))
    assert pairs(editor.get(path))["Also"] == "Mine"


def test_after_a_merger_both_addresses_lead_to_the_one_that_is_left(editor: Visitor, noun: Noun) -> None:
    gone, left = entered(editor, noun, (name := new_slug())), entered(editor, noun, (other := new_slug()))
    fields = editor.filled(f"{gone}/merge", into=other.upper())
    assert [editor.done(editor.send(f"{gone}/merge", fields)) for _ in range(2)] == [left, left]
    for path in (gone, f"{gone}/edit", f"{gone}/merge"):
        assert editor.get(path).status == 308
    page = editor.follow(gone)
    assert page.heading == other
    assert pairs(page)["Found to be the same"].startswith(f"{name} (")


@pytest.mark.parametrize(("into", "alert"), [("Nobody at all", "Into: There is no such"), ("", "Into: Fill this in.")])
def test_a_merger_into_nothing_is_refused(editor: Visitor, noun: Noun, into: str, alert: str) -> None:
    refused = editor.fill(f"{entered(editor, noun)}/merge", into=into)
    assert refused.status == 422
    assert alert in refused.alert


@pytest.mark.parametrize("role", [Role.REPORTER, Role.SUBSCRIBER])
def test_who_may_not_edit_reads_and_is_offered_nothing(house: House, editor: Visitor, noun: Noun, role: Role) -> None:
    path, somebody = entered(editor, noun), visitor(house, role)
    hrefs = somebody.get(path).hrefs + somebody.get(noun.url).hrefs
    assert not [href for href in hrefs if href.endswith(("/edit", "/merge", "/new"))]
    for form in (f"{path}/edit", f"{path}/merge", f"{noun.url}/new"):
        assert somebody.get(form).status == 403


def test_what_is_not_there_is_said_not_to_be(editor: Visitor, noun: Noun) -> None:
    for path in ("/Nobody", "/Nobody/edit", "/out_01dxn7k3c8e5tb3s0w1x5w6q7t", "/pty_01dxn7k3c8e5tb3s0w1x5w6q7t"):
        assert editor.get(noun.url + path).status == 404
    assert editor.get(f"{noun.url}?q={'x' * 201}").status == 400


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_do_nothing(house: House, editor: Visitor, noun: Noun, text: str) -> None:
    name = f"{new_slug()} {' '.join(text.split())}"[:200].strip()
    path = entered(editor, noun, name, aliases=f"{name} again"[:200])
    house.follow()
    for page in (path, f"{path}/edit", f"{path}/merge", f"{noun.url}?q={name.split()[0]}"):
        assert editor.get(page).status == 200
