"""Tensors of a GGUF file, as the blocks they are stored in: nothing is requantised, nothing read before
asked.

A block is 32 neighbours along the last axis with one scale (and one minimum), stored together:

    Q4_0  f16 d, 16 bytes          w = d · (q − 8)
    Q4_1  f16 d, f16 m, 16 bytes   w = d · q + m
    Q8_0  f16 d, 32 int8           w = d · q

In 4-bit blocks the low nibble of byte i is weight i, the high nibble weight i + 16. F32, F16 and BF16 have no
blocks.

Source: `docs/gguf.md` and `ggml-common.h` of ggml-org.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError
from wardian.tokenizers.gguf_file import GGUFTensor, read_gguf_head
from wardian_build.convert.quantized import BLOCK, Blocks, neighbours
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["GGUFFile"]

_F32, _F16, _Q4_0, _Q4_1, _Q8_0, _BF16 = 0, 1, 2, 3, 8, 30
_PLAIN: dict[int, tuple[str, np.dtype[Any]]] = {
    _F32: ("F32", np.dtype("<f4")),
    _F16: ("F16", np.dtype("<f2")),
    _BF16: ("BF16", np.dtype("<u2")),
}
_BLOCKS: dict[int, tuple[str, np.dtype[Any]]] = {
    _Q4_0: ("Q4_0", np.dtype([("d", "<f2"), ("q", "u1", 16)])),
    _Q4_1: ("Q4_1", np.dtype([("d", "<f2"), ("m", "<f2"), ("q", "u1", 16)])),
    _Q8_0: ("Q8_0", np.dtype([("d", "<f2"), ("q", "i1", 32)])),
}
_OTHERS = {6: "Q5_0", 7: "Q5_1", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 20: "IQ4_NL"}


@dataclass(frozen=True)
class _Entry:
    tensor: GGUFTensor
    shape: tuple[int, ...]
    start: int
    end: int


class GGUFFile(Mapping[str, "NDArray[Any] | Blocks"]):
    """The metadata and tensors of a file; a tensor is a float array, or `Blocks`, in the usual axis order.

    Raises ConversionError, which names the file and the tensor, for what is malformed: cut off, out of range,
    overlapping, of absurd shape, or of a type that has no lossless form here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            head = read_gguf_head(path)
        except ModelError as error:
            raise ConversionError(
                path,
                f"cannot be read: {error.message}",
                place=error.value or "",
                expected=error.expected or "",
                received=error.received or "",
            ) from error
        self.metadata = head.metadata
        self._size = path.stat().st_size
        alignment = head.metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20 or alignment & (alignment - 1):
            raise ConversionError(
                path, "has a bad general.alignment", expected="a power of two", received=repr(alignment)[:40]
            )
        self._check_types(head.tensors)
        begin = -(-head.bytes // alignment) * alignment
        self._entries: dict[str, _Entry] = {}
        for tensor in head.tensors:
            if tensor.name in self._entries:
                raise self._error(tensor.name, "has two tensors of one name")
            self._entries[tensor.name] = self._entry(tensor, begin, alignment)
        self._check_overlaps()
        self._bytes = np.memmap(path, np.uint8, "r")

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __getitem__(self, name: str) -> NDArray[Any] | Blocks:
        entry = self._entries[name]
        kind = entry.tensor.type
        data = self._bytes[entry.start : entry.end]
        if kind in _BLOCKS:
            _, dtype = _BLOCKS[kind]
            rows, columns = entry.shape
            return _blocks(kind, data.view(dtype).reshape(rows, columns // BLOCK))
        array: NDArray[Any] = data.view(_PLAIN[kind][1]).reshape(entry.shape)
        if kind == _BF16:
            array = (array.astype(np.uint32) << 16).view(np.float32)
        return array

    def shape(self, name: str) -> tuple[int, ...]:
        """A tensor's shape, without reading it."""
        return self._entries[name].shape

    def types(self) -> dict[str, int]:
        """How many weights each type of tensor holds."""
        found: dict[str, int] = {}
        for entry in self._entries.values():
            name = _name(entry.tensor.type)
            found[name] = found.get(name, 0) + prod(entry.shape)
        return found

    def _check_types(self, tensors: Sequence[GGUFTensor]) -> None:
        bad = [tensor for tensor in tensors if tensor.type not in _PLAIN and tensor.type not in _BLOCKS]
        if bad:
            remedy = "only F32, F16, BF16, Q8_0, Q4_0 and Q4_1 have a lossless form in ONNX; take such a file"
            raise UnsupportedError(
                self.path,
                [(f"tensor {tensor.name[:100]!r} of type {_name(tensor.type)}", remedy) for tensor in bad],
            )

    def _entry(self, tensor: GGUFTensor, begin: int, alignment: int) -> _Entry:
        kind, shape = tensor.type, tensor.dims[::-1]
        if not shape or min(shape) < 1:
            raise self._error(tensor.name, "has a bad shape", "positive lengths", str(shape))
        if kind in _BLOCKS and (len(shape) != 2 or shape[1] % BLOCK):
            raise self._error(
                tensor.name, "has a bad shape", f"two axes, the last a multiple of {BLOCK}", str(shape)
            )
        if tensor.offset % alignment:
            raise self._error(
                tensor.name, "has a bad offset", f"a multiple of {alignment}", str(tensor.offset)
            )
        per, dtype = (BLOCK, _BLOCKS[kind][1]) if kind in _BLOCKS else (1, _PLAIN[kind][1])
        start = begin + tensor.offset
        end = start + prod(shape) // per * dtype.itemsize
        if end > self._size:
            raise self._error(tensor.name, "is cut off", f"at least {end:,} bytes", f"{self._size:,} bytes")
        return _Entry(tensor, shape, start, end)

    def _check_overlaps(self) -> None:
        ordered = sorted(self._entries.values(), key=lambda entry: entry.start)
        for one, other in pairwise(ordered):
            if other.start < one.end:
                raise self._error(
                    other.tensor.name,
                    "has tensors that overlap",
                    f"a start at byte {one.end} or later",
                    f"{other.start}, inside of {one.tensor.name[:100]!r}",
                )

    def _error(self, tensor: str, problem: str, expected: str = "", received: str = "") -> ConversionError:
        return ConversionError(
            self.path, problem, place=f"tensor {tensor[:100]!r}", expected=expected, received=received
        )


def _name(kind: int) -> str:
    for known in (_PLAIN, _BLOCKS):
        if kind in known:
            return str(known[kind][0])
    return _OTHERS.get(kind, f"number {kind}")


def _blocks(kind: int, rows: NDArray[Any]) -> Blocks:
    """The blocks of a matrix in the order in which MatMulNBits keeps them."""
    scale = np.ascontiguousarray(rows["d"])
    if kind == _Q8_0:
        return Blocks(8, rows["q"].view(np.uint8) ^ np.uint8(0x80), scale, None)
    if kind == _Q4_0:
        return Blocks.from_q4_0(rows)
    return Blocks(4, neighbours(rows["q"]), scale, np.ascontiguousarray(rows["m"]))
