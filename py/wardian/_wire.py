"""Results and errors as plain data that crosses threads: what `wardian.worker` answers with."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

import numpy as np

from wardian.errors import WardianError, shorten

__all__ = ["error_to_wire", "value_to_wire"]

#: Characters; more is of no use on a page.
_LONGEST_TRACEBACK = 20_000


def value_to_wire(value: Any) -> Any:
    """A result as plain data: arrays become `{"data", "dims", "dtype"}` with flat, contiguous `data`.

    >>> value_to_wire({"a": np.zeros((2, 1), np.float32), "b": (np.int64(1),)})
    {'a': {'data': array([0., 0.], dtype=float32), 'dims': [2, 1], 'dtype': 'float32'}, 'b': [1]}
    """
    if isinstance(value, np.ndarray):
        return {"data": value.reshape(-1), "dims": list(value.shape), "dtype": value.dtype.name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): value_to_wire(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [value_to_wire(item) for item in value]
    return value


def error_to_wire(error: BaseException, message: str | None = None) -> dict[str, str | None]:
    """An exception as WireError of `app/shared/messages.ts`; `details` only for those nobody expected.

    >>> error_to_wire(RecursionError("maximum recursion depth exceeded"))["message"]
    'The code called itself too often.'
    """
    if isinstance(error, WardianError):
        return error.to_wire()
    hint = "What you entered is still there. Please report the details."
    if isinstance(error, MemoryError):
        message, hint = "There is not enough memory.", "Try a smaller input, or close other tabs."
    elif isinstance(error, RecursionError):
        message, hint = "The code called itself too often.", "Try a smaller or less deeply nested input."
    wire = WardianError(
        message or "Something went wrong inside Wardian.",
        # Without the quotes around it all: those inside, as of a KeyError, belong to the exception.
        received=shorten(f"{type(error).__name__}: {error}", 300)[1:-1],
        hint=hint,
    ).to_wire()
    return {**wire, "kind": "UnexpectedError", "details": _traceback(error)}


def _traceback(error: BaseException) -> str:
    """The traceback, cut in its middle where an exception holds a book."""
    text = "".join(traceback.format_exception(error))
    half = _LONGEST_TRACEBACK // 2
    return text if len(text) <= 2 * half else f"{text[:half]}\n[…]\n{text[-half:]}"
