"""Read CTranslate2's `model.bin` without CTranslate2: tensors by name, quantised ones as what they stand for.

    uint32 version, string name of the specification, uint32 its revision
    uint32 count, then for each variable: string name, uint8 rank, uint32 lengths …, uint8 type,
        uint32 bytes, data
    uint32 count, then for each alias: string alias, string name of a variable

A string is uint16 length with its closing zero, and UTF-8. All numbers are little-endian. Matrices of int8
and int16 have a variable `…_scale` beside them, for each row or for all: w = q / scale.

Source: `python/ctranslate2/specs/model_spec.py` and `src/models/model.cc` of OpenNMT/CTranslate2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["CTranslate2File", "is_ctranslate2"]

#: Versions with names of specifications, types by number, and aliases.
_VERSIONS = range(4, 7)
_NEWEST = 9
"""What is still recognised, so that a newer version can be told to be one."""
_TYPES = (
    ("float32", "<f4"),
    ("int8", "|i1"),
    ("int16", "<i2"),
    ("int32", "<i4"),
    ("float16", "<f2"),
    ("bfloat16", "<u2"),
)
_QUANTISED = ("int8", "int16")
_MOST_AXES = 8
_OLD_INT16_SCALE = np.float32(1000)
"""What int16 was multiplied with where no scale is stored."""


@dataclass(frozen=True)
class _Variable:
    shape: tuple[int, ...]
    type: str
    start: int
    end: int


def is_ctranslate2(start: bytes) -> bool:
    """Whether a file that begins so is one: a small version, then the name of a specification.

    >>> is_ctranslate2(bytes([6, 0, 0, 0, 12, 0]) + b"WhisperSpe"), is_ctranslate2(bytes(16))
    (True, False)
    """
    version, name = int.from_bytes(start[:4], "little"), start[6:16]
    return 1 <= version <= _NEWEST and len(name) == 10 and name.isalnum()


class CTranslate2File(Mapping[str, NDArray[Any]]):
    """The variables of a file by name, aliases included; each is read when it is asked for.

    Quantised matrices and bfloat16 become float32; other types stay what they are.

    Raises ConversionError, which names the file and the place in it, for what is cut off, out of range, named
    twice, not UTF-8, or an alias of nothing or of itself; UnsupportedError for other versions and types.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size = path.stat().st_size
        self._bytes = np.memmap(path, np.uint8, "r") if self._size else np.zeros(0, np.uint8)
        self._at = 0
        version = self._number(4, "version")
        if version not in _VERSIONS:
            known = f"versions {_VERSIONS.start} to {_VERSIONS.stop - 1} are read; convert the model again"
            raise UnsupportedError(path, [(f"version {version} of the format", known)])
        self.specification = self._text("name of the specification")
        self.revision = self._number(4, "revision")
        self._variables: dict[str, _Variable] = {}
        for _ in range(self._count("variables", 2 + 1 + 1 + 1 + 4)):
            self._read_variable()
        aliases = [self._read_alias() for _ in range(self._count("aliases", 2 * 3))]
        self._aliases = dict(aliases)
        if len(self._aliases) < len(aliases) or set(self._aliases) & set(self._variables):
            raise self._error("has two variables of one name", "aliases")
        if self._at != self._size:
            raise self._error("goes on after its end", f"byte {self._at:,}", "", f"{self._size:,} bytes")
        for alias in self._aliases:
            self._resolve(alias)

    def __len__(self) -> int:
        return len(self._variables) + len(self._aliases)

    def __iter__(self) -> Iterator[str]:
        yield from self._variables
        yield from self._aliases

    def __contains__(self, name: object) -> bool:
        return name in self._variables or name in self._aliases

    def __getitem__(self, name: str) -> NDArray[Any]:
        real = self._resolve(name)
        array = self._raw(real)
        if self._variables[real].type in _QUANTISED:
            return self._dequantized(real, array)
        return array

    def types(self) -> dict[str, int]:
        """How many numbers each type of variable holds."""
        found: dict[str, int] = {}
        for variable in self._variables.values():
            found[variable.type] = found.get(variable.type, 0) + prod(variable.shape)
        return found

    def shape(self, name: str) -> tuple[int, ...]:
        """A variable's shape, without reading it."""
        return self._variables[self._resolve(name)].shape

    def _raw(self, name: str) -> NDArray[Any]:
        variable = self._variables[name]
        stored = dict(_TYPES)[variable.type]
        # Data begins at any byte: a copy puts it where its type can lie.
        data = np.frombuffer(self._bytes[variable.start : variable.end].tobytes(), stored)
        array: NDArray[Any] = data.reshape(variable.shape)
        if variable.type == "bfloat16":
            array = (array.astype(np.uint32) << 16).view(np.float32)
        return array

    def _dequantized(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        """Matrices by their scales; a number that is no matrix stays a number."""
        if values.ndim == 0:
            return values
        beside = f"{name}_scale"
        if beside in self._variables:
            scale = np.asarray(self._raw(beside), np.float32)
        elif self._variables[name].type == "int16":
            scale = np.asarray(_OLD_INT16_SCALE)
        else:
            raise self._error("lacks the scales of a quantised variable", name, beside)
        if scale.size not in (1, values.shape[0]) or not (np.isfinite(scale) & (scale != 0)).all():
            raise self._error(
                "has scales that do not fit", beside, f"1 or {values.shape[0]} numbers, none of them 0",
                f"shape {scale.shape}",
            )  # fmt: skip
        return values.astype(np.float32) / scale.reshape(-1, *[1] * (values.ndim - 1))

    def _resolve(self, name: str) -> str:
        """The variable that a name stands for, by way of aliases."""
        seen = [name]
        while seen[-1] in self._aliases:
            other = self._aliases[seen[-1]]
            if other in seen:
                raise self._error("has an alias of itself", _short(name), "", _short(other))
            seen.append(other)
        if seen[-1] not in self._variables:
            if len(seen) == 1:
                raise KeyError(name)
            raise self._error("has an alias of nothing", _short(name), "a variable", _short(seen[-1]))
        return seen[-1]

    def _read_variable(self) -> None:
        name = self._text("name of a variable")
        place = _short(name)
        axes = self._number(1, f"rank of {place}")
        if axes > _MOST_AXES:
            raise self._error("has a variable of too many axes", place, f"at most {_MOST_AXES}", str(axes))
        shape = tuple(self._number(4, f"shape of {place}") for _ in range(axes))
        kind = self._number(1, f"type of {place}")
        if kind >= len(_TYPES):
            known = ", ".join(type_name for type_name, _ in _TYPES)
            raise UnsupportedError(self.path, [(f"type {kind} of variable {place}", f"{known} are read")])
        type_name, stored = _TYPES[kind]
        wanted = prod(shape) * np.dtype(stored).itemsize
        size = self._number(4, f"size of {place}")
        # Python's integers do not overflow, however absurd the shape is.
        if size != wanted:
            raise self._error(
                "has a variable whose size is not that of its shape", place,
                f"{wanted:,} bytes for {type_name} {shape}", f"{size:,}",
            )  # fmt: skip
        if name in self._variables:
            raise self._error("has two variables of one name", place)
        start = self._take(size, f"data of {place}")
        self._variables[name] = _Variable(shape, type_name, start, start + size)

    def _read_alias(self) -> tuple[str, str]:
        return self._text("alias"), self._text("name of an alias")

    def _count(self, what: str, least: int) -> int:
        """A count of things of which each takes at least so many bytes."""
        count = self._number(4, f"number of {what}")
        if count * least > self._size - self._at:
            left = self._size - self._at
            raise self._error(
                f"says that it has more {what} than it has room for", f"byte {self._at - 4:,}",
                f"at most {left // least:,}", f"{count:,}",
            )  # fmt: skip
        return count

    def _text(self, what: str) -> str:
        length = self._number(2, f"length of a {what}")
        start = self._take(length, what)
        raw = self._bytes[start : start + length].tobytes()
        if not raw.endswith(b"\0") or b"\0" in raw[:-1]:
            raise self._error(f"has a {what} that does not end", f"byte {start:,}", "a closing zero")
        try:
            return raw[:-1].decode("utf-8")
        except UnicodeDecodeError as error:
            place = f"byte {start + error.start:,}"
            raise self._error(f"has a {what} that is not UTF-8", place, "", repr(raw[:40])) from None

    def _number(self, size: int, what: str) -> int:
        start = self._take(size, what)
        return int.from_bytes(self._bytes[start : start + size].tobytes(), "little")

    def _take(self, size: int, what: str) -> int:
        """Where the next bytes begin."""
        start = self._at
        if start + size > self._size:
            raise self._error(
                "is cut off", f"byte {start:,}, {what}", f"{start + size:,} bytes", f"{self._size:,} bytes"
            )
        self._at += size
        return start

    def _error(self, problem: str, place: str, expected: str = "", received: str = "") -> ConversionError:
        return ConversionError(self.path, problem, place=place, expected=expected, received=received)


def _short(name: str) -> str:
    return repr(name[:100])
