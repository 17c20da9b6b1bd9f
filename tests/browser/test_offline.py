"""After one complete load the site works with the server gone and the browser restarted."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import CHROME, QUIET, READY, open_task, wait_offline
from drawing import draw_digit
from playwright.sync_api import BrowserContext, Page, Playwright

from wardian_build import serve


def launch(playwright: Playwright, profile: Path) -> BrowserContext:
    context = playwright.chromium.launch_persistent_context(str(profile), executable_path=CHROME, args=QUIET)
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
    page.wait_for_function("document.querySelector('.answer').textContent === '7'")
    open_task(page, url, "search")
    page.locator("#input-text").fill("The heating is repaired on Monday.\n\nThe cat sleeps on the sofa.")
    page.locator("#input-query").fill("an animal resting")
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector(".passage")
    assert "cat" in page.locator(".passage").first.inner_text()
    context.close()


def test_the_page_does_not_claim_offline_use_before_it_is_true(page: Page, site_url: str) -> None:
    page.route("**/sw.js", lambda route: route.abort())
    page.goto(f"{site_url}/#/digits")
    page.wait_for_selector("#task-digits .status[data-state='ready']")
    page.wait_for_selector("#task-digits .badge[data-state='no']")


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
