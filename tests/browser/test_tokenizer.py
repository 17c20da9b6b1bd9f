"""The tokenizer task: tokens over the text as one types, any tokenizer of the site or one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visiting import open_task, wait_offline
from tests.browser.visitor import Visitor

OWN = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "normalizer": None,
    "pre_tokenizer": {"type": "WhitespaceSplit"},
    "post_processor": None,
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "red": 1, "green": 2}, "unk_token": "[UNK]"},
}


@pytest.fixture
def playground(visitor: Visitor, site_url: str) -> Iterator[Page]:
    page = visitor.at(site_url, "tokenizer")
    yield page
    page.locator("#input-tokenizer").select_option("qwen3-tokenizer")
    page.locator("#input-special").check()
    type_text(page, "")
    expect(page.locator(".tokens .token")).to_have_count(0)


def type_text(page: Page, text: str) -> None:
    page.locator("#input-text").fill(text)


def tokens(page: Page) -> list[str]:
    return page.locator(".tokens .token").all_inner_texts()


def ids(page: Page) -> list[int]:
    return list(json.loads(page.locator(".tokens-ids").input_value() or "[]"))


def test_tokens_appear_while_one_types(playground: Page) -> None:
    type_text(playground, "Hello world 你好")
    expect(playground.locator(".tokens-summary")).to_contain_text("4 tokens")
    assert tokens(playground) == ["Hello", " world", " ", "你好"]
    assert ids(playground) == [9707, 1879, 220, 108386]
    type_text(playground, "")
    expect(playground.locator(".tokens .token")).to_have_count(0)


def test_another_tokenizer_and_its_special_tokens(playground: Page) -> None:
    type_text(playground, "unaffable")
    playground.locator("#input-tokenizer").select_option("all-MiniLM-L6-v2")
    expect(playground.locator(".token.special").first).to_have_text("[CLS]")
    assert ids(playground) == [101, 14477, 20961, 3468, 102]
    playground.locator("#input-special").uncheck()
    expect(playground.locator(".token")).to_have_count(3)


def test_a_token_shows_its_id_and_place_and_points_at_the_text(playground: Page) -> None:
    type_text(playground, "😀 Hello world")
    token = playground.locator(".token", has_text="world")
    token.click()
    expect(playground.locator(".tokens-detail")).to_contain_text("id 1879, characters 7–13")
    selected = playground.evaluate(
        "(() => { const f = document.querySelector('#input-text');"
        " return f.value.slice(f.selectionStart, f.selectionEnd); })()"
    )
    assert selected == " world"


def test_the_keyboard_reaches_every_token(playground: Page) -> None:
    type_text(playground, "Hello world")
    expect(playground.locator(".token")).to_have_count(2)
    playground.locator(".tokens").focus()
    playground.keyboard.press("ArrowRight")
    playground.keyboard.press("ArrowRight")
    expect(playground.locator(".token.active")).to_have_text(" world")


def test_a_dropped_tokenizer_stays_on_the_device(playground: Page) -> None:
    type_text(playground, "red green blue")
    expect(playground.locator(".tokens-summary")).to_contain_text("3 tokens")
    with playground.expect_file_chooser() as chooser:
        playground.get_by_role("button", name="tokenizer.json").click()
    content = json.dumps(OWN).encode()
    chooser.value.set_files({"name": "mine.json", "mimeType": "application/json", "buffer": content})
    expect(playground.locator("#input-tokenizer option:checked")).to_have_text("mine.json")
    expect(playground.locator(".tokens-ids")).to_have_value("[1, 2, 0]")


def test_a_file_that_is_no_tokenizer_is_explained_and_the_text_stays(playground: Page) -> None:
    type_text(playground, "red green")
    with playground.expect_file_chooser() as chooser:
        playground.get_by_role("button", name="tokenizer.json").click()
    chooser.value.set_files({"name": "bad.json", "mimeType": "application/json", "buffer": b"{}"})
    expect(playground.locator(".error")).to_contain_text("not a tokenizer")
    assert playground.locator("#input-text").input_value() == "red green"
    playground.locator("#input-tokenizer").select_option("qwen3-tokenizer")
    expect(playground.locator(".error")).to_be_hidden()
    expect(playground.locator(".token")).to_have_count(2)


@pytest.mark.installs
def test_it_is_there_offline_without_weights_of_the_models_it_reads(page: Page, site_url: str) -> None:
    open_task(page, site_url, "tokenizer")
    wait_offline(page, "tokenizer")
    page.goto(page.url.split("#")[0] + "#/storage")
    expect(page.locator("article").last).to_contain_text("qwen3-tokenizer")
