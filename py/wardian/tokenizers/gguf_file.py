"""The head of a GGUF file: its metadata, as names and values.

    "GGUF", u32 version, u64 tensors, u64 entries; then per entry: string name, u32 type, value
    string: u64 bytes, UTF-8          array: u32 type, u64 count, values

Everything is little-endian. Lengths are compared with what the file has before anything is made of them.

Source: `docs/gguf.md` of ggml-org/ggml.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any, BinaryIO

from wardian.errors import ModelError

__all__ = ["read_gguf_metadata"]

#: struct's letter for each type of number; by type: 0 to 7 and 10 to 12. 8 is a string, 9 an array.
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_VERSIONS = (2, 3)
_DEEPEST = 4


def read_gguf_metadata(source: str | Path | bytes) -> dict[str, Any]:
    """The metadata of a GGUF file, given as its path or content.

    Returns:
        Names and values: int, float, bool, str, or lists of them.

    Raises:
        ModelError: the file cannot be read, is no GGUF file of version 2 or 3, or is cut off.
    """
    if isinstance(source, bytes):
        return _Reader(io.BytesIO(source), len(source)).metadata()
    try:
        with Path(source).open("rb") as file:
            return _Reader(file, Path(source).stat().st_size).metadata()
    except OSError as error:
        raise ModelError(
            "The GGUF file cannot be read.", value=str(source), received=error.strerror
        ) from error


class _Reader:
    """Reads values one after the other, never past the end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size

    def metadata(self) -> dict[str, Any]:
        if self._take(4) != b"GGUF":
            raise ModelError("This is no GGUF file.", expected="a file that starts with GGUF")
        version = self._number("I")
        if version not in _VERSIONS:
            raise ModelError("This version of GGUF is not known.", value=str(version), expected="2 or 3")
        self._number("Q")  # tensors
        entries = self._count(4 + 8)
        found: dict[str, Any] = {}
        for _ in range(entries):
            name = self._string()
            found[name] = self._value(self._number("I"))
        return found

    def _take(self, count: int) -> bytes:
        if count > self._left:
            raise ModelError(
                "The GGUF file ends too early.",
                expected=f"{count} bytes more",
                received=f"{self._left} bytes",
            )
        content = self._file.read(count)
        if len(content) != count:
            raise ModelError("The GGUF file ends too early.", expected=f"{count} bytes more")
        self._left -= count
        return content

    def _number(self, letter: str) -> Any:
        return struct.unpack("<" + letter, self._take(struct.calcsize("<" + letter)))[0]

    def _count(self, least: int) -> int:
        """A number of things that take at least so many bytes each."""
        count: int = self._number("Q")
        if count * least > self._left:
            raise ModelError(
                "The GGUF file says that it has more than it has.",
                value=f"{count:,} entries",
                received=f"{self._left:,} bytes",
            )
        return count

    def _string(self) -> str:
        content = self._take(self._count(1))
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise ModelError("A text in the GGUF file is not UTF-8.", received=str(error)) from error

    def _value(self, kind: int, depth: int = 0) -> Any:
        if kind in _NUMBERS:
            return self._number(_NUMBERS[kind])
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY or depth > _DEEPEST:
            raise ModelError("A value in the GGUF file has a type that is not known.", value=str(kind))
        inner = self._number("I")
        if inner in _NUMBERS:
            letter = _NUMBERS[inner]
            count = self._count(struct.calcsize("<" + letter))
            content = self._take(count * struct.calcsize("<" + letter))
            return list(struct.unpack(f"<{count}{letter}", content))
        return [self._value(inner, depth + 1) for _ in range(self._count(8))]
