"""Operators that move numbers or make them: shapes, slices, joins, padding, tiles."""

from __future__ import annotations

import numpy as np

from wardian_build.convert.tfjs.emit import Call, canonical, operator

__all__: list[str] = []

_END, _BEGIN = np.iinfo(np.int64).max, np.iinfo(np.int64).min


@operator("Const")
def const(c: Call) -> str:
    value = c.emitter.constant(c.node.name)
    assert value is not None
    return c.weight(canonical(value), "value")


@operator("Shape")
def shape(c: Call) -> str:
    return c.op("Shape", c.input(0))


@operator("Size")
def size(c: Call) -> str:
    return c.op("Size", c.input(0))


@operator("Rank")
def rank(c: Call) -> str:
    return c.op("Size", c.op("Shape", c.input(0)))


@operator("Reshape")
def reshape(c: Call) -> str:
    return c.op("Reshape", c.input(0), c.input(1), allowzero=1)


@operator("ExpandDims")
def expand_dims(c: Call) -> str:
    return c.op("Unsqueeze", c.input(0), c.ints(*c.integers(1, "an axis")))


@operator("Squeeze")
def squeeze(c: Call) -> str:
    axes = c.attributes.integers("squeeze_dims") or c.attributes.integers("axis")
    return c.op("Squeeze", c.input(0), c.ints(*axes)) if axes else c.op("Squeeze", c.input(0))


@operator("Transpose")
def transpose(c: Call) -> str:
    return c.op("Transpose", c.input(0), perm=c.integers(1, "an order of axes"))


@operator("ConcatV2")
def concat(c: Call) -> str:
    (axis,) = c.integers(len(c) - 1, "an axis")
    return c.op("Concat", *(c.input(index) for index in range(len(c) - 1)), axis=axis)


@operator("Pack")
def pack(c: Call) -> str:
    axis = c.attributes.integer("axis")
    columns = [c.op("Unsqueeze", value, c.ints(axis)) for value in c.inputs()]
    return c.op("Concat", *columns, axis=axis)


@operator("Unpack")
def unpack(c: Call) -> list[str]:
    axis, count = c.attributes.integer("axis"), c.count("num")
    parts = c.ops("Split", c.input(0), count=count, axis=axis, num_outputs=count)
    return [c.op("Squeeze", part, c.ints(axis)) for part in parts]


@operator("Split")
def split(c: Call) -> list[str]:
    (axis,) = c.integers(0, "an axis")
    count = c.count("num_split")
    return c.ops("Split", c.input(1), count=count, axis=axis, num_outputs=count)


@operator("SplitV")
def split_lengths(c: Call) -> list[str]:
    (axis,) = c.integers(2, "an axis")
    lengths = c.required(1, "lengths")
    if (lengths < 0).any():
        raise c.unsupported("with a length left open", "name all lengths of the split")
    return c.ops("Split", c.input(0), c.ints(*map(int, lengths)), count=len(lengths), axis=axis)


@operator("Fill")
def fill(c: Call) -> str:
    return c.op("Expand", c.input(1), c.input(0))


@operator("BroadcastTo")
def broadcast_to(c: Call) -> str:
    return c.op("Expand", c.input(0), c.input(1))


@operator("Tile")
def tile(c: Call) -> str:
    return c.op("Tile", c.input(0), c.input(1))


@operator("Range")
def range_(c: Call) -> str:
    return c.op("Range", c.input(0), c.input(1), c.input(2))


@operator("Pad", "PadV2", "MirrorPad")
def pad(c: Call) -> str:
    """Paddings (axes, 2) → all before, then all after."""
    amounts = c.constant(1)
    if amounts is not None:
        pads = c.ints(*amounts.T.reshape(-1).tolist())
    else:
        pads = c.op("Reshape", c.op("Transpose", c.input(1), perm=[1, 0]), c.ints(-1))
    if c.node.op == "MirrorPad":
        mode = c.attributes.text("mode", "REFLECT").lower()
        if mode != "reflect":
            raise c.unsupported(f"with mode {mode[:20]}", "use REFLECT")
        return c.op("Pad", c.input(0), pads, mode="reflect")
    value = c.input(2) if c.node.op == "PadV2" else c.scalar(0, c.dtype())
    return c.op("Pad", c.input(0), pads, value)


@operator("ReverseV2")
def reverse(c: Call) -> str:
    axes = c.integers(1, "axes")
    count = len(axes)
    bounds = [c.ints(*[value] * count) for value in (_END, _BEGIN, -1)]
    return c.op("Slice", c.input(0), bounds[0], bounds[1], c.ints(*axes), bounds[2])


@operator("Slice")
def slice_(c: Call) -> str:
    """From `begin`, so many entries as `size` says; −1 for all that are left."""
    begin, lengths = c.constant(1), c.constant(2)
    if begin is not None and lengths is not None:
        ends = [_END if length < 0 else int(b + length) for b, length in zip(begin, lengths, strict=True)]
        return c.op("Slice", c.input(0), c.ints(*map(int, begin)), c.ints(*ends), c.ints(*range(len(ends))))
    known = begin if begin is not None else lengths
    if known is None:
        raise c.unsupported("with begin and size both computed", "make the number of axes known")
    rest = c.op("Less", c.input(2), c.ints(0))
    ends_value = c.op("Where", rest, c.ints(_END), c.op("Add", c.input(1), c.input(2)))
    return c.op("Slice", c.input(0), c.input(1), ends_value, c.ints(*range(len(known))))


@operator("SpaceToBatchND")
def space_to_batch(c: Call) -> str:
    """Pads, then moves each pixel of a block into a batch of its own; for images."""
    block, (before, after) = _blocks(c), _sides(c)
    pads = c.op("Concat", c.ints(0), before, c.ints(0, 0), after, c.ints(0), axis=0)
    image = c.op("Pad", c.input(0), pads, c.scalar(0, c.dtype()))
    batch, height, width, depth = (c.op("Shape", image, start=i, end=i + 1) for i in range(4))
    rows, columns = c.op("Div", height, c.ints(block[0])), c.op("Div", width, c.ints(block[1]))
    shape_ = c.op("Concat", batch, rows, c.ints(block[0]), columns, c.ints(block[1]), depth, axis=0)
    moved = c.op("Transpose", c.op("Reshape", image, shape_), perm=[2, 4, 0, 1, 3, 5])
    return c.op("Reshape", moved, c.op("Concat", c.ints(-1), rows, columns, depth, axis=0))


@operator("BatchToSpaceND")
def batch_to_space(c: Call) -> str:
    block, (before, after) = _blocks(c), _sides(c)
    image = c.input(0)
    height, width, depth = (c.op("Shape", image, start=i, end=i + 1) for i in range(1, 4))
    shape_ = c.op("Concat", c.ints(*block), c.ints(-1), height, width, depth, axis=0)
    moved = c.op("Transpose", c.op("Reshape", image, shape_), perm=[2, 3, 0, 4, 1, 5])
    rows, columns = c.op("Mul", height, c.ints(block[0])), c.op("Mul", width, c.ints(block[1]))
    whole = c.op("Reshape", moved, c.op("Concat", c.ints(-1), rows, columns, depth, axis=0))
    ends = c.op("Sub", c.op("Concat", rows, columns, axis=0), after)
    return c.op("Slice", whole, before, ends, c.ints(1, 2))


def _sides(c: Call) -> tuple[str, str]:
    """Input 2, (2, 2), as what comes before rows and columns and what comes after them."""
    halves = c.ops("Split", c.input(2), count=2, axis=1, num_outputs=2)
    before, after = (c.op("Reshape", half, c.ints(2)) for half in halves)
    return before, after


def _blocks(c: Call) -> list[int]:
    block = c.integers(1, "a block")
    if len(block) != 2:
        raise c.unsupported(f"with block {block}", "only images with two spatial axes are converted")
    return block
