"""One parity from beginning to end: a task on both sides, then its models alone, then the node to blame."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray

from wardian_build import canary
from wardian_build.errors import BuildError, ParityError
from wardian_build.gallery.places import Places
from wardian_build.golden import read_golden
from wardian_build.parity.bisect import FirstNode, first_node
from wardian_build.parity.compare import compare_cases, compare_runs, reason
from wardian_build.parity.inside import Notes, load_source
from wardian_build.parity.native import Native
from wardian_build.parity.page import PageSide
from wardian_build.parity.recorded import key_of
from wardian_build.parity.report import ModelReport, Report

__all__ = ["DEVICES", "OnDevice", "Wanted", "parity", "read_task", "with_smallest_case"]

Arrays = dict[str, NDArray[Any]]

DEVICES = ("wasm", "webgpu")
MOST_RUNS = 3
"""Runs of a model alone: those whose tensors differ in shape; a software GPU takes seconds for each."""


@dataclass(frozen=True)
class Wanted:
    """What is to be compared: a task as its file says, and the inputs of its golden."""

    task: str
    source: str
    cases: Sequence[Mapping[str, Any]]
    dtype: str | None
    tolerance: float
    key: str = ""


def read_task(places: Places, dtype: str | None = None, tolerance: float | None = None) -> Wanted:
    """The task of a checkout with its golden.

    `dtype` is another than the golden's. Without `tolerance` it is the golden's own, or for another dtype
    that of the canary, which allows for rounded activations.

    Raises ParityError when there is no such task, or it has no golden; BuildError when the golden is broken.
    """
    if not places.task.is_file():
        names = (path.stem.replace("_", "-") for path in places.task.parent.glob("[!_]*.py"))
        raise ParityError(
            f"there is no task {places.task_id!r}\n  expected one of {', '.join(sorted(names))}\n"
            f"  `build.py new {places.task_id}` begins it"
        )
    if not places.golden.is_file():
        raise ParityError(
            f"the task {places.task_id} has no golden: {places.golden.relative_to(places.root).as_posix()}\n"
            f"  `build.py new {places.task_id} --again` records it from the task's examples"
        )
    golden, source = read_golden(places.golden), places.task.read_text("utf-8")
    chosen = dtype or golden.get("dtype")
    usual = golden["tolerance"] if chosen == golden.get("dtype") else canary.TOLERANCES.get(str(chosen))
    if tolerance is None and usual is None:
        raise ParityError(f"there is no usual tolerance for dtype {chosen}; say it: --tolerance 0.01")
    return Wanted(
        task=places.task_id,
        source=source,
        cases=[case["inputs"] for case in golden["cases"]],
        dtype=chosen,
        tolerance=float(usual if tolerance is None else tolerance),  # type: ignore[arg-type]  # one is there
        key=key_of(places.task_id, load_source(source, places.task_id).model, places.root),
    )


def with_smallest_case(wanted: Wanted) -> Wanted:
    """The case whose inputs are the shortest, alone: the cheapest that goes through all stages."""
    return replace(wanted, cases=[min(wanted.cases, key=lambda case: len(str(case)))])


def parity(wanted: Wanted, native: Native, page: PageSide, devices: Sequence[str]) -> Report:
    """Compare a task on both sides; in the page it runs on the first of the devices, its models on all.

    Raises ParityError when the task does not run there. Where its model does not run on a further device, the
    report says so.
    """
    mine, facts = native.record(wanted.source, wanted.task, wanted.cases, wanted.dtype)
    theirs, page_facts = page.record(wanted.source, wanted.task, wanted.cases, wanted.dtype, devices[0], mine)
    if page_facts["device"] not in ("", devices[0]):
        raise ParityError(
            f"{wanted.task} did not run on {devices[0]} but on {page_facts['device']}: the device gave wrong "
            "numbers, was lost or has too little memory\n  the page would have said so; use --device wasm"
        )
    rows, first = compare_cases(mine, theirs, wanted.tolerance)
    model = load_source(wanted.source, wanted.task).model
    models = [
        _alone(model, path, device, mine, wanted.tolerance, native, page, optional=device != devices[0])
        for path in _sessions(mine)
        for device in devices
        if model is not None
    ]
    now = datetime.datetime.now(datetime.UTC)
    return Report(
        task=wanted.task,
        made=now.isoformat(timespec="seconds"),
        key=wanted.key,
        dtype=wanted.dtype,
        device=devices[0],
        tolerance=wanted.tolerance,
        cases=len(wanted.cases),
        stages=rows,
        first=first,
        models=models,
        native=facts,
        page=page_facts,
    )


def _sessions(notes: Sequence[Notes]) -> list[str]:
    """The ONNX files that ran, by their paths in the model's folder."""
    return list(dict.fromkeys(stage.session for each in notes for stage in each.stages if stage.session))


def _alone(
    model: str,
    path: str,
    device: str,
    notes: Sequence[Notes],
    tolerance: float,
    native: Native,
    page: PageSide,
    optional: bool,
) -> ModelReport:
    feeds, outputs = _different_runs(notes, path)
    adapter = str(page.facts["adapter"]) if device == "webgpu" else ""
    report = ModelReport(path, device, adapter, len(feeds), ())
    try:
        found, where = page.run_model((model, path), device, feeds, list(outputs[0]), outputs)
    except ParityError as error:
        if not optional:
            raise
        return replace(report, note=f"not compared: {error}")
    if where != device:
        note = f"not compared: it ran on {where}, since {device} gave wrong numbers or failed"
        if not optional:
            raise ParityError(f"{path}: {note}")
        return replace(report, note=note)
    rows = compare_runs(outputs, found, tolerance)
    node, note = None, ""
    if any(row.differs for row in rows):
        worst = _worst(outputs, found, tolerance)
        node, note = _node(native.models_dir / model / path, feeds[worst], device, tolerance, native, page)
    return replace(report, rows=rows, node=node, note=note)


def _different_runs(notes: Sequence[Notes], path: str) -> tuple[list[Arrays], list[Arrays]]:
    """Feeds and outputs of the first runs of a model whose tensors have different shapes."""
    seen: dict[object, tuple[Arrays, Arrays]] = {}
    for each in notes:
        stages = [stage for stage in each.stages if stage.session == path]
        given = [stage.arrays for stage in stages if stage.kind == "preprocess"]
        gave = [stage.arrays for stage in stages if stage.kind == "run"]
        for feeds, outputs in zip(given, gave, strict=True):
            shapes = tuple((name, array.shape) for name, array in feeds.items())
            seen.setdefault((shapes, tuple(outputs)), (feeds, outputs))
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
        graph = onnx.load(file)
        # A value in the middle may be smaller or larger than what comes out: the tolerance is the same.
        return first_node(graph, feeds, native, OnDevice(page, device), tolerance), ""
    except (BuildError, ValueError) as error:
        return None, f"the node was not found: {error}"
