"""A small, readable way to write ONNX graphs: every method adds a node and returns its output's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
"""The first with LayerNormalization, and long supported by onnxruntime-web on WASM and WebGPU."""
IR_VERSION = 8

_ELEMENT_TYPES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64}


class GraphBuilder:
    """Collects nodes and weights; `build` makes the bytes. Equal calls make equal bytes.

    >>> graph = GraphBuilder("double")
    >>> doubled = graph.op("Mul", "x", graph.constant("two", np.float32(2)), name="doubled")
    >>> data = graph.build({"x": ("float32", ["n"])}, {doubled: ("float32", ["n"])})
    >>> import onnx
    >>> onnx.load_from_string(data).graph.node[0].op_type
    'Mul'
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[Any] = []
        self._constants: dict[str, NDArray[Any]] = {}

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """A weight or a number; the same name twice must be the same value."""
        array = np.asarray(value)
        if name in self._constants and not np.array_equal(self._constants[name], array):
            raise ValueError(f"constant {name} was given two values")
        self._constants[name] = array
        return name

    def op(self, operator: str, *inputs: str, name: str, **attributes: Any) -> str:
        """Add a node with one output, which gets the node's name."""
        return self.ops(operator, *inputs, names=[name], **attributes)[0]

    def ops(self, operator: str, *inputs: str, names: Sequence[str], **attributes: Any) -> list[str]:
        """Add a node with several outputs."""
        self._nodes.append(helper.make_node(operator, list(inputs), list(names), name=names[0], **attributes))
        return list(names)

    def build(
        self,
        inputs: Mapping[str, tuple[str, Sequence[int | str]]],
        outputs: Mapping[str, tuple[str, Sequence[int | str]]],
    ) -> bytes:
        """Serialize; inputs and outputs are name → (dtype, dims), a string dim being symbolic."""
        graph = helper.make_graph(
            self._nodes,
            self._name,
            [self._value_info(name, *spec) for name, spec in inputs.items()],
            [self._value_info(name, *spec) for name, spec in outputs.items()],
            [
                numpy_helper.from_array(np.ascontiguousarray(v).reshape(v.shape), n)
                for n, v in self._constants.items()
            ],
        )
        model = helper.make_model(
            graph,
            producer_name="wardian",
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        return bytes(model.SerializeToString(deterministic=True))

    @staticmethod
    def _value_info(name: str, dtype: str, dims: Sequence[int | str]) -> Any:
        return helper.make_tensor_value_info(name, _ELEMENT_TYPES[dtype], list(dims))
