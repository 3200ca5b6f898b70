"""An editor at work in a real browser, with JavaScript and without, with the mouse and without: the pages need none.

What the pages complain of (console, policy, requests to elsewhere) fails the test at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.web.site import Site, sign_in
from tracker.access.permissions import Role

#: How often Tab may be pressed until something is reached.
_FAR = 60


def file_a_report(page: Page, outlet: str, headline: str, text: str) -> None:
    """From the story's page, and back to it."""
    page.get_by_role("link", name=re.compile("^File (a report|the first one)$")).first.click()
    page.get_by_label("Outlet").fill(outlet)
    page.get_by_label("Headline").fill(headline)
    page.get_by_label("Text").fill(text)
    page.get_by_role("button", name="File it").click()
    expect(page.get_by_role("heading", name=headline)).to_be_visible()
    page.get_by_role("link", name="The story").click()


def test_an_editor_follows_a_story_from_its_first_report_to_its_end(either: Page, site: Site) -> None:
    page = either
    page.goto(site.address)
    page.get_by_label("Token").fill(site.token())
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("link", name="Open the first one").click()
    page.get_by_label("Title").fill("The killing of Qassem Soleimani")
    page.get_by_label("Topics").fill("Iran, War powers")
    page.get_by_label("Urgency").select_option("2")
    page.get_by_role("button", name="Open the story").click()
    expect(page).to_have_url(f"{site.address}/stories/the-killing-of-qassem-soleimani")

    site.later()
    file_a_report(
        page, "Capital Wire", "Strike in Baghdad", "A strike killed the general.\n\nIt was to stop an attack."
    )
    site.later()
    file_a_report(page, "NBC News", "Approved in July", "A plan was approved in July, on a condition.")

    site.later()
    page.get_by_role("link", name="Approved in July").click()
    page.get_by_role("link", name="File a new version").click()
    text = page.get_by_label("Text")
    text.fill(text.input_value() + "\n\nA spokesman denied it.")
    page.get_by_label("Note").fill("With a denial")
    page.get_by_role("button", name="File the new version").click()
    expect(page.get_by_text("Version 2: With a denial")).to_be_visible()

    site.later()
    page.get_by_role("link", name="File a correction").click()
    text = page.get_by_label("Text")
    text.fill(text.input_value().replace("July", "June"))
    page.get_by_label("Headline").fill("Approved in June")
    page.get_by_label("Note").fill("It was June.")
    page.get_by_label("What was wrong").fill("July")
    page.get_by_role("button", name="File the correction").click()
    expect(page.get_by_text("Correction: It was June.")).to_be_visible()

    site.later()
    page.get_by_role("link", name="The story").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Summary").fill("NBC News reported that the killing was approved in June.")
    page.get_by_role("button", name="Save").click()
    rows = page.locator("table.revisions tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.nth(1)).to_contain_text("NBC News corrected “Approved in June” (version 3): It was June.")

    # From the correction to the new version before it, chosen with the arrows.
    for chosen in ("from revision 5", "to revision 6"):
        page.get_by_label(chosen).focus()
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Revision 4 → compared with 5")
    expect(page.locator("del").first).to_have_text("deleted −July")
    expect(page.locator("ins").first).to_have_text("inserted +June")
    expect(page.locator(".between")).to_contain_text("It was June.")

    page.get_by_role("link", name="The story").click()
    page.get_by_label("As we knew it at").fill("2020-01-13T11:30")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("As it was known at revision 3")).to_be_visible()
    expect(page).to_have_url(re.compile(r"as_of=2020-01-13T11:30:00Z$"))
    expect(page.get_by_role("link", name="Approved in July")).to_be_visible()
    expect(page.get_by_text("It was June.")).to_have_count(0)
    page.get_by_role("link", name="Show it as it is now").click()

    page.get_by_role("link", name="Close").click()
    page.get_by_label("Reason").fill("It is over.")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("closed", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="File a report")).to_have_count(0)
    page.get_by_role("link", name="Reopen").click()
    page.get_by_label("Reason").fill("A new report.")
    page.get_by_role("button", name="Reopen it").click()
    expect(page.get_by_role("link", name="File a report")).to_be_visible()

    site.house.follow()
    page.get_by_role("link", name="Stories").click()
    page.get_by_label("Search").fill("KILLING")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("2 reports, revision 8")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{site.address}/stories/the-killing-of-qassem-soleimani")
    expect(page.get_by_label("Token")).to_be_visible()


def tab_to(page: Page, wanted: Callable[[str], bool], key: str = "Tab") -> None:
    """Press Tab until the focused element, named by its label or text, is the one; it must be seen to be focused."""
    for _ in range(_FAR):
        page.keyboard.press(key)
        name, outline = page.evaluate(_FOCUSED)
        assert outline >= 2, f"nobody sees that {name!r} is focused"
        if wanted(name):
            return
    raise AssertionError(f"not reached in {_FAR} steps; the last was {name!r}")


#: What has the focus: its label or its text, and how thick the line around it is, in pixels.
_FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    const label = at.labels && at.labels.length ? at.labels[0].textContent : at.textContent;
    return [label.trim().replace(/\\s+/g, ' '), style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth)];
}"""


def test_it_is_done_with_the_keyboard_alone(page: Page, site: Site) -> None:
    keys = page.keyboard
    page.goto(f"{site.address}/open")
    expect(page.get_by_label("Token")).to_be_focused()
    keys.type(site.token())
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Open a story")).to_be_visible()
    # The first stop leads past the head of the page.
    tab_to(page, lambda name: name == "Skip to the content")
    keys.press("Enter")
    tab_to(page, lambda name: name == "Title")
    keys.type("Strike in Baghdad")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Strike in Baghdad")).to_be_visible()
    for number in (1, 2):
        tab_to(page, lambda name: name in ("File a report", "File the first one"))
        keys.press("Enter")
        expect(page.get_by_role("heading", name="File a report")).to_be_visible()
        tab_to(page, lambda name: name == "Outlet")
        keys.type("NBC News")
        tab_to(page, lambda name: name == "Headline")
        keys.type(f"Report {number}")
        tab_to(page, lambda name: name == "Text")
        keys.type("One.")
        keys.press("Enter")
        keys.press("Enter")
        keys.type(f"Number {number}.")
        tab_to(page, lambda name: name.startswith("More about it"))
        keys.press("Space")
        tab_to(page, lambda name: name.startswith("Byline"))
        keys.type("By A. Writer")
        tab_to(page, lambda name: name == "File it")
        keys.press("Enter")
        expect(page.get_by_text("By A. Writer")).to_be_visible()
        tab_to(page, lambda name: name == "The story")
        keys.press("Enter")
        expect(page.get_by_role("heading", name="Revisions")).to_be_visible()
    tab_to(page, lambda name: name == "to revision 3")
    keys.press("ArrowDown")
    tab_to(page, lambda name: name == "from revision 2", "Shift+Tab")
    keys.press("ArrowDown")
    tab_to(page, lambda name: name == "Compare")
    keys.press("Space")
    expect(page.get_by_role("heading", level=1)).to_have_text("Revision 1 → compared with 2")
    tab_to(page, lambda name: name == "Sign out")
    keys.press("Enter")
    expect(page.get_by_label("Token")).to_be_focused()


def test_a_webhook_is_made_and_ended(either: Page, site: Site) -> None:
    page = either
    sign_in(page, site, Role.SUBSCRIBER)
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_role("link", name="Make an endpoint").click()
    page.get_by_label("Address").fill("https://example.com/hook")
    page.get_by_label("report.corrected").check()
    page.get_by_role("button", name="Make it").click()
    expect(page.locator(".secret")).to_have_text(re.compile("^whsec_.{20,}$"))
    page.get_by_role("link", name="The endpoint and its deliveries").click()
    expect(page.get_by_text("report.corrected")).to_be_visible()
    page.get_by_role("link", name="Delete it").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("You have no endpoint")).to_be_visible()
