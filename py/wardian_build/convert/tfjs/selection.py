"""Reductions, gathers, scatters, sorting, and non-maximum suppression."""

from __future__ import annotations

from wardian_build.convert.tfjs.emit import BOOL, FLOAT, INT, Call, operator

__all__: list[str] = []

_REDUCTIONS = {name: f"Reduce{name}" for name in ("Sum", "Mean", "Max", "Min", "Prod")}


@operator(*_REDUCTIONS)
def reduce(c: Call) -> str:
    """Over constant axes; none of them leaves all as it is."""
    axes = c.integers(1, "axes")
    value, keep = c.input(0), int(c.attributes.flag("keep_dims"))
    if not axes:
        return value
    if c.node.op == "Mean" and c.dtype() != "float32":
        value = c.cast(value, FLOAT)
    return c.op(_REDUCTIONS[c.node.op], value, c.ints(*axes), keepdims=keep)


@operator("All", "Any")
def reduce_truth(c: Call) -> str:
    name = "ReduceMin" if c.node.op == "All" else "ReduceMax"
    axes, keep = c.integers(1, "axes"), int(c.attributes.flag("keep_dims"))
    return c.cast(c.op(name, c.cast(c.input(0), INT), c.ints(*axes), keepdims=keep), BOOL)


@operator("ArgMax", "ArgMin")
def arg_max(c: Call) -> str:
    (axis,) = c.integers(1, "an axis")
    return c.op(c.node.op, c.input(0), axis=axis, keepdims=0)


@operator("Cumsum")
def cumsum(c: Call) -> str:
    flags = {name: int(c.attributes.flag(name)) for name in ("exclusive", "reverse")}
    return c.op("CumSum", c.input(0), c.input(1), **flags)


@operator("GatherV2")
def gather(c: Call) -> str:
    (axis,) = c.integers(2, "an axis")
    if c.attributes.integer("batch_dims"):
        raise c.unsupported("with batch_dims", "use tf.gather without batch_dims, or tf.gather_nd")
    return c.op("Gather", c.input(0), c.input(1), axis=axis)


@operator("GatherNd")
def gather_nd(c: Call) -> str:
    return c.op("GatherND", c.input(0), c.input(1))


@operator("ScatterNd")
def scatter_nd(c: Call) -> str:
    """Into zeros; what meets the same place is added up."""
    zeros = c.op("Expand", c.scalar(0, c.dtype()), c.input(2))
    return c.op("ScatterND", zeros, c.input(0), c.input(1), reduction="add")


@operator("TensorScatterUpdate")
def tensor_scatter_update(c: Call) -> str:
    return c.op("ScatterND", c.input(0), c.input(1), c.input(2))


@operator("SparseToDense")
def sparse_to_dense(c: Call) -> str:
    """Places, a shape, values at these places, and the value of all others."""
    places, values = c.input(0), c.input(2)
    dense = c.op("Expand", c.input(3), c.input(1))
    # Places of a vector may be numbers instead of lists of one number; one value may stand for all.
    columns = c.op("Shape", c.input(1), start=0, end=1)
    rows = c.op("Reshape", places, c.op("Concat", c.ints(-1), columns, axis=0))
    return c.op("ScatterND", dense, rows, c.op("Expand", values, c.op("Shape", rows, start=0, end=1)))


@operator("Where")
def where(c: Call) -> str:
    """The places of what is true: int64 (count, axes)."""
    return c.op("Transpose", c.op("NonZero", c.input(0)), perm=[1, 0])


@operator("TopKV2")
def top_k(c: Call) -> list[str]:
    return c.ops("TopK", c.input(0), c.op("Reshape", c.input(1), c.ints(1)), count=2, axis=-1)


@operator("OneHot")
def one_hot(c: Call) -> str:
    both = c.op("Concat", *(c.op("Unsqueeze", c.input(i), c.ints(0)) for i in (3, 2)), axis=0)
    return c.op("OneHot", c.input(0), c.input(1), both, axis=c.attributes.integer("axis", -1))


@operator("NonMaxSuppressionV3", "NonMaxSuppressionV5")
def non_max_suppression(c: Call) -> list[str]:
    """Boxes (n, 4) as corners, scores (n): the places of those that stay, the best first.

    V5 gives their scores and their number too. Soft suppression (V5 with a sigma) has no form in ONNX, nor
    has padding to the largest number.
    """
    soft = c.node.op == "NonMaxSuppressionV5"
    if soft and (c.required(5, "a sigma") != 0).any():
        raise c.unsupported("with soft suppression", "set soft_nms_sigma to 0")
    if c.attributes.flag("pad_to_max_output_size"):
        raise c.unsupported("padded to the largest number", "set pad_to_max_output_size to false")
    boxes, scores = c.op("Unsqueeze", c.input(0), c.ints(0)), c.op("Unsqueeze", c.input(1), c.ints(0, 1))
    limits = [c.op("Reshape", c.input(index), c.ints(1)) for index in (2, 3, 4)]
    kept = c.op("NonMaxSuppression", boxes, scores, *limits)
    places = c.op("Gather", kept, c.scalar(2, "int64"), axis=1)
    if not soft:
        return [places]
    return [places, c.op("Gather", c.input(1), places), c.op("Squeeze", c.op("Shape", places))]
