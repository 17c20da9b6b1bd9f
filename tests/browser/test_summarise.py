"""Summaries in the page: sentences in their places, and a model folder of the visitor's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.test_own_models import give, using
from tests.browser.visiting import READY, paste
from tests.browser.visitor import Visitor

from golden import generation_texts
from pipelines import small_generators

GOLDEN = json.loads(generation_texts.GOLDEN.read_text("utf-8"))["cases"]
CASE = generation_texts.CASES["bart-summary"]


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Page:
    return visitor.at(site_url, "summarise")


def summarise(page: Page, sentences: int) -> None:
    page.locator("#input-sentences").fill(str(sentences))
    page.get_by_role("button", name="Run").click()


def test_sentences_are_shown_together_and_in_their_places(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".examples .chip").first.click()
    expect(page.locator(".summary-sentence")).to_have_count(4)
    expect(page.locator(".summary-made")).to_contain_text("Sentences of the document itself")
    sentences = page.locator(".summary-sentence").all_inner_texts()
    expect(page.locator(".answer-text mark")).to_have_text(sentences)
    lease = page.locator("#input-document").input_value()
    places = [lease.find(sentence) for sentence in sentences]
    assert places == sorted(places) and -1 not in places
    page.locator(".summary-sentence").last.click()
    expect(page.locator(".answer-text mark").last).to_be_focused()
    page.locator(".summary-output").get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == " ".join(sentences)


def test_a_folder_of_ones_own_writes_what_transformers_writes(page: Page, tmp_path: Path) -> None:
    text = generation_texts.texts(CASE)[0]
    page.locator("#input-how").select_option("own")
    page.locator("#input-document").fill(text)
    summarise(page, 2)
    expect(page.locator(".error")).to_contain_text("There is no model of your own that summarises.")
    page.locator("#input-how").select_option("extract")

    folder = small_generators.write(CASE.model, tmp_path / "my bart", CASE.settings)
    page.get_by_text("Settings", exact=True).click()
    give(page, folder)
    using(page, "my bart")
    expect(page.locator("#input-how")).to_have_value("own")
    summarise(page, 2)
    expect(page.locator(".summary-text")).to_have_text(GOLDEN["bart-summary"][0], timeout=READY)
    expect(page.locator(".summary-made")).to_contain_text("Written by your model my-bart")

    # Sentences are picked by the model of the site, whatever else is open.
    page.locator("#input-how").select_option("extract")
    paste(page, "#input-document", "The bakery opens at six. It sells rye bread to those who come by train.")
    summarise(page, 1)
    expect(page.locator(".summary-sentence")).to_have_count(1, timeout=READY)
    page.locator("#input-how").select_option("own")
    page.get_by_role("button", name="Back to the built-in model").click()
    expect(page.locator("#input-how")).to_have_value("extract")


def test_an_encoder_without_its_decoder_is_refused(page: Page, tmp_path: Path) -> None:
    folder = small_generators.write("t5", tmp_path / "half")
    (folder / "onnx" / "decoder_model_merged.onnx").unlink()
    give(page, folder)
    expect(page.locator(".error")).to_contain_text("The encoder has no decoder beside it.")
    expect(page.locator(".error")).to_contain_text("onnx/encoder_model.onnx")


def test_a_long_run_is_cancelled_by_escape(page: Page) -> None:
    long = "\n\n".join(f"Paragraph {n} tells of thing number {n * 7919}, which is new." for n in range(9000))
    paste(page, "#input-document", long)
    summarise(page, 3)
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    assert page.locator("#input-document").input_value() == long
