"""Opening pages of the built site, and running Python in its Python worker."""

from __future__ import annotations

import os
import re
import time
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

CHROME = os.environ.get("CHROME", "/usr/bin/chromium")
#: Loading and starting everything on two busy cores.
READY = 90_000


def open_task(page: Page, url: str, task: str) -> None:
    """Open a task and wait until it is ready to run."""
    page.goto(f"{url}/#/{task}")
    page.wait_for_selector(f"#task-{task} .status[data-state='ready']", timeout=READY)


def choose_model(page: Page, name: str, built_in: str) -> Locator:
    """Choose the other model that a task offers under Settings; the field is returned."""
    page.locator("details.settings > summary").click()
    choice = page.get_by_label("Model", exact=True)
    offered = [f"{built_in} (built in)", re.compile(rf"{name} \(\d\d MB\)")]
    expect(choice.locator("option")).to_have_text(offered)
    choice.select_option(name)
    expect(page.locator(".own-state")).to_contain_text(name)
    return choice


def until(page: Page, expression: str, seconds: float = 60) -> None:
    """Wait until an expression is true. Playwright's own wait evaluates text, which the page forbids."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(f"Boolean({expression})"):
        assert time.monotonic() < deadline, f"still false after {seconds} s: {expression}"
        page.wait_for_timeout(50)


def paste(page: Page, selector: str, text: str) -> None:
    """Put a long text into a field at once: Chromium takes half a minute to type thousands of lines."""
    set_value = "field.value = text; field.dispatchEvent(new Event('input', { bubbles: true }));"
    page.locator(selector).evaluate(f"(field, text) => {{ {set_value} }}", text)


def wait_offline(page: Page, task: str) -> None:
    """Wait until the page says that the task works offline."""
    page.wait_for_selector(f"#task-{task} .badge[data-state='yes']", timeout=READY)


class Harness:
    """Runs Python inside the site's own Python worker, with real engine workers behind it."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def run(self, code: str, files: dict[str, str] | None = None, packages: list[str] | None = None) -> Any:
        """Run ``code`` and return the value of its last expression; ``files`` are base64, by path."""
        return self._page.evaluate(
            "([code, files, packages]) => window.runPython(code, files, packages)",
            [code, files or {}, packages or []],
        )

    def set_up(self, code: str, files: dict[str, str] | None = None) -> Any:
        """Run ``code`` now, and in each later Python before its first request."""
        return self._page.evaluate("([code, files]) => window.setUpPython(code, files)", [code, files or {}])


def open_harness(context: BrowserContext, url: str) -> Harness:
    page = context.new_page()
    page.set_default_timeout(0)
    page.goto(f"{url}/harness/index.html")
    until(page, "window.runPython")
    return Harness(page)
