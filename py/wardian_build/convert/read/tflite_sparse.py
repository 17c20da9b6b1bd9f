"""Sparse tensors of TensorFlow Lite: levels that are dense, or list what is there, and blocks at the end.

Source: `tflite/kernels/internal/utils/sparsity_format_converter.cc`, and the schema's SparsityParameters.
"""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.read.flatbuffer import Table
from wardian_build.errors import ConversionError

__all__ = ["densified"]

#: How a list of indices is stored, by its type in the union.
_KINDS = {1: "<i4", 2: "<u2", 3: "|u1"}


def densified(
    path: Path, place: str, values: NDArray[Any], shape: tuple[int, ...], table: Table
) -> NDArray[Any]:
    """The whole tensor, zeros where nothing was stored.

    Raises ConversionError for levels that do not fit the shape, or lead out of the values.
    """
    order, blocked = table.array(0, "<i4").tolist(), table.array(1, "<i4").tolist()
    levels = list(table.tables(2, f"{place}, level"))
    rank = len(shape)
    if sorted(order) != list(range(len(levels))) or len(levels) != rank + len(blocked):
        raise _bad(path, place, f"an order of {rank} axes and their blocks", f"{order}, {blocked}")
    if any(not 0 <= axis < rank for axis in blocked) or (order[:rank] and max(order[:rank]) >= rank):
        raise _bad(path, place, f"blocks of {rank} axes, after these", f"{order}, {blocked}")
    places, coordinates = np.zeros(1, np.int64), list[NDArray[np.int64]]()
    for level in levels:
        repeats, places, own = _level(path, place, level, places, prod(shape))
        coordinates = [np.repeat(one, repeats) for one in coordinates] + [own]
    index = [np.zeros(len(places), np.int64) for _ in shape]
    for position, axis in enumerate(order[:rank]):
        index[axis] = coordinates[position]
    for position, axis in zip(
        range(rank, len(levels)), (blocked[n - rank] for n in order[rank:]), strict=True
    ):
        index[axis] = index[axis] * int(levels[position].number(1, "i")) + coordinates[position]
    inside = all((one >= 0).all() and (one < length).all() for one, length in zip(index, shape, strict=True))
    if len(places) != values.size or not inside:
        raise _bad(path, place, f"{len(places)} values inside of {shape}", f"{values.size}")
    found = np.zeros(shape, values.dtype)
    found[tuple(index)] = values[places]
    return found


def _level(
    path: Path, place: str, level: Table, places: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """How often each place so far goes on, the places afterwards, and their coordinates on this axis."""
    if level.number(0, "b") == 0:
        size = int(level.number(1, "i"))
        if not size > 0 or len(places) * size > most:
            raise _bad(path, place, f"at most {most:,} elements", f"{len(places)} × {size}")
        own = np.tile(np.arange(size, dtype=np.int64), len(places))
        return np.full(len(places), size), np.repeat(places * size, size) + own, own
    segments, indices = (_indices(path, place, level, field) for field in (2, 4))
    if not segments.size or int(places.max(initial=0)) + 1 >= segments.size:
        raise _bad(path, place, "a segment for each place", f"{segments.size} segments")
    starts, ends = segments[places], segments[places + 1]
    counts = ends - starts
    if (counts < 0).any() or (starts < 0).any() or (ends > indices.size).any() or counts.sum() > most:
        raise _bad(path, place, f"segments of {indices.size} indices", "others")
    first = np.repeat(starts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    found = first + np.arange(int(counts.sum()))
    return counts, found, indices[found]


def _indices(path: Path, place: str, level: Table, field: int) -> NDArray[np.int64]:
    kind = _KINDS.get(level.number(field, "B"))
    vector = level.table(field + 1, "indices")
    if kind is None or vector is None:
        raise _bad(path, place, "indices", "none")
    return vector.array(0, kind).astype(np.int64)


def _bad(path: Path, place: str, expected: str, received: str) -> ConversionError:
    return ConversionError(
        path, "has a broken sparse tensor", place=place, expected=expected, received=received[:120]
    )
