"""Tensors that stay in an engine of this process: what `KeptTensors` of `tensors.ts` is in the browser."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from wardian.errors import TensorError
from wardian.session._validate import is_kept
from wardian.types import Append, Array, KeptTensor, Tensor, dtype_name

__all__ = ["ROOM", "KeptArrays"]

ROOM = 64
"""Tensors that grow have a multiple of so many places."""


class KeptArrays:
    """Arrays by handle.

    >>> kept = KeptArrays()
    >>> new = kept.append("present", np.ones((1, 2, 3)), None, at=0, axis=1)
    >>> new.dims, kept.append("present", np.ones((1, 1, 3)), new, at=2, axis=1) == new
    ((1, 64, 3), True)
    >>> float(kept.get("past", new).sum())
    9.0
    """

    def __init__(self) -> None:
        self._arrays: dict[int, Array] = {}
        self._handles = itertools.count(1)

    def add(self, name: str, array: Array) -> KeptTensor:
        handle = next(self._handles)
        self._arrays[handle] = array
        return KeptTensor(name, dtype_name(array.dtype), array.shape, handle)

    def result(self, name: str, array: Array, keep: Sequence[str], append: Append | None) -> Tensor:
        """What a run gives for one of its outputs: the array itself, or what stays here of it."""
        if append is not None and name in append.into:
            return self.append(name, array, append.into[name], at=append.at, axis=append.axis)
        return self.add(name, array) if is_kept(name, keep) else array

    def get(self, name: str, value: Tensor) -> Array:
        """The array of a feed. Raises TensorError for a handle that is not here."""
        if not isinstance(value, KeptTensor):
            return value
        if value.handle not in self._arrays:
            raise TensorError(
                f"Input {name!r} is a tensor that this session does not hold.",
                value=f"{value.name!r}, handle {value.handle}",
                hint="It was released, or made by another session.",
            )
        return self._arrays[value.handle]

    def append(self, name: str, new: Array, into: KeptTensor | None, *, at: int, axis: int) -> KeptTensor:
        """Write an array after the first `at` places of another; where there is no room, into a larger one.

        Raises TensorError where they do not fit together.
        """
        held = None if into is None else self.get(name, into)
        shape, before = list(new.shape), 0 if held is None else held.shape[axis]
        shape[axis] = before
        if not 0 <= at <= before or (held is not None and list(held.shape) != shape):
            raise TensorError(
                f"Output {name!r} cannot be appended at place {at}.",
                expected="nothing yet, and place 0" if held is None else f"a tensor like {held.shape}",
                received=str(new.shape),
            )
        end = at + new.shape[axis]
        if into is None or held is None or end > before:
            shape[axis] = -(-end // ROOM) * ROOM
            larger = np.zeros(shape, new.dtype)
            if held is not None and into is not None:
                _along(larger, axis, 0, at)[...] = _along(held, axis, 0, at)
                self.release([into])
            held, into = larger, self.add(name, larger)
        _along(held, axis, at, end)[...] = new
        return into

    def gather(self, kept: Iterable[KeptTensor], rows: Sequence[int]) -> list[KeptTensor]:
        """Tensors of these rows (of the first axis) in the place of others, which are released."""
        found = []
        for tensor in kept:
            found.append(self.add(tensor.name, self.get(tensor.name, tensor)[np.asarray(rows, np.intp)]))
            self.release([tensor])
        return found

    def release(self, kept: Iterable[KeptTensor]) -> None:
        for tensor in kept:
            self._arrays.pop(tensor.handle, None)

    def clear(self) -> None:
        self._arrays.clear()


def _along(array: Array, axis: int, start: int, end: int) -> Array:
    """A view of some places along an axis."""
    return array[(slice(None),) * axis + (slice(start, end),)]
