"""A headless Chromium for measurements, and the servers behind it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from wardian_build import serve
from wardian_build.chrome_flags import QUIET

__all__ = ["chromium", "served", "until"]


@contextmanager
def chromium(profile: Path) -> Iterator[BrowserContext]:
    """A browser with a profile on disk, so that caches (also of compiled code) work as a visitor's do."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile), executable_path=os.environ.get("CHROME", "/usr/bin/chromium"), args=QUIET
        )
        context.set_default_timeout(120_000)
        try:
            yield context
        finally:
            context.close()


def until(page: Page, expression: str) -> None:
    """Wait until an expression is true. Playwright's own wait evaluates text, which the page forbids."""
    while not page.evaluate(f"Boolean({expression})"):
        page.wait_for_timeout(20)


@contextmanager
def served(directory: Path, headers: str = "strict") -> Iterator[str]:
    """The URL of a folder while it is served; ``headers``: see :func:`wardian_build.serve.start`."""
    server, url = serve.start(directory, port=0, headers=headers)
    try:
        yield url
    finally:
        server.shutdown()
        server.server_close()
