"""The task For you: likes turn the list, are kept, and are forgotten for good; an own list is read here."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.visiting import open_task
from tests.browser.visitor import Visitor

KEY = "wardian.likes.recommend"
LIST = "title;tags\nOrca;sea\nShark;sea\nJazz;music\nOpera;music\nRye bread;food\nCheese cake;food\n"


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Page:
    page = visitor.at(site_url, "recommend")
    expect(page.locator(".pick").first).to_be_visible()
    return page


def titles(page: Page) -> Locator:
    return page.locator(".pick-title")


def like(page: Page, title: str) -> None:
    page.locator("#input-taste").fill(title)
    button = page.get_by_role("button", name=f"Like: {title}", exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.locator("#input-taste").fill("")


def forget(page: Page) -> None:
    page.get_by_role("button", name="Forget me").click()
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.locator(".likes [role=status]")).to_have_text("Forgotten. Nothing of it is kept any more.")


def kept(page: Page) -> Any:
    text = page.evaluate(f"localStorage.getItem('{KEY}')")
    return None if text is None else json.loads(text)


def open_list(page: Page, content: str | bytes, name: str = "mine.csv") -> None:
    if page.locator(".own-list").get_attribute("open") is None:
        page.locator(".own-list summary").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open my list").click()
    given = content.encode() if isinstance(content, str) else content
    chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": given})


def test_a_like_turns_the_list_and_says_why(page: Page) -> None:
    expect(page.locator(".recommendations [role=status]")).to_contain_text("3,095")
    like(page, "Jazz")
    expect(titles(page)).to_contain_text(["Blues"])
    first = page.locator(".pick").first
    first.locator("summary").click()
    expect(first.locator(".why li").first).to_have_text("You like Jazz: 100 % of what speaks for it")
    assert kept(page) == {"judgements": [["Jazz", True]], "own": None}
    expect(page.locator(".pick").last).to_contain_text("Something different")
    forget(page)


def test_less_of_this_undo_and_the_keyboard(page: Page) -> None:
    like(page, "Jazz")
    expect(titles(page)).to_contain_text(["Blues"])
    before = titles(page).all_inner_texts()
    page.get_by_role("button", name="Less of this: Blues", exact=True).press("Enter")
    expect(titles(page)).not_to_contain_text(["Blues"])
    expect(page.locator(".judged .chip.less")).to_have_text(re.compile("Blues"))
    # The card is gone, and the focus is on the one in its place.
    place = min(before.index("Blues"), 9)
    expect(page.locator(".pick").nth(place).locator(".like")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(titles(page)).to_have_text(before)
    page.locator(".judged .chip").first.click()
    expect(page.locator(".judged .chip")).to_have_count(0)
    assert kept(page) is None
    forget(page)


def test_more_is_shown_and_a_title_opens(page: Page) -> None:
    expect(page.locator(".pick")).to_have_count(10)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".pick")).to_have_count(20)
    titles(page).first.click()
    expect(titles(page).first).to_have_attribute("aria-expanded", "true")
    page.locator("#input-taste").fill("no such title")
    expect(page.locator(".recommendations [role=status]")).to_have_text("No title has these words.")
    page.locator("#input-taste").fill("")
    expect(page.locator(".pick")).to_have_count(10)


def test_a_reload_keeps_and_forgetting_empties_the_storage(page: Page, site_url: str) -> None:
    like(page, "Cheese")
    expect(titles(page)).to_contain_text(["Milk"])
    page.get_by_role("button", name="中文", exact=True).click()
    expect(page.get_by_role("button", name="English", exact=True)).to_be_visible()
    expect(page.locator(".judged .chip")).to_have_text(re.compile("Cheese"))
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_role("button", name="中文", exact=True)).to_be_visible()
    page.reload()
    expect(page.locator(".judged .chip")).to_have_text(re.compile("Cheese"))
    expect(titles(page)).to_contain_text(["Milk"])
    other = page.context.new_page()
    open_task(other, site_url, "recommend")
    expect(other.locator(".judged .chip")).to_have_count(1)
    forget(page)
    # What another tab holds is gone, too, and does not come back from there.
    expect(other.locator(".judged .chip")).to_have_count(0)
    other.close()
    everything = page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
    assert "Cheese" not in everything and "likes" not in everything and "draft.recommend" not in everything
    page.reload()
    expect(page.locator(".pick").first).to_be_visible()
    expect(page.locator(".judged .chip")).to_have_count(0)


def test_a_list_of_ones_own(page: Page) -> None:
    open_list(page, LIST)
    expect(titles(page)).to_have_count(6)
    expect(page.locator(".own-name")).to_have_text("Your list: mine.csv")
    page.get_by_role("button", name="Like: Orca", exact=True).click()
    expect(titles(page).first).to_have_text("Shark")
    page.locator(".why summary").first.click()
    expect(page.locator(".why").first).to_contain_text("In common: sea")
    page.get_by_role("button", name="Back to Wikipedia's subjects").click()
    expect(titles(page)).to_have_count(10)
    forget(page)


def test_a_bad_list_says_why_and_nothing_is_lost(page: Page) -> None:
    like(page, "Jazz")
    open_list(page, "name of it,tags\nEmma,novel\n")
    expect(page.locator(".error")).to_contain_text("The list has no column of titles.")
    open_list(page, b"\x89PNG\0", "picture.csv")
    expect(page.locator(".error")).to_contain_text("This is no CSV table.")
    page.get_by_role("button", name="Back to Wikipedia's subjects").click()
    expect(page.locator(".error")).to_be_hidden()
    expect(page.locator(".judged .chip")).to_have_text(re.compile("Jazz"))
    expect(titles(page)).to_contain_text(["Blues"])
    forget(page)


def test_reading_a_long_list_can_be_cancelled(page: Page) -> None:
    open_list(page, "title\n" + "".join(f"A subject with the number {i}\n" for i in range(3000)))
    page.get_by_role("button", name="Cancel", exact=True).first.click()
    expect(page.locator(".status[data-state='ready']")).to_be_visible()
    page.get_by_role("button", name="Back to Wikipedia's subjects").click()
    expect(titles(page)).to_have_count(10)
    forget(page)
