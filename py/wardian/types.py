"""Tensors and what is known about them: dtypes, specs, tensors that stay in the engine, wire form.

>>> TensorSpec("pixels", "float32", ("batch", 1, 28, 28)).describe()
'pixels: float32 (batch, 1, 28, 28)'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wardian.errors import TensorError

__all__ = [
    "DTYPES",
    "Append",
    "Array",
    "KeptTensor",
    "Tensor",
    "TensorSpec",
    "carried",
    "dtype_name",
    "from_wire",
    "to_wire",
]

Array: TypeAlias = NDArray[Any]

#: Names of element types as in `DType` of `app/shared/messages.ts`, with the NumPy dtype that holds them.
DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(name)
    for name in (
        "float32", "float64", "float16",
        "int8", "int16", "int32", "int64",
        "uint8", "uint16", "uint32", "uint64",
        "bool",
    )
} | {"string": np.dtype(object)}  # fmt: skip

#: The names of those dtypes: `dtype.name` is computed anew each time, in Python.
_NAMES: dict[np.dtype[Any], str] = {dtype: name for name, dtype in DTYPES.items()}

#: How an element type travels where it has no typed array of its own.
_CARRIERS: dict[str, np.dtype[Any]] = {"float16": np.dtype(np.uint16), "bool": np.dtype(np.uint8)}


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Name, element type and dimensions of a model's input or output.

    A dimension is a fixed length, or the name of a symbolic one (`"batch"`), or `""` where the model says
    nothing. Equal names mean equal lengths within one call.
    """

    name: str
    dtype: str
    dims: tuple[int | str, ...]

    def describe(self) -> str:
        dims = ", ".join(str(dim) or "?" for dim in self.dims)
        return f"{self.name}: {self.dtype} ({dims})"

    def to_wire(self) -> dict[str, Any]:
        """The spec as `TensorSpec` of `app/shared/messages.ts`."""
        return {"name": self.name, "dtype": self.dtype, "dims": list(self.dims)}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> TensorSpec:
        """
        >>> TensorSpec.from_wire({"name": "x", "dtype": "bool", "dims": ["n", 2]})
        TensorSpec(name='x', dtype='bool', dims=('n', 2))
        """
        dims = tuple(dim if isinstance(dim, str) else int(dim) for dim in wire["dims"])
        return cls(str(wire["name"]), str(wire["dtype"]), dims)


@dataclass(frozen=True, slots=True)
class KeptTensor:
    """An output that stayed in the engine: it can be fed back, but not read.

    Valid until released or the session that made it is closed.
    """

    name: str
    dtype: str
    dims: tuple[int, ...]
    handle: int

    def to_wire(self) -> dict[str, Any]:
        """The handle as `KeptTensor` of `app/shared/messages.ts`."""
        return {"name": self.name, "dtype": self.dtype, "dims": list(self.dims), "handle": self.handle}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> KeptTensor:
        return cls(str(wire["name"]), str(wire["dtype"]), tuple(map(int, wire["dims"])), int(wire["handle"]))


@dataclass(frozen=True, slots=True)
class Append:
    """Outputs of a run that are written to the end of tensors which are in the engine already.

    `into` says which, by the output's name; None begins one. Of these `at` places along `axis` hold, and the
    output comes after them, over whatever is there. They have room to spare (dims say how much in all), zero
    at first, so that adding one place seldom moves the others.
    """

    into: Mapping[str, KeptTensor | None]
    at: int
    axis: int = 2

    def to_wire(self) -> dict[str, Any]:
        """As `Append` of `app/shared/messages.ts`, without `at`, which goes beside it."""
        into = {name: None if tensor is None else tensor.handle for name, tensor in self.into.items()}
        return {"into": into, "axis": self.axis}


Tensor: TypeAlias = Array | KeptTensor


def dtype_name(dtype: np.dtype[Any]) -> str:
    """The name of a NumPy dtype as models use it.

    >>> dtype_name(np.dtype("float16")), dtype_name(np.dtype("<U5"))
    ('float16', 'string')

    Raises TensorError for a dtype that no model takes, such as complex128.
    """
    if dtype in _NAMES:
        return _NAMES[dtype]
    if dtype.kind == "U":
        return "string"
    if dtype.name not in DTYPES:
        raise TensorError(
            f"No model takes tensors of dtype {dtype.name}.",
            expected="one of " + ", ".join(DTYPES),
            received=dtype.name,
        )
    return dtype.name


def to_wire(name: str, array: Array) -> dict[str, Any]:
    """An array as `WireTensor` of `app/shared/messages.ts`.

    `data` is 1-D, contiguous and in row-major order; float16 is viewed as uint16 and bool as uint8, because
    JavaScript has no typed arrays for them. Nothing is copied when the array is contiguous already.

    >>> wire = to_wire("mask", np.array([[True, False]]))
    >>> wire["dtype"], wire["dims"], wire["data"].dtype.name, wire["data"].tolist()
    ('bool', [1, 2], 'uint8', [1, 0])
    """
    dtype = dtype_name(array.dtype)
    return {"name": name, "dtype": dtype, "dims": list(array.shape), "data": carried(array)}


def carried(array: Array) -> Array | list[str]:
    """The elements of an array as they travel: `data` of `to_wire`, or the texts of a string tensor."""
    dtype = dtype_name(array.dtype)
    if dtype == "string":
        return [str(text) for text in array.flat]
    flat = array.ravel()
    if not flat.dtype.isnative:
        flat = flat.astype(flat.dtype.newbyteorder("="))
    carrier = _CARRIERS.get(dtype)
    return flat if carrier is None else flat.view(carrier)


def from_wire(wire: Mapping[str, Any]) -> Array:
    """The array of a `WireTensor`. `data` is anything NumPy can read as a flat buffer.

    >>> from_wire({"dtype": "float16", "dims": [2], "data": np.array([15360, 0], np.uint16)})
    array([1., 0.], dtype=float16)

    Raises TensorError when dtype, dims and data do not fit each other.
    """
    dtype, dims, data = str(wire["dtype"]), tuple(map(int, wire["dims"])), wire["data"]
    if dtype not in DTYPES:
        raise TensorError(
            "The tensor has an unknown dtype.", expected="one of " + ", ".join(DTYPES), received=dtype
        )
    if dtype == "string":
        flat = np.array(list(data), dtype=object)
    elif isinstance(data, (bytes, bytearray, memoryview)):
        raw = memoryview(data).cast("B") if len(data) else b""
        flat = np.frombuffer(raw, dtype=DTYPES[dtype])
    else:
        carrier = _CARRIERS.get(dtype)
        element = DTYPES[dtype] if carrier is None else carrier
        flat = np.asarray(data, dtype=element).reshape(-1)
        flat = flat.view(DTYPES[dtype]) if carrier is not None else flat
    if flat.size != _count(dims):
        raise TensorError(
            "The tensor's data and dims do not fit each other.",
            expected=f"{_count(dims)} elements for dims {list(dims)}",
            received=f"{flat.size} elements",
        )
    return flat.reshape(dims)


def _count(dims: Sequence[int]) -> int:
    count = 1
    for dim in dims:
        count *= dim
    return count
