"""TensorFlow Lite files: tensors, operators and their options, checked; no TensorFlow.

Source: `tensorflow/compiler/mlir/lite/schema/schema.fbs`, version 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.read.flatbuffer import Table, root
from wardian_build.convert.read.tflite_codes import NAMES
from wardian_build.convert.read.tflite_sparse import densified
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["Operator", "TFLiteModel", "Tensor", "read_tflite"]

_DTYPES = {
    0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 6: "bool", 7: "int16", 9: "int8",
    10: "float64", 15: "uint32", 16: "uint16",
}  # fmt: skip
_CUSTOM = 32
_LARGEST = 2 << 30
_MOST_GRAPHS = 1000


@dataclass(frozen=True)
class Tensor:
    """A tensor; `data` is its value where it is constant, as it is stored.

    `scale` and `zero` are float32 and int64 (channels,) or (1,), empty where it is not quantised; `axis` is
    the one that they go along.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: NDArray[Any] | None
    scale: NDArray[np.float32]
    zero: NDArray[np.int64]
    axis: int

    @property
    def quantised(self) -> bool:
        """Whether whole numbers stand for others."""
        return self.scale.size > 0 and self.dtype in ("int8", "uint8", "int16", "int32")


@dataclass(frozen=True)
class Operator:
    """An operator; `inputs` and `outputs` are numbers of tensors, −1 for an input that is left out."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None
    number: int
    #: What a custom operator keeps its options in.
    custom: bytes = b""

    @property
    def label(self) -> str:
        return f"operator {self.number} ({self.name[:60]})"


@dataclass(frozen=True)
class TFLiteModel:
    """A subgraph; `graphs` are all of the file, which branches and loops name by number."""

    path: Path
    tensors: Sequence[Tensor]
    operators: Sequence[Operator]
    inputs: Sequence[int]
    outputs: Sequence[int]
    graphs: Sequence[TFLiteModel] = ()


def read_tflite(path: Path) -> TFLiteModel:
    """The first subgraph of a model, which is the one that runs, with those that it may call.

    Raises ConversionError naming the place for offsets out of the file, tensors of absurd or wrong size,
    operators over tensors that do not exist; UnsupportedError for sparse tensors and types without a form.
    """
    size = path.stat().st_size
    if size > _LARGEST:
        raise ConversionError(
            path, "is too large", expected=f"at most {_LARGEST:,} bytes", received=f"{size:,}"
        )
    data = path.read_bytes()
    model = root(path, data)
    version = model.number(0, "I")
    if data[4:8] != b"TFL3" or version != 3:
        raise ConversionError(
            path, "is no TensorFlow Lite file", expected="TFL3", received=f"version {version}"
        )
    graphs = list(model.tables(2, "subgraph"))
    if not graphs:
        raise ConversionError(path, "has no subgraph")
    buffers = list(model.tables(4, "buffer"))
    names = [_operator_name(code) for code in model.tables(1, "operator code")]
    if len(graphs) > _MOST_GRAPHS:
        raise ConversionError(
            path, "has too many subgraphs", expected=f"at most {_MOST_GRAPHS}", received=str(len(graphs))
        )
    shared: list[TFLiteModel] = []
    shared += [_subgraph(path, one, buffers, names, size, shared) for one in graphs]
    found = shared[0]
    if not found.operators or not found.outputs:
        raise ConversionError(path, "computes nothing", expected="operators and outputs")
    return found


def _subgraph(
    path: Path,
    table: Table,
    buffers: Sequence[Table],
    names: Sequence[str],
    size: int,
    graphs: Sequence[TFLiteModel],
) -> TFLiteModel:
    tensors = [_tensor(path, one, buffers, size) for one in table.tables(0, "tensor")]
    operators = [_operator(path, one, number, names, len(tensors))
                 for number, one in enumerate(table.tables(3, "operator"))]  # fmt: skip
    inputs, outputs = (_numbers(path, table, field, len(tensors), 0) for field in (1, 2))
    return TFLiteModel(path, tensors, operators, inputs, outputs, graphs)


def _operator_name(code: Table) -> str:
    builtin = max(code.number(0, "b"), code.number(3, "i"))
    return f"custom {code.text(1)}" if builtin == _CUSTOM else NAMES.get(builtin, f"number {builtin}")


def _operator(path: Path, table: Table, number: int, names: Sequence[str], tensors: int) -> Operator:
    index = table.number(0, "I")
    if index >= len(names):
        raise ConversionError(
            path,
            "has a bad operator",
            place=table.label,
            expected=f"a code below {len(names)}",
            received=str(index),
        )
    inputs, outputs = (_numbers(path, table, field, tensors, least) for field, least in ((1, -1), (2, 0)))
    custom = table.array(5, "|u1").tobytes()
    return Operator(names[index], inputs, outputs, table.table(4, "options"), number, custom)


def _numbers(path: Path, table: Table, field: int, tensors: int, least: int) -> tuple[int, ...]:
    found = table.array(field, "<i4")
    if found.size and not least <= int(found.min()) <= int(found.max()) < tensors:
        raise ConversionError(
            path, "names a tensor that does not exist", place=table.label,
            expected=f"numbers below {tensors}", received=f"{found[:8].tolist()}",
        )  # fmt: skip
    return tuple(int(one) for one in found)


def _tensor(path: Path, table: Table, buffers: Sequence[Table], size: int) -> Tensor:
    kind, name = table.number(1, "b"), table.text(3)
    place = f"{table.label} {name[:80]!r}"
    shape = tuple(int(n) for n in table.array(0, "<i4"))
    if len(shape) > 8 or any(n < 0 for n in shape) or prod(shape) > 1 << 40:
        raise ConversionError(path, "has a tensor of absurd shape", place=place, received=str(shape)[:100])
    if kind not in _DTYPES:
        raise UnsupportedError(
            path, [(f"{place} of type {kind}", "only numbers and bool have a form in ONNX")]
        )
    dtype, sparsity = _DTYPES[kind], table.table(6, "sparsity")
    data = _data(path, place, table.number(2, "I"), buffers, None if sparsity else shape, np.dtype(dtype))
    if data is not None and sparsity is not None:
        data = densified(path, place, data, shape, sparsity)
    scale, zero, axis = _quantization(path, place, table.table(4, "quantization"), shape)
    return Tensor(name, dtype, shape, data, scale, zero, axis)


def _data(
    path: Path,
    place: str,
    number: int,
    buffers: Sequence[Table],
    shape: tuple[int, ...] | None,
    dtype: np.dtype[Any],
) -> NDArray[Any] | None:
    """A buffer as an array; in a row for a sparse tensor, whose shape is not that of its buffer."""
    if number >= len(buffers):
        raise ConversionError(
            path,
            "names a buffer that does not exist",
            place=place,
            expected=f"below {len(buffers)}",
            received=str(number),
        )
    if buffers[number].number(1, "Q") > 1:
        raise UnsupportedError(
            path, [(f"{place}, whose data lies behind the FlatBuffer", "use a smaller model")]
        )
    data = buffers[number].array(0, "|u1")
    if data.size == 0:
        return None
    size = data.size // dtype.itemsize * dtype.itemsize if shape is None else prod(shape) * dtype.itemsize
    if data.size != size:
        raise ConversionError(
            path,
            "has a tensor that its buffer does not fit",
            place=f"{place} of shape {shape}",
            expected=f"{size:,} bytes",
            received=f"{data.size:,}",
        )
    found = data.view(dtype.newbyteorder("<"))
    return found if shape is None else found.reshape(shape)


def _quantization(
    path: Path, place: str, table: Table | None, shape: tuple[int, ...]
) -> tuple[NDArray[np.float32], NDArray[np.int64], int]:
    if table is None:
        return np.zeros(0, np.float32), np.zeros(0, np.int64), 0
    scale, zero, axis = table.array(2, "<f4"), table.array(3, "<i8"), int(table.number(6, "i"))
    if zero.size == 0:
        zero = np.zeros(scale.size, np.int64)
    fits = scale.size in (0, 1) or (0 <= axis < len(shape) and scale.size == shape[axis])
    if not fits or zero.size != scale.size or not np.isfinite(scale).all():
        raise ConversionError(
            path, "has an unknown quantisation", place=place, expected="a scale and zero point a channel",
            received=f"{scale.size} scales, {zero.size} zero points along axis {axis}",
        )  # fmt: skip
    return scale, zero, axis
