"""Values of any form as named arrays, so that two of them can be compared number by number.

Runs in CPython and in Pyodide.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["columns"]


def columns(value: Any) -> dict[str, NDArray[Any]]:
    """The leaves of a value by their path; the entries of lists together, as one column.

    Numbers become bool, int64 or float64 (entries,), texts and anything else object arrays of str; arrays and
    bytes stay what they are. A value without parts is called "value".

    >>> columns({"label": "7", "scores": [{"of": "7", "p": 0.9}, {"of": "1", "p": 0.1}]})["scores[].p"]
    array([0.9, 0.1])
    """
    leaves: dict[str, list[Any]] = {}
    arrays: dict[str, NDArray[Any]] = {}
    for found, leaf in _walk("", value):
        path = found or "value"
        if isinstance(leaf, np.ndarray):
            # A list of arrays has no column: they may differ in shape.
            number = sum(1 for known in arrays if known.partition("#")[0] == path)
            arrays[f"{path}#{number}" if number else path] = leaf
        else:
            leaves.setdefault(path, []).append(leaf)
    return {path: _column(column) for path, column in leaves.items()} | arrays


def _walk(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        yield path, np.frombuffer(value, np.uint8)
    elif isinstance(value, np.ndarray):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(f"{path}.{key}" if path else str(key), item)
    elif isinstance(value, (list, tuple)):
        # The length of one list is that of its columns; of lists within a list only the sum would be.
        if "[]" in path:
            yield f"{path}.length", len(value)
        for item in value:
            yield from _walk(f"{path}[]", item)
    elif isinstance(value, np.generic):
        yield path, value.item()
    else:
        yield path, value


def _column(found: list[Any]) -> NDArray[Any]:
    if all(isinstance(leaf, bool) for leaf in found):
        return np.array(found, np.bool_)
    if all(isinstance(leaf, int) and not isinstance(leaf, bool) for leaf in found):
        if all(-(2**63) <= leaf < 2**63 for leaf in found):
            return np.array(found, np.int64)
    elif all(isinstance(leaf, (int, float)) and not isinstance(leaf, bool) for leaf in found):
        return np.array(found, np.float64)
    column = np.empty(len(found), object)
    column[:] = [leaf if isinstance(leaf, str) else _described(leaf) for leaf in found]
    return column


def _described(leaf: Any) -> str:
    """None and numbers by their text, other objects by their type: an address would differ in every run."""
    plain = leaf is None or isinstance(leaf, (bool, int, float, complex))
    return repr(leaf) if plain else type(leaf).__name__
