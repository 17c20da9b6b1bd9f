"""Helpers for tests that run in CPython and in Pyodide."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

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
