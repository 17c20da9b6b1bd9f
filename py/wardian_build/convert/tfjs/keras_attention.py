"""Attention layers of Keras: additions to `LAYERS`.

Keras 3 gives these layers several tensors by name; `topology.py` writes the names down as `call`, with what
else the call says.

Source: `keras/src/layers/attention`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wardian_build.convert.tfjs.keras_layers import LAYERS, Layer

__all__ = ["ATTENTION"]

ATTENTION = ("MultiHeadAttention", "Attention", "AdditiveAttention")

_TENSORS = ("query", "value", "key")
_SETTINGS = ("use_causal_mask", "return_attention_scores", "training")
#: A score that leaves no weight.
_NEVER = -1e9


def _given(c: Layer) -> tuple[dict[str, str], Mapping[str, Any]]:
    """Query, value and key (which is the value where it is not given), and the settings of the call."""
    call = c.config.get("call")
    if not isinstance(call, dict):
        raise c.unsupported("as Keras 2 wrote it down", "load the model with Keras 3 and save it again")
    if c.masked:
        raise c.unsupported("with a mask", "build the Embedding before it without mask_zero")
    names, settings = call["tensors"], call["settings"]
    others = sorted({*names} - {*_TENSORS} | {*settings} - {*_SETTINGS})
    if others or len(names) != len(c.inputs) or not {"query", "value"} <= {*names}:
        what = ", ".join(others)[:80] or f"{len(c.inputs)} tensors"
        raise c.unsupported(f"with {what}", "give it query, value and key alone, or use_causal_mask")
    found = dict(zip(names, c.inputs, strict=True))
    return {"key": found["value"], **found}, settings


def _length(c: Layer, value: str, axis: int) -> str:
    return c.op("Gather", c.op("Shape", value), c.constant(f"axis {axis}", np.array(axis, np.int64)), axis=0)


def _weights(c: Layer, scores: str, settings: Mapping[str, Any]) -> str:
    """Softmax over the last axis of (..., queries, steps); causal ones look at no later step."""
    if settings.get("use_causal_mask"):
        zero, one = (c.constant(str(n), np.array(n, np.int64)) for n in (0, 1))
        # Before the scores are computed nobody knows how many there are.
        queries, steps = (c.op("Range", zero, _length(c, scores, axis), one) for axis in (-2, -1))
        seen = c.op(
            "GreaterOrEqual", c.op("Unsqueeze", queries, c.ints(1)), c.op("Unsqueeze", steps, c.ints(0))
        )
        scores = c.op("Where", seen, scores, c.scalar(_NEVER))
    return c.op("Softmax", scores, axis=-1)


def _outputs(value: str, weights: str, settings: Mapping[str, Any]) -> list[str]:
    return [value, weights] if settings.get("return_attention_scores") else [value]


def _dense(c: Layer, value: str, name: str, inner: int) -> str:
    """A part's kernel, of which the first `inner` axes are summed over, and its bias."""
    shape = c.array(f"{name}/kernel").shape
    width = int(np.prod(shape[:inner]))
    value = c.op("MatMul", value, c.weight(f"{name}/kernel", lambda w: w.reshape(width, -1)))
    if c.has("use_bias"):
        value = c.op("Add", value, c.weight(f"{name}/bias", lambda b: b.reshape(-1)))
    return value


def _multi_head(c: Layer) -> list[str]:
    given, settings = _given(c)
    for name in ("use_gate", "sliding_window"):
        if c.config.get(name):
            raise c.unsupported(f"with {name}", f"build it without {name}")
    kernels = [c.array(f"{name}/kernel") for name in (*_TENSORS, "attention_output")]
    if c.config.get("attention_axes") not in (None, [1]) or any(one.ndim != 3 for one in kernels):
        raise c.unsupported("over other axes than the steps", "use it over (batch, steps, n)")
    query, value, key = (
        c.op("Reshape", _dense(c, given[name], name, 1), c.ints(0, 0, *kernel.shape[1:]))
        for name, kernel in zip(_TENSORS, kernels, strict=False)
    )
    query = c.op("Mul", query, c.scalar(float(1 / np.sqrt(np.float64(kernels[0].shape[2])))))
    product = c.op(
        "MatMul", c.op("Transpose", query, perm=[0, 2, 1, 3]), c.op("Transpose", key, perm=[0, 2, 3, 1])
    )
    weights = _weights(c, product, settings)
    heads = c.op("MatMul", weights, c.op("Transpose", value, perm=[0, 2, 1, 3]))
    _, count, size = kernels[1].shape
    joined = c.op("Reshape", c.op("Transpose", heads, perm=[0, 2, 1, 3]), c.ints(0, 0, count * size))
    return _outputs(_dense(c, joined, "attention_output", 2), weights, settings)


def _attention(c: Layer) -> list[str]:
    """Weights by products of query and key, or by tanh(query + key) along the last axis."""
    given, settings = _given(c)
    query, value, key = (given[name] for name in _TENSORS)
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
    weights = _weights(c, scores, settings)
    return _outputs(c.op("MatMul", weights, value), weights, settings)


LAYERS.update(
    {"MultiHeadAttention": _multi_head, **dict.fromkeys(("Attention", "AdditiveAttention"), _attention)}
)
