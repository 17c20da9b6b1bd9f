"""The server is killed at each step of boot, download and run, and comes back: the page works again.

Each page meets several deaths, one after the other. Where it cannot go on without the server it says so, and
its button or a reload brings it back, with all that was drawn. The site's waits are short (`quick_site.py`).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser import quick_site
from tests.browser.drawing import draw_digit
from tests.browser.fault_matrix import recorder
from tests.browser.faults import FaultyServer
from tests.browser.store_site import served
from tests.browser.test_startup_faults import FILES, LOOK, OF_PAGE, Visit, outcome
from tests.browser.visiting import READY, until, wait_offline


@dataclass(frozen=True)
class Step:
    """The server dies when it has sent that much of a file."""

    name: str
    file: str
    part: float = 0.5


def at(file: str, part: float = 0.5) -> Step:
    return Step(file, file, part)


BOOT = (
    Step("after the document", "document", 1),
    at("style"),
    at("page"),
    at("chunk"),
    at("texts"),
    at("python worker"),
    at("engine worker"),
)
RUNTIMES = (
    Step("before the first byte of Pyodide", "pyodide.mjs", 0),
    at("pyodide.asm.wasm"),
    at("stdlib"),
    Step("after the lock", "lock", 1),
    at("numpy"),
    at("wardian"),
    at("ort.mjs"),
    at("ort-wasm.wasm"),
)
DOWNLOAD = (
    Step("before the first shard", "shard 0", 0),
    Step("in the middle of a shard", "shard 2"),
    Step("in the last shard", "shard 5"),
    Step("after the last shard", "shard 5", 1),
    Step("while the session is created", "ort-wasm.wasm", 1),  # the last file that a first visit asks for
)
#: Steps of `test_a_page_at_work`, which needs no file for them.
OTHERS = (
    "before the first byte",
    "during a run",
    "after the first answer",
    "while the service worker installs",
    "on a revisit with the service worker",
)
ALL = len(BOOT) + len(RUNTIMES) + len(DOWNLOAD) + len(OTHERS)

Record = Callable[[str, str], None]


@pytest.fixture
def record(record_property: Callable[[str, object], None]) -> Record:
    return recorder(record_property, ALL)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FaultyServer, str]]:
    with served(quick_site.build(tmp_path_factory.mktemp("quick"))) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(service_workers="block", locale="en-US")
    context.set_default_timeout(READY)
    yield context
    context.close()


def path_of(server: FaultyServer, file: str) -> str:
    paths = [f"/{path.relative_to(server.folder).as_posix()}" for path in server.folder.rglob("*")]
    if file == "document":
        return "/"
    if file.startswith("shard "):
        [model] = json.loads((server.folder / "site.json").read_text())["models"].values()
        [weights] = [entry for entry in model["files"] if entry["path"].endswith(".onnx")]
        return f"/models/{weights['shards'][int(file[6:])]['sha256']}"
    [path] = [path for path in paths if re.fullmatch(FILES[file], path)]
    return path


@pytest.fixture(autouse=True)
def not_cached(running: tuple[FaultyServer, str]) -> None:
    """Each visit asks for everything: no death goes by unnoticed."""
    running[0].extra_headers["Cache-Control"] = "no-store"


def die_at(server: FaultyServer, step: Step, visit: Visit) -> None:
    """One death: the page is at that step, is without a server, says so if it matters, and has one again."""
    server.forget()
    server.dies_after = step.part
    server.meets(path_of(server, step.file), ["dies"])
    # A button asks for what the workers need. Where the page has one, it has its own files already.
    visit.begin(anew=step.file in OF_PAGE)
    assert server.over.wait(60), f"{step.name}: the server was not asked by {visit.page.evaluate(LOOK)}"
    visit.found = outcome(visit.page, lambda: True)
    assert visit.found, f"{step.name}: the visitor is told nothing"
    server.revive()


def settle(server: FaultyServer, visit: Visit) -> None:
    """Wait until the attempt that broke has come to its end: its answers would be kept for the next one.

    With the server back it may go well by itself, slowly where the processor is busy. Else nothing is asked
    for any more.
    """
    asked, since = -1, 0.0

    def given_up() -> bool:
        nonlocal asked, since
        if asked != len(server.requests):
            asked, since = len(server.requests), time.monotonic()
        return time.monotonic() - since > 5  # ten times any pause of the quick site

    visit.found = outcome(visit.page, given_up)


def works(page: Page, digit: str) -> None:
    expect(page.locator("#task-digits .status")).to_have_attribute("data-state", "ready", timeout=READY)
    clear = page.get_by_role("button", name="Clear")
    if clear.is_enabled():
        clear.click()
    draw_digit(page, digit)
    expect(page.locator(".answer")).to_have_text(digit, timeout=READY)


@pytest.mark.parametrize("steps", [BOOT, RUNTIMES], ids=["boot", "runtimes"])
def test_killed_while_the_page_starts(
    context: BrowserContext, running: tuple[FaultyServer, str], record: Record, steps: tuple[Step, ...]
) -> None:
    server, url = running
    visit = Visit(context, url)
    for step in steps:
        die_at(server, step, visit)
        record("server killed", step.name)
    visit.end()
    works(visit.page, "4")


#: When nothing is under way any more: a shard of the attempt before would be written after it was deleted.
DELETE = """async (paths) => {
  const isShard = ({ name }) => name.startsWith("wardian-shard-");
  for (;;) {
    const { held, pending } = await navigator.locks.query();
    if (![...held, ...pending].some(isShard)) break;
    await new Promise((done) => setTimeout(done, 20));
  }
  const cache = await caches.open("wardian-models");
  for (const path of paths) await cache.delete(path);
}"""
FETCH = "(paths) => caches.open('wardian-models').then((cache) => cache.addAll(paths))"


def test_killed_while_a_model_is_downloaded(
    context: BrowserContext, running: tuple[FaultyServer, str], record: Record
) -> None:
    """What was drawn before the model was there is there afterwards, through each death and a reload."""
    server, url = running
    shards = [path_of(server, f"shard {number}") for number in range(6)]
    visit = Visit(context, url)
    for step in DOWNLOAD:
        if step.name == "after the last shard":
            # All others are there, so that this one is what the session waits for.
            visit.page.evaluate(FETCH, shards[:-1])
        if step is DOWNLOAD[-1]:
            # onnxruntime's threads import its module once more, from the HTTP cache.
            del server.extra_headers["Cache-Control"]
        die_at(server, step, visit)
        if step is DOWNLOAD[0]:
            draw_digit(visit.page, "7")
        settle(server, visit)
        # Shards that were whole before this one broke would not be asked for again.
        visit.page.evaluate(DELETE, shards)
        record("server killed", step.name)
    if visit.found["state"] != "ready":
        visit.end()  # on a slow machine Python still lacked a file of its own
    expect(visit.page.locator(".answer")).to_have_text("7", timeout=READY)
    visit.page.reload()
    expect(visit.page.locator(".answer")).to_have_text("7", timeout=READY)


def test_killed_under_a_page_at_work(
    browser: Browser, running: tuple[FaultyServer, str], record: Record
) -> None:
    server, url = running
    server.forget()
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(READY)
    visit = Visit(context, url)
    server.die()
    visit.begin()
    server.revive()
    record("server killed", "before the first byte")

    server.dies_after = 0.5
    server.meets(path_of(server, "stdlib"), ["", "dies"])  # the page's, then the service worker's
    visit.end()
    assert server.over.wait(60), "the service worker never began"
    record("server killed", "while the service worker installs")
    page = visit.page
    expect(page.locator(".badge")).to_have_attribute("data-state", "no", timeout=READY)
    server.revive()
    draw_digit(page, "4")
    server.die()
    expect(page.locator(".answer")).to_have_text("4", timeout=READY)
    record("server killed", "during a run")
    works(page, "7")
    record("server killed", "after the first answer")

    server.revive()
    page.reload()
    wait_offline(page, "digits")
    until(page, "navigator.serviceWorker.controller")
    server.die()
    page.reload()
    # The drawing and the shell come from the device.
    expect(page.locator(".answer")).to_have_text("7", timeout=READY)
    record("server killed", "on a revisit with the service worker")
    server.revive()
    context.close()
