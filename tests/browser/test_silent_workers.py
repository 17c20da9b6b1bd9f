"""A worker that lives but does not answer: the visitor is told, may wait, and may have it started again.

The site's patience is short (`quick_site.py`); workers are kept busy from outside, as by long computations.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Worker, expect
from tests.browser import quick_site
from tests.browser.drawing import clear, draw_digit
from tests.browser.store_site import served
from tests.browser.visiting import READY
from tests.browser.visitor import Visitor

BUSY = (
    "(milliseconds) => { const until = performance.now() + milliseconds; while (performance.now() < until); }"
)


@pytest.fixture(scope="module")
def quick_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(quick_site.build(tmp_path_factory.mktemp("quick"))) as (_, url):
        yield url


@pytest.fixture
def page(visitor: Visitor, quick_url: str) -> Iterator[Page]:
    page = visitor.at(quick_url, "digits")
    yield page
    clear(page)


def worker_of(page: Page, name: str) -> Worker:
    """The latest: one that was ended is listed until the browser has noticed."""
    return [worker for worker in page.workers if name in worker.url][-1]


def keep_busy(page: Page, name: str, seconds: float) -> None:
    """From the next turn of its event loop on; returns at once."""
    code = f"(milliseconds) => {{ setTimeout({BUSY}, 0, milliseconds); }}"
    worker_of(page, name).evaluate(code, seconds * 1000)


def test_python_that_computes_is_told_and_left_alone(page: Page) -> None:
    python = worker_of(page, "python_worker")
    keep_busy(page, "python_worker", 9)
    draw_digit(page, "7")
    expect(page.locator(".status-text")).to_have_text("Still working…", timeout=READY)
    expect(page.locator(".status-elapsed")).to_contain_text(" s", timeout=READY)
    expect(page.locator(".status-text")).to_contain_text("Python does not answer", timeout=READY)
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=READY)
    expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=READY)
    # Nobody pressed anything: the answer comes, from the same Python.
    expect(page.locator(".answer")).to_have_text("7", timeout=READY)
    expect(page.locator(".status-text")).to_contain_text("Ready", timeout=READY)
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    expect(page.locator(".status-elapsed")).to_be_hidden()
    assert worker_of(page, "python_worker") is python


def test_an_engine_that_hangs_is_told_and_started_again(page: Page) -> None:
    engine = worker_of(page, "engine_worker")
    keep_busy(page, "engine_worker", 3600)
    draw_digit(page, "4")
    expect(page.locator(".status-text")).to_contain_text("The model does not answer", timeout=READY)
    assert page.locator(".answer").text_content() == "–"
    with engine.expect_event("close"):
        page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_have_text("4", timeout=READY)


def test_a_hang_is_ended_by_cancel_too(page: Page) -> None:
    keep_busy(page, "engine_worker", 3600)
    draw_digit(page, "4")
    expect(page.locator(".status-text")).to_contain_text("The model does not answer", timeout=READY)
    page.keyboard.press("Escape")
    expect(page.locator(".status[data-state=ready]")).to_be_visible(timeout=READY)
    clear(page)
    draw_digit(page, "7")
    expect(page.locator(".answer")).to_have_text("7", timeout=READY)


def test_an_engine_that_hangs_while_it_opens_a_model(page: Page) -> None:
    draw_digit(page, "7")
    expect(page.locator(".answer")).to_have_text("7", timeout=READY)
    keep_busy(page, "engine_worker", 3600)
    page.get_by_text("Settings", exact=True).click()
    page.locator("#device").select_option("wasm")
    expect(page.locator(".status-text")).to_contain_text("The model does not answer", timeout=READY)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".status[data-state=ready]")).to_be_visible(timeout=READY)
    draw_digit(page, "7")
    expect(page.locator(".answer")).to_have_text("7", timeout=READY)
