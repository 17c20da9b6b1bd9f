"""Fixtures of the browser tests: the built site behind a real server, and a headless Chromium."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from tests.browser.visiting import CHROME, READY
from tests.browser.visitor import FAILED, Visitor, Watched, fresh_profile

from wardian_build import paths, serve
from wardian_build.chrome_flags import SHORT_LIVED
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
    instance = playwright.chromium.launch(executable_path=CHROME, args=SHORT_LIVED)
    yield instance
    instance.close()


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A fresh profile; the test fails if any page in it broke the policy or threw.

    Only tests that are marked `installs` have the site's service worker.
    """
    watched = Watched()
    context = fresh_profile(
        browser, watched, installs=request.node.get_closest_marker("installs") is not None
    )
    yield context
    context.close()
    watched.check()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="module")
def storage(browser: Browser, site_url: str) -> Iterator[Page]:
    """The page Storage, where a model can be given for no task."""
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(READY)
    page = context.new_page()
    page.goto(f"{site_url}/#/storage")
    page.locator(".storage tbody tr").first.wait_for()
    yield page
    context.close()


@pytest.fixture(scope="module")
def who_stays(browser: Browser) -> Iterator[Visitor]:
    visitor = Visitor(browser)
    yield visitor
    visitor.leave()


@pytest.fixture
def visitor(who_stays: Visitor, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    yield who_stays
    try:
        who_stays.watched.check()
    finally:
        if request.node.stash.get(FAILED, False):
            who_stays.leave()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = report.failed or item.stash.get(FAILED, False)
    return report


@pytest.fixture(scope="session")
def harness_site(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site with a Python worker that also runs code of the tests."""
    return build_harness(site, tmp_path_factory.mktemp("harness") / "site")


@pytest.fixture(scope="session")
def harness_url(harness_site: Path) -> Iterator[str]:
    server, url = serve.start(harness_site, port=0)
    yield url
    server.shutdown()
