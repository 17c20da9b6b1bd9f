"""Helpers for tests that run in CPython and in Pyodide."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
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


@contextmanager
def ends_soon() -> Iterator[None]:
    """For work that takes under a second, and minutes where its cost is quadratic. No measure of speed."""
    start = time.process_time()
    yield
    assert time.process_time() - start < 60


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
