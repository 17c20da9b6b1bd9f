"""Reshaping, slicing, joining and padding; the shapes of results are those of the file."""

from __future__ import annotations

from math import prod

import numpy as np

from wardian_build.convert.tflite.emit import Call, operator

__all__: list[str] = []


@operator("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
def reshape(c: Call) -> str:
    """Lengths as in the file."""
    out = c.output().shape
    if prod(out) != prod(c.shape(0)):
        raise c.bad("result", f"{prod(c.shape(0)):,} elements", str(out))
    return c.reshaped(c.input(0), out)


@operator("TRANSPOSE")
def transpose(c: Call) -> str:
    return c.op("Transpose", c.input(0), perm=c.axes(1, len(c.shape(0))))


@operator("CONCATENATION")
def concatenation(c: Call) -> str:
    values = [c.input(index) for index in range(len(c))]
    return c.fused(c.op("Concat", *values, axis=c.number(0)), 1)


@operator("PACK")
def pack(c: Call) -> str:
    axis = c.graph.ints([c.number(1)])
    values = [c.op("Unsqueeze", c.input(index), axis) for index in range(len(c))]
    return c.op("Concat", *values, axis=c.number(1))


@operator("UNPACK")
def unpack(c: Call) -> list[str]:
    axis, count = c.number(1), len(c.operator.outputs)
    parts = c.ops("Split", c.input(0), count=count, axis=axis, num_outputs=count)
    return [c.op("Squeeze", part, c.graph.ints([axis])) for part in parts]


@operator("SPLIT")
def split(c: Call) -> list[str]:
    (axis,), count = c.axes(0, len(c.shape(1))), len(c.operator.outputs)
    return c.ops("Split", c.input(1), count=count, axis=axis, num_outputs=count)


@operator("SPLIT_V")
def split_v(c: Call) -> list[str]:
    (axis,) = c.axes(2, len(c.shape(0)))
    lengths = [c.output(n).shape[axis] for n in range(len(c.operator.outputs))]
    return c.ops("Split", c.input(0), c.graph.ints(lengths), count=len(lengths), axis=axis)


@operator("GATHER")
def gather(c: Call) -> str:
    if c.number(1):
        raise c.unsupported("with batch_dims", "convert it without")
    return c.op("Gather", c.input(0), c.input(1), axis=c.number(0))


@operator("TILE")
def tile(c: Call) -> str:
    return c.op("Tile", c.input(0), c.graph.ints(c.integers(1, "multiples")))


@operator("BROADCAST_TO")
def broadcast_to(c: Call) -> str:
    return c.op("Expand", c.input(0), c.graph.ints(c.integers(1, "a shape")))


@operator("SLICE")
def slice_(c: Call) -> str:
    """Starts and sizes, −1 up to the end."""
    starts, sizes = c.integers(1, "starts"), c.integers(2, "sizes")
    ends = [
        length if size < 0 else start + size
        for start, size, length in zip(starts, sizes, c.shape(0), strict=True)
    ]
    axes = c.graph.ints(range(len(starts)))
    return c.op("Slice", c.input(0), c.graph.ints(starts), c.graph.ints(ends), axes)


@operator("STRIDED_SLICE")
def strided_slice(c: Call) -> str:
    """Starts, ends and strides; masks open an end, or take one element and drop the axis."""
    masks = [c.number(field) for field in range(5)]
    if masks[2] or masks[3]:
        raise c.unsupported("with an ellipsis or a new axis", "slice every axis, and reshape")
    rows = [c.integers(index, "a range") for index in (1, 2, 3)]
    whole = np.iinfo(np.int32)
    starts, ends, steps = [], [], []
    for axis, (start, end, step) in enumerate(zip(*rows, strict=True)):
        bit = 1 << axis
        if masks[4] & bit:
            # The one element; −1 is the last, whose end would be 0.
            end, step = (start + 1) or int(whole.max), 1
        else:
            start = (0 if step > 0 else whole.max) if masks[0] & bit else start
            end = (whole.max if step > 0 else whole.min) if masks[1] & bit else end
        starts.append(int(start))
        ends.append(int(end))
        steps.append(int(step))
    lists = [c.graph.ints(one) for one in (starts, ends, range(len(starts)), steps)]
    return c.reshaped(c.op("Slice", c.input(0), *lists), c.output().shape)


@operator("PAD", "PADV2")
def pad(c: Call) -> str:
    """Zeros, or a number given as the third input."""
    value = c.input(2) if c.operator.name == "PADV2" else c.scalar(0, c.dtype(0))
    return c.op("Pad", c.input(0), _borders(c), c.reshaped(value, ()) if len(c) > 2 else value)


@operator("MIRROR_PAD")
def mirror_pad(c: Call) -> str:
    if c.number(0, "b"):
        raise c.unsupported("with mode SYMMETRIC", "use REFLECT")
    return c.op("Pad", c.input(0), _borders(c), mode="reflect")


def _borders(c: Call) -> str:
    """(axes, 2) → all before, then all after."""
    found = c.constant(1, "borders")
    if found.shape != (len(c.shape(0)), 2) or (found < 0).any():
        raise c.bad("borders", f"({len(c.shape(0))}, 2)", str(found.shape))
    return c.graph.ints([int(n) for n in found.T.reshape(-1)])


@operator("SPACE_TO_BATCH_ND")
def space_to_batch(c: Call) -> str:
    """Pads, cuts into blocks, and puts the places in a block first."""
    batch, height, width, channels = c.shape(0, 4)
    (down, across), borders = c.integers(1, "a block"), c.constant(2, "borders")
    pads = [0, int(borders[0][0]), int(borders[1][0]), 0, 0, int(borders[0][1]), int(borders[1][1]), 0]
    rows, columns = height + pads[1] + pads[5], width + pads[2] + pads[6]
    value = c.op("Pad", c.input(0), c.graph.ints(pads), c.scalar(0))
    value = c.reshaped(value, (batch, rows // down, down, columns // across, across, channels))
    return c.reshaped(c.op("Transpose", value, perm=[2, 4, 0, 1, 3, 5]), c.output().shape)


@operator("BATCH_TO_SPACE_ND")
def batch_to_space(c: Call) -> str:
    """The reverse, with borders cut off."""
    batch, height, width, channels = c.shape(0, 4)
    (down, across), borders = c.integers(1, "a block"), c.constant(2, "borders")
    value = c.reshaped(c.input(0), (down, across, batch // (down * across), height, width, channels))
    value = c.op("Transpose", value, perm=[2, 3, 0, 4, 1, 5])
    value = c.reshaped(value, (batch // (down * across), height * down, width * across, channels))
    starts = [int(borders[0][0]), int(borders[1][0])]
    ends = [height * down - int(borders[0][1]), width * across - int(borders[1][1])]
    return c.op("Slice", value, c.graph.ints(starts), c.graph.ints(ends), c.graph.ints([1, 2]))


@operator("REVERSE_V2")
def reverse(c: Call) -> str:
    axes = c.axes(1, len(c.shape(0)))
    ones, ends = [-1] * len(axes), [-np.iinfo(np.int64).max] * len(axes)
    return c.op("Slice", c.input(0), *(c.graph.ints(row) for row in (ones, ends, axes, ones)))
