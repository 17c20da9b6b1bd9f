"""Recurrent layers: LSTM and plain ones, step by step in a Scan, since ONNX' LSTM does not limit its cells.

Their states are zeros at first, as when LiteRT has opened a file: there they stay from call to call.

Source: `tensorflow/lite/kernels/unidirectional_sequence_lstm.cc`, `unidirectional_sequence_rnn.cc`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.tflite.emit import Call, operator

__all__: list[str] = []

_ACTIVATIONS = {0: "Identity", 1: "Relu", 4: "Tanh"}


def _weights(c: Call, indices: list[int], axes: int) -> NDArray[np.float32]:
    """Constants of the gates, one below the other."""
    found = [c.constant(index, "weights of a gate") for index in indices]
    if any(one.ndim != axes or one.shape != found[0].shape for one in found):
        raise c.bad("weights", f"{axes} axes, and one shape", str([one.shape for one in found])[:80])
    return np.concatenate(found)


def _activation(c: Call, field: int) -> str:
    kind = c.number(field, "b")
    if kind not in _ACTIVATIONS:
        raise c.unsupported(f"with activation {kind}", "convert it with tanh or relu")
    return _ACTIVATIONS[kind]


def _stepwise(
    c: Call, weights: NDArray[np.float32], bias: NDArray[np.float32], time_major: bool
) -> tuple[str, int]:
    """What the input adds at each step, float32 (steps, batch, n), and how long a batch is."""
    shape = c.shape(0, 3)
    if c.tensor(0).quantised:
        raise c.unsupported("of whole numbers", "convert the model without full integer quantisation")
    if shape[2] != weights.shape[1] or len(bias) != len(weights):
        raise c.bad("weights", f"({len(bias)}, {shape[2]})", str(weights.shape))
    value = c.input(0) if time_major else c.op("Transpose", c.input(0), perm=[1, 0, 2])
    product = c.op("MatMul", value, c.weight(weights.T))
    return c.op("Add", product, c.weight(bias)), shape[1 if time_major else 0]


def _scanned(
    c: Call, body: GraphBuilder, names: list[str], given: list[str], width: int, batch: int, units: int
) -> str:
    """The answers of all steps (steps, batch, units); `names` are states, input and outputs of the body."""
    states = len(given) - 1
    before = {name: ("float32", [batch, units]) for name in names[:states]}
    before[names[states]] = ("float32", [batch, width])
    after = {name: ("float32", [batch, units]) for name in names[states + 1 :]}
    graph = body.inner_graph(f"{c.operator.number}:step", before, after)
    return c.ops("Scan", *given, count=states + 1, body=graph, num_scan_inputs=1)[-1]


def _placed(c: Call, value: str, time_major: bool) -> str:
    return value if time_major else c.op("Transpose", value, perm=[1, 0, 2])


def _state(c: Call, index: int, batch: int, units: int) -> str:
    """Zeros, unless the file has something else."""
    if c.written(index):
        raise c.unsupported("with a state that the graph computes", "begin with zeros")
    data = c.known(index) if c.has(index) else None
    zeros = np.zeros((batch, units), np.float32)
    return c.weight(zeros if data is None else np.broadcast_to(data.astype(np.float32), zeros.shape))


@operator("UNIDIRECTIONAL_SEQUENCE_LSTM")
def lstm(c: Call) -> str:
    """Gates are input, forget, cell and output; the cell is limited where the options say so."""
    for index, what in (
        (1, "an input gate of its own"),
        *((n, "a bias for each gate") for n in range(12, 16)),
    ):
        if not c.has(index):
            raise c.unsupported(f"without {what}", "convert a plain LSTM")
    odd = {9: "peepholes", 10: "peepholes", 11: "peepholes", 16: "a projection", 20: "normalised layers"}
    for index, what in odd.items():
        if c.has(index):
            raise c.unsupported(f"with {what}", "convert a plain LSTM")
    weights, recurrent = _weights(c, [1, 2, 3, 4], 2), _weights(c, [5, 6, 7, 8], 2)
    units, activation = recurrent.shape[1], _activation(c, 0)
    if len(recurrent) != 4 * units:
        raise c.bad("weights", f"{4 * units} rows", str(recurrent.shape))
    limit, time_major = float(c.number(1, "f")), bool(c.number(3, "b"))
    added, batch = _stepwise(c, weights, _weights(c, [12, 13, 14, 15], 1), time_major)
    body, name = c.graph.inner(), f"{c.operator.number}:step"
    product = body.op("MatMul", f"{name}:hidden", c.weight(recurrent.T), name=f"{name}:product")
    gates = body.op("Add", f"{name}:added", product, name=f"{name}:gates")
    parts = body.ops("Split", gates, names=[f"{name}:{n}" for n in range(4)], axis=1, num_outputs=4)
    enters, keeps, leaves = (body.op("Sigmoid", parts[n], name=f"{name}:share{n}") for n in (0, 1, 3))
    new = body.op("Mul", enters, body.op(activation, parts[2], name=f"{name}:new"), name=f"{name}:entered")
    kept = body.op("Mul", keeps, f"{name}:cell", name=f"{name}:kept")
    cell = body.op("Add", kept, new, name=f"{name}:cell_before" if limit > 0 else f"{name}:cell_after")
    if limit > 0:
        ends = [c.scalar(-limit), c.scalar(limit)]
        cell = body.op("Clip", cell, *ends, name=f"{name}:cell_after")
    shown = body.op(activation, cell, name=f"{name}:shown")
    body.op("Mul", leaves, shown, name=f"{name}:hidden_after")
    body.op("Identity", f"{name}:hidden_after", name=f"{name}:answer")
    names = [f"{name}:{one}" for one in ("hidden", "cell", "added", "hidden_after", "cell_after", "answer")]
    given = [_state(c, 18, batch, units), _state(c, 19, batch, units), added]
    return _placed(c, _scanned(c, body, names, given, 4 * units, batch, units), time_major)


@operator("UNIDIRECTIONAL_SEQUENCE_RNN")
def rnn(c: Call) -> str:
    """act(W x + R h + b)."""
    weights, recurrent, bias = (_weights(c, [n], 1 if n == 3 else 2) for n in (1, 2, 3))
    units, time_major, activation = len(weights), bool(c.number(0, "b")), _activation(c, 1)
    if recurrent.shape != (units, units):
        raise c.bad("weights", f"({units}, {units})", str(recurrent.shape))
    added, batch = _stepwise(c, weights, bias, time_major)
    body, name = c.graph.inner(), f"{c.operator.number}:step"
    product = body.op("MatMul", f"{name}:hidden", c.weight(recurrent.T), name=f"{name}:product")
    total = body.op("Add", f"{name}:added", product, name=f"{name}:total")
    body.op(activation, total, name=f"{name}:hidden_after")
    body.op("Identity", f"{name}:hidden_after", name=f"{name}:answer")
    names = [f"{name}:{one}" for one in ("hidden", "added", "hidden_after", "answer")]
    given = [_state(c, 4, batch, units), added]
    return _placed(c, _scanned(c, body, names, given, units, batch, units), time_major)
