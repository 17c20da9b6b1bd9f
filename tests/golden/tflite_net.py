"""TensorFlow Lite files, written operator by operator with LiteRT's own schema classes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

FLOAT, HALF, INT, BYTE = 0, 1, 2, 9
_TYPES = {"float32": FLOAT, "float16": HALF, "int32": INT, "int8": BYTE, "int64": 4, "bool": 6}


def wave(*shape: int, step: float = 0.7) -> Any:
    """Numbers between −1 and 1 that follow from their places."""
    return np.sin(np.arange(int(np.prod(shape))) * step + 0.3).reshape(shape).astype(np.float32)


class Net:
    """A model being written; tensors are numbers."""

    def __init__(self) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.schema = schema
        self.model, self.graph = schema.ModelT(), schema.SubGraphT()
        self.model.version, self.model.subgraphs = 3, [self.graph]
        self.model.buffers, self.model.operatorCodes = [schema.BufferT()], []
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []

    def tensor(
        self,
        shape: Any,
        dtype: str = "float32",
        data: Any = None,
        scale: Any = None,
        zero: int = 0,
        axis: int = 0,
    ) -> int:
        one = self.schema.TensorT()
        one.name, one.shape = f"t{len(self.graph.tensors)}".encode(), list(shape)
        one.type, one.buffer = _TYPES[dtype], 0
        if data is not None:
            buffer = self.schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            one.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        if scale is not None:
            one.quantization = self.schema.QuantizationParametersT()
            scales = np.atleast_1d(scale).astype(np.float32).tolist()
            one.quantization.scale = scales
            one.quantization.zeroPoint = [zero] * len(scales)
            one.quantization.quantizedDimension = axis
        self.graph.tensors.append(one)
        return len(self.graph.tensors) - 1

    def input(self, *shape: int, dtype: str = "float32") -> int:
        self.graph.inputs.append(self.tensor(shape, dtype))
        return int(self.graph.inputs[-1])

    def const(self, value: Any) -> int:
        array = np.asarray(value)
        array = array.astype(np.int32) if array.dtype == np.int64 else array
        return self.tensor(array.shape, str(array.dtype), array)

    def op(self, name: str, inputs: Any, *shapes: Any, dtype: str = "float32", **options: Any) -> Any:
        """An operator with outputs of these shapes; `options` has the class of its options as `kind`."""
        code = self.schema.OperatorCodeT()
        code.builtinCode = getattr(self.schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        self.model.operatorCodes.append(code)
        one = self.schema.OperatorT()
        one.opcodeIndex, one.inputs = len(self.model.operatorCodes) - 1, list(inputs)
        one.outputs = [self.tensor(shape, dtype) for shape in shapes]
        kind = options.pop("kind", None)
        if kind is not None:
            one.builtinOptionsType = getattr(self.schema.BuiltinOptions, kind)
            one.builtinOptions = getattr(self.schema, f"{kind}T")()
            for key, value in options.items():
                assert hasattr(one.builtinOptions, key), key
                setattr(one.builtinOptions, key, value)
        self.graph.operators.append(one)
        return one.outputs[0] if len(one.outputs) == 1 else one.outputs

    @contextmanager
    def subgraph(self) -> Iterator[int]:
        """What is written inside becomes a subgraph, whose number is given; it ends with `returns`."""
        outside = self.graph
        self.graph = self.schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []
        self.model.subgraphs.append(self.graph)
        yield len(self.model.subgraphs) - 1
        self.graph = outside

    def returns(self, *outputs: int) -> None:
        self.graph.outputs = list(outputs)

    def content(self, *outputs: int) -> bytes:
        import flatbuffers

        self.returns(*outputs)
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


class Steps:
    """Writes operators whose tensors are int8."""

    def __init__(self, net: Net) -> None:
        self.net = net

    def tensor(self, shape: Any, scale: float, zero: int) -> int:
        return self.net.tensor(shape, "int8", None, scale, zero)

    def op(self, name: str, inputs: Any, shape: Any, scale: float, zero: int, **options: Any) -> int:
        """An operator with one int8 output."""
        out = self.net.op(name, inputs, shape, **options)
        one = self.net.graph.tensors[out]
        one.type, one.quantization = (
            BYTE,
            self.net.graph.tensors[self.tensor(shape, scale, zero)].quantization,
        )
        self.net.graph.tensors.pop()
        return int(out)

    def weights(self, value: Any, bias: int, incoming: float, axis: int = 0) -> tuple[int, int]:
        """A filter with a scale a channel, and its bias with the product of the scales."""
        kept = tuple(n for n in range(value.ndim) if n != axis)
        scale = np.abs(value).max(axis=kept) / 127
        along = [1] * value.ndim
        along[axis] = -1
        stored = np.round(value / scale.reshape(along)).astype(np.int8)
        shift = np.round(wave(bias) / (scale * incoming)).astype(np.int32)
        return (
            self.net.tensor(value.shape, "int8", stored, scale, 0, axis),
            self.net.tensor((bias,), "int32", shift, scale * incoming),
        )
