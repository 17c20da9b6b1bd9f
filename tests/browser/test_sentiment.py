"""The sentiment task: a score as one types, and the words that carried it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visitor import Visitor

from wardian_build import paths

GOLDEN = json.loads((paths.ROOT / "tests/golden/tasks/sentiment.json").read_text("utf-8"))


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Iterator[Page]:
    found = visitor.at(site_url, "sentiment")
    yield found
    type_text(found, "")
    expect(found.locator(".marked-output")).to_be_hidden()


def type_text(page: Page, text: str) -> None:
    page.locator("#input-text").fill(text)


def test_a_score_and_its_words_appear_while_one_types(page: Page) -> None:
    text = GOLDEN["cases"][0]["inputs"]["text"]
    type_text(page, text)
    score, words = (output for output in GOLDEN["cases"][0]["outputs"])
    expect(page.locator(".meter-output .answer")).to_have_text(f"{score['value']:.2f}")
    expect(page.locator(".marked-text")).to_have_text(text)
    expect(page.locator(".mark")).to_have_count(len(words["scores"]))
    expect(page.locator(".marked-named dt")).to_have_text(["positive", "negative"])
    expect(page.locator(".marked-named dd").first).to_contain_text("wonderful +")
    type_text(page, "一点也不好看。")
    expect(page.locator(".meter-output .answer")).to_have_text("0.03")


def test_marks_are_read_with_the_keyboard(page: Page) -> None:
    type_text(page, "Wonderful and boring.")
    expect(page.locator(".mark.low")).to_contain_text(["boring"])
    page.locator(".marked-text").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".marked-detail")).to_contain_text("“Wonderful”: +")
    expect(page.locator(".mark.active")).to_have_text("Wonderful")


def test_no_known_word_is_no_score(page: Page) -> None:
    type_text(page, "🙂🙂")
    said = "No word of this text says anything to the model."
    expect(page.locator(".meter-output .note")).to_have_text(said)
    expect(page.locator(".meter-output .answer")).to_have_text("–")
