"""The store under tabs that race, storage that refuses, and a visitor who pauses, resumes and cancels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext
from tests.browser.store_site import SHARD, StoreSite, load, make, open_store, served
from tests.browser.visiting import until


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> StoreSite:
    return make(tmp_path_factory.mktemp("store"))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def race(context: BrowserContext, site: StoreSite, tabs: int) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Outcomes of that many tabs which load the same model at once; how often each shard was asked for."""
    with served(site.folder) as (server, url):
        server.pause = 0.01
        for number in range(6):
            server.meets(site.path(number), always="slow")
        pages = [open_store(context, url) for _ in range(tabs)]
        for page in pages:
            page.evaluate("file => { window.loading = load([file]) }", site.model)
        outcomes = [page.evaluate("loading") for page in pages]
        asked = {path: count for path, count in server.asked.items() if path.startswith("/models/")}
    return outcomes, asked


@pytest.mark.parametrize("tabs", [2, 5])
def test_tabs_that_race_fetch_each_shard_once(context: BrowserContext, built: StoreSite, tabs: int) -> None:
    outcomes, asked = race(context, built, tabs)
    assert outcomes == [{"hashes": [built.model["sha256"]], "stored": True}] * tabs
    assert asked == {f"/models/{name}": 1 for name in built.distinct}


def test_without_the_lock_they_would_fetch_more(context: BrowserContext, tmp_path: Path) -> None:
    """The test above can fail: the same race with the lock taken out."""
    lock = "navigator.locks.request(`wardian-shard-${shard.sha256}`, { signal }, work) as Promise<T>"
    unlocked = make(tmp_path, {"app/shared/store/shards.ts": (lock, "work()")})
    _, asked = race(context, unlocked, 2)
    assert sum(asked.values()) > len(unlocked.distinct)


QUOTA = """after => {
  const put = Cache.prototype.put;
  let puts = 0;
  Cache.prototype.put = function (...parts) {
    if (puts++ < after) return put.apply(this, parts);
    return Promise.reject(new DOMException("full", "QuotaExceededError"));
  };
}"""


@pytest.mark.parametrize("after", range(5))
def test_a_full_storage_leaves_the_model_in_memory(
    context: BrowserContext, built: StoreSite, after: int
) -> None:
    """The storage takes that many of five shards: the model is whole, and not called kept."""
    with served(built.folder) as (_, url):
        page = open_store(context, url)
        page.evaluate(QUOTA, after)
        assert load(page, built.model) == {"hashes": [built.model["sha256"]], "stored": False}
        assert len(page.evaluate("kept()")) == after
        assert page.evaluate("([site, id]) => marked(site, id)", [site_of(built), "m"]) == {
            "whole": False, "present": [],
        }  # fmt: skip


def test_no_storage_at_all(context: BrowserContext, built: StoreSite) -> None:
    with served(built.folder) as (_, url):
        page = open_store(context, url)
        page.evaluate("() => { CacheStorage.prototype.open = () => Promise.reject(new DOMException('no')) }")
        assert load(page, built.model) == {"hashes": [built.model["sha256"]], "stored": False}


def site_of(built: StoreSite) -> dict[str, Any]:
    manifest = {
        "id": "m", "kind": "k", "license": "l", "default_dtype": "fp32",
        "dtypes": {"fp32": "onnx/model.onnx"}, "files": [built.model, built.small],
    }  # fmt: skip
    return {"models": {"m": manifest}}


def test_the_marker_comes_last_and_counts_only_with_its_shards(
    context: BrowserContext, built: StoreSite
) -> None:
    marked = "([site, id]) => marked(site, id)"
    with served(built.folder) as (server, url):
        page = open_store(context, url)
        assert page.evaluate(marked, [site_of(built), "m"]) == {"whole": False, "present": []}
        assert load(page, built.model)["stored"] is True
        # The small file was not read yet: it is fetched, then the marker is set.
        assert page.evaluate(marked, [site_of(built), "m"]) == {"whole": True, "present": ["m"]}
        page.evaluate(
            "path => caches.open('wardian-models').then((cache) => cache.delete(path))", built.path(4)
        )
        assert page.evaluate(marked, [site_of(built), "m"]) == {"whole": False, "present": []}
        assert server.asked[built.path(4)] == 1, "weights are not fetched behind the visitor's back"


def test_pause_resume_and_cancel(context: BrowserContext, built: StoreSite) -> None:
    with served(built.folder) as (server, url):
        server.pause = 0.05
        for number in (1, 2, 4, 5):
            server.meets(built.path(number), always="slow")
        page = open_store(context, url)
        page.evaluate("file => { window.loading = load([file]) }", built.model)
        until(page, "states.some(({ loaded }) => loaded > 70_000)")
        page.evaluate("control('pause')")
        page.wait_for_timeout(150)
        asked, states = dict(server.asked), page.evaluate("states")
        assert states[-1]["state"] == "paused"
        page.wait_for_timeout(600)
        assert server.asked == asked, "nothing is asked for during a pause"
        whole = set(page.evaluate("kept()"))

        page.evaluate("control('resume')")
        until(page, "states.at(-1).state === 'loading'")
        page.wait_for_timeout(100)
        page.evaluate("control('cancel')")
        assert page.evaluate("loading")["error"]["kind"] == "CancelledError"
        assert whole <= set(page.evaluate("kept()"))

        server.always.clear()
        asked = dict(server.asked)
        kept = set(page.evaluate("kept()"))
        assert load(page, built.model) == {"hashes": [built.model["sha256"]], "stored": True}
        again = {path.rsplit("/", 1)[1] for path in server.asked if server.asked[path] > asked.get(path, 0)}
        assert again == set(built.distinct) - kept, "only what was missing is fetched"
        assert page.evaluate("states.at(-1)") == {
            "loaded": 5 * (64 << 10) - 100, "total": 5 * (64 << 10) - 100, "state": "loading", "reason": None,
        }  # fmt: skip


def test_a_pause_keeps_the_beginnings_of_shards(context: BrowserContext, built: StoreSite) -> None:
    with served(built.folder) as (server, url):
        server.pause = 0.05
        server.meets(built.path(1), ["slow"])
        page = open_store(context, url)
        page.evaluate("file => { window.loading = load([file]) }", built.model)
        # The other shards are whole, and some of this one is there.
        until(page, f"states.some(({{ loaded }}) => loaded > {built.model['bytes'] - 2 * SHARD + 8192})")
        page.evaluate("control('pause')")
        page.wait_for_timeout(150)
        before = page.evaluate("states.at(-1)")
        assert before["state"] == "paused" and before["loaded"] > 4 * SHARD - 100
        page.evaluate("control('resume')")
        assert page.evaluate("loading") == {"hashes": [built.model["sha256"]], "stored": True}
        [asked] = server.ranges
        assert int(asked.removeprefix("bytes=").removesuffix("-")) == before["loaded"] - (4 * SHARD - 100)
