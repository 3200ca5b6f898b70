"""An editor and a colleague in a real browser: file, mark, dispute, date, hold and lift, ask for a kill, approve it."""

from __future__ import annotations

import re
from typing import Literal

from playwright.sync_api import Browser, Page, expect

from tests.browser import complaints_of
from tests.web.site import Site, sign_in
from tests.web.test_browser import file_a_report, tab_to
from tracker.access.permissions import Role


def press(page: Page, name: str, role: Literal["button", "link"] = "button") -> None:
    page.get_by_role(role, name=name).first.click()


def mark(page: Page, exact: str, statement: str, source: str = "") -> None:
    """From the report's page to the page of the claim that its words make."""
    page.get_by_label("Mark what it says").fill(exact)
    press(page, "Mark as a claim")
    expect(page.get_by_label("The exact words")).to_have_value(exact)
    page.get_by_label("The claim, in our words").fill(statement)
    page.get_by_label("Somebody without a name, as printed").fill(source)
    press(page, "Mark it")
    expect(page.get_by_role("heading", level=1)).to_have_text(statement)


def test_a_story_is_told_marked_held_and_taken_back(either: Page, site: Site, browser: Browser) -> None:
    page = either
    sign_in(page, site)
    story = f"{site.address}/stories/{site.house.client().opens('The strike')['slug']}"
    page.goto(story)
    file_a_report(page, "Capital Wire", "Strike in Baghdad", "It was to stop an imminent attack, officials said.")
    site.later()
    file_a_report(page, "NBC News", "Approved in June", "A plan was approved in June 2019. That could undermine it.")

    site.later()
    press(page, "Strike in Baghdad", "link")
    mark(page, "an imminent attack", "It was to stop an attack.", "officials")
    expect(page.locator("mark")).to_have_text("an imminent attack")
    expect(page.locator(".standing").first).to_contain_text("Said by 1 independent outlet")
    page.goto(story)
    press(page, "Approved in June", "link")
    mark(page, "approved in June 2019", "It was approved long before.")

    site.later()
    press(page, "Relate it to another", "link")
    page.get_by_label("Does what").select_option("disputes")
    page.get_by_label("To this claim").select_option("It was to stop an attack.")
    page.get_by_label("The words that it rests on").fill("could undermine it")
    page.get_by_label("In which report they stand").select_option("NBC News: Approved in June")
    page.get_by_label("Whose judgement it is").fill("NBC News")
    press(page, "Relate them")
    page.goto(story)
    expect(page.locator(".dispute")).to_contain_text("Disputed by NBC News, resting on “could undermine it”")
    expect(page.locator(".claim", has_text="It was to stop")).to_contain_text("disputed by NBC News")

    press(page, "What happened", "link")
    page.get_by_label("Title").fill("The plan is approved")
    page.get_by_label("When, to the letter").fill("in June 2019")
    page.get_by_label("Who took part").fill("The president")
    press(page, "Record it")
    expect(page.locator(".entry")).to_contain_text("“in June 2019” read: June 2019")

    site.later()
    page.goto(story)
    press(page, "Strike in Baghdad", "link")
    press(page, "Hold", "link")
    page.get_by_label("Reason").select_option("embargo")
    page.get_by_label("Until, in UTC").fill("2020-02-01T18:00")
    press(page, "Hold it")
    expect(page.locator(".held")).to_contain_text(
        "Embargoed: Capital Wire, Strike in Baghdad, until 1 Feb 2020, 18:00 UTC"
    )
    outsider = browser.new_context()
    complaints = complaints_of(outsider)
    their = outsider.new_page()
    sign_in(their, site, Role.SUBSCRIBER)
    their.goto(story)
    expect(their.get_by_role("heading", name="Approved in June")).to_be_visible()
    expect(their.get_by_text("Strike in Baghdad")).to_have_count(0)
    expect(their.get_by_text("It was to stop an attack.")).to_have_count(0)
    press(page, "Lift it", "link")
    press(page, "Lift it")
    expect(page.locator(".held")).to_have_count(0)
    their.goto(story)
    expect(their.get_by_role("heading", name="Strike in Baghdad")).to_be_visible()

    site.later()
    press(page, "Strike in Baghdad", "link")
    press(page, "Kill", "link")
    page.get_by_label("Whose act it is").select_option("desk")
    page.get_by_label("Reason").fill("The officials don’t exist.")
    page.get_by_label("What the public is told").fill("Don’t use it.")
    press(page, "Kill it")
    expect(page.get_by_text("You asked for this; a colleague has to approve it.")).to_be_visible()
    expect(page.get_by_role("link", name="Approve")).to_have_count(0)
    colleague = outsider.new_page()
    outsider.clear_cookies()
    sign_in(colleague, site)
    colleague.goto(story)
    press(colleague, "1 request", "link")
    press(colleague, "Approve …", "link")
    press(colleague, "Approve it")
    expect(colleague.get_by_text("approved by")).to_be_visible()
    outsider.close()
    assert complaints == []

    page.goto(story)
    expect(page.get_by_role("heading", name="Killed", exact=True)).to_be_visible()
    expect(page.locator(".dispute")).to_have_count(0)
    page.get_by_role("navigation", name="Of this story").get_by_role("link", name="Corrections").click()
    expect(page.get_by_text("Don’t use it.")).to_be_visible()
    expect(page.get_by_text("issued by our desk")).to_be_visible()
    expect(page.get_by_text("don’t exist")).to_have_count(0)


def test_words_that_are_selected_fill_the_field(page: Page, site: Site) -> None:
    sign_in(page, site)
    client = site.house.client()
    filed = client.files(client.opens("The strike"), "One.\n\nIt was ordered in June.")
    page.goto(site.address + filed["url"].removeprefix("/v1"))
    page.get_by_text("It was ordered in June.").select_text()
    expect(page.get_by_label("Mark what it says")).to_have_value("It was ordered in June.")
    press(page, "Mark as a claim")
    expect(page.get_by_label("The exact words")).to_have_value("It was ordered in June.")
    page.get_by_role("region", name="The text").get_by_text("One.").select_text()
    expect(page.get_by_label("The exact words")).to_have_value("One.")
    # What is selected elsewhere is nothing that the report says.
    page.get_by_role("heading", level=1).select_text()
    expect(page.get_by_label("The exact words")).to_have_value("One.")


def test_of_two_places_one_is_chosen_with_the_keyboard(page: Page, site: Site, allowed_console: list[str]) -> None:
    allowed_console.append("422")
    sign_in(page, site)
    client = site.house.client()
    filed = client.files(client.opens("The strike"), "In June it began.\n\nIn June it ended.")
    page.goto(f"{site.address}{filed['url'].removeprefix('/v1')}/mark")
    tab_to(page, lambda name: name == "The exact words")
    page.keyboard.type("June")
    tab_to(page, lambda name: name == "Mark it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("more than once")
    tab_to(page, lambda name: "it began" in name)
    page.keyboard.press("ArrowDown")
    tab_to(page, lambda name: name == "Mark it")
    page.keyboard.press("Enter")
    expect(page.locator(".context")).to_have_text(re.compile("^In June it ended.$"))
