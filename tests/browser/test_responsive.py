"""The page never blocks: no task over 50 ms on the main thread while a model loads or runs."""

from __future__ import annotations

from conftest import READY
from playwright.sync_api import BrowserContext, Page, expect

OBSERVE = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push([entry.startTime, entry.duration]);
}).observe({ type: "longtask" });
"""

BUSY = "(() => { const end = performance.now() + 120; while (performance.now() < end); })()"


def observed(context: BrowserContext) -> Page:
    page = context.new_page()
    page.add_init_script(OBSERVE)
    return page


def test_the_main_thread_stays_free_while_loading_and_running(context: BrowserContext, site_url: str) -> None:
    page = observed(context)
    page.goto(f"{site_url}/#/search")
    page.wait_for_selector("#task-search .status[data-state='ready']", timeout=READY)
    loading = page.evaluate("window.longTasks.splice(0)")
    page.locator(".examples .chip").first.click()
    expect(page.locator(".passage").first).to_be_visible()
    running = page.evaluate("window.longTasks.splice(0)")
    assert {"loading": loading, "running": running} == {"loading": [], "running": []}


def test_the_observer_does_see_a_long_task(context: BrowserContext, site_url: str) -> None:
    page = observed(context)
    page.goto(f"{site_url}/#/about")
    page.wait_for_selector("article.about")
    page.evaluate(BUSY)
    page.wait_for_function("window.longTasks.length > 0")
    assert max(duration for _, duration in page.evaluate("window.longTasks")) >= 100


def test_the_form_is_usable_before_python_is(context: BrowserContext, site_url: str) -> None:
    page = observed(context)
    # Python never arrives: what is on the page by then does not depend on it.
    page.route("**/pyodide.asm.wasm", lambda route: None)
    page.goto(f"{site_url}/#/search")
    page.locator("#input-text").fill("typed before Python started")
    assert page.locator("#input-text").input_value() == "typed before Python started"
    assert page.locator(".status").get_attribute("data-state") == "opening"
    page.unroute_all(behavior="ignoreErrors")
