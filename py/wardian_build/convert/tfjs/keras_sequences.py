"""Layers of Keras over sequences, and preprocessing that models carry inside: additions to `LAYERS`."""

from __future__ import annotations

from typing import Any

import numpy as np

from wardian_build.convert.tfjs.keras_layers import LAYERS, Layer, activated

__all__: list[str] = []


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
    return c.op(name, c.inputs[0], c.ints(1), keepdims=int(bool(c.config.get("keepdims"))))


def _embedding(c: Layer) -> str:
    if c.config.get("mask_zero"):
        raise c.unsupported("with mask_zero", "build the model without masks")
    return c.op("Gather", c.weight("embeddings"), c.op("Cast", c.inputs[0], to=7), axis=0)


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
        "LayerNormalization": _layer_norm,
        "Rescaling": _rescaling,
        "Normalization": _normalization,
        "Subtract": lambda c: c.op("Sub", *c.inputs),
    }
)
