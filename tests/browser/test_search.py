"""Semantic search in the page, as a visitor does it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visiting import choose_model, paste
from tests.browser.visitor import Visitor

TEXT = """The bakery on the corner opens at six and sells rye bread. 😀

Photosynthesis turns sunlight into sugar inside green leaves.

The night train to Vienna leaves from platform nine at half past ten."""


@pytest.fixture
def search(visitor: Visitor, site_url: str) -> Iterator[Page]:
    page = visitor.at(site_url, "search")
    yield page
    page.locator("#input-text").fill("Nothing of interest.")
    ask(page, "nothing")
    expect(page.locator(".passage-text")).to_have_text(["Nothing of interest."])


def ask(page: Page, query: str) -> None:
    page.locator("#input-query").fill(query)
    page.get_by_role("button", name="Run").click()


def test_the_passage_that_means_the_question_comes_first(search: Page) -> None:
    search.locator("#input-text").fill(TEXT)
    ask(search, "How do plants make food?")
    expect(search.locator(".passage").first).to_contain_text("Photosynthesis")
    ask(search, "When can I travel by rail?")
    expect(search.locator(".passage").first).to_contain_text("night train")
    scores = [float(text) for text in search.locator(".passage .bar-value").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)


def test_choosing_a_passage_selects_it_in_the_text(search: Page) -> None:
    search.locator("#input-text").fill(TEXT)
    ask(search, "a departure time")
    expect(search.locator(".passage").first).to_contain_text("night train")
    shown = search.locator(".passage-text").first.inner_text()
    search.locator(".passage").first.click()
    selected = search.evaluate(
        "(() => { const f = document.querySelector('#input-text');"
        " return f.value.slice(f.selectionStart, f.selectionEnd); })()"
    )
    assert selected == shown


def test_an_example_fills_the_form_and_answers(search: Page) -> None:
    search.locator(".examples .chip").first.click()
    expect(search.locator(".passage").first).to_be_visible()
    assert search.locator("#input-text").input_value() != ""


def test_another_language_keeps_text_question_and_answer(search: Page) -> None:
    search.locator("#input-text").fill(TEXT)
    ask(search, "How do plants make food?")
    expect(search.locator(".passage").first).to_contain_text("Photosynthesis")
    search.get_by_role("button", name="中文").click()
    expect(search.get_by_role("button", name="English", exact=True)).to_be_visible()
    expect(search.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(search.locator(".passage").first).to_contain_text("Photosynthesis")
    assert search.locator("#input-text").input_value() == TEXT
    search.get_by_role("button", name="English", exact=True).click()
    expect(search.get_by_role("button", name="中文", exact=True)).to_be_visible()


def test_a_run_can_be_cancelled_and_the_next_one_works(search: Page) -> None:
    long = "\n\n".join(
        f"Paragraph {n} tells of thing number {n * 7919}, which nobody saw before." for n in range(1500)
    )
    paste(search, "#input-text", long)
    ask(search, "thing number 7919")
    search.get_by_role("button", name="Cancel").click()
    expect(search.get_by_role("button", name="Cancel")).to_be_hidden(timeout=5_000)
    assert search.locator("#input-text").input_value() == long
    search.locator("#input-text").fill(TEXT)
    ask(search, "How do plants make food?")
    expect(search.locator(".passage").first).to_contain_text("Photosynthesis")


def test_what_was_typed_survives_a_reload(search: Page) -> None:
    search.locator("#input-text").fill(TEXT)
    search.locator("#input-query").fill("a question")
    search.wait_for_timeout(600)
    search.reload()
    expect(search.locator("#input-text")).to_have_value(TEXT)
    expect(search.locator("#input-query")).to_have_value("a question")


def test_another_model_of_the_site_reads_other_languages(search: Page) -> None:
    """Chosen under Settings, kept over a reload, and given up again."""
    text = "Die Bäckerei verkauft Roggenbrot.\n\n夜行列车九点半从九号站台开往维也纳。\n\nPlants are green."
    search.locator("#input-text").fill(text)
    choose_model(search, "multilingual-e5-small", "all-MiniLM-L6-v2")
    ask(search, "When does the train leave?")
    expect(search.locator(".passage").first).to_contain_text("列车")
    search.reload()
    expect(search.get_by_label("Model", exact=True)).to_have_value("multilingual-e5-small")
    ask(search, "Where can I buy bread?")
    expect(search.locator(".passage").first).to_contain_text("Roggenbrot")
    search.get_by_role("button", name="Back to the built-in model").click()
    expect(search.get_by_label("Model", exact=True)).to_have_value("")
