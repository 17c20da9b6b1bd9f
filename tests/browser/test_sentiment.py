"""The sentiment task: a score as one types, and the words that carried it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visiting import choose_model
from tests.browser.visitor import Visitor

from wardian_build import paths

GOLDEN = json.loads((paths.ROOT / "tests/golden/tasks/sentiment.json").read_text("utf-8"))
NEGATED = "从来没有让我失望过。"
LARGER = json.loads((paths.ROOT / "tests/golden/sentiment_multilingual.json").read_text("utf-8"))["cases"]


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


def test_white_space_is_no_text_yet(page: Page) -> None:
    type_text(page, "Wonderful.")
    expect(page.locator(".marked-text")).to_have_text("Wonderful.")
    type_text(page, " \n")
    expect(page.locator(".marked-output")).to_be_hidden()
    expect(page.locator(".meter-output .note")).to_have_text("The answer appears here.")
    expect(page.locator(".error")).to_be_hidden()


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


def test_a_larger_model_answers_together_with_the_built_in_one(page: Page) -> None:
    """Its own part is the one that transformers and PEFT give, as far as int8 lets it be."""
    shown = page.locator(".meter-output .answer")
    type_text(page, NEGATED)
    expect(shown).not_to_have_text("–")
    small = float(shown.inner_text())
    choice = choose_model(page, "sentiment-multilingual", "sentiment-en-zh")
    [case] = [case for case in LARGER if case["text"] == NEGATED]
    negative, positive = case["logits"]
    logit = 0.8 * (positive - negative) + 0.2 * math.log(small / (1 - small))
    type_text(page, f"{NEGATED} ")
    expect(shown).not_to_have_text(f"{small:.2f}")
    expect(page.locator(".mark").first).to_be_visible()
    assert float(shown.inner_text()) == pytest.approx(1 / (1 + math.exp(-logit)), abs=0.05)
    together = shown.inner_text()
    page.get_by_role("button", name="Back to the built-in model").click()
    expect(choice).to_have_value("")
    type_text(page, NEGATED)
    expect(shown).to_have_text(f"{small:.2f}")
    choice.select_option("sentiment-multilingual")
    expect(shown).to_have_text(together)
    page.get_by_role("button", name="Back to the built-in model").click()
    expect(choice).to_have_value("")
