"""Goldens of tasks: what a task answered to given inputs, recorded once, held against every later run.

`tests/golden/tasks/<id>.json` holds the inputs as the page sends them, the outputs as the page draws them::

    {"task": "sentiment", "dtype": "fp32", "tolerance": 0.0001, "provenance": {…},
     "cases": [{"inputs": {"text": "I loved it."}, "outputs": [{"label": "joy", "confidences": […]}]}]}

Bytes, such as an image's file, are written as `{"base64": "…"}`.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wardian import pipeline
from wardian.hub import ModelFolder, open_model
from wardian.task import Task
from wardian_build.errors import BuildError
from wardian_build.packing import packed, unpacked

__all__ = ["TOLERANCE", "differences", "read_golden", "record", "replay", "unpacked_inputs"]

TOLERANCE = 1e-4
"""Largest difference of a number, relative to the larger of 1 and the recorded one: float32 on another
processor, with another order of sums."""


def record(
    task: Task,
    inputs: Sequence[Sequence[Any]],
    models_dir: Path | None,
    dtype: str | None,
    provenance: Mapping[str, str],
) -> dict[str, Any]:
    """The golden of a task: it runs in CPython with each list of payloads, one for each of its inputs.

    Raises WardianError where the task refuses an input or its model does not fit.
    """
    names = [component.name for component in task.inputs]
    cases = [dict(zip(names, values, strict=True)) for values in inputs]
    outputs = asyncio.run(_answers(task, cases, models_dir, dtype))
    return {
        "task": task.id,
        "dtype": dtype,
        "tolerance": TOLERANCE,
        "provenance": dict(provenance),
        "cases": [
            {"inputs": packed(case), "outputs": packed(answer)}
            for case, answer in zip(cases, outputs, strict=True)
        ],
    }


def replay(golden: Mapping[str, Any], task: Task, models_dir: Path | None) -> list[str]:
    """Run the task with the inputs of its golden; every difference from the recorded outputs, in words."""
    cases = [unpacked(case["inputs"]) for case in golden["cases"]]
    found = asyncio.run(_answers(task, cases, models_dir, golden["dtype"]))
    different: list[str] = []
    for number, (case, outputs) in enumerate(zip(golden["cases"], found, strict=True)):
        different += differences(case["outputs"], packed(outputs), golden["tolerance"], f"case {number}")
    return different


def unpacked_inputs(golden: Mapping[str, Any], task: Task) -> list[list[Any]]:
    """The inputs of all cases, in the order of the task's inputs. Raises BuildError for other names."""
    names = [component.name for component in task.inputs]
    for number, case in enumerate(golden["cases"]):
        if set(case["inputs"]) != set(names):
            raise BuildError(
                f"the golden of {task.id} has other inputs than the task, in case {number}\n"
                f"  expected {', '.join(names)}\n  received {', '.join(case['inputs']) or 'none'}\n"
                f"  rename them in tests/golden/tasks/{task.id}.json, or remove it and let "
                f"`build.py new {task.id} --again` record the task's examples"
            )
    return [[unpacked(case["inputs"][name]) for name in names] for case in golden["cases"]]


def read_golden(path: Path) -> dict[str, Any]:
    """A golden's content. Raises BuildError when it is none."""
    try:
        golden: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError as error:
        raise BuildError(f"{path} is not JSON: {error}") from None
    cases = golden.get("cases") if isinstance(golden, dict) else None
    if not isinstance(cases, list) or not cases or "task" not in golden:
        raise BuildError(f"{path} is no golden of a task: expected task and cases")
    for number, case in enumerate(cases):
        if not isinstance(case, dict) or not isinstance(case.get("inputs"), dict):
            raise BuildError(
                f"{path} is no golden of a task\n  expected inputs by name in case {number}\n"
                f"  received {str(case)[:80]}\n"
                f"  remove it, and `build.py new {path.stem} --again` records it anew"
            )
    return golden


def differences(expected: Any, found: Any, tolerance: float, place: str = "") -> list[str]:
    """Where two JSON values differ: numbers by more than the tolerance, anything else at all.

    >>> differences({"label": "joy", "score": 0.5}, {"label": "joy", "score": 0.75}, 1e-4, "answer")
    ['answer.score: expected 0.5, received 0.75']
    """
    if _is_number(expected) and _is_number(found):
        close = math.isclose(expected, found, rel_tol=tolerance, abs_tol=tolerance)
        return [] if close else [f"{place}: expected {expected!r}, received {found!r}"]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = zip(expected, found, strict=True)
        return [
            line
            for index, (one, other) in enumerate(pairs)
            for line in differences(one, other, tolerance, f"{place}[{index}]")
        ]
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        return [
            line
            for key, value in expected.items()
            for line in differences(value, found[key], tolerance, f"{place}.{key}")
        ]
    return [] if expected == found else [f"{place}: expected {expected!r}, received {found!r}"]


async def _answers(
    task: Task, cases: Sequence[Mapping[str, Any]], models_dir: Path | None, dtype: str | None
) -> list[list[Any]]:
    async def opened(model_id: str) -> ModelFolder:
        return await open_model(model_id, models_dir=models_dir)

    further: list[Any] = []

    async def open_further(kind: str, model: str) -> Any:
        further.append(await pipeline(kind, model, device="cpu", dtype=dtype, models_dir=models_dir))
        return further[-1]

    pipe = None
    if task.kind is not None and task.model is not None:
        pipe = await pipeline(task.kind, task.model, device="cpu", dtype=dtype, models_dir=models_dir)
    try:
        results = []
        for case in cases:
            services = {"progress": lambda *_: None, "open_model": opened, "open_pipeline": open_further}
            answer = task.call(task.read_inputs(case), pipe=pipe, **services)
            if inspect.isasyncgen(answer):
                values = [value async for value in answer]
                value = values[-1]
            else:
                value = await answer  # type: ignore[misc]
            pairs = zip(task.outputs, task.write_outputs(value), strict=True)
            results.append([component.without_measurements(payload) for component, payload in pairs])
        return results
    finally:
        for opened_pipe in (*further, *([pipe] if pipe is not None else [])):
            await opened_pipe.close()


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
