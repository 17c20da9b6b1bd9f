"""One parity from beginning to end: a task on both sides, then its models alone, then the node to blame."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wardian_build import canary
from wardian_build.errors import ParityError
from wardian_build.gallery.places import Places
from wardian_build.gallery.task_files import load_task_file
from wardian_build.golden import read_golden, unpacked_inputs
from wardian_build.parity.alone import compare_alone
from wardian_build.parity.compare import compare_cases
from wardian_build.parity.inside import Notes, load_source
from wardian_build.parity.native import Native
from wardian_build.parity.page import PageSide
from wardian_build.parity.recorded import key_of
from wardian_build.parity.report import Report

__all__ = ["Wanted", "parity", "read_task", "with_smallest_case"]


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

    Raises ParityError when there is no such task, or it has no golden; BuildError when the golden is broken
    or has other inputs than the task.
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
    task = load_task_file(places)
    golden, source = read_golden(places.golden), places.task.read_text("utf-8")
    unpacked_inputs(golden, task)  # a case that the task cannot take would end in an error of its code
    chosen = dtype or golden.get("dtype")
    usual = golden.get("tolerance") if chosen == golden.get("dtype") else canary.TOLERANCES.get(str(chosen))
    if tolerance is None and usual is None:
        raise ParityError(f"there is no usual tolerance for dtype {chosen}; say it: --tolerance 0.01")
    return Wanted(
        task=places.task_id,
        source=source,
        cases=[case["inputs"] for case in golden["cases"]],
        dtype=chosen,
        tolerance=float(usual if tolerance is None else tolerance),  # type: ignore[arg-type]  # one is there
        key=key_of(places.task_id, task.model, places.root),
    )


def with_smallest_case(wanted: Wanted) -> Wanted:
    """The case whose inputs are the shortest, alone: the cheapest that goes through all stages."""
    return replace(wanted, cases=[min(wanted.cases, key=lambda case: len(str(case)))])


def parity(
    wanted: Wanted, native: Native, page: PageSide, devices: Sequence[str], alone: bool = True
) -> Report:
    """Compare a task on both sides; in the page it runs on the first of the devices, its models on all.

    `alone`: whether its models are also compared by themselves, node by node where they differ.

    Raises ParityError when the task does not open there, or not on that device. Where its model does not run
    on a further device, the report says so.
    """
    mine, facts = native.record(wanted.source, wanted.task, wanted.cases, wanted.dtype)
    theirs, page_facts = page.record(wanted.source, wanted.task, wanted.cases, wanted.dtype, devices[0], mine)
    if page_facts["device"] not in ("", devices[0]):
        raise ParityError(
            f"{wanted.task} did not run on {devices[0]} but on {page_facts['device']}: the GPU gave wrong "
            "numbers, was lost or has too little memory\n"
            "  --device all compares the model alone on it, and names the node"
        )
    rows, first = compare_cases(mine, theirs, wanted.tolerance)
    model = load_source(wanted.source, wanted.task).model
    models = [
        compare_alone(model, path, device, mine, wanted.tolerance, native, page)
        for path in _sessions(mine)
        for device in devices
        if model is not None and alone
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
