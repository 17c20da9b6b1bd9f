"""Read the safetensors format: 8 bytes of header length, a JSON header, then the raw little-endian tensors.

A file is trusted in nothing: the header's length, every dtype, shape and range of bytes is checked before a
tensor is looked at. Tensors are views of a memory map, so opening a file of gigabytes reads only its header.

Source: the format section of the safetensors documentation (huggingface.co/docs/safetensors); as in its
reference implementation, tensors must cover the data from first to last byte, without holes or overlaps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.errors import ConversionError, UnsupportedError

__all__ = [
    "INDEX",
    "SafetensorsFile",
    "ShardedSafetensors",
    "open_safetensors",
    "read_safetensors",
    "write_safetensors",
]

_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
}
"""NumPy's name of what is stored; bfloat16 is read as the upper half of a float32."""

LONGEST_HEADER = 100_000_000
"""Bytes, the limit of the reference implementation."""

INDEX = "model.safetensors.index.json"
"""Says which tensor lies in which file, where there are several."""


def read_safetensors(data: bytes, file: str = "safetensors") -> SafetensorsFile:
    """The tensors of a file's content.

    >>> header = b'{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}'
    >>> file = len(header).to_bytes(8, "little") + header + np.array([1, 2], "<f4").tobytes()
    >>> read_safetensors(file)["x"].tolist()
    [[1.0], [2.0]]

    Raises ConversionError when it is cut off or broken, UnsupportedError for dtypes that NumPy has not.
    """
    return SafetensorsFile(np.frombuffer(data, np.uint8), file)


def write_safetensors(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """A file of tensors, in their order.

    >>> dict(read_safetensors(write_safetensors({"x": np.float16([[1, 2]])})))["x"].tolist()
    [[1.0, 2.0]]

    Raises ValueError for a dtype that the format has not.
    """
    names = {stored: name for name, stored in _DTYPES.items() if name != "BF16"}
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    parts: list[bytes] = []
    end = 0
    for name, tensor in tensors.items():
        stored = tensor.dtype.newbyteorder("<").str
        if stored not in names:
            raise ValueError(f"{name} is {tensor.dtype}; safetensors has {', '.join(_DTYPES)}")
        parts.append(tensor.astype(stored).tobytes())
        begin, end = end, end + len(parts[-1])
        entries[name] = {"dtype": names[stored], "shape": list(tensor.shape), "data_offsets": [begin, end]}
    header = json.dumps(entries, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return b"".join([len(header).to_bytes(8, "little"), header, *parts])


def open_safetensors(path: Path) -> Mapping[str, NDArray[Any]]:
    """The tensors of a file, or of all files that an index names.

    Raises ConversionError naming file and place when one is missing, cut off or broken.
    """
    if path.name.endswith(".json"):
        return ShardedSafetensors(path)
    if path.stat().st_size == 0:  # nothing can be mapped
        return read_safetensors(b"", path.name)
    return SafetensorsFile(np.memmap(path, np.uint8, "r"), path.name)


class SafetensorsFile(Mapping[str, NDArray[Any]]):
    """Tensor name to read-only array, in the order of the file; arrays are made when they are asked for.

    bfloat16 becomes float32, which has all its values; every other dtype stays what it is.
    """

    def __init__(self, content: NDArray[np.uint8], file: str) -> None:
        self._content, self.file = content, file
        header, self._start = self._header()
        header.pop("__metadata__", None)
        self._entries = {name: self._entry(name, entry) for name, entry in header.items()}
        self._check_cover()

    def __getitem__(self, name: str) -> NDArray[Any]:
        dtype, shape, begin, end = self._entries[name]
        raw = self._content[self._start + begin : self._start + end].view(_DTYPES[dtype])
        if dtype == "BF16":
            raw = (raw.astype("<u4") << 16).view("<f4")
        array: NDArray[Any] = np.asarray(raw).reshape(shape)
        array.flags.writeable = False
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors."""
        return int(self._content.size) - self._start

    def _header(self) -> tuple[dict[str, Any], int]:
        size = int(self._content.size)
        length = int.from_bytes(self._content[:8].tobytes(), "little")
        if size < 8 or length > min(size - 8, LONGEST_HEADER):
            raise ConversionError(
                self.file,
                "is cut off or no safetensors file",
                place="bytes 0 to 8, the length of the header",
                expected=f"at most {max(min(size - 8, LONGEST_HEADER), 0):,}",
                received=f"{length:,}" if size >= 8 else f"a file of {size} bytes",
            )
        text = self._content[8 : 8 + length].tobytes()
        try:
            header = json.loads(text.decode("utf-8"), object_pairs_hook=_no_duplicates)
        except (ValueError, RecursionError) as error:
            raise ConversionError(
                self.file, "has a broken header", place=f"bytes 8 to {8 + length}", received=str(error)[:200]
            ) from None
        if not isinstance(header, dict):
            raise ConversionError(
                self.file, "has a broken header", expected="an object", received=type(header).__name__
            )
        return header, 8 + length

    def _entry(self, name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
        """Checked dtype, shape and range of bytes."""
        if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= set(entry):
            raise self._error(name, "dtype, shape and data_offsets", str(entry)[:80])
        dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
        if not _is_lengths(shape):
            raise self._error(name, "a shape of integers from 0 on", str(shape)[:80])
        if not _is_lengths(offsets) or len(offsets) != 2:
            raise self._error(name, "two offsets", str(offsets)[:80])
        if dtype not in _DTYPES:
            raise UnsupportedError(
                self.file, [(f"dtype {dtype!r} of {name}", "save the model as float32, float16 or bfloat16")]
            )
        begin, end = offsets
        available = int(self._content.size) - self._start
        if not begin <= end <= available:
            raise self._error(name, f"offsets within the file's {available:,} bytes of data", str(offsets))
        # Python's integers do not overflow, however absurd the shape is.
        wanted = np.dtype(_DTYPES[dtype]).itemsize
        for length in shape:
            wanted *= length
        if wanted != end - begin:
            raise self._error(name, f"{wanted:,} bytes for {dtype} {shape}", f"{end - begin:,} bytes")
        return dtype, tuple(shape), begin, end

    def _check_cover(self) -> None:
        ordered = sorted(self._entries.items(), key=lambda item: item[1][2:])
        for (name, one), (other_name, other) in pairwise(ordered):
            if one[3] != other[2]:
                what = "overlaps" if one[3] > other[2] else "does not end where the next begins, at"
                raise self._error(name, "tensors one after the other", f"{name} {what} {other_name}")
        first, last = (ordered[0][1][2], ordered[-1][1][3]) if ordered else (0, 0)
        if (first, last) != (0, self.nbytes):
            raise self._error(
                "all tensors", f"bytes 0 to {self.nbytes:,} of the data", f"{first:,} to {last:,}"
            )

    def _error(self, name: str, expected: str, received: str) -> ConversionError:
        return ConversionError(
            self.file, "holds a broken tensor", place=name, expected=expected, received=received
        )


class ShardedSafetensors(Mapping[str, NDArray[Any]]):
    """The tensors of the files that an index names, each opened when a tensor of it is asked for."""

    def __init__(self, index: Path) -> None:
        from wardian_build.convert.sources import read_json

        self._folder, self.file = index.parent, index.name
        places = read_json(index).get("weight_map")
        if not isinstance(places, dict) or not all(isinstance(place, str) for place in places.values()):
            raise ConversionError(
                index.name, "is broken", place="weight_map", expected="an object: tensor to file"
            )
        self._places: dict[str, str] = places
        self._files: dict[str, Mapping[str, NDArray[Any]]] = {}
        for name in dict.fromkeys(places.values()):
            self._open(name)
        for tensor, name in places.items():
            if tensor not in self._files[name]:
                raise ConversionError(
                    name, "lacks a tensor", expected=tensor, received=f"named in {self.file}"
                )

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._files[self._places[name]][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def _open(self, name: str) -> None:
        parts = PurePosixPath(name).parts
        if len(parts) != 1 or parts[0] in ("..", "/") or "\\" in name or not name.endswith(".safetensors"):
            raise ConversionError(
                self.file, "leads out of its folder", expected="names of files beside it", received=repr(name)
            )
        path = self._folder / name
        if not path.is_file():
            raise ConversionError(path, "does not exist", received=f"named in {self.file}")
        self._files[name] = open_safetensors(path)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is there twice")
    return table


def _is_lengths(value: Any) -> bool:
    """A list of integers from 0 on (True and False are none)."""
    return isinstance(value, list) and all(
        isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in value
    )
