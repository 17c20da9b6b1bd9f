"""Brotli at its highest level, computed once per content."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import brotli

from wardian_build import cache, headers, progress, shards

__all__ = ["COMPRESSIBLE", "brotli_sizes", "compressed", "write_siblings"]

QUALITY = 11
COMPRESSIBLE = {
    suffix for suffix, kind in headers.MIME_TYPES.items() if not kind.startswith(("image/png", "image/jpeg"))
}
COMPRESSIBLE |= {".onnx", ".whl", ".zip"}
COMPRESSIBLE -= {".webp", ".woff2"}
SMALLEST = 256
"""Below this many bytes the header costs more than compression saves."""


def compressed(path: Path) -> Path:
    """The Brotli form of a file, from the cache or made now (tens of seconds for a large .wasm)."""
    key = cache.key_of(cache.sha256_of_file(path), QUALITY)
    return cache.made("brotli", key, lambda: brotli.compress(path.read_bytes(), quality=QUALITY))


def _size(path: Path) -> tuple[Path, int]:
    return path, compressed(path).stat().st_size


def brotli_sizes(files: Iterable[Path], report: Callable[[int, int], None] | None = None) -> dict[Path, int]:
    """Compressed sizes of files, on all cores; a file that does not compress counts as it is."""
    result: dict[Path, int] = {}
    waiting = []
    for path in files:
        named_by_hash = path.parent.name == shards.FOLDER
        if (path.suffix in COMPRESSIBLE or named_by_hash) and path.stat().st_size >= SMALLEST:
            waiting.append(path)
        else:
            result[path] = path.stat().st_size
    waiting.sort(key=lambda path: -path.stat().st_size)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done, (path, size) in enumerate(pool.map(_size, waiting), start=1):
            result[path] = min(size, path.stat().st_size)
            if report:
                report(done, len(waiting))
    return result


def write_siblings(folder: Path) -> None:
    """Put `<file>.br` beside each compressible file of a site, for hosts that send it to browsers."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".br"]
    with progress.step("compress the site with Brotli"):
        sizes = brotli_sizes(files)
    for path, size in sizes.items():
        if size < path.stat().st_size:
            cache.place(compressed(path), path.with_name(path.name + ".br"))
