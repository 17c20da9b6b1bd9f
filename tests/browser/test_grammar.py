"""The grammar task: edits in their place, each accepted or rejected, and the text that they make."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visitor import Visitor

from wardian_build import paths

GOLDEN = json.loads((paths.ROOT / "tests/golden/tasks/grammar.json").read_text("utf-8"))


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Iterator[Page]:
    found = visitor.at(site_url, "grammar")
    yield found
    found.set_viewport_size({"width": 1280, "height": 800})
    mend(found, "")
    expect(found.locator(".edits-output")).to_be_hidden()


def mend(page: Page, text: str) -> None:
    page.locator("#input-text").fill(text)
    page.locator("button.primary").click()


def test_edits_stand_in_their_place(page: Page) -> None:
    """As in CPython, also behind an emoji; each is a change that a click rejects and another takes back."""
    case = GOLDEN["cases"][0]
    text, answer = case["inputs"]["text"], case["outputs"][0]
    page.set_viewport_size({"width": 375, "height": 700})
    mend(page, text)
    edits = page.locator(".edited-text .edit")
    expect(edits).to_have_count(len(answer["starts"]))
    expect(page.locator(".edited-text ins")).to_have_text([new for new in answer["replacements"] if new])
    expect(edits.first).to_have_accessible_name("Change “Its” to “It's”")
    result = page.locator(".edits-result")
    mended = result.input_value()
    assert mended.startswith(
        "Hi Anna! 🙂\nIt's too late to call now, but I don't think they're going to come."
    )
    assert mended.endswith("\n\nYou're right about the weather.")
    edits.first.click()
    expect(edits.first).to_have_attribute("aria-pressed", "false")
    expect(result).to_have_value(mended.replace("It's", "Its", 1))
    edits.first.click()
    expect(result).to_have_value(mended)
    page.get_by_role("button", name="Reject all").click()
    expect(result).to_have_value(text)
    expect(page.locator(".edits-summary")).to_contain_text(f"{len(answer['starts'])} changes, 0 accepted")
    page.get_by_role("button", name="Accept all").click()
    expect(result).to_have_value(mended)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_edits_are_decided_with_the_keyboard(page: Page) -> None:
    mend(page, "They has went to the the beach.")
    edits = page.locator(".edited-text .edit")
    expect(edits.nth(2)).to_have_accessible_name("Delete “the”")
    edits.first.focus()
    page.keyboard.press("ArrowRight")
    expect(edits.nth(1)).to_be_focused()
    page.keyboard.press("Space")
    result = page.locator(".edits-result")
    expect(result).to_have_value("They have went to the beach.")
    page.keyboard.press("Enter")
    expect(result).to_have_value("They have gone to the beach.")


def test_another_language_keeps_what_was_decided(page: Page) -> None:
    mend(page, "They has went.")
    page.locator(".edited-text .edit").nth(1).click()
    page.get_by_role("button", name="中文").click()
    edits = page.locator(".edited-text .edit")
    expect(edits.first).to_have_accessible_name("把“has”改为“have”")
    expect(edits.nth(1)).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".edits-result")).to_have_value("They have went.")
    page.get_by_role("button", name="English").click()
    expect(edits.first).to_have_accessible_name("Change “has” to “have”")


def test_the_page_anew_keeps_what_was_decided(page: Page) -> None:
    mend(page, "They has went.")
    edits = page.locator(".edited-text .edit")
    edits.nth(1).click()
    page.reload()
    expect(edits.nth(1)).to_have_attribute("aria-pressed", "false")
    expect(edits.first).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".edits-result")).to_have_value("They have went.")


def test_the_result_is_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    mend(page, "Its late. 🙂")
    page.locator(".edits-output").get_by_role("button", name="Copy").click()
    expect(page.locator(".edits-output").get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "It's late. 🙂"


def test_what_is_no_english_is_said_beside_the_text(page: Page) -> None:
    mend(page, "🙂 没有英文。")
    expect(page.locator(".outputs .error")).to_contain_text("There is no English sentence in this text.")
    expect(page.locator("#input-text")).to_have_value("🙂 没有英文。")
