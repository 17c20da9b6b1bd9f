"""Whether a difference between source and converted model is rounding: the graph in float64 tells.

Where an output is steep (a sigmoid of ±1000), right float32 engines differ by more than a fixed tolerance.
What onnxruntime makes of the converted graph differs from that graph in float64 by rounding alone. If the
source is about as far from it, the difference is rounding, too; a graph that is wrong is far from the source,
however it is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from wardian_build.convert.check import Comparison, require
from wardian_build.convert.conversion import Arrays, Reference
from wardian_build.convert.float64 import run_float64
from wardian_build.errors import CheckError

__all__ = ["MOST_TIMES", "require_or_rounding", "times_rounding"]

MOST_TIMES = 3.0
"""As far as the source may be from float64, in distances (rms) of the converted model: measured are up to 2.
The one rounds after every layer, the other sums that it has fused."""

_MOST_TOLERANCES = 100
"""Beyond so many tolerances nothing is called rounding."""


def require_or_rounding(
    model: Path, reference: Reference, comparisons: Sequence[Comparison], found: Sequence[Arrays]
) -> list[str]:
    """A sentence for each output that differs by more than the tolerance, through rounding alone.

    Raises CheckError for one that differs otherwise, or where float64 cannot tell.
    """
    notes = []
    for one in comparisons:
        try:
            require([one], reference.tolerance)
        except CheckError:
            if not one.relative <= _MOST_TOLERANCES * reference.tolerance:
                raise
            times = times_rounding(model, one.output, reference.inputs, reference.outputs or [], found)
            if times is None or times > MOST_TIMES:
                raise
            notes.append(
                f"{one.output} differs by {one.relative:.2g}, which is rounding: the source is {times:.2g} "
                "times as far from the same graph in float64 as the converted model is."
            )
    return notes


def times_rounding(
    model: Path | bytes,
    output: str,
    inputs: Sequence[Arrays],
    source: Sequence[Arrays],
    found: Sequence[Arrays],
) -> float | None:
    """How much further the source is from float64 than the converted model, rms; None where nothing tells."""
    graph = onnx.load_from_string(model) if isinstance(model, bytes) else onnx.load(model)
    try:
        exact = [run_float64(graph, feeds)[output] for feeds in inputs]
    except (NotImplementedError, ValueError, IndexError, KeyError, TypeError):
        return None
    ours, theirs = (_distance(runs, exact, output) for runs in (found, source))
    return theirs / ours if ours > 0 else None


def _distance(runs: Sequence[Arrays], exact: Sequence[NDArray[Any]], output: str) -> float:
    squares = [np.square(run[output] - want).ravel() for run, want in zip(runs, exact, strict=True)]
    return float(np.sqrt(np.mean(np.concatenate(squares))))
