"""Layers of Keras over sequences, and preprocessing that models carry inside: additions to `LAYERS`."""

from __future__ import annotations

from typing import Any

import numpy as np

from wardian_build.convert.tfjs.keras_layers import LAYERS, Layer, activated

__all__: list[str] = []

_FLOAT, _INT64, _BOOL = 1, 7, 9
_MANY = 99
#: What `TimeDistributed` cannot hold here.
_NOT_APART = ("InputLayer", "TimeDistributed", "Bidirectional", "LSTM", "GRU", "SimpleRNN", "Masking")


def _single(c: Layer, name: str, default: int = 1) -> int:
    value = c.config.get(name, default)
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    if type(value) is not int or value < 1:
        raise c.bad(name, "a positive whole number", f"{value!r:.60}")
    return value


def _over_steps(c: Layer, operator: str, *weights: str, **settings: Any) -> str:
    """An operator over (batch, steps, channels), which ONNX has as (batch, channels, steps)."""
    c.channels_last()
    if c.config.get("padding", "valid") not in ("valid", "same"):
        raise c.unsupported(f"with padding {c.config['padding']!r:.20}", "use valid or same")
    padding = {"auto_pad": "SAME_UPPER"} if c.config.get("padding") == "same" else {}
    first = c.op("Transpose", c.inputs[0], perm=[0, 2, 1])
    return c.op("Transpose", c.op(operator, first, *weights, **settings, **padding), perm=[0, 2, 1])


def _conv1d(c: Layer) -> str:
    kernel = c.weight("kernel", lambda w: w.transpose(2, 1, 0))
    settings = {"strides": [_single(c, "strides")], "dilations": [_single(c, "dilation_rate")]}
    value = _over_steps(c, "Conv", kernel, group=int(c.number("groups", 1)), **settings)
    value = c.op("Add", value, c.weight("bias")) if c.has("use_bias") else value
    return activated(c, value, c.config.get("activation"))


def _pool1d(c: Layer) -> str:
    size = _single(c, "pool_size", 2)
    strides = _single(c, "strides") if c.config.get("strides") else size
    name = "MaxPool" if c.kind.startswith("Max") else "AveragePool"
    return _over_steps(c, name, kernel_shape=[size], strides=[strides])


def _global_pool1d(c: Layer) -> str:
    c.channels_last()
    name = "ReduceMax" if "Max" in c.kind else "ReduceMean"
    if c.mask is not None and name == "ReduceMean":
        return _mean_of_kept(c)
    return c.op(name, c.inputs[0], c.ints(1), keepdims=int(bool(c.config.get("keepdims"))))


def _mean_of_kept(c: Layer) -> str:
    """The mean of the steps that a mask keeps."""
    if not c.mask:
        raise c.unsupported("with a mask that went through other layers", "put the mask right before it")
    keepdims = int(bool(c.config.get("keepdims")))
    kept = c.op("Unsqueeze", c.op("Cast", c.mask, to=_FLOAT), c.ints(2))
    total = c.op("ReduceSum", c.op("Mul", c.inputs[0], kept), c.ints(1), keepdims=keepdims)
    return c.op("Div", total, c.op("ReduceSum", kept, c.ints(1), keepdims=keepdims))


def _embedding(c: Layer) -> str:
    """Rows by number; with mask_zero a step whose number is 0 is left out by what comes after."""
    numbers = c.op("Cast", c.inputs[0], to=_INT64)
    value = c.op("Gather", c.weight("embeddings"), numbers, axis=0)
    if c.config.get("mask_zero"):
        c.masks[value] = c.op("Not", c.op("Equal", numbers, c.constant("zero", np.array(0, np.int64))))
    return value


def _masking(c: Layer) -> str:
    """Zeros for steps that have one value throughout; what comes after leaves them out."""
    other = c.op("Not", c.op("Equal", c.inputs[0], c.scalar(c.number("mask_value", 0.0))))
    kept = c.op("ReduceMax", c.op("Cast", other, to=_FLOAT), c.ints(-1), keepdims=1)
    value = c.op("Mul", c.inputs[0], kept)
    c.masks[value] = c.op("Cast", c.op("Squeeze", kept, c.ints(-1)), to=_BOOL)
    return value


def _repeat_vector(c: Layer) -> str:
    return c.op("Tile", c.op("Unsqueeze", c.inputs[0], c.ints(1)), c.ints(1, _single(c, "n"), 1))


def _time_distributed(c: Layer) -> str:
    """A layer over each step: steps become part of the batch, and are taken apart again."""
    inner = c.config.get("layer")
    if not isinstance(inner, dict) or not isinstance(inner.get("config"), dict):
        raise c.bad("layer", "a layer", f"{inner!r:.60}")
    kind = inner.get("class_name")
    if kind not in LAYERS or kind in _NOT_APART:
        raise c.unsupported(f"of a layer {kind!s:.60}", "use a layer that takes one step")
    whole = c.op("Shape", c.inputs[0])
    each = c.op("Concat", c.ints(-1), c.op("Slice", whole, c.ints(2), c.ints(_MANY)), axis=0)
    value = LAYERS[kind](c.held(inner, [c.op("Reshape", c.inputs[0], each)]))
    assert isinstance(value, str)
    steps = c.op("Slice", whole, c.ints(0), c.ints(2))
    return c.op("Reshape", value, c.op("Concat", steps, c.op("Shape", value, start=1), axis=0))


def _layer_norm(c: Layer) -> str:
    if c.config.get("axis", -1) not in (-1, [-1]) or c.config.get("rms_scaling"):
        raise c.unsupported("along other axes than the last", "normalize along the last one")
    value = c.inputs[0]
    apart = c.op("Sub", value, c.op("ReduceMean", value, c.ints(-1), keepdims=1))
    variance = c.op("ReduceMean", c.op("Mul", apart, apart), c.ints(-1), keepdims=1)
    value = c.op("Div", apart, c.op("Sqrt", c.op("Add", variance, c.scalar(c.number("epsilon", 1e-3)))))
    value = c.op("Mul", value, c.weight("gamma")) if c.has("scale") else value
    return c.op("Add", value, c.weight("beta")) if c.has("center") else value


def _normalization(c: Layer) -> str:
    """(x − mean) / √variance along the last axis, by numbers that were given or adapted to."""
    if c.config.get("axis", -1) not in (-1, [-1], 3, [3]) or c.config.get("invert"):
        raise c.unsupported("along other axes than the last, or inverted", "normalize along the last one")
    found = []
    for name in ("mean", "variance"):
        given = c.config.get(name)
        value = c.array(name) if given is None else np.array(given, np.float32)
        if value.ndim > 1 and value.size != value.shape[-1]:
            raise c.bad(name, "a number a channel", str(value.shape))
        found.append(value.reshape(-1) if value.ndim else value)
    deviation = np.maximum(np.sqrt(found[1]), np.float32(1e-7))
    apart = c.op("Sub", c.inputs[0], c.constant("mean", found[0].astype(np.float32)))
    return c.op("Div", apart, c.constant("deviation", deviation.astype(np.float32)))


def _rescaling(c: Layer) -> str:
    """x · scale + offset, of one number or one a channel."""
    value = c.inputs[0]
    for name, operator, default in (("scale", "Mul", 1.0), ("offset", "Add", 0.0)):
        given = c.config.get(name, default)
        numbers = given if isinstance(given, list) else [given]
        if not all(type(n) in (int, float) for n in numbers):
            raise c.bad(name, "numbers", f"{given!r:.60}")
        value = c.op(operator, value, c.constant(name, np.array(numbers, np.float32)))
    return value


LAYERS.update(
    {
        "Conv1D": _conv1d,
        **dict.fromkeys(("MaxPooling1D", "AveragePooling1D"), _pool1d),
        **dict.fromkeys(("GlobalMaxPooling1D", "GlobalAveragePooling1D"), _global_pool1d),
        "Embedding": _embedding,
        "Masking": _masking,
        "RepeatVector": _repeat_vector,
        "TimeDistributed": _time_distributed,
        "SpatialDropout1D": lambda c: c.inputs[0],
        "LayerNormalization": _layer_norm,
        "Rescaling": _rescaling,
        "Normalization": _normalization,
        "Subtract": lambda c: c.op("Sub", *c.inputs),
    }
)
