"""After one complete load the site works with the server gone and the browser restarted."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect
from tests.browser.drawing import draw_digit
from tests.browser.visiting import CHROME, READY, open_task, wait_offline

from wardian_build import serve
from wardian_build.chrome_flags import SHORT_LIVED

pytestmark = pytest.mark.installs


def launch(playwright: Playwright, profile: Path) -> BrowserContext:
    context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=CHROME, args=SHORT_LIVED
    )
    context.set_default_timeout(READY)
    return context


def test_both_tasks_work_without_server_after_a_restart(
    playwright: Playwright, site: Path, tmp_path: Path
) -> None:
    server, url = serve.start(site, port=0)
    context = launch(playwright, tmp_path / "profile")
    page = context.new_page()
    for task in ("digits", "search"):
        open_task(page, url, task)
        wait_offline(page, task)
    context.close()
    server.shutdown()
    server.server_close()

    context = launch(playwright, tmp_path / "profile")
    page = context.new_page()
    open_task(page, url, "digits")
    draw_digit(page, "7")
    expect(page.locator(".answer")).to_have_text("7")
    open_task(page, url, "search")
    page.locator("#input-text").fill("The heating is repaired on Monday.\n\nThe cat sleeps on the sofa.")
    page.locator("#input-query").fill("an animal resting")
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector(".passage")
    assert "cat" in page.locator(".passage").first.inner_text()
    context.close()


def test_the_page_does_not_claim_offline_use_before_it_is_true(browser: Browser, site_url: str) -> None:
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    open_task(page, site_url, "digits")
    expect(page.locator(".badge")).to_have_attribute("data-state", "no")
    context.close()


@pytest.mark.parametrize("task", ["digits"])
def test_a_host_without_headers_gets_threads_after_one_reload(
    playwright: Playwright, site: Path, tmp_path: Path, task: str
) -> None:
    server, url = serve.start(site, port=0, headers="none")
    context = launch(playwright, tmp_path / "profile")
    page = context.new_page()
    open_task(page, url, task)
    assert page.evaluate("crossOriginIsolated") is False
    assert page.locator(".status-device").inner_text().endswith("1")
    wait_offline(page, task)
    page.reload()
    page.wait_for_selector(f"#task-{task} .status[data-state='ready']")
    assert page.evaluate("crossOriginIsolated") is True
    threads = page.evaluate("Math.min(navigator.hardwareConcurrency, 4)")
    assert page.locator(".status-device").inner_text().endswith(str(threads))
    context.close()
    server.shutdown()
