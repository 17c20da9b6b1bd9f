"""The way from task to task: the gallery of the first page, the list beside it, its panel on a phone."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page, expect

PHONE = {"width": 390, "height": 844}


def test_the_first_page_shows_every_task(page: Page, site_url: str, site: Path) -> None:
    tasks = json.loads((site / "site.json").read_text())["tasks"]
    page.goto(site_url)
    expect(page.locator(f"#task-{tasks[0]['id']}")).to_be_visible()
    cards = page.locator(".card a").evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
    assert sorted(cards) == sorted(f"#/{task['id']}" for task in tasks[1:])
    listed = page.locator("#tasks .menu-group a").evaluate_all("(all) => all.map((a) => a.textContent)")
    assert sorted(listed) == sorted(task["title"]["en"] for task in tasks)

    page.locator(".card", has_text="Tokenizer").click()
    expect(page.locator("#task-tokenizer")).to_be_visible()
    expect(page.locator("#tasks [aria-current=page]")).to_have_text("Tokenizer")
    expect(page.locator(".card")).to_have_count(0)


def test_on_a_phone_the_list_is_a_panel(page: Page, site_url: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{site_url}/#/tokenizer")
    menu, button = page.locator("#tasks"), page.get_by_role("button", name="Tasks", exact=True)
    expect(menu).to_be_hidden()
    button.click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()

    page.keyboard.press("Enter")
    menu.get_by_role("link", name="About").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("About Wardian")
    expect(menu).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_what_follows_the_list_is_in_sight(page: Page, site_url: str) -> None:
    """However long the list is: at once, and when it is scrolled."""
    page.goto(f"{site_url}/#/tokenizer")
    menu = page.locator("#tasks")
    about = menu.get_by_role("link", name="About")
    for size in ({"width": 1280, "height": 800}, {"width": 1280, "height": 480}, PHONE):
        page.set_viewport_size(size)
        if size == PHONE:
            page.get_by_role("button", name="Tasks", exact=True).click()
        for where in (0, 10_000):
            menu.evaluate("(menu, where) => menu.scrollTo(0, where)", where)
            assert page.evaluate("scrollY") == 0
            box = about.bounding_box()
            assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= size["height"]
            middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
            assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).textContent", middle) == "About"


def test_licences_are_whole_on_a_phone(page: Page, site_url: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{site_url}/#/about")
    cells = page.locator(".about tbody :is(th, td)")
    expect(cells.first).to_be_visible()
    edges = cells.evaluate_all("(all) => all.map((cell) => cell.getBoundingClientRect().right)")
    frame = page.locator(".about .table-frame")
    assert frame.evaluate("(frame) => frame.scrollWidth <= frame.clientWidth")
    assert max(edges) <= PHONE["width"]
