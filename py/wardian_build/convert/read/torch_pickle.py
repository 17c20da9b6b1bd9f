"""Tensors out of PyTorch's `.pth`, `.pt` and `.bin` files, without PyTorch and without running what they say.

A file is a zip archive. `NAME/data.pkl` is a pickle whose tensors are calls of
`torch._utils._rebuild_tensor_v2` on storages, `NAME/data/KEY` the bytes of a storage. A pickle may call any
function of Python; here it gets those few that make tensors and dictionaries, anything else is refused.

Source: `torch/serialization.py` and `torch/_utils.py`; `pickle`'s documentation, "Restricting Globals".
"""

from __future__ import annotations

import collections
import io
import pickle
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["read_torch"]

_LARGEST_PICKLE = 64 << 20
_MOST_VALUES = 1_000_000
_MOST_AXES = 16

#: Types of storages: name in torch → dtype of their bytes. bfloat16 is read as its upper half of a float32.
_STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}


@dataclass(frozen=True)
class _StorageType:
    name: str

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(_STORAGES[self.name])


@dataclass(frozen=True)
class _Storage:
    type: _StorageType
    data: NDArray[Any]


def read_torch(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors by name; of nested dictionaries the names are joined with dots (`state_dict.conv1.weight`).

    Arrays are read-only where they share the file's bytes; bfloat16 becomes float32.

    Raises ConversionError naming file and place for what is cut off, malformed or absurd; UnsupportedError
    for a pickle that asks for code, which it names, and for files of torch before 1.6.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _Reader(path, archive).tensors()
    except zipfile.BadZipFile as error:
        with path.open("rb") as file:
            old = file.read(2) == b"\x80\x02"
        if old:
            remedy = "load it with torch and save it again: torch.save writes zip archives since 1.6"
            raise UnsupportedError(path, [("the format of torch before 1.6", remedy)]) from None
        raise ConversionError(path, "is no file of PyTorch", received=str(error)) from error


class _Reader:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        names = [name for name in archive.namelist() if name == "data.pkl" or name.endswith("/data.pkl")]
        if len(names) != 1:
            raise ConversionError(
                path, "is no file of PyTorch", expected="one data.pkl", received=f"{len(names)}"
            )
        self._folder = names[0].removesuffix("data.pkl")
        self._storages: dict[str, _Storage] = {}
        self._size = path.stat().st_size

    def tensors(self) -> dict[str, NDArray[Any]]:
        content = self._member("data.pkl", _LARGEST_PICKLE)
        try:
            value = _Unpickler(self._path, content, self._storage).load()
        except ConversionError:
            raise
        except Exception as error:  # a malformed pickle raises whatever its operations raise
            raise ConversionError(
                self._path, "has a broken pickle", place=f"{self._folder}data.pkl", received=str(error)[:200]
            ) from error
        return self._flat(value)

    def _flat(self, value: Any) -> dict[str, NDArray[Any]]:
        """All tensors of nested dictionaries; what is shared counts as often as it is named."""
        found: dict[str, NDArray[Any]] = {}
        waiting, seen = [("", value, 0)], 0
        while waiting:
            prefix, one, depth = waiting.pop()
            seen += 1
            if seen > _MOST_VALUES or depth > _MOST_AXES:
                raise ConversionError(
                    self._path, "is nested too deeply", expected=f"at most {_MOST_VALUES:,} values"
                )
            if isinstance(one, np.ndarray):
                found[prefix] = one
            elif isinstance(one, Mapping):
                rows = [
                    (f"{prefix}.{key}" if prefix else str(key), inner, depth + 1)
                    for key, inner in one.items()
                ]
                waiting += reversed(rows)
        if not found:
            raise ConversionError(self._path, "holds no tensors", expected="a state_dict: names and tensors")
        return found

    def _storage(self, identity: Any) -> _Storage:
        """A storage by what the pickle says of it: ("storage", type, key, location, length)."""
        sound = isinstance(identity, tuple) and len(identity) == 5 and identity[0] == "storage"
        if not sound or not isinstance(identity[1], _StorageType) or not isinstance(identity[2], str):
            raise ConversionError(self._path, "names a storage badly", received=f"{identity!r:.120}")
        kind, key = identity[1], identity[2]
        if key not in self._storages:
            content = self._member(f"data/{key}", self._size)
            self._storages[key] = _Storage(kind, np.frombuffer(content, np.uint8))
        raw = self._storages[key].data
        if raw.size % kind.dtype.itemsize:
            raise ConversionError(self._path, "has a storage of odd length", place=f"data/{key}")
        return _Storage(kind, raw.view(kind.dtype))

    def _member(self, name: str, limit: int) -> bytes:
        try:
            info = self._archive.getinfo(self._folder + name)
            if info.file_size > limit:
                raise ConversionError(
                    self._path, "has a member too large", place=name, expected=f"at most {limit:,} bytes",
                    received=f"{info.file_size:,}",
                )  # fmt: skip
            return self._archive.read(info)
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise ConversionError(
                self._path, "has a member that cannot be read", place=name, received=str(error)[:200]
            ) from error


class _Unpickler(pickle.Unpickler):
    """Gives a pickle tensors and ordered dictionaries, and no other function or class."""

    def __init__(self, path: Path, content: bytes, storage: Callable[[Any], _Storage]) -> None:
        super().__init__(io.BytesIO(content))
        self._path, self._load = path, storage

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _STORAGES:
            return _StorageType(name)
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch._utils" and name == "_rebuild_tensor_v2":
            return self._tensor
        if module == "torch._utils" and name == "_rebuild_parameter":
            return lambda data, *_: data
        return self._refuse(module, name)

    def persistent_load(self, identity: Any) -> _Storage:
        return self._load(identity)

    def _refuse(self, module: str, name: str) -> NoReturn:
        remedy = "nothing of it was run; save the tensors alone: torch.save(model.state_dict(), path)"
        raise UnsupportedError(self._path, [(f"{module[:80]}.{name[:80]}, asked for by the pickle", remedy)])

    def _tensor(self, storage: Any, offset: Any, shape: Any, stride: Any, *_: Any) -> NDArray[Any]:
        """A tensor from its storage, all counted in elements; every element must lie inside of it."""
        numbers = [offset, *shape, *stride]
        whole = all(type(n) is int and 0 <= n < 1 << 40 for n in numbers)
        if (
            not isinstance(storage, _Storage)
            or not whole
            or len(shape) != len(stride)
            or len(shape) > _MOST_AXES
        ):
            raise ConversionError(
                self._path, "has a bad tensor", received=f"shape {shape!r:.60}, stride {stride!r:.60}"
            )
        data, empty = storage.data, 0 in shape
        last = offset + sum((length - 1) * step for length, step in zip(shape, stride, strict=True))
        if not empty and last >= data.size:
            raise ConversionError(
                self._path,
                "has a tensor beyond the end of its storage",
                place=f"shape {tuple(shape)}",
                expected=f"at least {last + 1:,} elements",
                received=f"{data.size:,}",
            )
        if not empty and np.prod([float(n) for n in shape]) > data.size:
            # A stride of 0 makes any shape out of one number.
            raise ConversionError(
                self._path, "has a tensor larger than its storage", place=f"shape {tuple(shape)}"
            )
        if empty:
            array: NDArray[Any] = np.zeros(shape, data.dtype)
        else:
            steps = [step * data.itemsize for step in stride]
            array = np.lib.stride_tricks.as_strided(data[offset:], shape, steps, writeable=False)
        if storage.type.name == "BFloat16Storage":
            return (array.astype(np.uint32) << 16).view(np.float32)
        return array
