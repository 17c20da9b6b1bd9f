"""Matrix products in int8 whose activations are quantised row by row: a token's numbers depend on no other.

What onnxruntime's own tools make (`quantize_dynamic`) takes one scale for all activations of a run. A text is
then answered otherwise beside other texts than alone, so texts cannot be run together, and one large number
anywhere makes the steps of all others coarse. Here each row x of a product x · W has a scale of its own:

    s = max |x| / 127        q = round(x / s) + 128, uint8
    y = s · scale_W · Σ (q − 128) · W₈                       int32 sums, W₈ int8 with a scale a column

A few features of a transformer's hidden states are always large ("outliers"; Dettmers et al. 2022,
arXiv:2208.07339). Given by their places, they are left out of q and multiplied as float32: 8 of 384 features,
next to nothing.

Tables of words become int8 with a scale a row, of which the rows of a text are unpacked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = ["quantize_columns", "quantize_rows"]

_STEPS = 127
_ZERO = 128
_NUMBERS = {
    "one": np.float32(1),
    "zero": np.uint8(_ZERO),
    "middle": np.float32(_ZERO),
    "step": np.float32(1 / _STEPS),
    "tiny": np.float32(1e-30),
}
"""Constants of the graph; `tiny` in place of the scale of a row of zeros."""
_DOMAIN = "com.microsoft"


def quantize_rows(model: Any, outliers: Mapping[str, Sequence[int]] | None = None) -> Any:
    """Rewrite every product with a constant matrix of float32, and every table that rows are gathered from.

    Args:
        model: a ModelProto, changed in place and returned.
        outliers: by the name of a value that products take, features that stay float32.
    """
    graph = model.graph
    rewriter = _Rewriter(model, outliers or {})
    nodes = [made for node in graph.node for made in rewriter.rewritten(node)]
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend([*kept, *(numpy_helper.from_array(v, n) for n, v in rewriter.constants.items())])
    if all(entry.domain != _DOMAIN for entry in model.opset_import):
        model.opset_import.append(helper.make_opsetid(_DOMAIN, 1))
    return model


def quantize_columns(
    matrix: NDArray[np.float32], axis: int = 0
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Steps of a matrix and their size, the largest over `axis` being 127 steps.

    A matrix that was quantised so before keeps its steps.

    >>> steps, scale = quantize_columns(np.float32([[0.5, -2], [-1, 1]]))
    >>> steps.tolist(), scale.tolist()
    ([[64, -127], [-127, 64]], [[0.007874015718698502, 0.015748031437397003]])
    """
    largest = np.abs(matrix).max(axis=axis, keepdims=True)
    scale = np.where(largest > 0, largest / np.float32(_STEPS), np.float32(1)).astype(np.float32)
    return np.rint(matrix / scale).astype(np.int8), scale


class _Rewriter:
    def __init__(self, model: Any, outliers: Mapping[str, Sequence[int]]) -> None:
        self._weights = {t.name: t for t in model.graph.initializer if t.data_type == TensorProto.FLOAT}
        self._outliers = outliers
        self._opset = next(entry.version for entry in model.opset_import if entry.domain == "")
        self.constants: dict[str, NDArray[Any]] = {}
        self._quantised: set[str] = set()

    def rewritten(self, node: Any) -> Iterator[Any]:
        weight = self._weights.get(node.input[1] if node.op_type == "MatMul" else "")
        table = self._weights.get(node.input[0] if node.op_type == "Gather" else "")
        if weight is not None and len(weight.dims) == 2:
            yield from self._product(node, weight)
        elif table is not None and len(table.dims) == 2 and table.dims[0] > 2 * _STEPS:
            yield from self._rows(node, table)
        else:
            yield node

    def _product(self, node: Any, weight: Any) -> Iterator[Any]:
        x, output, name = node.input[0], node.output[0], weight.name
        if x not in self._quantised:
            self._quantised.add(x)
            yield from self._quantise(x, weight.dims[0])
        matrix = numpy_helper.to_array(weight)
        places = list(self._outliers.get(x, ()))
        steps, scale = quantize_columns(matrix)
        self.constants |= {f"{name}.int8": steps, f"{name}.scale": scale[0]}
        factors = [f"{x}.steps", f"{name}.int8", "rows.one", f"{name}.scale", "rows.zero"]
        yield _node("MatMulIntegerToFloat", factors, f"{output}.whole", domain=_DOMAIN)
        scaled = f"{output}.scaled" if places else output
        yield _node("Mul", [f"{output}.whole", f"{x}.scale"], scaled)
        if places:
            self.constants[f"{name}.outliers"] = matrix[places]
            yield _node("MatMul", [f"{x}.outliers", f"{name}.outliers"], f"{output}.rest")
            yield _node("Add", [scaled, f"{output}.rest"], output)

    def _quantise(self, x: str, features: int) -> Iterator[Any]:
        places = np.array(self._outliers.get(x, ()), np.int64)
        most_of = x
        if len(places):
            mask = np.ones(features, np.float32)
            mask[places] = 0
            self.constants |= {f"{x}.places": places, f"{x}.inliers": mask}
            yield _node("Gather", [x, f"{x}.places"], f"{x}.outliers", axis=-1)
            most_of = f"{x}.usual"
            yield _node("Mul", [x, f"{x}.inliers"], most_of)
        self.constants |= {f"rows.{name}": np.asarray(value) for name, value in _NUMBERS.items()}
        yield _node("Abs", [most_of], f"{x}.size")
        yield self._largest(f"{x}.size", f"{x}.largest")
        yield _node("Mul", [f"{x}.largest", "rows.step"], f"{x}.step")
        yield _node("Max", [f"{x}.step", "rows.tiny"], f"{x}.scale")
        yield _node("Div", [most_of, f"{x}.scale"], f"{x}.ratio")
        yield _node("Round", [f"{x}.ratio"], f"{x}.rounded")
        yield _node("Add", [f"{x}.rounded", "rows.middle"], f"{x}.shifted")
        yield _node("Cast", [f"{x}.shifted"], f"{x}.steps", to=TensorProto.UINT8)

    def _largest(self, x: str, output: str) -> Any:
        """The largest of each row, with its axis; the axis is an input since version 18 of the operators."""
        if self._opset < 18:
            return _node("ReduceMax", [x], output, axes=[-1], keepdims=1)
        self.constants["rows.last"] = np.array([-1], np.int64)
        return _node("ReduceMax", [x, "rows.last"], output, keepdims=1)

    def _rows(self, gather: Any, table: Any) -> Iterator[Any]:
        """Rows of a table: W₈[ids] · s[ids]."""
        name, ids, output = table.name, gather.input[1], gather.output[0]
        steps, scale = quantize_columns(numpy_helper.to_array(table), axis=1)
        self.constants |= {f"{name}.int8": steps, f"{name}.scale": scale}
        yield _node("Gather", [f"{name}.int8", ids], f"{output}.int8")
        yield _node("Cast", [f"{output}.int8"], f"{output}.steps", to=TensorProto.FLOAT)
        yield _node("Gather", [f"{name}.scale", ids], f"{output}.scale")
        yield _node("Mul", [f"{output}.steps", f"{output}.scale"], output)


def _node(operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> Any:
    return helper.make_node(operator, list(inputs), [output], name=output, **attributes)
