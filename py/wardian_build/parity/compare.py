"""Two recordings side by side: what agrees, how far apart the rest is, and the first thing that differs.

Floats agree when their largest difference, relative to the larger of 1 and the native tensor's largest value,
is within the tolerance; everything else must be equal. `check.py` of the conversion computes the figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.check import Comparison, compare
from wardian_build.parity.inside import Noted, Notes

__all__ = ["Difference", "Row", "compare_cases", "compare_runs", "reason"]

Tensor = NDArray[Any]
Arrays = Mapping[str, Tensor]

HUGE = 1e30
"""From here on a number stands for infinity, such as the lowest float in an attention mask: beside it, every
other difference of its tensor would count for nothing."""


@dataclass(frozen=True)
class Difference:
    """The first thing beyond the tolerance: which case, stage and tensor, and what is wrong with it."""

    case: int
    stage: str
    number: int
    name: str
    reason: str


@dataclass(frozen=True)
class Row:
    """One tensor of one stage, over all cases and runs. `differs` is empty where it agrees."""

    stage: str
    name: str
    tensors: int
    dtype: str
    shape: str
    identical: bool
    not_finite: tuple[int, int]
    max_abs: float
    relative: float
    cosine: float
    differs: str


def reason(native: Tensor, web: Tensor, tolerance: float) -> str:
    """Why two tensors do not agree; empty where they do.

    >>> reason(np.float32([1, 2]), np.float32([1, 2.1]), 1e-4)
    'relative difference 0.05 at [1]'
    >>> reason(np.int64([1, 2]), np.int64([1, 3]), 1e-4)
    '1 of 2 values, first at [1]: 3 in place of 2'
    """
    if native.dtype.name != web.dtype.name:
        return f"dtype {web.dtype.name} in place of {native.dtype.name}"
    if native.shape != web.shape:
        return f"shape {_dims(web.shape)} in place of {_dims(native.shape)}"
    if native.dtype.kind != "f":
        unequal = np.asarray(native != web)
        if not unequal.any():
            return ""
        at = np.unravel_index(int(unequal.argmax()), unequal.shape)
        place = f"{unequal.sum()} of {unequal.size} values, first at {_index(at)}"
        return f"{place}: {_shown(web[at])} in place of {_shown(native[at])}"
    strange = ~np.isfinite(native) | ~np.isfinite(web)
    if strange.any() and not np.array_equal(native[strange], web[strange], equal_nan=True):
        at = np.unravel_index(int(np.argmax(strange)), strange.shape)
        return f"{web[at]} in place of {native[at]} at {_index(at)}"
    found = _figures("", [native], [web])
    if found.relative <= tolerance:
        return ""
    return f"relative difference {found.relative:.2g} at {found.worst.partition(' ')[2].partition(' ')[2]}"


def compare_cases(
    native: Sequence[Notes], web: Sequence[Notes], tolerance: float
) -> tuple[list[Row], Difference | None]:
    """A row for each tensor of each stage, in the order of the stages, and the first difference of all."""
    pairs: dict[tuple[str, str], list[tuple[Tensor, Tensor]]] = {}
    first: Difference | None = None
    for number, (mine, theirs) in enumerate(zip(native, web, strict=True)):
        others = {(stage.kind, stage.number): stage for stage in theirs.stages}
        for stage in mine.stages:
            other = others.pop((stage.kind, stage.number), None)
            found = _stage(stage, other, theirs.error, tolerance)
            if found and first is None:
                first = Difference(number, stage.kind, stage.number, *found)
            for name, array in stage.arrays.items():
                if other is not None and name in other.arrays:
                    pairs.setdefault((stage.kind, name), []).append((array, other.arrays[name]))
        if first is None and others:
            extra = next(iter(others.values()))
            first = Difference(number, extra.kind, extra.number, "", "is not there natively")
    return [_row(stage, name, found, tolerance) for (stage, name), found in pairs.items()], first


def compare_runs(native: Sequence[Arrays], web: Sequence[Arrays], tolerance: float) -> list[Row]:
    """A row for each output of a model over several runs, of which not all need have asked for it."""
    names = dict.fromkeys(name for run in native for name in run)
    pairs = list(zip(native, web, strict=True))
    return [
        _row("run", name, [(a[name], b[name]) for a, b in pairs if name in a], tolerance) for name in names
    ]


def _stage(stage: Noted, other: Noted | None, error: str, tolerance: float) -> tuple[str, str] | None:
    """Name and reason of the first tensor of a stage that differs."""
    if other is None:
        return "", f"did not happen in the page{f': {error}' if error else ''}"
    for name, array in stage.arrays.items():
        if name not in other.arrays:
            return name, "is not there in the page"
        if why := reason(array, other.arrays[name], tolerance):
            return name, why
    more = [name for name in other.arrays if name not in stage.arrays]
    return (more[0], "is not there natively") if more else None


def _row(stage: str, name: str, pairs: Sequence[tuple[Tensor, Tensor]], tolerance: float) -> Row:
    reasons = (reason(a, b, tolerance) for a, b in pairs)
    same_shape = [(a, b) for a, b in pairs if a.shape == b.shape]
    figures = _figures(name, [a for a, _ in same_shape], [b for _, b in same_shape])
    shapes = list(dict.fromkeys(_dims(a.shape) for a, _ in pairs))
    return Row(
        stage=stage,
        name=name,
        tensors=len(pairs),
        dtype="text" if pairs[0][0].dtype.kind == "O" else pairs[0][0].dtype.name,
        shape=shapes[0] if len(shapes) == 1 else f"{shapes[0]} … {shapes[-1]}",
        identical=all(_identical(a, b) for a, b in pairs),
        not_finite=(sum(_not_finite(a) for a, _ in pairs), sum(_not_finite(b) for _, b in pairs)),
        max_abs=figures.max_abs,
        relative=figures.relative,
        cosine=figures.cosine,
        differs=next(filter(None, reasons), ""),
    )


def _figures(name: str, native: Sequence[Tensor], web: Sequence[Tensor]) -> Comparison:
    """Figures over the numbers that are finite on both sides."""
    tamed = [_tamed(a, b) for a, b in zip(native, web, strict=True)]
    return compare(name, [a for a, _ in tamed], [b for _, b in tamed])


def _tamed(native: Tensor, web: Tensor) -> tuple[Tensor, Tensor]:
    if native.dtype.kind != "f" or web.dtype.kind != "f":
        return native, web
    a, b = native.astype(np.float64), web.astype(np.float64)
    with np.errstate(invalid="ignore"):
        # Beside infinities of one sign, those of the other side only have to be of that sign.
        wild = ~np.isfinite(a) | ~np.isfinite(b) | ((np.abs(a) >= HUGE) & (np.sign(a) * b >= HUGE))
    return np.where(wild, 0, a), np.where(wild, 0, b)


def _identical(native: Tensor, web: Tensor) -> bool:
    same = native.dtype == web.dtype and native.shape == web.shape
    if native.dtype.kind == "O":
        return same and bool((native == web).all())
    return same and native.tobytes() == web.tobytes()


def _not_finite(array: Tensor) -> int:
    return int((~np.isfinite(array)).sum()) if array.dtype.kind == "f" else 0


def _dims(shape: Sequence[int]) -> str:
    return f"({', '.join(map(str, shape))})"


def _index(at: Sequence[Any]) -> str:
    return f"[{', '.join(str(int(part)) for part in at)}]"


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
