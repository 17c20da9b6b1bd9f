"""One operator of TensorFlow Lite being written: its tensors, options, and nodes named after the operator.

Shapes are those of the file, which are fixed: padding, sizes and axes are worked out here. Values are what
tensors hold; weights that are stored as float16 or quantised are float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.read.tflite import Operator, Tensor, TFLiteModel
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["OPERATORS", "TO_FIRST", "TO_LAST", "Call", "operator", "stored"]

TO_FIRST, TO_LAST = [0, 3, 1, 2], [0, 2, 3, 1]
_LARGEST = 1 << 28

Values = str | list[str]
_Function = TypeVar("_Function", bound=Callable[["Call"], Values])

#: Operator of TensorFlow Lite → the function that writes it.
OPERATORS: dict[str, Callable[[Call], Values]] = {}

_FUSED = {0: None, 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6", 4: "TANH"}


def operator(*names: str) -> Callable[[_Function], _Function]:
    """Register the function that writes these operators."""

    def register(function: _Function) -> _Function:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return register


def stored(tensor: Tensor) -> NDArray[Any] | None:
    """A constant's value: float16 as float32, quantised numbers as the numbers that they stand for."""
    data = tensor.data
    if data is None or not (tensor.quantised or tensor.dtype == "float16"):
        return data
    if tensor.dtype == "float16":
        return data.astype(np.float32)
    along = [1] * data.ndim
    if tensor.scale.size > 1:
        along[tensor.axis] = -1
    scale, zero = tensor.scale.reshape(along), tensor.zero.reshape(along)
    return ((data.astype(np.int64) - zero) * scale.astype(np.float64)).astype(np.float32)


class Call:
    """An operator with access to its inputs, checked."""

    def __init__(
        self,
        model: TFLiteModel,
        graph: GraphBuilder,
        values: dict[int, str],
        constants: dict[int, NDArray[Any]],
        one: Operator,
        place: str = "",
    ) -> None:
        self.model, self.graph, self.operator = model, graph, one
        #: What names begin with: the operators that this one is inside of.
        self.place = place
        self._values, self._constants, self._count = values, constants, 0

    def __len__(self) -> int:
        return len(self.operator.inputs)

    def has(self, index: int) -> bool:
        return index < len(self) and self.operator.inputs[index] >= 0

    def written(self, index: int) -> bool:
        """Whether an operator before this one has computed an input."""
        return self.has(index) and self.operator.inputs[index] in self._values

    def tensor(self, index: int) -> Tensor:
        if not self.has(index):
            raise self.bad("too few inputs", f"at least {index + 1}", str(len(self)))
        return self.model.tensors[self.operator.inputs[index]]

    def dtype(self, index: int) -> str:
        """The type of an input's value; quantised numbers are float32 between operators."""
        tensor = self.tensor(index)
        return "float32" if tensor.quantised or tensor.dtype == "float16" else tensor.dtype

    def output(self, index: int = 0) -> Tensor:
        if index >= len(self.operator.outputs):
            raise self.bad("too few outputs", f"at least {index + 1}", str(len(self.operator.outputs)))
        return self.model.tensors[self.operator.outputs[index]]

    def shape(self, index: int, rank: int | None = None) -> tuple[int, ...]:
        """An input's shape, of a rank where one is needed."""
        shape = self.tensor(index).shape
        if rank is not None and len(shape) != rank:
            raise self.bad(f"input {index}", f"{rank} axes", str(shape))
        return shape

    def input(self, index: int) -> str:
        """The value of an input, constant or computed before."""
        number, tensor = self.operator.inputs[index] if self.has(index) else -1, self.tensor(index)
        if number in self._values:
            return self._values[number]
        data = self.known(index)
        if data is None:
            raise self.bad(f"tensor {tensor.name[:80]!r}", "a value that something wrote before", "none")
        self._values[number] = self.graph.constant(f"{self.place}weight {number}", data)
        return self._values[number]

    def known(self, index: int) -> NDArray[Any] | None:
        """An input's value where it is constant, also behind DEQUANTIZE and DENSIFY."""
        tensor, number = self.tensor(index), self.operator.inputs[index]
        if number not in self._constants:
            data = stored(tensor)
            if data is None:
                return None
            self._constants[number] = data
        return self._constants[number]

    def passed(self, index: int) -> str:
        """The output is an input, and constant where that is."""
        data = self.known(index)
        if data is not None and not self.output().quantised:
            self._constants[self.operator.outputs[0]] = data
        return self.input(index)

    def constant(self, index: int, what: str) -> NDArray[Any]:
        """An input that must be constant."""
        data = self.known(index)
        if data is None:
            raise self.unsupported(f"with {what} computed by the graph", "convert the model with a fixed one")
        return data

    def integers(self, index: int, what: str) -> list[int]:
        return [int(value) for value in self.constant(index, what).reshape(-1)]

    def axes(self, index: int, rank: int) -> list[int]:
        """Axes, counted from the front."""
        found = self.integers(index, "axes")
        if any(not -rank <= axis < rank for axis in found):
            raise self.bad("axes", f"axes of {rank}", str(found)[:60])
        return [axis % rank for axis in found]

    def number(self, field: int, kind: str = "i", default: float = 0) -> Any:
        """A field of the operator's options."""
        options = self.operator.options
        return default if options is None else options.number(field, kind, default)

    def op(self, name: str, *inputs: str, **attributes: Any) -> str:
        return self.ops(name, *inputs, count=1, **attributes)[0]

    def ops(self, name: str, *inputs: str, count: int, **attributes: Any) -> list[str]:
        names = []
        for _ in range(count):
            self._count += 1
            names.append(f"{self.place}{self.operator.number}:{self.operator.name}:{self._count}:{name}")
        return self.graph.ops(name, *inputs, names=names, **attributes)

    def weight(self, value: NDArray[Any]) -> str:
        self._count += 1
        return self.graph.constant(
            f"{self.place}{self.operator.number}:{self._count}:weight", np.ascontiguousarray(value)
        )

    def scalar(self, value: float, dtype: str = "float32") -> str:
        return self.graph.constant(f"{dtype} {value}", np.array(value, dtype))

    def reshaped(self, value: str, shape: tuple[int, ...]) -> str:
        return self.op("Reshape", value, self.graph.ints(shape))

    def fused(self, value: str, field: int) -> str:
        """The activation that an operator ends with."""
        kind = self.number(field, "b")
        if kind not in _FUSED:
            raise self.unsupported(f"with activation {kind}", "convert it with an activation of its own")
        return value if _FUSED[kind] is None else activated(self, value, str(_FUSED[kind]))

    def unsupported(self, what: str, remedy: str) -> UnsupportedError:
        return UnsupportedError(self.model.path, [(f"{self.operator.label} {what}", remedy)])

    def bad(self, place: str, expected: str, received: str) -> ConversionError:
        return ConversionError(
            self.model.path,
            "has a bad operator",
            place=f"{self.operator.label}, {place}",
            expected=expected,
            received=received,
        )


def activated(c: Call, value: str, kind: str) -> str:
    """RELU and its kin."""
    if kind == "RELU6":
        return c.op("Clip", value, c.scalar(0), c.scalar(6))
    if kind == "RELU_N1_TO_1":
        return c.op("Clip", value, c.scalar(-1), c.scalar(1))
    return c.op({"RELU": "Relu", "TANH": "Tanh"}[kind], value)
