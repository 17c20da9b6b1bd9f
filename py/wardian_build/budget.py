"""How large the site is, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wardian_build import compress, progress
from wardian_build.site import Built

__all__ = ["Size", "as_json", "as_table", "measure"]

FIRST_VISIT = (
    "app",
    "python core",
    "wheel numpy",
    "wheel wardian",
    "wheel wardian-kernels",
    "onnxruntime wasm",
    "page",
)
"""What a visitor loads before the first answer, beside the task's model."""


@dataclass(frozen=True)
class Size:
    """Bytes of one part of the site."""

    part: str
    raw: int
    brotli: int


def measure(built: Built) -> list[Size]:
    """Sizes of all parts of a site that was just written."""
    every = [built.folder / path for files in built.parts.values() for path in files]
    with progress.step("compress everything with Brotli at level 11 (cached)"):
        small = compress.brotli_sizes(every, _report)
    sizes = []
    for part, paths in built.parts.items():
        files = [built.folder / path for path in paths]
        sizes.append(
            Size(part, sum(file.stat().st_size for file in files), sum(small[file] for file in files))
        )
    return sizes


def _report(done: int, total: int) -> None:
    if done == total or done % 10 == 0:
        progress.say(f"[budget] {done} of {total} files compressed")


def _total(name: str, sizes: Sequence[Size]) -> Size:
    return Size(name, sum(size.raw for size in sizes), sum(size.brotli for size in sizes))


def first_visit(sizes: Sequence[Size]) -> Size:
    return _total("first visit without model", [size for size in sizes if size.part in FIRST_VISIT])


def as_table(sizes: Sequence[Size]) -> str:
    """A table for people.

    >>> print(as_table([Size("app", 30_000, 9_000), Size("python core", 2_500_000, 1_000_000)]))
    part                             raw     brotli
    app                          30.0 kB     9.0 kB
    python core                   2.5 MB     1.0 MB
    first visit without model     2.5 MB     1.0 MB
    total                         2.5 MB     1.0 MB
    """
    rows = [("part", "raw", "brotli")]
    every = [*sizes, first_visit(sizes), _total("total", sizes)]
    rows += [(size.part, progress.human(size.raw), progress.human(size.brotli)) for size in every]
    return "\n".join(f"{part:<25} {raw:>10} {brotli:>10}" for part, raw, brotli in rows)


def as_json(sizes: Sequence[Size]) -> dict[str, object]:
    """`{"parts": {part: {"raw": …, "brotli": …}}, "first_visit": …, "total": …}`, in bytes."""

    def plain(size: Size) -> dict[str, int]:
        return {"raw": size.raw, "brotli": size.brotli}

    return {
        "parts": {size.part: plain(size) for size in sizes},
        "first_visit": plain(first_visit(sizes)),
        "total": plain(_total("total", sizes)),
    }
