"""The CPython side: tasks with native onnxruntime, and models with optimisations as wanted."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from wardian.errors import WardianError
from wardian.session._native import native_options
from wardian_build.errors import ParityError
from wardian_build.parity.inside import Notes, record

__all__ = ["Native"]

Arrays = dict[str, NDArray[Any]]
T = TypeVar("T")

_SESSIONS = 2
"""Kept open: a search runs the same two files again and again."""


class Native:
    """Runs tasks and models here."""

    def __init__(self, models_dir: Path) -> None:
        self.models_dir = models_dir
        self._sessions: dict[tuple[str, str], Any] = {}

    def record(
        self, source: str, task_id: str, cases: Sequence[Mapping[str, Any]], dtype: str | None
    ) -> tuple[list[Notes], dict[str, Any]]:
        """All stages of each case, and facts about this side. Raises ParityError when the task fails here."""
        made = record(source, task_id, cases, device="cpu", dtype=dtype, models_dir=self.models_dir)
        try:
            notes, facts = _finished(made)
        except WardianError as error:
            raise ParityError(f"the task {task_id} does not open in CPython: {error}") from error
        for number, each in enumerate(notes):
            if each.error:
                raise ParityError(
                    f"the task {task_id} fails in CPython, case {number}: {each.error}\n"
                    f"  repair it, then record its golden: build.py new {task_id} --again"
                )
        import onnxruntime

        return notes, {**facts, "onnxruntime": onnxruntime.__version__}

    def run_bytes(
        self, model: bytes, feeds: Arrays, fetches: Sequence[str], optimization: str, like: Arrays
    ) -> Arrays:
        """See `bisect.Engine`. Raises ParityError when onnxruntime cannot run it."""
        try:
            session = self._session(model, optimization)
            outputs = session.run(list(fetches), feeds)
        except Exception as error:  # onnxruntime's exceptions have no common base but Exception
            raise ParityError(f"native onnxruntime does not run a piece of the model: {error}") from error
        return dict(zip(fetches, map(np.asarray, outputs), strict=True))

    def _session(self, model: bytes, optimization: str) -> Any:
        import onnxruntime

        key = hashlib.sha256(model).hexdigest(), optimization
        if key not in self._sessions:
            level = onnxruntime.GraphOptimizationLevel
            options = native_options()
            options.log_severity_level = 4
            options.graph_optimization_level = {
                "disabled": level.ORT_DISABLE_ALL, "basic": level.ORT_ENABLE_BASIC,
            }[optimization]  # fmt: skip
            while len(self._sessions) >= _SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            providers = ["CPUExecutionProvider"]
            self._sessions[key] = onnxruntime.InferenceSession(model, options, providers=providers)
        return self._sessions[key]


def _finished(made: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, in another thread: Playwright keeps an event loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, made).result()
