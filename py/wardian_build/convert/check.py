"""The numerical check that ends every conversion: the same real inputs through the source and what was made.

Four figures for each output: the largest absolute difference, the largest difference relative to the
output's largest value, the cosine of the angle between both as vectors, and how often the largest entry along
the last axis is the same one (top-1 agreement).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.session._native import native_options
from wardian_build import markdown
from wardian_build.convert.conversion import Arrays
from wardian_build.errors import CheckError, ConversionError

__all__ = [
    "LEAST_COSINE",
    "Comparison",
    "compare",
    "compare_runs",
    "require",
    "require_direction",
    "run_onnx",
    "table",
]

#: What a smaller dtype must reach, as the cosine between its outputs and the fp32 model's. Quantisation moves
#: numbers by design, so there is no bound on differences; below this the direction itself is lost.
LEAST_COSINE = {"fp16": 0.999, "q8": 0.95, "q4": 0.9, "q4f16": 0.9}


@dataclass(frozen=True)
class Comparison:
    """How one output of the converted model agrees with the reference, over all inputs.

    `relative` is `max_abs` divided by the larger of 1 and the reference's largest magnitude. `top1` is None
    for an output whose last axis has fewer than two entries.
    """

    output: str
    values: int
    max_abs: float
    relative: float
    cosine: float
    top1: float | None
    #: Where the largest difference is: number of the input, index in the output.
    worst: str


def compare(output: str, expected: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]]) -> Comparison:
    """Compare one output over several inputs; `expected[i]` and `found[i]` have the same shape.

    >>> result = compare("y", [np.float32([[3, 4]])], [np.float32([[3, 4.5]])])
    >>> result.max_abs, round(result.relative, 3), round(result.cosine, 4), result.top1
    (0.5, 0.125, 0.9985, 1.0)

    Raises CheckError when shapes differ, or where one is NaN or infinite and the other is not.
    """
    largest, worst, scale, count = 0.0, "", 1.0, 0
    dot = square_expected = square_found = 0.0
    agreeing = rows = 0
    for number, (want, have) in enumerate(zip(expected, found, strict=True)):
        a, b = _numbers(np.asarray(want), np.asarray(have))
        if a.shape != b.shape:
            raise CheckError(
                output,
                "has another shape",
                place=f"input {number}",
                expected=str(a.shape),
                received=str(b.shape),
            )
        _require_same_finiteness(output, number, a, b)
        # Where both are infinite or NaN in the same way, there is nothing to subtract.
        a, b = np.where(np.isfinite(a), a, 0), np.where(np.isfinite(b), b, 0)
        if a.size:
            difference = np.abs(a - b)
            at = int(difference.argmax())
            if float(difference.flat[at]) >= largest:
                index = ", ".join(map(str, np.unravel_index(at, a.shape)))
                largest, worst = float(difference.flat[at]), f"input {number} [{index}]"
            scale = max(scale, float(np.abs(a).max()))
        dot, count = dot + float(np.vdot(a, b)), count + a.size
        square_expected, square_found = (
            square_expected + float(np.vdot(a, a)),
            square_found + float(np.vdot(b, b)),
        )
        if a.ndim and a.shape[-1] > 1:
            agreeing += int((a.argmax(-1) == b.argmax(-1)).sum())
            rows += a.size // a.shape[-1]
    norms = math.sqrt(square_expected) * math.sqrt(square_found)
    cosine = dot / norms if norms else float(square_expected == square_found)
    top1 = agreeing / rows if rows else None
    return Comparison(output, count, largest, largest / scale, cosine, top1, worst)


def compare_runs(expected: Sequence[Arrays], found: Sequence[Arrays]) -> list[Comparison]:
    """Compare all outputs that the reference has. Raises CheckError when one of them is missing."""
    names = list(expected[0]) if expected else []
    for name in names:
        if any(name not in run for run in found):
            raise CheckError(name, "is no output of the converted model", received=", ".join(found[0]))
    return [compare(name, [run[name] for run in expected], [run[name] for run in found]) for name in names]


def require(comparisons: Sequence[Comparison], tolerance: float) -> None:
    """Raises CheckError naming output and place when a relative difference is above `tolerance`."""
    for found in comparisons:
        if not found.relative <= tolerance:
            raise CheckError(
                found.output,
                "of the converted model differs from the source's",
                place=f"worst at {found.worst}",
                expected=f"a relative difference of at most {tolerance:g}",
                received=f"{found.relative:.3g}",
            )


def require_direction(comparisons: Sequence[Comparison], dtype: str) -> None:
    """Raises CheckError when a model with rounded weights has a cosine below LEAST_COSINE."""
    least = LEAST_COSINE[dtype]
    for found in comparisons:
        if not found.cosine >= least:
            raise CheckError(
                found.output,
                f"of the {dtype} model lost its direction",
                place=f"worst at {found.worst}",
                expected=f"a cosine of at least {least}",
                received=f"{found.cosine:.6f}",
                hint="Leave this dtype out: --dtype fp32.",
            )


def table(rows: Mapping[str, Sequence[Comparison]]) -> str:
    """Comparisons by label (a dtype) as a Markdown table.

    >>> print(table({"fp32": [compare("y", [np.float32([1, 2])], [np.float32([1, 2])])]}))
    | | output | values | max abs | relative | cosine | top-1 |
    |---|---|---|---|---|---|---|
    | fp32 | y | 2 | 0 | 0 | 1.0000000 | 100.00 % |
    """
    header = ["", "output", "values", "max abs", "relative", "cosine", "top-1"]
    return markdown.table(
        header,
        (
            [label, found.output, f"{found.values:,}", f"{found.max_abs:.2g}", f"{found.relative:.2g}",
             f"{found.cosine:.7f}", "" if found.top1 is None else f"{found.top1:.2%}".replace("%", " %")]
            for label, comparisons in rows.items()
            for found in comparisons
        ),
    )  # fmt: skip


def run_onnx(model: bytes | Path, inputs: Sequence[Arrays], hint: str = "") -> list[Arrays]:
    """All outputs of an ONNX model in native onnxruntime, for each of the feeds.

    Feeds that the model does not take are left out (a source may have fewer inputs than its tokenizer gives).

    Raises ConversionError when onnxruntime cannot load or run it; `hint` is its next step.
    """
    import onnxruntime

    options = native_options()
    options.log_severity_level = 4
    label = "the converted model" if isinstance(model, bytes) else str(model)
    content = model if isinstance(model, bytes) else str(model)
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        wanted = [value.name for value in session.get_inputs()]
        names = [value.name for value in session.get_outputs()]
        results = [
            session.run(names, {name: feed[name] for name in wanted if name in feed}) for feed in inputs
        ]
    except Exception as error:  # onnxruntime's exceptions have no common base but Exception
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ConversionError(
            label, "cannot be run by onnxruntime", received=line[:500], hint=hint
        ) from error
    return [dict(zip(names, map(np.asarray, values), strict=True)) for values in results]


def _numbers(want: NDArray[Any], have: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both as float64; of texts and other objects, 1 where they are equal and 0 where they are not."""
    if want.dtype.kind in "fiub" and have.dtype.kind in "fiub":
        return want.astype(np.float64), have.astype(np.float64)
    if want.shape != have.shape:
        return np.zeros(want.shape), np.zeros(have.shape)
    pairs = zip(want.reshape(-1).tolist(), have.reshape(-1).tolist(), strict=True)
    equal = np.array([one == other for one, other in pairs], np.float64).reshape(want.shape)
    return np.ones(want.shape), equal


def _require_same_finiteness(output: str, number: int, a: NDArray[Any], b: NDArray[Any]) -> None:
    strange = ~np.isfinite(a) | ~np.isfinite(b)
    if strange.any() and not np.array_equal(a[strange], b[strange], equal_nan=True):
        raise CheckError(
            output,
            "is NaN or infinite where the source is not",
            place=f"input {number}",
            expected=f"{int((~np.isfinite(a)).sum())} such values",
            received=f"{int((~np.isfinite(b)).sum())}",
        )
