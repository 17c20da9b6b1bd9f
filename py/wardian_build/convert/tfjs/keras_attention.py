"""Attention layers of Keras: additions to `LAYERS`.

Keras 3 gives these layers several tensors by name; `topology.py` writes the names down as `call`, with what
else the call says.

Source: `keras/src/layers/attention`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto

from wardian_build.convert.tfjs.keras_layers import LAYERS, Layer
from wardian_build.convert.tfjs.keras_masks import UNKNOWN

__all__ = ["ATTENTION"]

ATTENTION = ("MultiHeadAttention", "GroupedQueryAttention", "Attention", "AdditiveAttention")

_TENSORS = ("query", "value", "key")
_SETTINGS = ("use_causal_mask", "return_attention_scores", "training")
#: A score that leaves no weight.
_NEVER = -1e9
_BOOL = TensorProto.BOOL


@dataclass(frozen=True)
class _Call:
    """Query, value and key (the value where it is not given), their masks, and what else was said."""

    values: Mapping[str, str]
    masks: Mapping[str, str | None]
    settings: Mapping[str, Any]
    #: bool (batch, queries, steps), or with a number of heads after the batch: which weights may be.
    allowed: str | None = None

    @property
    def shows_weights(self) -> bool:
        return bool(self.settings.get("return_attention_scores"))


def _called(c: Layer, *more: str) -> _Call:
    """What the call gives; `more` are arguments besides query, value and key that the layer takes."""
    call = c.config.get("call")
    if not isinstance(call, dict):
        raise c.unsupported("as Keras 2 wrote it down", "load the model with Keras 3 and save it again")
    names, settings = call["tensors"], call["settings"]
    others = sorted({*names} - {*_TENSORS, *more} | {*settings} - {*_SETTINGS})
    if others or len(names) != len(c.inputs) or not {"query", "value"} <= {*names}:
        what = ", ".join(others)[:80] or f"{len(c.inputs)} tensors"
        raise c.unsupported(f"with {what}", f"give it {', '.join((*_TENSORS, *more))} or use_causal_mask")
    values = dict(zip(names, c.inputs, strict=True))
    masks = {name: mask for name, mask in zip(names, c.masks_before, strict=True) if name in _TENSORS}
    # Keras before 3.8 wrote them down; after that it takes the query's own, whatever it is given.
    for name in ("query", "value", "key")[c.keras >= (3, 8) and c.kind == "MultiHeadAttention" :]:
        if f"{name}_mask" in values:
            masks[name] = c.op("Cast", values[f"{name}_mask"], to=_BOOL)
    if UNKNOWN in masks.values():
        raise c.unsupported("with a mask that went through other layers", "put the mask right before it")
    allowed = None
    if "attention_mask" in values:
        allowed = c.op("Cast", values["attention_mask"], to=_BOOL)
        rank = int(call["ranks"][names.index("attention_mask")])
        if rank == 3:
            allowed = c.op("Unsqueeze", allowed, c.ints(1))
    return _Call({"key": values["value"], **values}, masks, settings, allowed)


def _length(c: Layer, value: str, axis: int) -> str:
    return c.op("Gather", c.op("Shape", value), c.constant(f"axis {axis}", np.array(axis, np.int64)), axis=0)


def _places(c: Layer, scores: str) -> tuple[str, str]:
    """The number of each query, (queries, 1), and of each step, (1, steps)."""
    zero, one = (c.constant(str(n), np.array(n, np.int64)) for n in (0, 1))
    # Before the scores are computed nobody knows how many there are.
    queries, steps = (c.op("Range", zero, _length(c, scores, axis), one) for axis in (-2, -1))
    return c.op("Unsqueeze", queries, c.ints(1)), c.op("Unsqueeze", steps, c.ints(0))


def _all(c: Layer, masks: Iterable[str | None]) -> str | None:
    found = None
    for one in masks:
        if one is not None:
            found = one if found is None else c.op("And", found, one)
    return found


def _causal(c: Layer, scores: str, call: _Call) -> str | None:
    """bool (queries, steps): no step that is later than the query."""
    return c.op("GreaterOrEqual", *_places(c, scores)) if call.settings.get("use_causal_mask") else None


def _window(c: Layer, scores: str) -> str | None:
    """bool (queries, steps): steps that are less than so many away."""
    if c.config.get("sliding_window") is None:
        return None
    apart = c.op("Abs", c.op("Sub", *_places(c, scores)))
    return c.op("Less", apart, c.constant("window", np.array(int(c.number("sliding_window", 0)), np.int64)))


def _outputs(c: Layer, call: _Call, value: str, weights: str) -> list[str]:
    """What Keras gives; the mask of the query is that of the answer."""
    if call.masks.get("query") is not None:
        c.masks[value] = str(call.masks["query"])
    return [value, weights] if call.shows_weights else [value]


def _dense(c: Layer, value: str, name: str, inner: int) -> str:
    """A part's kernel, of which the first `inner` axes are summed over, and its bias."""
    shape = c.array(f"{name}/kernel").shape
    width = int(np.prod(shape[:inner]))
    value = c.op("MatMul", value, c.weight(f"{name}/kernel", lambda w: w.reshape(width, -1)))
    if c.has("use_bias"):
        value = c.op("Add", value, c.weight(f"{name}/bias", lambda b: b.reshape(-1)))
    return value


def _split(c: Layer, value: str, name: str, heads: int) -> str:
    """A part for each head, (batch, heads, steps, size); fewer heads are used several times in a row."""
    _, count, size = c.array(f"{name}/kernel").shape
    value = c.op("Reshape", _dense(c, value, name, 1), c.ints(0, 0, count, size))
    value = c.op("Transpose", value, perm=[0, 2, 1, 3])
    if count == heads:
        return value
    several = c.op("Unsqueeze", value, c.ints(2))
    repeated = c.op("Concat", *[several] * (heads // count), axis=2)
    shape = c.op("Concat", c.ints(0), c.ints(heads), c.ints(-1), c.ints(size), axis=0)
    return c.op("Reshape", repeated, shape)


def _multi_head(c: Layer) -> list[str]:
    """MultiHeadAttention, and GroupedQueryAttention, where several queries share a head of key and value."""
    call = _called(c, "attention_mask", *(f"{name}_mask" for name in _TENSORS))
    kernels = [c.array(f"{name}/kernel") for name in (*_TENSORS, "attention_output")]
    if c.config.get("attention_axes") not in (None, [1]) or any(one.ndim != 3 for one in kernels):
        raise c.unsupported("over other axes than the steps", "use it over (batch, steps, n)")
    heads, size = kernels[0].shape[1:]
    if any(heads % one.shape[1] for one in kernels[:3]):
        raise c.bad("kernels", f"parts of {heads} heads", str([one.shape[1] for one in kernels]))
    query, value, key = (_split(c, call.values[name], name, heads) for name in _TENSORS)
    query = c.op("Mul", query, c.scalar(float(1 / np.sqrt(np.float64(size)))))
    scores = c.op("MatMul", query, c.op("Transpose", key, perm=[0, 1, 3, 2]))
    weights = _masked_softmax(c, scores, call)
    joined = c.op("Transpose", c.op("MatMul", weights, value), perm=[0, 2, 1, 3])
    joined = c.op("Reshape", joined, c.ints(0, 0, heads * kernels[1].shape[2]))
    if c.config.get("use_gate"):
        gate = c.op("Sigmoid", _dense(c, call.values["query"], "gate", 1))
        joined = c.op("Mul", joined, gate)
    return _outputs(c, call, _dense(c, joined, "attention_output", 2), weights)


def _masked_softmax(c: Layer, scores: str, call: _Call) -> str:
    """Weights of (batch, heads, queries, steps), of which all masks together say which may be.

    A query that may look at nothing, as one that is left out itself, looks at all alike, or at nothing where
    Keras from 3.10 on computes the weights itself: with dropout, or when they are asked for.
    """
    sides = {"query": (1, 3), "value": (1, 2), "key": (1, 2)}
    masks = [
        c.op("Unsqueeze", str(call.masks[name]), c.ints(*axes))
        for name, axes in sides.items()
        if call.masks.get(name) is not None
    ]
    allowed = _all(c, [*masks, call.allowed, _causal(c, scores, call), _window(c, scores)])
    if allowed is None:
        return c.op("Softmax", scores, axis=-1)
    weights = c.op("Softmax", c.op("Where", allowed, scores, c.scalar(_NEVER)), axis=-1)
    if c.keras >= (3, 10) and (c.number("dropout", 0.0) > 0 or call.shows_weights):
        weights = c.op("Where", allowed, weights, c.scalar(0.0))
    return weights


def _attention(c: Layer) -> list[str]:
    """Weights by products of query and key, or by tanh(query + key) along the last axis."""
    call = _called(c)
    query, value, key = (call.values[name] for name in _TENSORS)
    scaled = bool(c.config.get("use_scale"))
    if c.kind == "Attention":
        if c.config.get("score_mode", "dot") != "dot":
            raise c.unsupported(f"with score_mode {c.config['score_mode']!r:.30}", "use score_mode='dot'")
        scores = c.op("MatMul", query, c.op("Transpose", key, perm=[0, 2, 1]))
        scores = c.op("Mul", scores, c.weight("scale")) if scaled else scores
    else:
        pairs = c.op("Add", c.op("Unsqueeze", query, c.ints(2)), c.op("Unsqueeze", key, c.ints(1)))
        each = c.op("Tanh", pairs)
        each = c.op("Mul", each, c.weight("scale")) if scaled else each
        scores = c.op("ReduceSum", each, c.ints(-1), keepdims=0)
    of_value, of_query = call.masks["value"], call.masks["query"]
    of_value = None if of_value is None else c.op("Unsqueeze", of_value, c.ints(1))
    allowed = _all(c, [of_value, _causal(c, scores, call)])
    if allowed is not None:
        scores = c.op("Where", allowed, scores, c.op("Add", scores, c.scalar(_NEVER)))
    weights = c.op("Softmax", scores, axis=-1)
    found = c.op("MatMul", weights, value)
    if of_query is not None:
        found = c.op("Where", c.op("Unsqueeze", of_query, c.ints(2)), found, c.scalar(0.0))
    return _outputs(c, call, found, weights)


LAYERS.update(
    {
        **dict.fromkeys(("MultiHeadAttention", "GroupedQueryAttention"), _multi_head),
        **dict.fromkeys(("Attention", "AdditiveAttention"), _attention),
    }
)
