"""FlatBuffers without generated code: tables, vectors and strings, every access checked against the file.

A table begins with the distance back to its vtable; the vtable holds its own length, the table's, and for
each field the distance from the table's start, 0 where it has its default. Numbers are little-endian.

Source: the FlatBuffers internals document of google/flatbuffers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.errors import ConversionError

__all__ = ["Table", "root"]


class Table:
    """One table; a field is addressed by its number in the schema. `label` says where it is, for messages.

    >>> data = struct.pack("<I4H2i", 12, 6, 8, 4, 0, 8, 7)  # root, vtable, padding, distance back, field 0
    >>> root(Path("x"), data).number(0, "i")
    7
    """

    def __init__(self, path: Path, data: bytes, start: int, label: str) -> None:
        self.path, self._data, self._start, self.label = path, data, start, label
        (back,) = self._unpack("<i", start)
        self._vtable = start - back
        (self._length,) = self._unpack("<H", self._vtable)
        if self._length < 4 or self._length % 2:
            raise self._bad("vtable", f"{self._length} bytes")

    def number(self, field: int, kind: str, default: float = 0) -> Any:
        """A number; `kind` is a letter of `struct`."""
        at = self._at(field)
        return default if at is None else self._unpack(f"<{kind}", at)[0]

    def flag(self, field: int) -> bool:
        return bool(self.number(field, "B"))

    def text(self, field: int) -> str:
        start, length = self._vector(field, 1)
        return self._data[start : start + length].decode("utf-8", "replace")

    def array(self, field: int, dtype: str) -> NDArray[Any]:
        """A vector of numbers; empty where there is none."""
        kind = np.dtype(dtype)
        start, length = self._vector(field, kind.itemsize)
        return np.frombuffer(self._data, kind, length, start) if length else np.zeros(0, kind)

    def table(self, field: int, label: str) -> Table | None:
        at = self._at(field)
        return (
            None if at is None else Table(self.path, self._data, self._follow(at), f"{self.label}, {label}")
        )

    def tables(self, field: int, label: str) -> Iterator[Table]:
        start, length = self._vector(field, 4)
        for number in range(length):
            at = self._follow(start + 4 * number)
            yield Table(self.path, self._data, at, f"{label} {number}")

    def _at(self, field: int) -> int | None:
        place = 4 + 2 * field
        if place + 2 > self._length:
            return None
        (distance,) = self._unpack("<H", self._vtable + place)
        return self._start + distance if distance else None

    def _vector(self, field: int, width: int) -> tuple[int, int]:
        """(start of the elements, their number), all of them inside of the file."""
        at = self._at(field)
        if at is None:
            return 0, 0
        start = self._follow(at)
        (length,) = self._unpack("<I", start)
        if start + 4 + length * width > len(self._data):
            raise self._bad(f"field {field}", f"a vector of {length:,} elements at byte {start}")
        return start + 4, length

    def _follow(self, at: int) -> int:
        (distance,) = self._unpack("<I", at)
        return at + int(distance)

    def _unpack(self, form: str, at: int) -> tuple[Any, ...]:
        if at < 0 or at + struct.calcsize(form) > len(self._data):
            raise self._bad(f"byte {at}", "an offset out of the file")
        return struct.unpack_from(form, self._data, at)

    def _bad(self, place: str, received: str) -> ConversionError:
        return ConversionError(
            self.path,
            "is a broken FlatBuffer",
            place=f"{self.label}, {place}",
            expected=f"everything inside of its {len(self._data):,} bytes",
            received=received,
        )


def root(path: Path, data: bytes) -> Table:
    """The table that a file begins with. Raises ConversionError."""
    if len(data) < 8:
        raise ConversionError(path, "is cut off", expected="at least 8 bytes", received=str(len(data)))
    return Table(path, data, struct.unpack_from("<I", data)[0], "the file")
