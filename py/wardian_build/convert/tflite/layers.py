"""Convolutions, pooling, matrix products and resizing: images are NHWC here and NCHW in ONNX.

Each operator is written between two transpositions, which onnxruntime moves together and cancels.
"""

from __future__ import annotations

import struct

import numpy as np

from wardian_build.convert.tflite.emit import TO_FIRST, TO_LAST, Call, operator

__all__: list[str] = []


def _padding(c: Call, kernel: list[int], strides: list[int], dilations: list[int]) -> list[int]:
    """What SAME adds before and after, as TensorFlow divides it; nothing for VALID."""
    if c.number(0, "b") == 1:
        return [0, 0, 0, 0]
    before, after = [], []
    for length, size, stride, rate in zip(c.shape(0, 4)[1:3], kernel, strides, dilations, strict=True):
        out = -(-length // stride)
        total = max((out - 1) * stride + (size - 1) * rate + 1 - length, 0)
        before.append(total // 2)
        after.append(total - total // 2)
    return [*before, *after]


def _pair(c: Call, height: int, width: int, default: int = 0) -> list[int]:
    found = [c.number(height, "i", default), c.number(width, "i", default)]
    if not all(1 <= n < 1 << 16 for n in found):
        raise c.bad("options", "positive lengths", str(found))
    return found


def _convolved(c: Call, kernel: np.ndarray, group: int, activation: int, dilations: list[int]) -> str:
    """Filter (out, in, height, width)."""
    strides = _pair(c, 2, 1)
    pads = _padding(c, list(kernel.shape[2:]), strides, dilations)
    inputs = [c.op("Transpose", c.input(0), perm=TO_FIRST), c.weight(kernel)]
    inputs += [c.input(2)] if c.has(2) else []
    value = c.op("Conv", *inputs, strides=strides, dilations=dilations, pads=pads, group=group)
    return c.fused(c.op("Transpose", value, perm=TO_LAST), activation)


def _filter(c: Call, index: int) -> np.ndarray:
    kernel = c.constant(index, "a filter")
    if kernel.ndim != 4 or 0 in kernel.shape:
        raise c.bad("filter", "4 axes", str(kernel.shape))
    return kernel


@operator("CONV_2D")
def conv_2d(c: Call) -> str:
    """Filter (out, height, width, in); groups where the image has more channels."""
    kernel, channels = _filter(c, 1).transpose(0, 3, 1, 2), c.shape(0, 4)[3]
    if channels % kernel.shape[1]:
        raise c.bad("filter", f"channels that divide {channels}", str(kernel.shape[1]))
    return _convolved(c, kernel, channels // kernel.shape[1], 3, _pair(c, 5, 4, 1))


@operator("DEPTHWISE_CONV_2D")
def depthwise_conv_2d(c: Call) -> str:
    """Filter (1, height, width, channels · multiplier)."""
    kernel, channels = _filter(c, 1).transpose(3, 0, 1, 2), c.shape(0, 4)[3]
    if kernel.shape[1] != 1 or not channels or kernel.shape[0] % channels:
        raise c.bad("filter", f"one a channel of {channels}", str(kernel.shape))
    return _convolved(c, kernel, channels, 4, _pair(c, 6, 5, 1))


def _transposed(c: Call, image: int, bias: int, strides: list[int], same: bool) -> str:
    """A transposed convolution with the filter (out, height, width, in) as input 1."""
    kernel, out, lengths = _filter(c, 1).transpose(3, 0, 1, 2), c.output().shape, c.shape(image, 4)
    if len(out) != 4:
        raise c.bad("result", "4 axes", str(out))
    before, after, more = [], [], []
    for axis, stride in enumerate(strides):
        total = (lengths[1 + axis] - 1) * stride + kernel.shape[2 + axis] - out[1 + axis]
        begin = max(total, 0) // 2 if same else 0
        before.append(begin)
        after.append(max(total, 0) - begin)
        more.append(max(-total, 0))
    inputs = [c.op("Transpose", c.input(image), perm=TO_FIRST), c.weight(kernel)]
    inputs += [c.input(bias)] if c.has(bias) else []
    value = c.op("ConvTranspose", *inputs, strides=strides, pads=[*before, *after], output_padding=more)
    return c.op("Transpose", value, perm=TO_LAST)


@operator("TRANSPOSE_CONV")
def transpose_conv(c: Call) -> str:
    """Inputs are the result's shape, the filter, the image, and a bias."""
    return c.fused(_transposed(c, 2, 3, _pair(c, 2, 1), c.number(0, "b") == 0), 3)


@operator("custom Convolution2DTransposeBias")
def transpose_conv_bias(c: Call) -> str:
    """MediaPipe's: the image, the filter, a bias; its options are three int32: SAME is 1, strides (x, y)."""
    if len(c.operator.custom) < 12:
        raise c.bad("options", "at least 12 bytes", str(len(c.operator.custom)))
    padding, across, down = struct.unpack_from("<3i", c.operator.custom)
    if padding not in (1, 2) or not (1 <= across < 1 << 16 and 1 <= down < 1 << 16):
        raise c.bad("options", "a padding and strides", f"{padding}, {across}, {down}")
    return _transposed(c, 0, 2, [down, across], padding == 1)


@operator("MAX_POOL_2D", "AVERAGE_POOL_2D")
def pool_2d(c: Call) -> str:
    """The average leaves padding out."""
    strides, size = _pair(c, 2, 1), _pair(c, 4, 3)
    name = "MaxPool" if c.operator.name.startswith("MAX") else "AveragePool"
    first = c.op("Transpose", c.input(0), perm=TO_FIRST)
    pads = _padding(c, size, strides, [1, 1])
    value = c.op(name, first, kernel_shape=size, strides=strides, pads=pads)
    return c.fused(c.op("Transpose", value, perm=TO_LAST), 5)


@operator("FULLY_CONNECTED")
def fully_connected(c: Call) -> str:
    """Weights (out, in); what comes in is taken as rows of `in` numbers."""
    if c.number(1, "b"):
        raise c.unsupported("with shuffled weights", "convert the model without them")
    weights = c.constant(1, "weights")
    if weights.ndim != 2:
        raise c.bad("weights", "2 axes", str(weights.shape))
    rows = c.reshaped(c.input(0), (-1, weights.shape[1]))
    value = c.op("MatMul", rows, c.weight(weights.T))
    value = c.op("Add", value, c.input(2)) if c.has(2) else value
    return c.fused(c.reshaped(value, c.output().shape), 0)


@operator("BATCH_MATMUL")
def batch_matmul(c: Call) -> str:
    sides = []
    for index in (0, 1):
        rank = len(c.shape(index))
        turned = [*range(rank - 2), rank - 1, rank - 2]
        sides.append(
            c.op("Transpose", c.input(index), perm=turned) if c.number(index, "B") else c.input(index)
        )
    return c.op("MatMul", *sides)


@operator("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")
def resize(c: Call) -> str:
    """Nearest with half-pixel centres takes the pixel that holds the centre."""
    bilinear = c.operator.name == "RESIZE_BILINEAR"
    corners, half = (c.number(field, "B") for field in ((2, 3) if bilinear else (0, 1)))
    mode = "align_corners" if corners else "half_pixel" if half else "asymmetric"
    settings = {"mode": "linear" if bilinear else "nearest", "coordinate_transformation_mode": mode}
    if not bilinear:
        settings["nearest_mode"] = "round_prefer_ceil" if corners or half else "floor"
    batch, _, _, channels = c.shape(0, 4)
    size = c.graph.ints([batch, channels, *c.integers(1, "a size")])
    first = c.op("Transpose", c.input(0), perm=TO_FIRST)
    return c.op("Transpose", c.op("Resize", first, "", "", size, **settings), perm=TO_LAST)


@operator("DEPTH_TO_SPACE", "SPACE_TO_DEPTH")
def depth_and_space(c: Call) -> str:
    name = "DepthToSpace" if c.operator.name.startswith("DEPTH") else "SpaceToDepth"
    first = c.op("Transpose", c.input(0), perm=TO_FIRST)
    return c.op("Transpose", c.op(name, first, blocksize=c.number(0, "i", 1)), perm=TO_LAST)


@operator("L2_NORMALIZATION")
def l2_normalization(c: Call) -> str:
    """Along the last axis; the sum of squares is at least 1e-6."""
    value = c.input(0)
    total = c.op("ReduceSum", c.op("Mul", value, value), c.graph.ints([-1]), keepdims=1)
    return c.fused(c.op("Div", value, c.op("Sqrt", c.op("Max", total, c.scalar(1e-6)))), 0)
