"""An ONNX graph in float64, where it is a plain convolutional network; `rounding.py` says what for.

Operators by the ONNX specification, in NumPy, with the settings that such networks are converted to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx import numpy_helper

__all__ = ["run_float64"]

Array = NDArray[Any]
Settings = dict[str, Any]


def run_float64(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> dict[str, Array]:
    """The outputs, with float32 inputs and weights widened and every sum in float64.

    Raises NotImplementedError for an operator or a setting that is not here.
    """
    values: dict[str, Array | None] = {"": None}
    for tensor in model.graph.initializer:
        values[tensor.name] = _wide(numpy_helper.to_array(tensor))
    values |= {name: _wide(value) for name, value in feeds.items()}
    for node in model.graph.node:
        settings = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        given = [values[name] for name in node.input]
        if node.op_type not in OPERATORS or len(node.output) > 1:
            raise NotImplementedError(node.op_type)
        values[node.output[0]] = OPERATORS[node.op_type](given, settings)
    return {output.name: np.asarray(values[output.name]) for output in model.graph.output}


def _wide(value: Array) -> Array:
    return value.astype(np.float64) if value.dtype == np.float32 else value


def _require(known: bool, setting: str) -> None:
    if not known:
        raise NotImplementedError(setting)


def _sides(settings: Settings, shape: Sequence[int], kernel: Sequence[int]) -> list[tuple[int, int]]:
    """What is added before and after height and width."""
    automatic = settings.get("auto_pad", b"NOTSET")
    if automatic == b"NOTSET":
        pads = settings.get("pads", [0] * 4)
        return [(pads[0], pads[2]), (pads[1], pads[3])]
    _require(automatic == b"SAME_UPPER", "auto_pad")
    sides = []
    for length, size, stride in zip(shape, kernel, settings.get("strides", [1, 1]), strict=True):
        missing = max((-(-length // stride) - 1) * stride + size - length, 0)
        sides.append((missing // 2, missing - missing // 2))
    return sides


def _windows(x: Array, kernel: Sequence[int], settings: Settings, filler: float) -> Array:
    """(batch, channels, height, width, kernel height, kernel width)"""
    _require(set(settings.get("dilations", [1])) == {1}, "dilations")
    _require(settings.get("ceil_mode", 0) == 0, "ceil_mode")
    sides = _sides(settings, x.shape[2:], kernel)
    padded = np.pad(x, [(0, 0), (0, 0), *sides], constant_values=filler)
    down, right = settings.get("strides", [1, 1])
    windows: Array = sliding_window_view(padded, tuple(kernel), axis=(2, 3))  # type: ignore[call-overload]
    return windows[:, :, ::down, ::right]


def _conv(given: Sequence[Any], settings: Settings) -> Array:
    x, weights, *bias = given
    windows = _windows(x, weights.shape[2:], settings, 0)
    groups = settings.get("group", 1)
    if groups == 1:
        y = np.tensordot(windows, weights, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)
    else:
        _require(weights.shape[1] == 1 and weights.shape[0] == groups == x.shape[1], "group")
        y = np.einsum("nchwij,cij->nchw", windows, weights[:, 0])
    return y + bias[0][:, None, None] if bias else y


def _max_pool(given: Sequence[Any], settings: Settings) -> Array:
    return np.asarray(_windows(given[0], settings["kernel_shape"], settings, -np.inf).max((4, 5)))


def _pad(given: Sequence[Any], settings: Settings) -> Array:
    _require(settings.get("mode", b"constant") == b"constant" and len(given) < 4, "mode")
    x, pads, *rest = given
    half = len(pads) // 2
    sides = list(zip(pads[:half].tolist(), pads[half:].tolist(), strict=True))
    return np.pad(x, sides, constant_values=float(rest[0]) if rest else 0.0)


def _resize(given: Sequence[Any], settings: Settings) -> Array:
    x, _, scales, *sizes = given
    _require(settings.get("mode") == b"linear", "mode")
    lengths = sizes[0] if sizes else np.round(np.array(x.shape) * scales).astype(int)
    for axis in (2, 3):
        before, after = x.shape[axis], int(lengths[axis])
        places = _places(settings.get("coordinate_transformation_mode", b"half_pixel"), before, after)
        low = np.floor(places).astype(int)
        high = np.minimum(low + 1, before - 1)
        share = (places - low).reshape([-1 if each == axis else 1 for each in range(4)])
        x = x.take(low, axis) * (1 - share) + x.take(high, axis) * share
    return np.asarray(x)


def _places(mode: bytes, before: int, after: int) -> Array:
    index = np.arange(after, dtype=np.float64)
    of = {
        b"half_pixel": (index + 0.5) * before / after - 0.5,
        b"asymmetric": index * before / after,
        b"align_corners": index * (before - 1) / max(after - 1, 1),
    }
    _require(mode in of, "coordinate_transformation_mode")
    return np.clip(of[mode], 0, before - 1)


OPERATORS: dict[str, Callable[[Sequence[Any], Settings], Array]] = {
    "Add": lambda given, _: given[0] + given[1],
    "Clip": lambda given, _: np.clip(given[0], *(*given[1:], None)[:2]),
    "Concat": lambda given, settings: np.concatenate(given, settings["axis"]),
    "Conv": _conv,
    "Identity": lambda given, _: given[0],
    "MaxPool": _max_pool,
    "Mul": lambda given, _: given[0] * given[1],
    "Pad": _pad,
    "Relu": lambda given, _: np.maximum(given[0], 0),
    "Reshape": lambda given, _: given[0].reshape(given[1]),
    "Resize": _resize,
    "Shape": lambda given, settings: np.array(given[0].shape)[settings.get("start", 0) : settings.get("end")],
    "Sigmoid": lambda given, _: (1 + np.tanh(given[0] / 2)) / 2,
    "Transpose": lambda given, settings: given[0].transpose(settings["perm"]),
}
