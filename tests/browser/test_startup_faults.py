"""Every fetch of start-up goes wrong in every way: the page works all the same, or says what is the matter.

A page meets the faults of one file one after the other, with "Try again" or a reload between, and works in
the end. Each file meets one of the faults here, and all of them with WARDIAN_MATRIX=1. The site's waits are
short (`quick_site.py`).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from tests.browser import quick_site
from tests.browser.fault_matrix import recorder
from tests.browser.faults import FaultyServer
from tests.browser.store_site import served
from tests.browser.visiting import READY, open_task

#: In the order in which a page meets them: the last ones may leave it at work.
FAULTS = ("refused", "404", "500", "html", "truncated", "stalled", "flipped", "slow")
TYPED = {"DownloadError", "WorkerLostError", "EngineLostError"}

#: What a first visit to the digits fetches, as patterns; the hashes change.
FILES = {
    "document": r"/",
    "style": r"/static/style-.*css",
    "page": r"/app/page-.*js",
    "chunk": r"/app/chunk-.*js",
    "texts": r"/locales/en-.*json",
    "python worker": r"/app/python_worker-.*js",
    "engine worker": r"/app/engine_worker-.*js",
    "pyodide.mjs": r"/runtime/pyodide-.*/pyodide\.mjs",
    "pyodide.asm.mjs": r"/runtime/pyodide-.*/pyodide\.asm\.mjs",
    "pyodide.asm.wasm": r"/runtime/pyodide-.*/pyodide\.asm\.wasm",
    "stdlib": r"/runtime/pyodide-.*/python_stdlib\.zip",
    "lock": r"/packages/lock-.*json",
    "numpy": r"/packages/numpy-.*whl",
    "pillow": r"/packages/pillow-.*whl",
    "wardian": r"/packages/wardian-[0-9a-f]{8}/.*whl",
    "kernels": r"/packages/wardian-kernels-.*whl",
    "ort.mjs": r"/runtime/ort-.*/ort\.wasm\.min\.mjs",
    "ort-wasm.mjs": r"/runtime/ort-.*/ort-wasm-simd-threaded\.mjs",
    "ort-wasm.wasm": r"/runtime/ort-.*/ort-wasm-simd-threaded\.wasm",
}
#: Files of the model, named by their content.
OF_MODEL = {"model": "onnx/model.onnx", "model's config": "config.json"}
NAMES = (*FILES, *OF_MODEL)
#: What only a reload asks for again.
OF_PAGE = ("document", "style", "page", "chunk", "texts")

WHOLE = "WARDIAN_MATRIX" in os.environ
#: How many of the faults each file meets in an ordinary run: others for the next file.
SOME = 1

LOOK = """() => {
  const shown = (selector) =>
    document.querySelector(selector)?.checkVisibility({ checkVisibilityCSS: true }) ?? false;
  return {
    state: document.querySelector(".status")?.dataset.state,
    kind: document.querySelector(".error:not([hidden])")?.dataset.kind,
    error: document.querySelector(".error:not([hidden])")?.textContent,
    waiting: shown(".status[data-state=opening] > .chip"),
    starting: shown(".starting"),
    painted: performance.getEntriesByType("paint").length > 0,
  };
}"""


def faults_of(name: str) -> list[str]:
    """The faults that a file meets in this run, in their order."""
    first = SOME * NAMES.index(name)
    chosen = {FAULTS[(first + number) % len(FAULTS)] for number in range(SOME)}
    return [fault for fault in FAULTS if WHOLE or fault in chosen]


@pytest.fixture(scope="module")
def running(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FaultyServer, str]]:
    del site  # must have been built: it shares the runtimes
    with served(quick_site.build(tmp_path_factory.mktemp("quick"))) as running:
        yield running


@pytest.fixture(scope="module")
def paths_asked(browser: Browser, running: tuple[FaultyServer, str]) -> list[str]:
    """What a first visit asks for."""
    server, url = running
    context = browser.new_context(service_workers="block", locale="en-US")
    open_task(context.new_page(), url, "digits")
    context.close()
    return list(server.asked)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """An empty profile without a service worker: nothing is on this device yet."""
    context = browser.new_context(service_workers="block", locale="en-US")
    context.set_default_timeout(READY)
    yield context
    context.close()


def test_the_list_is_complete(paths_asked: list[str]) -> None:
    others = r"/icons/.*|/models/.*|/manifest.webmanifest"
    known = [re.compile(f"(?:{pattern})$") for pattern in (*FILES.values(), others)]
    assert [path for path in paths_asked if not any(pattern.match(path) for pattern in known)] == []


def test_each_file_and_each_fault_has_its_turn() -> None:
    assert all(faults_of(name) for name in NAMES)
    for fault in FAULTS:
        files = [name for name in NAMES if fault in faults_of(name)]
        assert len(files) >= 2, f"{fault}: {files}"


def path_of(name: str, folder: Path, asked: list[str]) -> str:
    if name in FILES:
        [path] = [path for path in asked if re.fullmatch(FILES[name], path)]
        return path
    [model] = json.loads((folder / "site.json").read_text())["models"].values()
    [file] = [file for file in model["files"] if file["path"] == OF_MODEL[name]]
    return f"/models/{file['shards'][1]['sha256'] if 'shards' in file else file['sha256']}"


def outcome(page: Page, stalls: Callable[[], bool], seconds: float = 60) -> dict[str, Any]:
    """What the visitor sees in the end; empty when nothing has been said by then.

    `stalls` tells whether the page waits for bytes that do not come: then a button is all that it can offer.
    Else there is more to come.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            found: dict[str, Any] = page.evaluate(LOOK)
        except Error:  # another document is coming in place of the one that was asked
            page.wait_for_timeout(50)
            continue
        if found["painted"] and (found["state"] in ("ready", "failed") or found["starting"]):
            return found
        if found["waiting"] and stalls():
            return found
        page.wait_for_timeout(50)
    return {}


def check(found: dict[str, Any], name: str, fault: str) -> None:
    assert found, f"{name}, {fault}: the visitor is told nothing"
    if found["state"] == "failed":
        assert found["kind"] in TYPED, f"{name}, {fault}: {found}"
    if found["state"] == "ready" and fault == "flipped":
        # Nothing of it was run: without the kernel the Python encoder works, without its texts the other
        # language is shown, and without its script the page shows what its HTML says.
        assert name in ("page", "chunk", "style", "document", "texts", "kernels"), f"{name}: {found}"


class Visit:
    """One page, from one fault to the next."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page = context.new_page()
        self.url = url
        self.found: dict[str, Any] = {}
        self.visits = 0

    def begin(self, anew: bool = False) -> None:
        """Do what the page offers: its button if it has one, else load it; `anew`: load it anyhow."""
        if not anew and (self.found.get("state") == "failed" or self.found.get("waiting")):
            self.page.get_by_role("button", name="Try again").click()
            return
        self.visits += 1
        with contextlib.suppress(Error):  # a document that does not come: what the browser shows is its own
            self.page.goto(f"{self.url}/?{self.visits}#/digits", wait_until="commit")

    def end(self) -> None:
        """Works now, if it did not already in spite of the last fault."""
        if self.found.get("state") != "ready":
            self.begin()
        status = self.page.locator("#task-digits .status")
        try:
            expect(status).to_have_attribute("data-state", "ready", timeout=READY)
        except AssertionError as error:
            raise AssertionError(f"not ready, after {self.found}: {self.page.evaluate(LOOK)}") from error


@pytest.mark.parametrize("name", NAMES)
def test_faults_end_in_a_working_page_or_a_message(
    context: BrowserContext,
    running: tuple[FaultyServer, str],
    paths_asked: list[str],
    record_property: Callable[[str, object], None],
    name: str,
) -> None:
    server, url = running
    path = path_of(name, server.folder, paths_asked)
    record = recorder(record_property, len(NAMES) * len(FAULTS))
    visit = Visit(context, url)
    server.forget()
    for fault in faults_of(name):
        server.meets(path, always=fault)
        began = time.monotonic()
        visit.begin()
        if name != "document" or fault == "slow":
            stalled = fault == "stalled" and name not in OF_PAGE
            visit.found = outcome(visit.page, lambda stalled=stalled: stalled and server.asked[path] > 0)
            check(visit.found, name, fault)
        print(f"{name}, {fault}: {visit.found or 'the document'} after {time.monotonic() - began:.1f} s")
        assert server.asked[path] > 0, f"{name}, {fault}: it was not asked for"
        record("start-up", f"{name}, {fault}")
    server.forget()
    visit.end()


@pytest.mark.parametrize(
    "name", ["python worker", "engine worker", "pyodide.mjs", "pyodide.asm.mjs", "ort.mjs", "ort-wasm.mjs"]
)
def test_no_script_of_a_worker_is_run_unverified(
    context: BrowserContext, running: tuple[FaultyServer, str], paths_asked: list[str], name: str
) -> None:
    """One bit is wrong on a first visit, at first once and then always: it is asked for again, then named."""
    server, url = running
    path = path_of(name, server.folder, paths_asked)
    server.forget()
    server.meets(path, ["flipped"])
    visit = Visit(context, url)
    visit.begin()
    visit.found = outcome(visit.page, lambda: False)
    assert visit.found.get("state") == "ready" and server.asked[path] > 1, visit.found
    with contextlib.closing(context.browser.new_context(service_workers="block", locale="en-US")) as other:
        server.forget()
        server.meets(path, always="flipped")
        visit = Visit(other, url)
        visit.begin()
        visit.found = outcome(visit.page, lambda: False)
        lost = "EngineLostError" if name == "engine worker" else "DownloadError"
        assert visit.found.get("kind") == lost and path in visit.found["error"], visit.found
        server.forget()
        visit.end()


def test_trying_again_once_is_enough(context: BrowserContext, running: tuple[FaultyServer, str]) -> None:
    """Files that failed together while Python started are all asked for again, not one with each press."""
    server, url = running
    server.forget()
    [model] = json.loads((server.folder / "site.json").read_text())["models"].values()
    for file in model["files"]:
        if not file["path"].startswith("onnx/"):
            server.meets(f"/models/{file['sha256']}", always="refused")
    assert len(server.always) > 1
    visit = Visit(context, url)
    visit.begin()
    visit.found = outcome(visit.page, lambda: False)
    assert visit.found.get("kind") == "DownloadError", visit.found
    server.forget()
    visit.end()
