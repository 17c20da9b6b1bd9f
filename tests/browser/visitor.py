"""Who visits the site in a test: a fresh profile whose console is watched, for one test or for a file."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from tests.browser.visiting import READY, open_task

#: In the stash of a test that failed.
FAILED = pytest.StashKey[bool]()


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

    def check(self) -> None:
        """Fail if anything was said since the last time."""
        violations, errors = self.violations[:], self.errors[:]
        self.violations.clear()
        self.errors.clear()
        assert violations == [], violations
        assert errors == [], errors


def fresh_profile(browser: Browser, watched: Watched, installs: bool = False) -> BrowserContext:
    """A profile of its own. `installs`: the service worker takes the site in, a third of a visit's cost."""
    context = browser.new_context(
        locale="en-US",
        viewport={"width": 1280, "height": 800},
        service_workers="allow" if installs else "block",
    )
    context.set_default_timeout(READY)
    watched.watch(context)
    return context


@dataclass
class Visitor:
    """Someone who stays on a page from test to test of a file; each test cleans up after itself.

    To start a page costs more than most of what is tested on it. Who met a failed test is gone: the next test
    begins with another.
    """

    browser: Browser
    watched: Watched = field(default_factory=Watched)
    pages: dict[str, Page] = field(default_factory=dict)

    def at(self, url: str, task: str) -> Page:
        """The page of this task, ready to run."""
        if task not in self.pages:
            context = fresh_profile(self.browser, self.watched)
            self.pages[task] = context.new_page()
            open_task(self.pages[task], url, task)
        return self.pages[task]

    def leave(self) -> None:
        for page in self.pages.values():
            page.context.close()
        self.pages.clear()
