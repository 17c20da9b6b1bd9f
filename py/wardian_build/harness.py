"""The built site with a Python worker that also runs given code: for the browser tests and the benchmarks.

It is a copy; what visitors get never contains it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from wardian_build import paths
from wardian_build.process import run

__all__ = ["build_harness"]

_SOURCE = paths.ROOT / "tests" / "browser" / "harness"
_PAGE = (
    '<!doctype html><meta charset="utf-8"><title>harness</title>'
    '<script type="module" src="harness_page.js"></script>'
)


def build_harness(site: Path, target: Path) -> Path:
    """Copy ``site`` to ``target`` (by hard links where possible) and add ``harness/index.html`` to it."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(site, target, copy_function=_link_or_copy)
    esbuild = paths.NODE_MODULES / ".bin" / "esbuild"
    sources = [_SOURCE / "harness_page.ts", _SOURCE / "harness_worker.ts", _SOURCE / "harness_engine.ts"]
    options = ["--bundle", "--format=esm", "--target=es2022", "--log-level=warning"]
    run([esbuild, *sources, *options, f"--outdir={target / 'harness'}"], "bundling the harness")
    (target / "harness" / "index.html").write_text(_PAGE)
    return target


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
