"""The site of one task, from the same sources with shorter waits: half a minute takes seconds."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from wardian_build import bundle, cache, paths, process, shards
from wardian_build.site import build_site

#: File, its text, and the text in its place: waits alone, nothing that is waited for.
WAITS = {
    "app/shared/verified_fetch.ts": ("const PAUSES = [500, 2000];", "const PAUSES = [50, 100];"),
    "app/shared/store/shards.ts": (
        "{ stall: 30_000, pauses: [500, 1000, 2000, 4000, 8000] }",
        "{ stall: 1_000, pauses: [50, 100] }",
    ),
    "app/page/status_line.ts": ("const PATIENCE = 30_000;", "const PATIENCE = 5_000;"),
    "app/page/stylesheet.ts": ("const PATIENCE = 6_000;", "const PATIENCE = 1_000;"),
    "static/style.css": (
        ".starting { animation: appear 0s 6s both; }",
        ".starting { animation: appear 0s 1s both; }",
    ),
}

SHARD_BYTES = 64 << 10
"""The digits' model of 350 kB then has six shards."""


def build(folder: Path) -> Path:
    """Build the digits into `folder`/site with short waits and small shards; returns that folder."""
    _change_sources(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "APP", folder / "app")
        patch.setattr(process, "run", functools.partial(process.run, cwd=folder))
        patch.setattr(cache, "tree_key", _key_by_names)
        bundles = bundle.bundle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "bundle", lambda: bundles)
        patch.setattr(paths, "STATIC", folder / "static")
        patch.setattr(shards, "SHARD_BYTES", SHARD_BYTES)
        return build_site(folder / "site", only=["digits"]).folder


def _change_sources(folder: Path) -> None:
    shutil.copytree(paths.APP, folder / "app")
    shutil.copytree(paths.STATIC, folder / "static")
    (folder / "node_modules").symlink_to(paths.NODE_MODULES)  # modules are looked for above what imports them
    for name, (old, new) in WAITS.items():
        text = (folder / name).read_text()
        assert text.count(old) == 1, f"{name} has not exactly one {old!r}"
        (folder / name).write_text(text.replace(old, new))


def _key_by_names(files: Iterable[Path], root: Path) -> str:
    """The copy does not lie below the root of the repository."""
    del root
    return cache.key_of(*(f"{path.name} {cache.sha256_of_file(path)}" for path in sorted(files)))
