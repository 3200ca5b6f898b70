"""What only a real browser shows: where the focus goes, how wide a page is, where a text begins, what is printed."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.asking import Client, new_slug
from tests.web.hostile import HOSTILE
from tests.web.site import Site, sign_in
from tracker.access.permissions import Role


def test_whoever_is_refused_begins_at_what_is_wrong(page: Page, site: Site, allowed_console: list[str]) -> None:
    allowed_console.append("422")
    sign_in(page, site)
    page.goto(f"{site.address}/open")
    page.get_by_label("Title").fill("Strike in Baghdad")
    page.get_by_label("Slug").fill("Not a slug")
    page.get_by_role("button", name="Open the story").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Topics")).to_be_focused()
    expect(page.get_by_label("Slug")).to_have_value("Not a slug")
    expect(page).to_have_title("Not saved: Open a story – Story tracker")


def test_whoever_was_too_late_sees_what_happened_and_goes_on(
    page: Page, site: Site, allowed_console: list[str]
) -> None:
    allowed_console.append("412")
    sign_in(page, site)
    colleague = site.house.client(Role.EDITOR)
    story = colleague.opens("Strike in Baghdad")
    page.goto(f"{site.address}/stories/{story['slug']}/edit")
    colleague.patch(story["url"], {"summary": "Hers."}, If_Match="*")
    page.get_by_label("Summary").fill("Mine.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("The desk changed the summary.")
    # The compare opens beside the form: going back to the form would ask for it anew, and lose what was written.
    with page.expect_popup() as beside:
        page.get_by_role("link", name="Compare what you read with what is there now").click()
    expect(beside.value.locator("ins")).to_contain_text("Hers.")
    expect(page.get_by_label("Summary")).to_have_value("Mine.")
    page.get_by_label("Summary").fill("Mine and hers.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".summary")).to_have_text("Mine and hers.")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def addresses(site: Site) -> list[str]:
    """A page of each kind, full of text that is hard to place."""
    long = "Donaudampfschifffahrtsgesellschaftskapitän" * 6
    admin = site.house.client(Role.ADMIN)
    story = admin.opens(long, topics=[long[:60], "Iran"], slug=new_slug())
    filed = admin.files(story, f"{long}\n\nOne.", outlet=long[:200], headline=long, byline=long, dateline=long)
    uri = {"uri": f"https://example.com/{'a' * 1500}"}
    admin.files(story, "\n\n".join(HOSTILE), headline=HOSTILE[0], **uri)
    body = {"headline": f"{long}!", "text": f"Two.\n\n{long}{long}", "note": {"text": long, "wrong": long}}
    admin.post(f"{filed['url']}/corrections", body, If_Match="*")
    admin.patch(story["url"], {"summary": long}, If_Match="*")
    role = {"title": long[:200], "organisation": long[:200], "from": "2017-21"}
    party = admin.post("/v1/parties", {"name": long[:200], "aliases": [long[:199]], "roles": [role]}).body["id"]
    outlet = admin.patch(f"/v1/outlets/{long[:200]}", {"owner": long[:200]}, If_Match="*").body["id"]
    site.house.follow()
    here = f"/stories/{story['slug']}"
    report = f"{here}/reports/{filed['report_id']}"
    pages = [here, f"{here}?revision=2", f"{here}/compare?a=1&b=5", f"{here}/compare?a=3&b=4", f"{here}/edit"]
    pages += [f"{here}/file", f"{here}/close", report, f"{report}?version=1", f"{report}/update", f"{report}/correct"]
    for one in (f"/outlets/{outlet}", f"/parties/{party}"):
        pages += [one, f"{one}/edit", f"{one}/merge"]
    pages += knowledge(admin, story, long)
    return [
        *pages,
        "/",
        "/?q=nothing",
        "/open",
        "/outlets",
        "/parties",
        "/endpoints",
        "/endpoints/new",
        "/docs",
        "/problems/stale",
    ]


def knowledge(admin: Client, story: dict[str, str], long: str) -> list[str]:
    """What is marked, held and asked for in the story, in words that are hard to place; the pages that show it."""
    line = long[:200]
    source = {"label": line, "count": {"min": 2}, "anonymity_reason": long, "via": [{"outlet": line}, {"party": line}]}
    quote = {"parts": [long, "Three"], "speaker": {"party": line}}
    claims = [
        {"exact": long, "statement": long, "attribution": source, "quotes": [quote], "about": [line]},
        {"exact": "Three", "stance": "denies", "attribution": {"party": line}},
    ]
    happened = [
        {"title": long, "phrase": phrase, "place": long, "parties": [line], "basis": long}
        for phrase in (long, "in spring of 2017")
    ]
    disputes = {"from": "/claims/1", "to": "/claims/0", "relation": "disputes", "basis": long, "by": line}
    filed = admin.files(story, f"{long} Three.", claims=claims, occurrences=happened, relations=[disputes])
    admin.post(f"{story['url']}/holds", {"target": filed["report_id"], "reason": "legal", "authority": line})
    kill = {"reason": long, "public_note": long, "issued_by": "desk"}
    admin.post(f"{filed['url']}/kill", kill, If_Match="*")
    here = f"/stories/{story['slug']}"
    report = f"{here}/reports/{filed['report_id']}"
    lists = ("claims", "timeline", "quotes", "sources", "people", "disputes", "corrections", "requests")
    forms = ("relate", "happened", "hold", "link", f"withdraw?target={filed['claims'][0]}")
    of_report = ("mark", "correct", "kill", "redact")
    pages = [report, *(f"{report}/{each}" for each in of_report), f"{here}/claims/{filed['claims'][0]}", "/corrections"]
    return pages + [f"{here}/{each}" for each in (*lists, *forms)]


def test_on_a_narrow_screen_nothing_is_wider_than_it(page: Page, site: Site, allowed_console: list[str]) -> None:
    allowed_console += ["404", "400"]
    sign_in(page, site, Role.ADMIN)
    for path in [*addresses(site), "/nowhere", f"/stories/{'x' * 200}", "/?status=none"]:
        page.goto(site.address + path)
        for width in (375, 320):
            page.set_viewport_size({"width": width, "height": 640})
            assert overflow(page) <= 0, f"{path} at {width}"


def test_what_is_compared_has_its_own_direction(page: Page, site: Site) -> None:
    sign_in(page, site)
    admin = site.house.client()
    story = admin.opens()
    filed = admin.files(story, "مقتل سليماني في بغداد.\n\nIn Baghdad \u202edesrever was.")
    body = {"headline": "Strike", "text": "مقتل سليماني في طهران.\n\nIn Tehran \u202edesrever was."}
    admin.post(f"{filed['url']}/versions", body)
    page.goto(f"{site.address}/stories/{story['slug']}/compare?a=2&b=3")
    for selector in (".compared .block", ".compared ins", ".compared del"):
        found: list[str] = page.locator(selector).evaluate_all("all => all.map(at => getComputedStyle(at).unicodeBidi)")
        assert found
        assert set(found) == {"plaintext"}, selector
    # The Arabic paragraph begins at the right.
    right, whole = page.locator(".compared .block").first.evaluate(
        "at => { const r = document.createRange(); r.setStart(at.firstChild, 0); r.setEnd(at.firstChild, 1);"
        " return [r.getBoundingClientRect().right, at.getBoundingClientRect().right]; }"
    )
    assert whole - right < 2


def test_on_paper_there_is_the_text_and_nothing_to_press(page: Page, site: Site) -> None:
    sign_in(page, site)
    story = site.house.client().opens("Strike in Baghdad")
    page.goto(f"{site.address}/stories/{story['slug']}")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Strike in Baghdad")).to_be_visible()
    expect(page.locator(".what", has_text="The desk opened the story")).to_be_visible()
    for selector in ("nav", "button", "input", ".acts"):
        assert not [each for each in page.locator(selector).all() if each.is_visible()], selector
