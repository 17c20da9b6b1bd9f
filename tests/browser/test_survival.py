"""Workers that are killed, pages that are reloaded: what comes next works, and nothing is lost."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from tests.browser.drawing import draw_digit, png_of_seven
from tests.browser.test_bad_input import drop_model, own_model
from tests.browser.test_cancel import ask, echoes, open_page
from tests.browser.visiting import READY, open_task, until

TIMES = 10

KILL = "(name) => { window.workers.get(name).terminate(); }"


@pytest.fixture(scope="module")
def bench(browser: Browser, harness_url: str) -> Iterator[Page]:
    page = open_page(browser, harness_url)
    yield page
    page.context.close()


def test_python_killed_ten_times(bench: Page) -> None:
    for number in range(TIMES):
        bench.evaluate(KILL, "wardian-python")
        until(bench, f"window.restarts.length === {number + 1}")
        assert echoes(bench, f"after death {number + 1}")
    assert bench.evaluate("window.restarts") == ["WorkerLostError"] * TIMES


def test_a_run_that_goes_down_with_python_is_told_so(bench: Page) -> None:
    bench.evaluate("() => { setTimeout(() => window.workers.get('wardian-python').terminate(), 300); }")
    error = ask(bench, "waits")["error"]
    assert error["kind"] == "WorkerLostError" and "Try again" in error["hint"]
    assert echoes(bench, "after that")


CLASSIFY = """async ([image, kill]) => {
  const bytes = Uint8Array.from(atob(image), (character) => character.charCodeAt(0));
  const run = () => window.runtime.request(
    { op: "run_pipeline", pipeline: "p", input: { file: bytes, name: "image" }, options: { top_k: 1 } });
  if (kill) window.workers.get("wardian-engine p").terminate();
  const errors = [];
  for (;;) {
    try {
      return [(await run())[0].label, errors];
    } catch (error) {
      errors.push(error.wire.kind);
      if (errors.length > 2) return [null, errors];
    }
  }
}"""

OPEN_PIPELINE = {
    "op": "open_pipeline", "pipeline": "p", "kind": "image-classification", "model": "mnist-cnn",
    "device": "wasm", "dtype": None, "threads": 1,
}  # fmt: skip


def test_an_engine_killed_ten_times(bench: Page) -> None:
    assert bench.evaluate("(request) => window.runtime.request(request)", OPEN_PIPELINE)["device"] == "wasm"
    image = base64.b64encode(png_of_seven()).decode()
    assert bench.evaluate(CLASSIFY, [image, False]) == ["7", []]
    for _ in range(TIMES):
        label, errors = bench.evaluate(CLASSIFY, [image, True])
        # A run that was asked for before the death was known goes down with the engine; the next one works.
        assert label == "7" and errors in ([], ["EngineLostError"])


def test_a_pipeline_survives_python(bench: Page) -> None:
    assert bench.evaluate("(request) => window.runtime.request(request)", OPEN_PIPELINE)["device"] == "wasm"
    engines = bench.evaluate("window.engineCount")
    bench.evaluate("window.restarts.length = 0, null")
    bench.evaluate(KILL, "wardian-python")
    until(bench, "window.restarts.length === 1")
    assert bench.evaluate(CLASSIFY, [base64.b64encode(png_of_seven()).decode(), False]) == ["7", []]
    # Its engine was idle, and lives on with the model.
    assert bench.evaluate("window.engineCount") == engines


def close_worker(page: Page, name: str) -> None:
    """End a worker of the site from inside, as a crash would, and wait until it is gone."""
    worker = next(worker for worker in page.workers if name in worker.url)
    with page.expect_event("worker") if name == "python_worker" else worker.expect_event("close"):
        worker.evaluate("() => self.close()")


#: Waits for the marker of a complete model, half a minute at most.
MARKED = """async (marker) => {
  const cache = await caches.open("wardian-models");
  for (let times = 0; times < 300; times++) {
    if (await cache.match(marker)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the model is not marked as kept");
}"""


def test_the_javascript_api_survives_python(page: Page, site_url: str) -> None:
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{site_url}/NOTICE.txt")
    page.set_default_timeout(READY)
    image = base64.b64encode(png_of_seven()).decode()
    start = """async (image) => {
      const { pipeline } = await import("/wardian.js");
      const bytes = Uint8Array.from(atob(image), (character) => character.charCodeAt(0));
      const pipe = await pipeline("image-classification", "mnist-cnn", { device: "wasm" });
      window.classify = async () => (await pipe(new Blob([bytes]), { top_k: 1 }))[0].label;
      window.facts = () => [pipe.device, pipe.note];
      window.dispose = () => pipe.dispose();
      return window.classify();
    }"""
    assert page.evaluate(start, image) == "7"
    close_worker(page, "python_worker")
    assert page.evaluate("window.classify()") == "7"
    assert page.evaluate("window.facts()") == ["wasm", None]
    # The model is marked as kept, as the app's own page marks it.
    page.evaluate(MARKED, "/models/present/mnist-cnn/fp32")
    page.evaluate("window.dispose()")
    for _ in range(100):
        if not any("engine_worker" in worker.url for worker in page.workers):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the engine of a pipeline that was disposed of lives on")


def test_a_visitor_loses_neither_drawing_nor_own_model(page: Page, site_url: str) -> None:
    open_task(page, site_url, "digits")
    drop_model(page, own_model([1, 1, 28, 28]))
    expect(page.locator(".own-model")).to_contain_text("Using mine.onnx")
    draw_digit(page, "1")
    expect(page.locator(".answer")).to_have_text("3")
    for name in ("python_worker", "engine_worker"):
        close_worker(page, name)
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".answer")).to_have_text("–")
        draw_digit(page, "1")
        # Only the visitor's model calls this a three.
        expect(page.locator(".answer")).to_have_text("3", timeout=READY)


def reload_now(page: Page) -> None:
    """Reload without waiting for the page; between two documents of a page Chromium takes no command."""
    for _ in range(100):
        try:
            page.reload(wait_until="commit")
            return
        except Error as error:
            if "Not attached to an active page" not in str(error):
                raise
        page.wait_for_timeout(20)
    raise AssertionError("the page never took a reload")


def test_twenty_reloads(context: BrowserContext, site_url: str) -> None:
    page = context.new_page()
    open_task(page, site_url, "digits")
    draw_digit(page, "4")
    expect(page.locator(".answer")).to_have_text("4")
    for number in range(20):
        reload_now(page)
        # In the middle of another step of the start each time.
        page.wait_for_timeout(60 * number)
    expect(page.locator(".answer")).to_have_text("4", timeout=READY)
    assert len([worker for worker in page.workers if "wardian" in worker.url or "_worker" in worker.url]) == 2
