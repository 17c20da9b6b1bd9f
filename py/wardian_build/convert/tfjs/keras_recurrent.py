"""Recurrent layers of Keras by ONNX' own LSTM, GRU and RNN, in either direction: additions to `LAYERS`.

ONNX knows sequences that end early, Keras masks of any pattern. The steps that a mask keeps are therefore
moved before the others, and each step takes the answer of the last one that was kept, as in Keras.

Source: `keras/src/layers/rnn` and `tfjs-layers/src/layers/recurrent.ts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.tfjs.keras_layers import LAYERS, Layer

__all__: list[str] = []

_FLOAT, _INT32, _INT64 = 1, 6, 7
_LAST = np.iinfo(np.int64).max

#: Layer → the operator, and which of Keras' gates (i f c o; z r h) are ONNX' (i o f c; z r h).
_OPERATORS = {"LSTM": ("LSTM", (0, 3, 1, 2)), "GRU": ("GRU", (0, 1, 2)), "SimpleRNN": ("RNN", (0,))}

#: Activations that the operators know, with alpha and beta where they take them.
_ACTIVATIONS: dict[str | None, tuple[str, tuple[float, ...]]] = {
    **dict.fromkeys((None, "linear"), ("Affine", (1.0, 0.0))),
    **dict.fromkeys(("hard_sigmoid", "hardSigmoid"), ("HardSigmoid", (0.2, 0.5))),
    "hard_sigmoid_sixth": ("HardSigmoid", (1 / 6, 0.5)),
    "elu": ("Elu", (1.0,)),
    "tanh": ("Tanh", ()),
    "sigmoid": ("Sigmoid", ()),
    "relu": ("Relu", ()),
    "softsign": ("Softsign", ()),
    "softplus": ("Softplus", ()),
}


@dataclass(frozen=True)
class _Kept:
    """The steps that a mask (batch, steps) keeps: the sequence with them in front, and how many they are."""

    sequence: str
    count: str
    mask: str
    #: int64 (batch, steps): how many are kept up to each step, and before it.
    through: str
    before: str


@dataclass(frozen=True)
class _Side:
    """One direction: what it is made of, where its weights are, and whether its answers are turned round."""

    kind: str
    config: Mapping[str, Any]
    weights: str = ""
    turned: bool = False


def _recurrent(c: Layer) -> list[str]:
    side = _Side(c.kind, c.config, "", bool(c.config.get("go_backwards")))
    sequence, *states = _directed(c, side, c.inputs[1:], _kept(c))
    if c.config.get("return_sequences") and c.mask:
        c.masks[sequence] = c.mask
    return [sequence, *states]


def _bidirectional(c: Layer) -> list[str]:
    """A layer, and one that reads backwards, whose sequence is turned to the first one's order."""
    forward, backward = _layer(c, "layer"), _layer(c, "backward_layer")
    if backward is None and forward is not None:
        turned = not forward["config"].get("go_backwards")
        backward = {**forward, "config": {**forward["config"], "go_backwards": turned}}
    if forward is None or backward is None:
        raise c.bad("layer", "a layer", "none")
    whole, half, kept = bool(forward["config"].get("return_sequences")), len(c.inputs) // 2, _kept(c)
    found = []
    for name, one, given in (
        ("forward", forward, c.inputs[1 : half + 1]),
        ("backward", backward, c.inputs[half + 1 :]),
    ):
        backwards = bool(one["config"].get("go_backwards"))
        turned = backwards != (whole and name == "backward")
        side = _Side(one["class_name"], one["config"], f"{name}/", turned)
        found.append(_directed(c, side, given, kept))
    (first, *states), (second, *others) = found
    merged = _merged(c, first, second)
    for value in merged if whole and c.mask else []:
        c.masks[value] = str(c.mask)
    return [*merged, *states, *others]


def _merged(c: Layer, first: str, second: str) -> list[str]:
    mode = c.config.get("merge_mode", "concat")
    if mode is None:
        return [first, second]
    if mode == "concat":
        return [c.op("Concat", first, second, axis=-1)]
    if mode == "mul":
        return [c.op("Mul", first, second)]
    if mode not in ("sum", "ave"):
        raise c.bad("merge_mode", "concat, sum, ave, mul or none", f"{mode!r:.40}")
    total = c.op("Add", first, second)
    return [c.op("Div", total, c.scalar(2)) if mode == "ave" else total]


def _layer(c: Layer, name: str) -> Mapping[str, Any] | None:
    """The description of a layer inside of this one; None where there is none."""
    found = c.config.get(name)
    if found is None:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("config"), dict):
        raise c.bad(name, "a layer", f"{found!r:.60}")
    if found.get("class_name") not in _OPERATORS:
        kind = str(found.get("class_name"))[:60]
        raise c.unsupported(f"of a layer {kind}", f"use one of {', '.join(_OPERATORS)} in it")
    return found


def _directed(c: Layer, side: _Side, states: Sequence[str], kept: _Kept | None) -> list[str]:
    """The answers of one direction, and its last states where it returns them.

    Answers are (batch, steps, units) with `return_sequences`, else (batch, units). The operator leaves them
    in the order of the input whichever way it reads; Keras has them in the order in which it reads.
    """
    config = side.config
    operator = _OPERATORS[side.kind][0]
    backwards, whole = bool(config.get("go_backwards")), bool(config.get("return_sequences"))
    zeros = bool(config.get("masked_is_zero")) and kept is not None
    _refuse(c, config, zeros and not whole)
    kernel, recurrent, bias = (_rows(c, side, name) for name in ("kernel", "recurrent_kernel", "bias"))
    inputs = [
        c.op("Transpose", kept.sequence if kept else c.inputs[0], perm=[1, 0, 2]),
        c.constant(f"{side.weights}W", kernel),
        c.constant(f"{side.weights}R", recurrent),
        c.constant(f"{side.weights}B", bias),
        kept.count if kept else "",
        *(c.op("Unsqueeze", state, c.ints(0)) for state in states),
    ]
    settings = {"linear_before_reset": 1} if config.get("reset_after") and operator == "GRU" else {}
    count = 3 if operator == "LSTM" else 2
    answers, *last = c.ops(
        operator, *inputs, count=count, hidden_size=recurrent.shape[2],
        direction="reverse" if backwards else "forward", **_activations(c, side), **settings,
    )  # fmt: skip
    ends = [c.op("Squeeze", one, c.ints(0)) for one in last]
    if kept is not None:
        ends = [_or_given(c, kept, end, state) for end, state in _pairs(ends, states)]
    value = ends[0]
    if whole:
        value = c.op("Transpose", c.op("Squeeze", answers, c.ints(1)), perm=[1, 0, 2])
        value = value if kept is None else _spread(c, kept, value, backwards, zeros)
        value = _reversed(c, value) if side.turned else value
    return [value, *(ends if config.get("return_state") else [])]


def _refuse(c: Layer, config: Mapping[str, Any], zeros: bool) -> None:
    for name in ("stateful", "time_major"):
        if config.get(name):
            raise c.unsupported(f"with {name}", f"build the model with {name}=False")
    if zeros:
        raise c.unsupported("with zero_output_for_mask", "build it with return_sequences, or without")


def _activations(c: Layer, side: _Side) -> dict[str, Any]:
    """The operator's attributes: gates first, then what goes in and out."""
    names = [side.config.get("activation", "tanh")]
    if side.kind != "SimpleRNN":
        names = [side.config.get("recurrent_activation", "sigmoid"), *names]
    if side.kind == "LSTM":
        names.append(names[-1])
    for name in names:
        if not isinstance(name, str | None) or name not in _ACTIVATIONS:
            known = ", ".join(one for one in _ACTIVATIONS if one)
            raise c.unsupported(f"with activation {name!r:.40}", f"use one of {known}")
    rows = [_ACTIVATIONS[name] for name in names]
    found: dict[str, Any] = {"activations": [row[0] for row in rows]}
    for place, name in enumerate(("activation_alpha", "activation_beta")):
        numbers = [row[1][place] for row in rows if len(row[1]) > place]
        found |= {name: numbers} if numbers else {}
    return found


def _rows(c: Layer, side: _Side, name: str) -> NDArray[np.float32]:
    """A weight as the operator has it: kernels (1, gates · units, n), biases (1, 2 · gates · units)."""
    order = list(_OPERATORS[side.kind][1])
    units = c.array(f"{side.weights}recurrent_kernel").shape[0]
    if name == "bias" and not side.config.get("use_bias", True):
        return np.zeros((1, 2 * len(order) * units), np.float32)
    array = c.array(f"{side.weights}{name}")
    # GRU has two biases with reset_after, of which one belongs to the recurrent kernel.
    if name == "bias":
        array = np.stack([array, np.zeros_like(array)]) if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] != len(order) * units or (name == "bias" and len(array) != 2):
        raise c.bad(name, f"{len(order)} gates of {units}", str(array.shape))
    gates = array.reshape(len(array), len(order), -1)[:, order]
    if name == "bias":
        return np.ascontiguousarray(gates.reshape(1, -1))
    return np.ascontiguousarray(gates.transpose(1, 2, 0).reshape(1, -1, len(array)))


def _kept(c: Layer) -> _Kept | None:
    """What a mask keeps; None where there is none.

    Keras 3 hands a mask on to a layer with one input alone: with given states it is not used.
    """
    if c.mask is None or (c.keras >= (3, 0) and len(c.inputs) > 1 and not c.given):
        return None
    if not c.mask:
        raise c.unsupported("with a mask that went through other layers", "put the mask right before it")
    kept = c.op("Cast", c.mask, to=_INT64)
    through = c.op("CumSum", kept, c.ints(1))
    before = c.op("Sub", through, kept)
    steps = c.op("Shape", kept, start=1, end=2)
    # Places that count up, those of steps that are left out behind all others.
    left_out = c.op("Sub", c.ints(1), kept)
    place = c.op("CumSum", c.op("Add", kept, left_out), c.ints(1))
    key = c.op("Add", place, c.op("Mul", left_out, steps))
    order = c.ops("TopK", key, steps, count=2, axis=1, largest=0, sorted=1)[1]
    sequence = _taken(c, c.inputs[0], order)
    total = c.op("ReduceSum", kept, c.ints(1), keepdims=0)
    return _Kept(sequence, c.op("Cast", total, to=_INT32), c.mask, through, before)


def _taken(c: Layer, value: str, places: str) -> str:
    """(batch, steps, n) at places (batch, steps)."""
    return c.op("GatherND", value, c.op("Unsqueeze", places, c.ints(2)), batch_dims=1)


def _spread(c: Layer, kept: _Kept, value: str, backwards: bool, zeros: bool) -> str:
    """Answers at the steps that were kept, and at each other one that of the kept step read before it.

    Before the first kept one there are zeros, also with given states, as in Keras over TensorFlow and torch.
    """
    if backwards:
        # Behind the last kept step the operator has zeros.
        value = _taken(c, value, kept.before)
    else:
        value = _taken(c, c.op("Pad", value, c.ints(0, 1, 0, 0, 0, 0)), kept.through)
    if not zeros:
        return value
    return c.op("Mul", value, c.op("Unsqueeze", c.op("Cast", kept.mask, to=_FLOAT), c.ints(2)))


def _pairs(ends: Sequence[str], states: Sequence[str]) -> list[tuple[str, str | None]]:
    return [(end, states[place] if place < len(states) else None) for place, end in enumerate(ends)]


def _or_given(c: Layer, kept: _Kept, end: str, state: str | None) -> str:
    """The last state; where nothing was kept, the first one."""
    none = c.op("Equal", kept.count, c.constant("none", np.array(0, np.int32)))
    first = state if state is not None else c.scalar(0)
    return c.op("Where", c.op("Unsqueeze", none, c.ints(1)), first, end)


def _reversed(c: Layer, value: str) -> str:
    return c.op("Slice", value, c.ints(-1), c.ints(-_LAST), c.ints(1), c.ints(-1))


LAYERS.update({**dict.fromkeys(_OPERATORS, _recurrent), "Bidirectional": _bidirectional})
