"""New versions of the app: offered, never forced, never mixed with an old page, and taken back again."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.faults import FaultyServer
from tests.browser.store_site import served
from tests.browser.visiting import READY, open_task, wait_offline

from wardian_build import paths
from wardian_build.site import build_site

TAGLINE = "#tagline"


@dataclass
class Deployed:
    """A server on which one version of the site after the other lies."""

    server: FaultyServer
    url: str
    folders: list[Path]

    def deploy(self, number: int) -> None:
        self.server.folder = self.folders[number - 1]

    def description(self, number: int) -> dict[str, object]:
        result: dict[str, object] = json.loads((self.folders[number - 1] / "site.json").read_text())
        return result


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two sites that differ in their texts: the taglines say which version a page is."""
    root = tmp_path_factory.mktemp("versions")
    made = []
    for number in (1, 2):
        static = root / f"static-{number}"
        shutil.copytree(paths.STATIC, static)
        for path in (static / "locales").glob("*.json"):
            texts = json.loads(path.read_text())
            texts["app.tagline"] = f"{path.stem} {number}"
            path.write_text(json.dumps(texts))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(paths, "STATIC", static)
            made.append(build_site(root / f"site-{number}", only=["digits"]).folder)
    return made


@pytest.fixture
def site(folders: list[Path]) -> Iterator[Deployed]:
    with served(folders[0]) as (server, url):
        yield Deployed(server, url, folders)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(READY)
    yield context
    context.close()


def visit(context: BrowserContext, site: Deployed) -> Page:
    page = context.new_page()
    open_task(page, site.url, "digits")
    wait_offline(page, "digits")
    return page


def shells(page: Page) -> int:
    names: list[str] = page.evaluate("caches.keys()")
    return len([name for name in names if name.startswith("wardian-shell")])


def within(seconds: float, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"does not hold after {seconds} s"
        time.sleep(0.1)


#: No version is being installed or waits.
IDLE = "navigator.serviceWorker.getRegistration().then((r) => !r.installing && !r.waiting)"


def offered(page: Page) -> None:
    page.reload()
    page.get_by_role("button", name="Update now").wait_for()


def test_an_update_is_offered_and_old_tabs_stay_whole(context: BrowserContext, site: Deployed) -> None:
    page = visit(context, site)
    other = visit(context, site)
    expect(page.locator(TAGLINE)).to_have_text("en 1")

    site.deploy(2)
    offered(page)
    expect(page.locator(TAGLINE)).to_have_text("en 1")
    page.get_by_role("button", name="Update now").click()
    expect(page.locator(TAGLINE)).to_have_text("en 2")

    # The other tab is still the first version; a text that only that version has left the server.
    expect(other.locator(TAGLINE)).to_have_text("en 1")
    assert shells(page) == 2
    other.get_by_role("button", name="中文").click()
    expect(other.locator(TAGLINE)).to_have_text("zh 1")
    other.get_by_role("button", name="English").click()

    # Its last tab closes: the version goes.
    other.close()
    page.reload()
    within(20, lambda: shells(page) == 1)
    expect(page.locator(TAGLINE)).to_have_text("en 2")

    # Rolled back on the server: the same way.
    site.deploy(1)
    offered(page)
    page.get_by_role("button", name="Update now").click()
    expect(page.locator(TAGLINE)).to_have_text("en 1")


def test_the_last_tab_closed_is_as_good_as_the_button(context: BrowserContext, site: Deployed) -> None:
    page = visit(context, site)
    site.deploy(2)
    offered(page)
    page.close()

    def next_visit() -> str | None:
        page = visit(context, site)
        found = page.locator(TAGLINE).text_content()
        page.close()
        return found

    # The browser lets go of a tab a moment after it was closed.
    within(60, lambda: next_visit() == "en 2")


def test_a_version_that_does_not_arrive_whole_changes_nothing(
    context: BrowserContext, site: Deployed
) -> None:
    page = visit(context, site)
    site.deploy(2)
    locale = site.description(2)["urls"]["locales"]["zh"]  # type: ignore[index]
    site.server.meets(f"/{locale}", always="flipped")
    page.reload()
    within(20, lambda: site.server.asked[f"/{locale}"] >= 2)  # the second time past the HTTP cache
    within(20, lambda: page.evaluate(IDLE))
    expect(page.get_by_role("button", name="Update now")).to_be_hidden()
    page.reload()
    expect(page.locator(TAGLINE)).to_have_text("en 1")
    # Mended: what had arrived is not fetched again.
    site.server.forget()
    offered(page)
    fetched = [path for path in site.server.requests if "/runtime/" in path or "/packages/" in path]
    assert fetched == []


def test_the_javascript_api_does_not_mix_versions(context: BrowserContext, site: Deployed) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/NOTICE.txt")
    page.evaluate("async () => { window.api = await import('/wardian.js') }")
    site.deploy(2)
    error = page.evaluate("api.pipeline('image-classification').then(() => null, (error) => error.wire)")
    assert error["kind"] == "DownloadError"
    assert "site-" in error["value"] and "reload" in error["hint"]
    site.deploy(1)
    answer = page.evaluate(
        "api.pipeline('image-classification').then(async (p) => { await p.dispose(); return p.model })"
    )
    assert answer == "mnist-cnn"
