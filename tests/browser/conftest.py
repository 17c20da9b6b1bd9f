"""Fixtures of the browser tests: the built site behind a real server, and a headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from tests.browser.visiting import CHROME, QUIET, READY

from wardian_build import paths, serve
from wardian_build.harness import build_harness

SITE = paths.SITE

# Two busy cores may need longer than Playwright's five seconds to answer anything.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def site() -> Path:
    assert (SITE / "site.json").is_file(), (
        "the site is not built; run `python build.py site` or `python build.py test`"
    )
    return SITE


@pytest.fixture(scope="session")
def site_url(site: Path) -> Iterator[str]:
    server, url = serve.start(site, port=0)
    yield url
    server.shutdown()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as instance:
        yield instance


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    instance = playwright.chromium.launch(executable_path=CHROME, args=QUIET)
    yield instance
    instance.close()


@dataclass
class Watched:
    """What a page said in its console; a Content-Security-Policy violation fails the test that caused it."""

    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def _console(self, message: ConsoleMessage) -> None:
        text = message.text
        if "Content Security Policy" in text or "Connection-Allowlist" in text:
            self.violations.append(text)
        elif message.type == "error":
            self.errors.append(text)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile; the test fails if any page in it broke the policy or threw."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(READY)
    watched = Watched()
    watched.watch(context)
    yield context
    context.close()
    assert watched.violations == []
    assert watched.errors == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def harness_site(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site with a Python worker that also runs code of the tests."""
    return build_harness(site, tmp_path_factory.mktemp("harness") / "site")


@pytest.fixture(scope="session")
def harness_url(harness_site: Path) -> Iterator[str]:
    server, url = serve.start(harness_site, port=0)
    yield url
    server.shutdown()
