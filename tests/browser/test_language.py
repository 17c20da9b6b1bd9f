"""The task of languages: an answer as one types, with the languages' names in that of the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visitor import Visitor

from wardian.postprocessing.language import LanguageIdentifier
from wardian_build import paths


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Page:
    return visitor.at(site_url, "language")


def test_languages_have_names(page: Page) -> None:
    page.locator("#input-text").fill("De trein naar Utrecht vertrekt vandaag vanaf een ander spoor.")
    expect(page.locator(".label-output .answer")).to_have_text("Dutch")
    expect(page.locator(".fact dd")).to_have_text(["It is long enough.", "139 languages"])
    page.locator("#input-text").fill("今天天气很好，我们去公园散步，然后一起吃晚饭，晚上再看一部电影吧。")
    expect(page.locator(".label-output .answer")).to_have_text("Chinese")
    expect(page.locator(".bar")).to_have_count(5)


def test_a_short_text_is_a_guess(page: Page) -> None:
    page.locator("#input-text").fill("Guten Tag, Anna")
    expect(page.locator(".label-output .answer")).to_have_text("German")
    expect(page.locator(".fact dd").nth(1)).to_contain_text("63 widely used ones count 3 times")
    page.locator("#input-alike").check()
    expect(page.locator(".fact dd").nth(1)).to_have_text("139 languages")
    page.locator("#input-alike").uncheck()


def test_every_language_has_a_name(page: Page) -> None:
    """Chromium has none for two dozen of them: those are the page's own."""
    codes = LanguageIdentifier((paths.MODELS / "py3langid/model.npz.xz").read_bytes()).labels
    named = re.findall(r"^  (\w+): \[", (paths.ROOT / "app/page/language_names.ts").read_text("utf-8"), re.M)
    for locale in ("en", "zh"):
        unnamed = page.evaluate(
            """([codes, locale]) => {
              const names = new Intl.DisplayNames([locale], { type: "language", fallback: "none" });
              return codes.filter((code) => !names.of(code));
            }""",
            [codes, locale],
        )
        assert len(unnamed) > 10 and set(unnamed) <= set(named)
    page.locator("#input-text").fill("Goeie môre, Anna")
    expect(page.locator(".bar-label").filter(has_text="Ligurian")).to_be_visible()


def test_digits_have_no_language(page: Page) -> None:
    page.locator("#input-text").fill("12345")
    expect(page.locator(".fact dd").first).to_have_text("It looks like no language.")
    expect(page.locator(".label-output .answer")).to_have_text("–")
    expect(page.locator(".bar")).to_have_count(0)


def test_what_is_hardly_likelier_than_others_is_no_answer(page: Page) -> None:
    page.locator("#input-text").fill("hello")
    expect(page.locator(".label-output .answer")).to_have_text("Not clear")
    expect(page.locator(".bar")).to_have_count(5)


def test_nothing_to_go_by_is_said(page: Page) -> None:
    page.locator("#input-text").fill("ok")
    expect(page.locator(".fact dd")).to_have_text(["Nothing in this text tells languages apart."])
    expect(page.locator(".label-output .answer")).to_have_text("–")
    expect(page.locator(".bar")).to_have_count(0)
