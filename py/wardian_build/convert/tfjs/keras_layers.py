"""Layers of Keras in ONNX, one function for each kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.graph import GraphBuilder
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["LAYERS", "Layer", "activated"]

_TO_FIRST, _TO_LAST = [0, 3, 1, 2], [0, 2, 3, 1]


class Layer:
    """One application of a layer: its configuration, weights and inputs, and the graph to write into.

    `masks_before` are the masks of its inputs, bool (batch, steps): false where a step is to be left out. One
    is None where there is none, empty where nobody knows it; the first is `mask`, and `given` where it is an
    argument of the call. `masks` are those of what the layer writes.
    """

    def __init__(
        self,
        path: Path,
        graph: GraphBuilder,
        name: str,
        entry: Mapping[str, Any],
        weights: Mapping[str, NDArray[Any]],
        inputs: list[str],
        masks_before: Sequence[str | None] = (),
        given: bool = False,
    ) -> None:
        self._path, self._graph, self._name, self._weights = path, graph, name, weights
        self.config: Mapping[str, Any] = entry["config"]
        self.layer: str = entry["name"]
        self.kind: str = entry["class_name"]
        self.inputs, self.masks_before, self.given = inputs, masks_before, given
        self.mask = masks_before[0] if masks_before else None
        self.masks: dict[str, str] = {}
        self._count = 0
        if not inputs:
            raise self.bad("inbound_nodes", "an input", "none")

    @property
    def keras(self) -> tuple[int, ...]:
        """The version that saved the model, major and minor; TensorFlow.js wrote as Keras 2 did."""
        return tuple(self.config.get("keras", (2, 0)))

    def op(self, operator: str, *inputs: str, **attributes: Any) -> str:
        self._count += 1
        return self._graph.op(operator, *inputs, name=f"{self._name}:{self._count}:{operator}", **attributes)

    def ops(self, operator: str, *inputs: str, count: int, **attributes: Any) -> list[str]:
        """A node with several outputs."""
        self._count += 1
        names = [f"{self._name}:{self._count}:{operator}:{place}" for place in range(count)]
        return self._graph.ops(operator, *inputs, names=names, **attributes)

    def held(self, entry: Mapping[str, Any], inputs: list[str]) -> Layer:
        """A layer inside of this one, with its weights."""
        named = {**entry, "name": self.layer}
        return Layer(self._path, self._graph, f"{self._name}:held", named, self._weights, inputs)

    def ints(self, *values: int) -> str:
        return self._graph.ints(values)

    def scalar(self, value: float) -> str:
        return self._graph.constant(f"float32 {value}", np.float32(value))

    def weight(self, name: str, change: Callable[[NDArray[Any]], NDArray[Any]] = np.asarray) -> str:
        """A weight, changed in form; a layer that is applied twice has it once."""
        return self._graph.constant(f"{self.layer}/{name}", np.ascontiguousarray(change(self.array(name))))

    def constant(self, name: str, value: NDArray[Any]) -> str:
        return self._graph.constant(f"{self.layer}/{name}", value)

    def array(self, name: str) -> NDArray[Any]:
        found = self._weights.get(f"{self.layer}/{name}")
        if found is None:
            raise self.bad("weights", f"a weight {self.layer}/{name}", "none of that name")
        return found

    def has(self, name: str) -> bool:
        return bool(self.config.get(name, True))

    def pair(self, name: str, default: int = 1) -> list[int]:
        """Two whole numbers; one stands for both."""
        value = self.config.get(name, default)
        value = [value, value] if type(value) is int else value
        if not isinstance(value, list) or len(value) != 2 or not all(type(n) is int and n > 0 for n in value):
            raise self.bad(name, "two positive whole numbers", f"{value!r:.60}")
        return value

    def number(self, name: str, default: float) -> float:
        value = self.config.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.bad(name, "a number", f"{value!r:.60}")
        return float(value)

    def channels_last(self) -> None:
        """Refuses channels_first."""
        if self.config.get("data_format", "channels_last") != "channels_last":
            raise self.unsupported("with channels_first", "save the model with channels_last")

    def unsupported(self, what: str, remedy: str) -> UnsupportedError:
        return UnsupportedError(self._path, [(f"layer {self.layer[:100]} ({self.kind}) {what}", remedy)])

    def bad(self, place: str, expected: str, received: str) -> ConversionError:
        return ConversionError(
            self._path,
            "describes a layer badly",
            place=f"layer {self.layer[:100]!r}, {place}",
            expected=expected,
            received=received,
        )


def activated(c: Layer, value: str, name: Any) -> str:
    """An activation by its name in Keras."""
    plain = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "elu": "Elu", "selu": "Selu"}
    plain |= {"exponential": "Exp", "softplus": "Softplus", "softsign": "Softsign"}
    if name in (None, "linear"):
        return value
    if name in plain:
        return c.op(plain[name], value)
    if name == "softmax":
        return c.op("Softmax", value, axis=-1)
    if name == "relu6":
        return c.op("Clip", value, c.scalar(0), c.scalar(6))
    if name in ("swish", "silu"):
        return c.op("Mul", value, c.op("Sigmoid", value))
    if name in ("hard_sigmoid", "hardSigmoid"):
        return c.op("HardSigmoid", value, alpha=0.2, beta=0.5)
    if name == "hard_sigmoid_sixth":
        # Keras 3: relu6(x + 3) / 6.
        return c.op("HardSigmoid", value, alpha=1 / 6, beta=0.5)
    if name in ("hard_silu", "hard_swish"):
        return c.op("HardSwish", value)
    if name == "gelu":
        half = c.op("Erf", c.op("Div", value, c.scalar(math.sqrt(2))))
        return c.op("Mul", c.op("Mul", value, c.scalar(0.5)), c.op("Add", half, c.scalar(1)))
    raise c.unsupported(
        f"with activation {name!r:.40}", f"use one of {', '.join(plain)}, softmax, relu6, swish"
    )


def _convolved(c: Layer, operator: str, image: str, weights: str, **settings: Any) -> str:
    """A convolution over an image, with what may come after it."""
    c.channels_last()
    padding = {"auto_pad": "SAME_UPPER"} if c.config.get("padding") == "same" else {}
    settings = {"strides": c.pair("strides"), "dilations": c.pair("dilation_rate"), **padding, **settings}
    first = c.op("Transpose", image, perm=_TO_FIRST)
    value = c.op("Transpose", c.op(operator, first, weights, **settings), perm=_TO_LAST)
    if c.has("use_bias"):
        value = c.op("Add", value, c.weight("bias"))
    return activated(c, value, c.config.get("activation"))


def _conv2d(c: Layer) -> str:
    kernel = c.weight("kernel", lambda w: w.transpose(3, 2, 0, 1))
    return _convolved(c, "Conv", c.inputs[0], kernel, group=int(c.number("groups", 1)))


def _conv2d_transpose(c: Layer) -> str:
    return _convolved(c, "ConvTranspose", c.inputs[0], c.weight("kernel", lambda w: w.transpose(3, 2, 0, 1)))


def _stacked(weights: NDArray[Any]) -> NDArray[Any]:
    """(height, width, channels, multiplier) → (channels · multiplier, 1, height, width)."""
    height, width, channels, multiplier = weights.shape
    return weights.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)


def _depthwise_conv2d(c: Layer) -> str:
    group = c.array("depthwise_kernel").shape[2]
    return _convolved(c, "Conv", c.inputs[0], c.weight("depthwise_kernel", _stacked), group=group)


def _separable_conv2d(c: Layer) -> str:
    """Depthwise with strides, then pointwise."""
    padding = {"auto_pad": "SAME_UPPER"} if c.config.get("padding") == "same" else {}
    settings = {"strides": c.pair("strides"), "dilations": c.pair("dilation_rate"), **padding}
    c.channels_last()
    first = c.op("Transpose", c.inputs[0], perm=_TO_FIRST)
    group = c.array("depthwise_kernel").shape[2]
    deep = c.op("Conv", first, c.weight("depthwise_kernel", _stacked), group=group, **settings)
    point = c.op("Conv", deep, c.weight("pointwise_kernel", lambda w: w.transpose(3, 2, 0, 1)))
    value = c.op("Transpose", point, perm=_TO_LAST)
    value = c.op("Add", value, c.weight("bias")) if c.has("use_bias") else value
    return activated(c, value, c.config.get("activation"))


def _dense(c: Layer) -> str:
    value = c.op("MatMul", c.inputs[0], c.weight("kernel"))
    value = c.op("Add", value, c.weight("bias")) if c.has("use_bias") else value
    return activated(c, value, c.config.get("activation"))


def _batch_norm(c: Layer) -> str:
    """(x − mean) · γ / √(variance + ε) + β along the last axis."""
    mean, variance = c.array("moving_mean"), c.array("moving_variance")
    scale = c.array("gamma") if c.has("scale") else np.ones_like(mean)
    shift = c.array("beta") if c.has("center") else np.zeros_like(mean)
    factor = scale / np.sqrt(variance + np.float32(c.number("epsilon", 1e-3)))
    axis = c.config.get("axis", -1)
    if axis not in (-1, 3, [3], [-1]):
        raise c.unsupported(f"along axis {axis!r:.20}", "normalize along the last axis of images or vectors")
    scaled = c.op("Mul", c.inputs[0], c._graph.constant(f"{c.layer}/factor", factor.astype(np.float32)))
    moved = (shift - mean * factor).astype(np.float32)
    return c.op("Add", scaled, c._graph.constant(f"{c.layer}/shift", moved))


def _pool2d(c: Layer) -> str:
    c.channels_last()
    size = c.pair("pool_size", 2)
    strides = c.pair("strides") if c.config.get("strides") else size
    padding = {"auto_pad": "SAME_UPPER"} if c.config.get("padding") == "same" else {}
    name = "MaxPool" if c.kind.startswith("Max") else "AveragePool"
    first = c.op("Transpose", c.inputs[0], perm=_TO_FIRST)
    return c.op("Transpose", c.op(name, first, kernel_shape=size, strides=strides, **padding), perm=_TO_LAST)


def _global_pool(c: Layer) -> str:
    c.channels_last()
    name = "ReduceMax" if "Max" in c.kind else "ReduceMean"
    return c.op(name, c.inputs[0], c.ints(1, 2), keepdims=int(bool(c.config.get("keepdims"))))


def _upsampling(c: Layer) -> str:
    c.channels_last()
    factors, mode = c.pair("size", 2), c.config.get("interpolation", "nearest")
    if mode not in ("nearest", "bilinear", "bilinear_half_pixel"):
        raise c.unsupported(f"with interpolation {mode!r:.30}", "use nearest or bilinear")
    scales = c._graph.constant(f"scales_{factors[0]}_{factors[1]}", np.array([1, 1, *factors], np.float32))
    settings = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
    if mode == "bilinear":
        # As TensorFlow.js does it: without half pixels.
        settings = {"mode": "linear", "coordinate_transformation_mode": "asymmetric"}
    if mode == "bilinear_half_pixel":
        settings = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    first = c.op("Transpose", c.inputs[0], perm=_TO_FIRST)
    return c.op("Transpose", c.op("Resize", first, "", scales, **settings), perm=_TO_LAST)


def _borders(c: Layer, name: str) -> list[list[int]]:
    """[[top, bottom], [left, right]] from one number, two, or all."""
    value = c.config.get(name, 1)
    value = [value, value] if type(value) is int else value
    rows = [[n, n] if type(n) is int else n for n in value] if isinstance(value, list) else []
    if len(rows) != 2 or not all(
        isinstance(row, list) and [type(n) for n in row] == [int, int] for row in rows
    ):
        raise c.bad(name, "borders", f"{value!r:.60}")
    return rows


def _zero_padding(c: Layer) -> str:
    c.channels_last()
    (top, bottom), (left, right) = _borders(c, "padding")
    return c.op("Pad", c.inputs[0], c.ints(0, top, left, 0, 0, bottom, right, 0), c.scalar(0))


def _cropping(c: Layer) -> str:
    c.channels_last()
    (top, bottom), (left, right) = _borders(c, "cropping")
    ends = [-last or np.iinfo(np.int64).max for last in (bottom, right)]
    return c.op("Slice", c.inputs[0], c.ints(top, left), c.ints(*ends), c.ints(1, 2))


def _reshape(c: Layer) -> str:
    target = c.config.get("target_shape")
    if not isinstance(target, list) or not all(type(n) is int for n in target):
        raise c.bad("target_shape", "whole numbers", f"{target!r:.60}")
    return c.op("Reshape", c.inputs[0], c.ints(0, *target))


def _merged(operator: str) -> Callable[[Layer], str]:
    def write(c: Layer) -> str:
        value = c.inputs[0]
        for other in c.inputs[1:]:
            value = c.op(operator, value, other)
        return c.op("Div", value, c.scalar(len(c.inputs))) if c.kind == "Average" else value

    return write


def _permute(c: Layer) -> str:
    return c.op("Transpose", c.inputs[0], perm=[0, *map(int, c.config.get("dims", []))])


def _prelu(c: Layer) -> str:
    return c.op("PRelu", c.inputs[0], c.weight("alpha"))


def _relu(c: Layer) -> str:
    """With a limit, a slope below, and no threshold."""
    if c.config.get("threshold"):
        raise c.unsupported("with a threshold", "use a threshold of 0")
    slope, limit = c.number("negative_slope", 0.0), c.config.get("max_value")
    value = c.op("LeakyRelu", c.inputs[0], alpha=slope) if slope else c.op("Relu", c.inputs[0])
    return value if limit is None else c.op("Min", value, c.scalar(float(limit)))


def _softmax(c: Layer) -> str:
    if c.mask is not None:
        raise c.unsupported("with a mask", "put an Activation in its place")
    return c.op("Softmax", c.inputs[0], axis=int(c.number("axis", -1)))


LAYERS: dict[str, Callable[[Layer], str | list[str]]] = {
    "InputLayer": lambda c: c.inputs[0],
    "Conv2D": _conv2d,
    "Conv2DTranspose": _conv2d_transpose,
    "DepthwiseConv2D": _depthwise_conv2d,
    "SeparableConv2D": _separable_conv2d,
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    **dict.fromkeys(("MaxPooling2D", "AveragePooling2D"), _pool2d),
    **dict.fromkeys(("GlobalMaxPooling2D", "GlobalAveragePooling2D"), _global_pool),
    "UpSampling2D": _upsampling,
    "ZeroPadding2D": _zero_padding,
    "Cropping2D": _cropping,
    "Activation": lambda c: activated(c, c.inputs[0], c.config.get("activation")),
    "ReLU": _relu,
    "LeakyReLU": lambda c: c.op("LeakyRelu", c.inputs[0], alpha=c.number("alpha", 0.3)),
    "PReLU": _prelu,
    "Softmax": _softmax,
    "ELU": lambda c: c.op("Elu", c.inputs[0], alpha=c.number("alpha", 1.0)),
    "Flatten": lambda c: c.op("Flatten", c.inputs[0], axis=1),
    "Reshape": _reshape,
    "Permute": _permute,
    **dict.fromkeys(
        ("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout"), lambda c: c.inputs[0]
    ),
    "Concatenate": lambda c: c.op("Concat", *c.inputs, axis=int(c.number("axis", -1))),
    "Add": _merged("Add"),
    "Average": _merged("Add"),
    "Multiply": _merged("Mul"),
    "Maximum": _merged("Max"),
    "Minimum": _merged("Min"),
}
"""The function for each kind of layer: its output, or all of them."""
