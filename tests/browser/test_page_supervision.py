"""What a visitor sees of supervision: a note, a details panel, a cancel by button and by Escape."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Playwright, expect
from tests.browser.drawing import draw_digit
from tests.browser.visiting import CHROME, READY, open_task, paste

from wardian_build import serve
from wardian_build.chrome_flags import SHORT_LIVED, SOFTWARE_WEBGPU
from wardian_build.harness import build_harness


def replace_engine(site: Path, change: Callable[[str], str]) -> None:
    """Another script for the engine's worker, with its integrity in the page: another would not be run."""
    engine = next((site / "app").glob("engine_worker-*.js"))
    page = site / "index.html"
    before, html = engine.read_bytes(), page.read_text("utf-8")
    after = change(before.decode()).encode()
    for path, content in (
        (engine, after),
        (page, html.replace(integrity(before), integrity(after)).encode()),
    ):
        path.unlink()  # a hard link to the site's own
        path.write_bytes(content)
    assert integrity(before) in html and integrity(after) in page.read_text("utf-8")


def integrity(content: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"


def test_a_note_says_why_it_is_not_the_gpu(playwright: Playwright, site: Path, tmp_path: Path) -> None:
    spoiled = build_harness(site, tmp_path / "site")
    code = (spoiled / "harness" / "harness_engine.js").read_text()
    replace_engine(spoiled, lambda _: f'globalThis.testFault = "corrupt";\n{code}')
    server, url = serve.start(spoiled)
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*SHORT_LIVED, *SOFTWARE_WEBGPU])
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    open_task(page, url, "digits")
    page.get_by_text("Settings", exact=True).click()
    page.locator("#device").select_option("webgpu")
    note = page.locator(".status-note")
    expect(note).to_have_text(
        "The graphics card gave wrong numbers for this model, so it runs on the CPU.", timeout=READY
    )
    if shot := os.environ.get("WARDIAN_SHOT"):
        page.screenshot(path=shot)
    expect(page.locator(".status-device")).to_contain_text("CPU (WebAssembly)")
    draw_digit(page, "6")
    expect(page.locator(".answer")).to_have_text("6", timeout=READY)
    # Another language is another view of what is open.
    page.get_by_role("button", name="中文").click()
    # The texts come first, then the page in them: until then the form is the old one.
    expect(page.get_by_role("button", name="English", exact=True)).to_be_visible()
    expect(note).to_contain_text("CPU", timeout=READY)
    expect(note).to_contain_text("显卡")
    page.get_by_role("button", name="English").click()
    expect(note).to_contain_text("graphics card", timeout=READY)
    page.get_by_text("Settings", exact=True).click()
    page.locator("#device").select_option("wasm")
    expect(note).to_be_hidden()
    browser.close()
    server.shutdown()


SLOW_LOCKS = """
const request = navigator.locks.request.bind(navigator.locks);
navigator.locks.request = (...rest) => new Promise((go) => setTimeout(go, 2000)).then(() => request(...rest));
"""


def test_an_engine_that_fails_before_it_is_watched(page: Page, site: Path, tmp_path: Path) -> None:
    """onnxruntime does not come, which is known sooner than the lock by which the page watches."""
    spoiled = build_harness(site, tmp_path / "site")
    replace_engine(spoiled, lambda code: SLOW_LOCKS + code)
    [module] = (spoiled / "runtime").glob("ort-*/ort.wasm.min.mjs")
    whole = module.read_bytes()
    module.unlink()
    server, url = serve.start(spoiled)
    page.goto(f"{url}/#/digits")
    # Half of the minute after which a worker that did not start is given up; below, too.
    expect(page.locator(".error")).to_have_attribute("data-kind", "DownloadError", timeout=30_000)
    module.write_bytes(whole)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#task-digits .status")).to_have_attribute("data-state", "ready", timeout=30_000)
    server.shutdown()


PASSAGES = "\n\n".join(f"Passage {number} about things that take their time." for number in range(400))


def start_long_run(page: Page) -> None:
    paste(page, "#input-text", PASSAGES)
    page.locator("#input-query").fill("time")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()


def test_button_and_escape_end_a_run_and_the_next_one_works(page: Page, site_url: str) -> None:
    open_task(page, site_url, "search")
    for cancel in (
        lambda: page.get_by_role("button", name="Cancel").click(),
        lambda: page.keyboard.press("Escape"),
    ):
        start_long_run(page)
        cancel()
        expect(page.get_by_role("button", name="Cancel")).to_be_hidden(timeout=2_000)
        expect(page.locator(".error")).to_be_hidden()
        # Nothing typed is lost.
        assert page.locator("#input-text").input_value() == PASSAGES
        page.locator("#input-text").fill("A cat sleeps.\n\nStocks fell.")
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".passage")).to_have_count(2, timeout=READY)


def test_a_lost_run_is_told_in_the_visitors_language(page: Page, site_url: str) -> None:
    open_task(page, site_url, "search")
    page.get_by_role("button", name="中文").click()
    # The texts come first, then the page in them: until then the form is the old one.
    expect(page.get_by_role("button", name="English", exact=True)).to_be_visible()
    paste(page, "#input-text", PASSAGES)
    page.locator("#input-query").fill("time")
    page.locator("button[type=submit]").click()
    expect(page.locator(".status[data-state='running']")).to_be_visible()
    worker = next(worker for worker in page.workers if "python_worker" in worker.url)
    worker.evaluate("() => self.close()")
    error = page.locator(".error")
    expect(error).to_have_attribute("data-kind", "WorkerLostError")
    expect(error).to_contain_text("请重试")
    assert page.locator("#input-text").input_value() == PASSAGES
    page.locator("#input-text").fill("A cat sleeps.\n\nStocks fell.")
    page.locator("button[type=submit]").click()
    expect(page.locator(".passage")).to_have_count(2, timeout=READY)
    expect(error).to_be_hidden()
