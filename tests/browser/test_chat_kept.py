"""Conversations that are kept on the device: listed, renamed, deleted, saved, and there after a reload."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.chatting import FIELD, answers, ask, history, new_conversation, served, start
from tests.browser.visiting import open_task, until
from tests.browser.visitor import Visitor


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("chat")) as url:
        yield url


@pytest.fixture
def page(visitor: Visitor, url: str) -> Iterator[Page]:
    yield from new_conversation(visitor, url)


def test_the_page_storage_deletes_them_too(page: Page) -> None:
    ask(page, "Hello", "1 messages")
    page.get_by_role("link", name="Storage").click()
    row = page.locator(".storage tr", has_text="Conversations 1")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Delete Conversations").click()
    expect(row).to_have_count(0)
    page.get_by_role("link", name="Talk").click()
    expect(page.locator(".turn")).to_have_count(0)


def test_conversations_are_listed_renamed_deleted_and_brought_back(page: Page) -> None:
    ask(page, "The first of two")
    page.get_by_role("button", name="New", exact=True).click()
    ask(page, "The second of two")
    panel = history(page)
    titles = panel.locator(".history-title")
    expect(titles).to_have_text(["The second of two", "The first of two"])
    panel.get_by_role("button", name="Rename The first of two").click()
    page.keyboard.type("Renamed")
    page.keyboard.press("Enter")
    expect(titles).to_have_text(["The second of two", "Renamed"])
    panel.get_by_role("button", name="Delete The second of two").click()
    expect(titles).to_have_text(["Renamed"])
    panel.get_by_role("button", name="Undo").click()
    expect(titles).to_have_text(["The second of two", "Renamed"])
    panel.get_by_role("button", name="Delete all").click()
    expect(titles).to_have_count(0)
    panel.get_by_role("button", name="Undo").click()
    panel.locator(".history-open", has_text="Renamed").click()
    expect(panel).to_be_hidden()
    expect(page.locator(".turn-text")).to_have_text(["The first of two"])


def test_nothing_is_lost_by_a_reload(page: Page, url: str) -> None:
    ask(page, "say kept")
    start(page, "partly")
    page.locator(FIELD).fill("not sent yet")
    until(page, "(sessionStorage.getItem('wardian.draft.talk') ?? '').includes('not sent yet')")
    page.reload()
    expect(page.locator(FIELD)).to_have_value("not sent yet")
    expect(page.locator(".turn-text")).to_have_text(["say kept", "say partly forever"])
    expect(answers(page).first).to_have_text("kept")
    page.wait_for_selector("#task-talk .status[data-state='ready']")


def test_two_tabs_keep_both_conversations(page: Page, url: str) -> None:
    """The other tab shows what changed here; where both go on with the same one, it becomes two."""
    ask(page, "Hello")
    other = page.context.new_page()
    open_task(other, url, "talk")
    history(other).locator(".history-open", has_text="Hello").click()
    expect(answers(other)).to_have_text(["1 messages"])
    ask(page, "From here", "3 messages")
    expect(answers(other)).to_have_text(["1 messages", "3 messages"])
    start(page, "here")
    start(other, "there")
    page.keyboard.press("Escape")
    expect(page.locator(".turn.writing")).to_have_count(0)
    other.keyboard.press("Escape")
    expect(other.locator(".turn.writing")).to_have_count(0)
    for tab, said in ((page, "here forever"), (other, "there forever")):
        expect(answers(tab).last).to_have_text(said)
        expect(history(tab).locator(".history-item")).to_have_count(2)
    other.close()
    page.keyboard.press("Escape")


def test_without_space_it_goes_on_in_memory(page: Page) -> None:
    page.evaluate("""() => {
      window.realPut = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
    }""")
    ask(page, "Hello", "1 messages")
    expect(history(page)).to_contain_text("There is no space left on this device")
    page.keyboard.press("Escape")
    ask(page, "More", "3 messages")
    page.evaluate("() => { IDBObjectStore.prototype.put = window.realPut; }")
    ask(page, "Again", "5 messages")
    expect(history(page)).to_contain_text("Kept in this browser")


def test_a_conversation_is_saved_as_a_file(page: Page) -> None:
    ask(page, "say *yes*")
    page.get_by_text("How it answers, and saving").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as Markdown").click()
    assert download.value.suggested_filename == "say-yes.md"
    text = Path(download.value.path()).read_text("utf-8")
    assert text == "# say *yes*\n\n**You**\n\nsay *yes*\n\n**Model**\n\n*yes*\n"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as JSON").click()
    saved = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert saved["messages"] == [
        {"role": "user", "content": "say *yes*"},
        {"role": "assistant", "content": "*yes*"},
    ]
