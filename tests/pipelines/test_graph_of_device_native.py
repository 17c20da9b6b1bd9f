"""A model that has a graph for each device is opened with the one for where its session really runs."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support import MemoryFolder

from wardian.pipelines import base


class Opening:
    """Sessions that open on WASM, whatever is asked for, where the GPU is `at_fault`."""

    def __init__(self, at_fault: bool) -> None:
        self.at_fault = at_fault
        self.opened: list[tuple[str, str]] = []
        self.closed: list[str] = []

    async def __call__(self, file: Any, *, device: str, threads: int, owner: str) -> Any:
        self.opened.append((file.path, device))

        async def close() -> None:
            self.closed.append(file.path)

        return SimpleNamespace(device="wasm" if self.at_fault else device, threads=1, close=close)


def opened(monkeypatch: pytest.MonkeyPatch, at_fault: bool, dtype: str | None) -> tuple[Opening, str, str]:
    folder = MemoryFolder({}, {"q4_fold": "onnx/model_q4_fold.onnx", "q4": "onnx/model_q4.onnx"})
    folder.manifest["device_dtypes"] = {"webgpu": "q4"}
    opening = Opening(at_fault)
    monkeypatch.setattr(base, "open_session", opening)
    session, chosen = asyncio.run(base._open(folder, "webgpu", dtype, 0, "p"))
    return opening, session.device, chosen


def test_the_gpu_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    opening, device, dtype = opened(monkeypatch, False, None)
    assert (device, dtype, opening.closed) == ("webgpu", "q4", [])
    assert opening.opened == [("onnx/model_q4.onnx", "webgpu")]


def test_a_gpu_at_fault_leaves_the_graph_for_wasm(monkeypatch: pytest.MonkeyPatch) -> None:
    opening, device, dtype = opened(monkeypatch, True, None)
    assert (device, dtype) == ("wasm", "q4_fold")
    assert opening.opened == [("onnx/model_q4.onnx", "webgpu"), ("onnx/model_q4_fold.onnx", "wasm")]
    assert opening.closed == ["onnx/model_q4.onnx"]


def test_what_was_asked_for_by_name_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    opening, device, dtype = opened(monkeypatch, True, "q4")
    assert (device, dtype, opening.closed) == ("wasm", "q4", [])
