"""A site of the model store alone: a bare page, generated files as shards, and a server that can go wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page
from tests.browser.faults import FaultyServer
from tests.browser.visiting import until

from wardian_build import cache, paths, serve, shards
from wardian_build.process import run

_HARNESS = paths.ROOT / "tests" / "browser" / "harness" / "store_page.ts"
SHARD = 64 << 10
"""Bytes of a shard here; the real 16 MiB would only take longer."""


@dataclass
class StoreSite:
    """`model` is a file of six shards, two of them equal; `small` is a file of one."""

    folder: Path
    model: dict[str, Any]
    small: dict[str, Any]

    @property
    def distinct(self) -> list[str]:
        return list(dict.fromkeys(shard["sha256"] for shard in self.model["shards"]))

    def path(self, number: int) -> str:
        """The URL path of the model's shard of that number."""
        return f"/models/{self.model['shards'][number]['sha256']}"


def make(folder: Path, changes: Mapping[str, tuple[str, str]] | None = None) -> StoreSite:
    """Write the site; `changes` puts another text into a file of app/, to see what a check is good for."""
    sources = _sources(folder / "source", changes or {})
    esbuild = paths.NODE_MODULES / ".bin" / "esbuild"
    options = ["--bundle", "--format=esm", "--target=es2022", "--log-level=warning"]
    site = folder / "site"
    (site / "models").mkdir(parents=True)
    run([esbuild, sources, *options, f"--outfile={site / 'store_page.js'}"], "bundling the store")
    (site / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>store</title><link rel="icon" href="data:,">'
        '<script type="module" src="store_page.js"></script>'
    )
    noise = random.Random(4).randbytes(6 * SHARD - 100)
    # The first piece once more in the middle: an equal shard.
    content = noise[:SHARD] + noise[SHARD : 3 * SHARD] + noise[:SHARD] + noise[4 * SHARD :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SHARD_BYTES", SHARD)
        patch.setattr(paths, "CACHE", folder / "cache")
        model = _publish(site, folder / "model.onnx", "onnx/model.onnx", content)
        small = _publish(site, folder / "config.json", "config.json", b'{"labels": 10}')
    return StoreSite(site, model, small)


def _sources(folder: Path, changes: Mapping[str, tuple[str, str]]) -> Path:
    """The harness page, or a copy beside a changed copy of app/."""
    if not changes:
        return _HARNESS
    for path in (paths.APP / "shared").rglob("*.ts"):
        cache.write(folder / path.relative_to(paths.ROOT), path.read_bytes())
    for name, (old, new) in changes.items():
        text = (folder / name).read_text()
        assert text.count(old) == 1, f"{name} has not exactly one {old!r}"
        (folder / name).write_text(text.replace(old, new))
    return cache.write(folder / _HARNESS.relative_to(paths.ROOT), _HARNESS.read_bytes())


def _publish(site: Path, file: Path, name: str, content: bytes) -> dict[str, Any]:
    file.write_bytes(content)
    for shard in shards.shards_of(file):
        cache.write(site / shard.site_path, shard.path.read_bytes())
    return shards.file_entry(name, file)


@contextmanager
def served(folder: Path, port: int = 0) -> Iterator[tuple[FaultyServer, str]]:
    server, url = serve.start(folder, port, server_class=FaultyServer)
    assert isinstance(server, FaultyServer)
    try:
        yield server, url
    finally:
        server.shutdown()
        server.server_close()


def open_store(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/")
    until(page, "window.load")
    return page


def load(page: Page, *files: dict[str, Any], **options: object) -> dict[str, Any]:
    """Load files with a store of short patience: their hashes and whether they were kept, or the error."""
    result: dict[str, Any] = page.evaluate(
        "([files, options]) => load(files, options)", [list(files), options]
    )
    return result
