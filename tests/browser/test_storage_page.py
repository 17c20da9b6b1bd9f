"""The page that shows what is kept on the device and deletes it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visiting import READY, open_task, wait_offline

pytestmark = pytest.mark.installs


def test_what_is_kept_is_shown_and_deleted(page: Page, site_url: str) -> None:
    open_task(page, site_url, "digits")
    wait_offline(page, "digits")
    page.get_by_role("link", name="Storage").click()
    rows = page.locator(".storage tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("The app itself")
    expect(rows.nth(1)).to_contain_text("mnist-cnn")
    shards = page.evaluate("caches.open('wardian-models').then(async (c) => (await c.keys()).length)")
    assert shards >= 3

    # What another tab left half done.
    page.evaluate(
        "caches.open('wardian-models').then((c) => c.put('models/' + 'a'.repeat(64),"
        " new Response('x'.repeat(2e6), { headers: { 'Content-Length': '2000000' } })))"
    )
    page.get_by_role("link", name="About").click()
    page.get_by_role("link", name="Storage").click()
    expect(rows).to_have_count(3)
    expect(rows.nth(2)).to_contain_text("2.0 MB")
    page.get_by_role("button", name="Delete Unfinished").click()
    expect(rows).to_have_count(2)

    page.get_by_role("button", name="Delete mnist-cnn").click()
    expect(page.get_by_role("status")).to_contain_text("mnist-cnn")
    expect(rows).to_have_count(1)
    assert page.evaluate("caches.open('wardian-models').then(async (c) => (await c.keys()).length)") == 0
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.get_by_role("link", name="digits", exact=False).first.click()
    expect(page.locator("#task-digits .badge")).to_have_attribute("data-state", "memory", timeout=READY)


def test_two_models_share_what_they_share(page: Page, site_url: str) -> None:
    """Deleting one model leaves the shards that another one needs."""
    page.goto(f"{site_url}/#/storage")
    page.locator(".storage tbody tr").first.wait_for()
    page.evaluate(
        """async () => {
          const cache = await caches.open("wardian-models");
          const shard = (letter) => ({ sha256: letter.repeat(64), bytes: 1e6 });
          const headers = { "Content-Length": "1000000" };
          const put = (path, body) => cache.put(path, new Response(body, { headers }));
          for (const [model, letters] of [["one", "ab"], ["two", "bc"]]) {
            for (const letter of letters) await put("models/" + letter.repeat(64), letter);
            const marker = { model, dtype: "q8", shards: [...letters].map(shard) };
            await put(`models/present/${model}/q8`, JSON.stringify(marker));
          }
        }"""
    )
    page.reload()
    rows = page.locator(".storage tbody tr")
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Delete one").click()
    expect(rows).to_have_count(2)
    left = page.evaluate(
        "caches.open('wardian-models').then(async (c) => (await c.keys()).map((r) => r.url))"
    )
    assert sorted(url.rsplit("/", 1)[1][:1] for url in left if "present" not in url) == ["b", "c"]


def test_without_storage_the_page_says_so(page: Page, site_url: str) -> None:
    page.add_init_script("CacheStorage.prototype.open = () => Promise.reject(new DOMException('no'))")
    page.goto(f"{site_url}/#/storage")
    expect(page.locator(".storage")).to_contain_text("keeps nothing")
    # Nor is there a service worker's cache, but the task runs from memory.
    page.get_by_role("link", name="digits", exact=False).first.click()
    expect(page.locator("#task-digits .status")).to_have_attribute("data-state", "ready", timeout=READY)
    expect(page.locator("#task-digits .badge")).to_have_attribute("data-state", "memory", timeout=READY)
