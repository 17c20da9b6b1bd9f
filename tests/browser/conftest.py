"""Fixtures of the browser tests: the built site behind a real server, and a headless Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from wardian_build import serve
from wardian_build.harness import build_harness

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / ".build" / "site"
CHROME = os.environ.get("CHROME", "/usr/bin/chromium")

#: Without these, Chromium's own services try to reach the network at every start.
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
#: SwiftShader: a software adapter, so that the WebGPU code path is tested without a GPU.
SOFTWARE_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]

#: Loading and starting everything on two busy cores.
READY = 90_000


@pytest.fixture(scope="session")
def site() -> Path:
    assert (SITE / "site.json").is_file(), "the site is not built; run `python build.py site` or `python build.py test`"
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


def open_task(page: Page, url: str, task: str) -> None:
    """Open a task and wait until it is ready to run."""
    page.goto(f"{url}/#/{task}")
    page.wait_for_selector(f"#task-{task} .status[data-state='ready']", timeout=READY)


def wait_offline(page: Page, task: str) -> None:
    """Wait until the page says that the task works offline."""
    page.wait_for_selector(f"#task-{task} .badge[data-state='yes']", timeout=READY)


@pytest.fixture(scope="session")
def harness_site(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site with a Python worker that also runs code of the tests."""
    return build_harness(site, tmp_path_factory.mktemp("harness") / "site")


class Harness:
    """Runs Python inside the site's own Python worker, with real engine workers behind it."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def run(self, code: str, files: dict[str, str] | None = None, packages: list[str] | None = None) -> Any:
        """Run ``code`` and return the value of its last expression; ``files`` are base64, by path."""
        return self._page.evaluate(
            "([code, files, packages]) => window.runPython(code, files, packages)", [code, files or {}, packages or []]
        )


@pytest.fixture(scope="session")
def harness_url(harness_site: Path) -> Iterator[str]:
    server, url = serve.start(harness_site, port=0)
    yield url
    server.shutdown()


def open_harness(context: BrowserContext, url: str) -> Harness:
    page = context.new_page()
    page.set_default_timeout(0)
    page.goto(f"{url}/harness/index.html")
    page.wait_for_function("window.runPython !== undefined")
    return Harness(page)
