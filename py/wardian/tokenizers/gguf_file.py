"""The head of a GGUF file: its metadata, as names and values, and the list of its tensors.

    "GGUF", u32 version, u64 tensors, u64 entries; then per entry: string name, u32 type, value
    string: u64 bytes, UTF-8          array: u32 type, u64 count, values
    then per tensor: string name, u32 dimensions, u64 each (the fastest first), u32 type, u64 offset

Everything is little-endian. Lengths are compared with what the file has before anything is made of them.

Source: `docs/gguf.md` of ggml-org/ggml.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from wardian.errors import ModelError, shorten

__all__ = ["GGUFHead", "GGUFTensor", "read_gguf_head", "read_gguf_metadata"]

#: struct's letter for each type of number; by type: 0 to 7 and 10 to 12. 8 is a string, 9 an array.
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_VERSIONS = (2, 3)
_DEEPEST = 4
_MOST_DIMENSIONS = 4

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class GGUFTensor:
    """A line of the list of tensors; `dims` as in the file, the fastest first, `offset` from the data on."""

    name: str
    dims: tuple[int, ...]
    type: int
    offset: int


@dataclass(frozen=True)
class GGUFHead:
    """What stands before the tensors' data; `bytes` is its length, without the padding that follows."""

    metadata: dict[str, Any]
    tensors: tuple[GGUFTensor, ...]
    bytes: int


def read_gguf_metadata(source: str | Path | bytes) -> dict[str, Any]:
    """The metadata of a GGUF file, given as its path or content.

    Returns:
        Names and values: int, float, bool, str, or lists of them.

    Raises:
        ModelError: the file cannot be read, is no GGUF file of version 2 or 3, or is cut off.
    """
    return _read(source, _Reader.metadata)


def read_gguf_head(source: str | Path | bytes) -> GGUFHead:
    """The metadata and the list of tensors of a GGUF file; raises ModelError as `read_gguf_metadata` does."""
    return _read(source, _Reader.head)


def _read(source: str | Path | bytes, part: Callable[[_Reader], _Part]) -> _Part:
    if isinstance(source, bytes):
        return part(_Reader(io.BytesIO(source), len(source)))
    try:
        with Path(source).open("rb") as file:
            return part(_Reader(file, Path(source).stat().st_size))
    except OSError as error:
        raise ModelError(
            "The GGUF file cannot be read.", value=str(source), received=error.strerror
        ) from error


class _Reader:
    """Reads values one after the other, never past the end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = self._left = size
        self._tensors = 0

    def head(self) -> GGUFHead:
        metadata = self.metadata()
        self._check_count(self._tensors, 8 + 4 + 4 + 8)
        tensors = tuple(self._tensor() for _ in range(self._tensors))
        return GGUFHead(metadata, tensors, self._size - self._left)

    def metadata(self) -> dict[str, Any]:
        if self._take(4) != b"GGUF":
            raise ModelError("This is no GGUF file.", expected="a file that starts with GGUF")
        version = self._number("I")
        if version not in _VERSIONS:
            raise ModelError("This version of GGUF is not known.", value=str(version), expected="2 or 3")
        self._tensors = self._number("Q")
        entries = self._count(4 + 8)
        found: dict[str, Any] = {}
        for _ in range(entries):
            name = self._string()
            found[name] = self._value(self._number("I"))
        return found

    def _tensor(self) -> GGUFTensor:
        name = self._string()
        count = self._number("I")
        if count > _MOST_DIMENSIONS:
            raise ModelError(
                "A tensor of the GGUF file has too many dimensions.",
                value=f"{shorten(name)} at byte {self._size - self._left}",
                expected=f"at most {_MOST_DIMENSIONS}",
                received=str(count),
            )
        dims = tuple(self._number("Q") for _ in range(count))
        return GGUFTensor(name, dims, self._number("I"), self._number("Q"))

    def _take(self, count: int) -> bytes:
        if count > self._left:
            raise ModelError(
                "The GGUF file ends too early.",
                value=f"byte {self._size - self._left}",
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
        self._check_count(count, least)
        return count

    def _check_count(self, count: int, least: int) -> None:
        if count * least > self._left:
            raise ModelError(
                "The GGUF file says that it has more than it has.",
                value=f"{count:,} entries at byte {self._size - self._left}",
                received=f"{self._left:,} bytes",
            )

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
