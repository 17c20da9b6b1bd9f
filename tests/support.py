"""Helpers for tests that run in CPython and in Pyodide."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from wardian.hub import ModelFolder

T = TypeVar("T")

TESTS = Path(__file__).parent


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from a plain test function.

    Pyodide's event loop is always running, so `asyncio.run` cannot wait there; stack switching can.
    """
    if sys.platform == "emscripten":
        from pyodide.ffi import run_sync

        return run_sync(coroutine)  # type: ignore[no-any-return]
    return asyncio.run(coroutine)


def assert_grows_linearly(work: Callable[[int], object], size: int) -> None:
    """That eight times the size costs about eight times as much: no measure of speed, but of its growth.

    n log n costs ten times as much, n² 64 times. What takes less than a few milliseconds is mostly noise,
    and a busy machine is given a second and a third chance: a quadratic cost fails them all.
    """
    for _ in range(3):
        few = least_cost(lambda: work(size // 8))
        most = 24 * max(few, 0.003)
        # Once is enough where it is already little: a noisy machine only adds to it.
        many = least_cost(lambda: work(size), enough=most)
        if many <= most:
            return
    raise AssertionError(f"{size} cost {many:.3f} s, an eighth of it {few:.3f} s")


def least_cost(work: Callable[[], object], enough: float = 0) -> float:
    """Seconds of CPU that some work takes, the least of three times (in Pyodide seconds of the clock).

    A time of at most `enough` is the last.
    """
    least = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
        if least <= enough:
            break
    return least


def assert_same_labels(found: Any, expected: Any, tolerance: float) -> None:
    """The same labels in the same order and nesting, and scores within a tolerance."""
    assert type(found) is type(expected)
    if isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same_labels(one, other, tolerance)
    else:
        assert list(found) == ["label", "score"] and found["label"] == expected["label"]
        assert abs(found["score"] - expected["score"]) < tolerance


class MemoryFolder(ModelFolder):
    """A model folder whose files are given: `{"config.json": {...}}`; objects become JSON."""

    def __init__(self, files: Mapping[str, Any], dtypes: Mapping[str, str] | None = None) -> None:
        chosen = dict(dtypes or {"fp32": "onnx/model.onnx"})
        listed = [{"path": path, "bytes": 0, "sha256": ""} for path in (*files, *chosen.values())]
        manifest = {"id": "test", "default_dtype": next(iter(chosen)), "dtypes": chosen, "files": listed}
        super().__init__("test", manifest, None)
        self._contents = files

    async def read(self, path: str) -> bytes:
        content = self._contents[path]
        return content if isinstance(content, bytes) else json.dumps(content).encode()
