"""Convolutions, pooling, matrix products, normalization, and resizing of images.

Images are NHWC in TensorFlow and NCHW in ONNX: each operator is written between two transpositions, which
onnxruntime moves together and cancels when it opens the model.
"""

from __future__ import annotations

import numpy as np

from wardian_build.convert.tfjs.emit import FLOAT, Call, operator

__all__: list[str] = []

_TO_FIRST, _TO_LAST = [0, 3, 1, 2], [0, 2, 3, 1]


def _channels_first(c: Call, value: str) -> str:
    return value if _first(c) else c.op("Transpose", value, perm=_TO_FIRST)


def _channels_last(c: Call, value: str) -> str:
    return value if _first(c) else c.op("Transpose", value, perm=_TO_LAST)


def _first(c: Call) -> bool:
    return c.attributes.text("data_format", "NHWC") == "NCHW"


def _spatial(c: Call, name: str) -> list[int]:
    """Height and width out of a list for all four axes; 1, 1 where there is none."""
    values = c.attributes.integers(name)
    if not values:
        return [1, 1]
    if len(values) != 4:
        raise c.unsupported(f"with {name} {values}", "only images with two spatial axes are converted")
    return values[2:4] if _first(c) else values[1:3]


def _padding(c: Call, kernel: list[int] | None = None) -> dict[str, object]:
    """`kernel` is given where there may be dilations: for them onnxruntime does not know SAME."""
    kind = c.attributes.text("padding", "VALID")
    dilations = _spatial(c, "dilations")
    if kind == "SAME" and kernel is not None and dilations != [1, 1]:
        if _spatial(c, "strides") != [1, 1]:
            raise c.unsupported(
                "with dilations, strides and padding SAME", "pad explicitly, or use one of both"
            )
        total = [rate * (length - 1) for rate, length in zip(dilations, kernel, strict=True)]
        return {"pads": [*(n // 2 for n in total), *(n - n // 2 for n in total)]}
    if kind == "SAME":
        return {"auto_pad": "SAME_UPPER"}
    if kind == "EXPLICIT":
        pads = c.attributes.integers("explicit_paddings")
        at = 4 if _first(c) else 2
        return {"pads": [pads[at], pads[at + 2], pads[at + 1], pads[at + 3]]}
    return {}


def _transposed(c: Call, index: int, perm: list[int]) -> str:
    """A filter with its axes in another order: now where it is constant, else in the graph."""
    value = c.constant(index)
    if value is None:
        return c.op("Transpose", c.input(index), perm=perm)
    return c.weight(np.ascontiguousarray(value.transpose(perm)))


def _convolution(c: Call, filter_value: str, **settings: object) -> str:
    """The convolution and what is fused with it."""
    kernel = c.constant(1)
    size = None if kernel is None else list(kernel.shape[:2])
    attributes = {"strides": _spatial(c, "strides"), "dilations": _spatial(c, "dilations"), **settings}
    image = _channels_first(c, c.input(0))
    return _fused(c, _channels_last(c, c.op("Conv", image, filter_value, **attributes, **_padding(c, size))))


def _fused(c: Call, value: str) -> str:
    """BiasAdd and an activation after it, as the attribute `fused_ops` lists them; values from input 2 on."""
    used = 2
    for name in c.attributes.texts("fused_ops"):
        if name == "BiasAdd":
            bias = c.input(used)
            value = c.op("Add", value, c.op("Unsqueeze", bias, c.ints(1, 2)) if _first(c) else bias)
            used += 1
        elif name == "Prelu":
            value = c.op("PRelu", value, c.input(used))
            used += 1
        elif name == "Relu6":
            value = c.op("Clip", value, c.scalar(0.0), c.scalar(6.0))
        elif name == "LeakyRelu":
            value = c.op("LeakyRelu", value, alpha=c.attributes.number("leakyrelu_alpha", 0.2))
        elif name in ("Relu", "Elu", "Sigmoid", "Tanh"):
            value = c.op(name, value)
        else:
            raise c.unsupported(f"fused with {name[:60]}", "convert the model without grappler's remapping")
    return value


@operator("Conv2D", "_FusedConv2D")
def conv2d(c: Call) -> str:
    """Filter (height, width, in, out) → (out, in, height, width)."""
    return _convolution(c, _transposed(c, 1, [3, 2, 0, 1]))


@operator("DepthwiseConv2dNative", "FusedDepthwiseConv2dNative")
def depthwise_conv2d(c: Call) -> str:
    """Filter (height, width, channels, multiplier) → (channels · multiplier, 1, height, width)."""
    weights = c.required(1, "a filter")
    height, width, channels, multiplier = weights.shape
    stacked = weights.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    return _convolution(c, c.weight(np.ascontiguousarray(stacked)), group=channels)


@operator("Conv2DBackpropInput")
def conv2d_transpose(c: Call) -> str:
    """Inputs are the size of the result, the filter (height, width, out, in), and the image."""
    strides = _spatial(c, "strides")
    settings: dict[str, object] = {"strides": strides, "dilations": _spatial(c, "dilations"), **_padding(c)}
    size = c.constant(0)
    if size is not None and size.size == 4:
        settings["output_shape"] = [int(n) for n in (size[2:4] if _first(c) else size[1:3])]
    image = _channels_first(c, c.input(2))
    return _channels_last(c, c.op("ConvTranspose", image, _transposed(c, 1, [3, 2, 0, 1]), **settings))


@operator("MaxPool", "AvgPool")
def pool(c: Call) -> str:
    """The average leaves padding out, as TensorFlow's does."""
    settings = {"kernel_shape": _spatial(c, "ksize"), "strides": _spatial(c, "strides"), **_padding(c)}
    name = "MaxPool" if c.node.op == "MaxPool" else "AveragePool"
    return _channels_last(c, c.op(name, _channels_first(c, c.input(0)), **settings))


@operator("MatMul", "_FusedMatMul")
def matmul(c: Call) -> str:
    a, b = c.input(0), c.input(1)
    if c.attributes.flag("transpose_a"):
        a = c.op("Transpose", a, perm=[1, 0])
    if c.attributes.flag("transpose_b"):
        b = c.op("Transpose", b, perm=[1, 0])
    return _fused(c, c.op("MatMul", a, b))


@operator("BatchMatMul", "BatchMatMulV2")
def batch_matmul(c: Call) -> str:
    sides = [
        c.op("Einsum", c.input(index), equation="...ij->...ji") if c.attributes.flag(flag) else c.input(index)
        for index, flag in enumerate(("adj_x", "adj_y"))
    ]
    return c.op("MatMul", *sides)


@operator("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def batch_norm(c: Call) -> str:
    """(x − mean) · scale / √(variance + ε) + offset, along the channels."""
    names = ("a scale", "an offset", "a mean", "a variance")
    scale, offset, mean, variance = (c.required(index + 1, name) for index, name in enumerate(names))
    factor = scale / np.sqrt(variance + np.float32(c.attributes.number("epsilon", 0.001)))
    shift = offset - mean * factor
    if _first(c):
        factor, shift = factor[:, None, None], shift[:, None, None]
    scaled = c.op("Mul", c.input(0), c.weight(factor.astype(np.float32), "factor"))
    return c.op("Add", scaled, c.weight(shift.astype(np.float32), "shift"))


@operator("ResizeBilinear", "ResizeNearestNeighbor")
def resize(c: Call) -> str:
    """To a size (height, width). Nearest with half-pixel centres takes the pixel that holds the centre."""
    image = c.input(0)
    if c.attributes.type("T") != "DT_FLOAT":
        image = c.cast(image, FLOAT)
    corners, half = c.attributes.flag("align_corners"), c.attributes.flag("half_pixel_centers")
    settings: dict[str, object] = {
        "mode": "linear" if c.node.op == "ResizeBilinear" else "nearest",
        "coordinate_transformation_mode": "align_corners"
        if corners
        else "half_pixel"
        if half
        else "asymmetric",
    }
    if c.node.op == "ResizeNearestNeighbor":
        settings["nearest_mode"] = "round_prefer_ceil" if corners or half else "floor"
    first = c.op("Transpose", image, perm=_TO_FIRST)
    kept = c.op("Shape", first, start=0, end=2)
    # onnxruntime takes a list of unknown length in a branch for an empty one: its length is said.
    size = c.op("Concat", kept, c.op("Reshape", c.input(1), c.ints(2)), axis=0)
    return c.op("Transpose", c.op("Resize", first, "", "", size, **settings), perm=_TO_LAST)


@operator("DepthToSpace")
def depth_to_space(c: Call) -> str:
    block = c.attributes.integer("block_size", 2)
    return _channels_last(c, c.op("DepthToSpace", _channels_first(c, c.input(0)), blocksize=block))


@operator("LRN")
def local_response_normalization(c: Call) -> str:
    """TensorFlow counts channels to either side and does not divide α by their number."""
    radius = c.attributes.integer("depth_radius", 5)
    size = 2 * radius + 1
    settings = {
        "size": size,
        "alpha": c.attributes.number("alpha", 1.0) * size,
        "beta": c.attributes.number("beta", 0.5),
        "bias": c.attributes.number("bias", 1.0),
    }
    first = c.op("Transpose", c.input(0), perm=_TO_FIRST)
    return c.op("Transpose", c.op("LRN", first, **settings), perm=_TO_LAST)
