"""Steps that are not written here: spliced in as skl2onnx wrote them, in float64.

A pipeline is described without such graphs first. Where a step is refused it is described again with them
(`elsewhere/sklearn_onnx.py`), and the step's is taken if it has one. The check against scikit-learn decides
over these as over all others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from wardian_build.convert.graph import taken_by
from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.table import Block, Writer, hint_rows
from wardian_build.errors import UnsupportedError

__all__ = ["answered_by_skl2onnx", "or_borrowed", "transformed_by_skl2onnx"]

Written = TypeVar("Written")
_MOST_HINTS = 100
_NUMBERS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64)


def or_borrowed(
    w: Writer, step: Described, write: Callable[[], Written], borrow: Callable[[], Written]
) -> Written:
    """What `write` gives; where it refuses the step and skl2onnx gave a graph of it, what `borrow` does.

    Raises UnsupportedError as `write` did, with what skl2onnx said where it was asked.
    """
    try:
        with w.graph.attempt():
            return write()
    except UnsupportedError as refused:
        if step.has("onnx"):
            return borrow()
        said = str(step.raw("onnx_by")) if step.has("onnx_by") else ""
        if not said:
            raise
        raise UnsupportedError(step.path, [*refused.items, (step.label, said)]) from None


def answered_by_skl2onnx(w: Writer, step: Described, block: Block, kind: str) -> str:
    """Probabilities, scores or predictions of the step, float64 (batch_size, n)."""
    value = _spliced(w, step, block, kind)
    classes = len(step.values("classes_")) if step.has("classes_") else 0
    if kind == "probabilities" or (kind == "scores" and classes > 2):
        return value
    if kind == "scores" and classes:
        # One score for two classes, in one column or with its opposite before it.
        value = w.op("Gather", value, w.graph.ints([-1]), axis=-1)
    value = w.op("Reshape", value, w.graph.ints([-1, 1]))
    return w.op("Concat", w.op("Neg", value), value, axis=1) if kind == "scores" and classes else value


def transformed_by_skl2onnx(w: Writer, step: Described, block: Block) -> Block:
    """What the step makes of a block."""
    if not step.has("onnx_columns"):
        raise step.unsupported("", "it does not say how many columns it makes")
    return Block(_spliced(w, step, block, "columns"), (None,) * int(step.array("onnx_columns")))


def _spliced(w: Writer, step: Described, block: Block, kind: str) -> str:
    """The step's nodes after the block's, as far as they lead to the answer; that as float64."""
    if block.dropped:
        raise step.unsupported("over columns that it drops", "fit it without them")
    graph, place = _graph_of(step), f"{w.place()}:"
    output = _answer(step, graph, kind)
    renamed = {graph.input[0].name: w.numbers(block, step)}
    for weight in graph.initializer:
        array = numpy_helper.to_array(weight)
        if array.dtype.kind in "fiub":
            renamed[weight.name] = w.graph.constant(place + weight.name, array)
        if array.dtype == np.float64 and array.ndim == 2 and array.shape[1] == len(block.columns):
            # Rows of the training, or what was made of them: made-up ones should lie near.
            hint_rows(block, *array[:_MOST_HINTS])
    needed, nodes = {output}, []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed |= taken_by(node)
            nodes.append(node)
    for node in reversed(nodes):
        renamed.update({name: place + name if name else "" for name in node.output})
        w.graph.add(_renamed(node, renamed, place))
    w.borrowed.append(f"{step.label} written by {step.raw('onnx_by')}")
    return w.op("Cast", renamed[output], to=TensorProto.DOUBLE)


def _graph_of(step: Described) -> Any:
    try:
        model = onnx.load_from_string(step.array("onnx").astype(np.uint8).tobytes())
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf's and the checker's have no common class
        raise step.bad("onnx", "a graph of skl2onnx", f"{error!s:.80}") from None
    return model.graph


def _answer(step: Described, graph: Any, kind: str) -> str:
    """The output with what is wanted: labels or predictions come first, scores and distances after them."""
    output = graph.output[0 if kind == "predictions" else -1]
    labels_alone = kind in ("probabilities", "scores") and len(graph.output) == 1
    if labels_alone or output.type.tensor_type.elem_type not in _NUMBERS:
        raise step.unsupported(f"whose {kind} skl2onnx does not write as numbers", "use another estimator")
    return str(output.name)


def _renamed(node: Any, names: dict[str, str], place: str) -> Any:
    """A copy with other names for what it takes and gives; inner graphs keep their own names."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    copy.name = place + node.name
    copy.input[:] = [names.get(name, name) for name in node.input]
    copy.output[:] = [names.get(name, name) for name in node.output]
    for attribute in copy.attribute:
        for graph in [attribute.g] if attribute.HasField("g") else attribute.graphs:
            own = {one.name for one in (*graph.input, *graph.initializer)}
            own |= {name for one in graph.node for name in one.output}
            outside = {name: ours for name, ours in names.items() if name not in own}
            inner = [_renamed(one, outside, place) for one in graph.node]
            del graph.node[:]
            graph.node.extend(inner)
    return copy
