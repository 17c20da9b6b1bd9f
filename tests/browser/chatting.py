"""A conversation with a task that says what it is told (`chat_site.py`): all but the model is real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from tests.browser import chat_site
from tests.browser.visitor import Visitor

from wardian_build import serve

FIELD = "#input-dialogue"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server, url = serve.start(chat_site.build(folder), port=0)
    yield url
    server.shutdown()


def new_conversation(visitor: Visitor, url: str) -> Iterator[Page]:
    """A new conversation each time; no other is left behind."""
    page = visitor.at(url, "talk")
    yield page
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator(".turn.writing")).to_have_count(0)
    if page.locator(".chat-settings").get_attribute("open") is not None:
        page.get_by_text("How it answers, and saving").click()
    page.get_by_role("button", name="New", exact=True).click()
    history(page)
    if page.get_by_role("button", name="Delete all").is_visible():
        page.get_by_role("button", name="Delete all").click()
    expect(page.locator(".history-item")).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator(FIELD).fill("")


def history(page: Page) -> Locator:
    """The panel, open."""
    panel = page.locator(".history")
    if not panel.is_visible():
        page.get_by_role("button", name="Conversations:").click()
    expect(panel).to_be_visible()
    return panel


def send(page: Page, text: str) -> None:
    page.locator(FIELD).fill(text)
    page.locator(FIELD).press("Enter")


def answers(page: Page) -> Locator:
    return page.locator(".turn.assistant .markdown")


def ask(page: Page, text: str, answer: str | None = None) -> None:
    """Send a message and wait for the whole answer."""
    count = answers(page).count()
    send(page, text)
    expect(answers(page)).to_have_count(count + 1)
    expect(page.locator(".turn.writing")).to_have_count(0)
    if answer is not None:
        expect(answers(page).last).to_have_text(answer)


def start(page: Page, text: str) -> None:
    """Send what is never answered to its end, and wait until it is on the page."""
    send(page, f"say {text} forever")
    expect(page.locator(".turn.writing .markdown")).to_have_text(f"{text} forever")
