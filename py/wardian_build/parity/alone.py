"""A model alone: the native tensors through each engine, and the node where outputs part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray

from wardian_build.errors import ParityError
from wardian_build.external_data import external_files
from wardian_build.parity.bisect import FirstNode, first_node
from wardian_build.parity.compare import compare_runs, reason
from wardian_build.parity.graph import file_of
from wardian_build.parity.inside import Notes
from wardian_build.parity.native import Native
from wardian_build.parity.page import PageSide
from wardian_build.parity.report import ModelReport

__all__ = ["OnDevice", "compare_alone"]

Arrays = dict[str, NDArray[Any]]

MOST_RUNS = 3
"""Those whose tensors differ in shape; a software GPU takes seconds for each."""


def compare_alone(
    model: str,
    path: str,
    device: str,
    notes: Sequence[Notes],
    tolerance: float,
    native: Native,
    page: PageSide,
) -> ModelReport:
    """One ONNX file of a model on one device of the page, with the feeds and outputs noted natively.

    The page uses a GPU only where the model's canary allows it. A GPU that fails it is the one to look into,
    so the model then runs there once more without a canary.
    """
    feeds, outputs = _different_runs(notes, path)
    # A task may ask for less in some of its runs.
    fetches = list(dict.fromkeys(name for run in outputs for name in run))
    adapter = str(page.facts["adapter"]) if device == "webgpu" else ""
    report = ModelReport(path, device, adapter, len(feeds), ())
    file = native.models_dir / model / path
    note = ""
    try:
        found, where = page.run_model((model, path), device, feeds, fetches, outputs)
        if where != device:
            note = f"a page runs it on {where}, for {device} fails; this is {device} without the canary"
            found, where = page.run_model(_without_canary(file), device, feeds, fetches, outputs)
        if where != device:
            return replace(report, note=f"not compared: it runs on {where} alone, {device} fails")
    except (ParityError, ValueError) as error:
        return replace(report, note=f"not compared: {error}")
    rows = compare_runs(outputs, found, tolerance)
    if not any(row.differs for row in rows):
        return replace(report, rows=rows, note=note)
    worst = _worst(outputs, found, tolerance)
    node, why = _node(file, feeds[worst], device, tolerance, native, page)
    return replace(report, rows=rows, node=node, note="; ".join(filter(None, [note, why])))


def _loaded(file: Path) -> onnx.ModelProto:
    """A model that is one file. Raises ParityError where its weights lie beside it."""
    if external_files(file, file.parent.parent):
        raise ParityError("its weights lie in files of their own, and only whole files are taken apart")
    return onnx.load(file)


def _without_canary(file: Path) -> bytes:
    """The model as another file: the page remembers faults by content. Raises ValueError above 2 GiB."""
    proto = _loaded(file)
    proto.doc_string += " (without its canary)"
    return file_of(proto)


def _different_runs(notes: Sequence[Notes], path: str) -> tuple[list[Arrays], list[Arrays]]:
    """Feeds and outputs of the first runs of a model whose tensors have different shapes."""
    seen: dict[object, tuple[Arrays, Arrays]] = {}
    for each in notes:
        stages = [stage for stage in each.stages if stage.session == path]
        given = {stage.number: stage.arrays for stage in stages if stage.kind == "preprocess"}
        gave = {stage.number: stage.arrays for stage in stages if stage.kind == "run"}
        for number, outputs in gave.items():
            shapes = tuple((name, array.shape) for name, array in given[number].items())
            seen.setdefault((shapes, tuple(outputs)), (given[number], outputs))
    chosen = list(seen.values())[:MOST_RUNS]
    return [feeds for feeds, _ in chosen], [outputs for _, outputs in chosen]


def _worst(native: Sequence[Arrays], page: Sequence[Arrays], tolerance: float) -> int:
    """The run to look into: the first in which an output differs."""
    for number, (mine, theirs) in enumerate(zip(native, page, strict=True)):
        if any(reason(array, theirs[name], tolerance) for name, array in mine.items()):
            return number
    raise ValueError("no run differs")


@dataclass(frozen=True)
class OnDevice:
    """A device of the page as `bisect.Engine`."""

    page: PageSide
    device: str

    def run_bytes(
        self, model: bytes, feeds: Arrays, fetches: Sequence[str], optimization: str, like: Arrays
    ) -> Arrays:
        return self.page.run_bytes(model, self.device, feeds, fetches, optimization, like)


def _node(
    file: Path, feeds: Arrays, device: str, tolerance: float, native: Native, page: PageSide
) -> tuple[FirstNode | None, str]:
    """The first node that differs, or why it was not looked for."""
    try:
        graph = _loaded(file)
        # A value in the middle may be smaller or larger than what comes out: the tolerance is the same.
        return first_node(graph, feeds, native, OnDevice(page, device), tolerance), ""
    except (ParityError, ValueError) as error:
        return None, f"the node was not found: {error}"
