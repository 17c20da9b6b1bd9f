"""Graphs that together use every operator, with inputs; `tfjs.json` has what TensorFlow.js makes of them."""

from __future__ import annotations

import numpy as np
from tfjs_models import Case, numbers, whole

IMAGE = numbers(1, 7, 9, 4)
NHWC = {"data_format": "NHWC"}


UNARY = [
    "Abs", "Ceil", "Cos", "Sin", "Tan", "Exp", "Floor", "Neg", "Relu", "Relu6", "Round", "Sigmoid",
    "Sign", "Tanh", "Reciprocal", "Softplus", "Erf", "Atan", "Asinh", "Sinh", "Cosh", "Elu", "Selu",
    "Square", "Expm1", "Softmax", "LogSoftmax", "ZerosLike", "OnesLike", "IsNan", "Identity",
    "StopGradient", "Snapshot",
]  # fmt: skip
BINARY = [
    "Add", "AddV2", "Sub", "Mul", "RealDiv", "Div", "FloorMod", "Maximum", "Minimum", "Atan2",
    "SquaredDifference", "DivNoNan", "Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual",
]  # fmt: skip


def unary() -> Case:
    case = Case({"x": numbers(2, 3, 5)})
    for op in UNARY:
        case.node(op, "x")
    case.node("LeakyRelu", "x", alpha=0.3)
    case.node("Prelu", "x", numbers(5, seed=3))
    case.node("ClipByValue", "x", np.float32(-0.5), np.float32(1))
    positive = case.node("Square", "x", name="positive")
    for op in ("Sqrt", "Rsqrt", "Log", "Log1p"):
        case.node(op, positive)
    small = case.node("Mul", "x", np.float32(0.4), name="small")
    for op in ("Acos", "Asin", "Atanh"):
        case.node(op, small)
    case.node("Acosh", case.node("Add", positive, np.float32(1), name="larger"))
    case.node("BiasAdd", "x", numbers(5, seed=4))
    return case


def binary() -> Case:
    case = Case({"x": numbers(2, 3, 5), "y": numbers(3, 5, seed=1)})
    for op in BINARY:
        case.node(op, "x", "y")
    case.node("Pow", case.node("Square", "x"), "y")
    case.node("AddN", "x", "x", "x", N=3)
    return case


def angles() -> Case:
    """Atan2 in every quadrant and on the axes."""
    values = np.array([-2, -0.5, 0, 0.5, 2], np.float32)
    y, x = (np.ascontiguousarray(grid) for grid in np.meshgrid(values, values))
    case = Case({"y": y, "x": x})
    case.node("Atan2", "y", "x")
    return case


def integers() -> Case:
    case = Case({"a": whole([[7, -7, 5], [-9, 0, 3]]), "b": whole([2, -3, 4]), "x": numbers(2, 3)})
    for op in (
        "Add",
        "Sub",
        "Mul",
        "FloorDiv",
        "FloorMod",
        "Maximum",
        "Minimum",
        "Less",
        "Equal",
        "NotEqual",
    ):
        case.node(op, "a", "b", T="DT_INT32")
    case.node("AddN", "a", "a", T="DT_INT32")
    case.node("Cast", "a", SrcT="DT_INT32", DstT="DT_FLOAT")
    case.node("Cast", "x", SrcT="DT_FLOAT", DstT="DT_INT32")
    truth = case.node("Cast", "a", SrcT="DT_INT32", DstT="DT_BOOL", name="truth")
    other = case.node("Greater", "x", np.float32(0), name="other")
    for op in ("LogicalAnd", "LogicalOr"):
        case.node(op, truth, other, T="DT_BOOL")
    case.node("LogicalNot", truth, T="DT_BOOL")
    case.node("SelectV2", other, "x", np.float32(9))
    case.node("Select", other, "x", numbers(2, 3, seed=5))
    case.node("All", truth, whole([1]), keep_dims=True, T="DT_BOOL")
    case.node("Any", truth, whole([0]), keep_dims=False, T="DT_BOOL")
    for op in ("Sum", "Max", "Min", "Prod"):
        case.node(op, "a", whole([1]), keep_dims=False, T="DT_INT32")
    return case


def convolutions() -> Case:
    case = Case({"image": IMAGE})
    square = {**NHWC, "strides": [1, 2, 2, 1], "dilations": [1, 1, 1, 1]}
    kernel, deep = numbers(3, 2, 4, 6), numbers(3, 3, 4, 2, seed=2)
    for padding in ("SAME", "VALID"):
        case.node("Conv2D", "image", kernel, padding=padding, **square)
        case.node("DepthwiseConv2dNative", "image", deep, padding=padding, **square)
        case.node("MaxPool", "image", ksize=[1, 3, 2, 1], strides=[1, 2, 1, 1], padding=padding, **NHWC)
        case.node("AvgPool", "image", ksize=[1, 3, 2, 1], strides=[1, 2, 1, 1], padding=padding, **NHWC)
    wide = {**NHWC, "strides": [1, 1, 1, 1], "dilations": [1, 2, 2, 1]}
    case.node("Conv2D", "image", kernel, padding="SAME", **wide)
    case.node("DepthwiseConv2dNative", "image", deep, padding="SAME", **wide)
    explicit = {**square, "padding": "EXPLICIT", "explicit_paddings": [0, 0, 2, 1, 0, 1, 0, 0]}
    case.node("Conv2D", "image", kernel, **explicit)
    bias, slope = numbers(6, seed=3), numbers(6, seed=4)
    for ops in (
        ["BiasAdd"],
        ["BiasAdd", "Relu"],
        ["BiasAdd", "Relu6"],
        ["BiasAdd", "Elu"],
        ["BiasAdd", "Sigmoid"],
    ):
        case.node("_FusedConv2D", "image", kernel, bias, fused_ops=ops, num_args=1, padding="SAME", **square)
    fused = {"fused_ops": ["BiasAdd", "Prelu"], "num_args": 2, "padding": "SAME", **square}
    case.node("_FusedConv2D", "image", kernel, bias, slope, **fused)
    leaky = {"fused_ops": ["BiasAdd", "LeakyRelu"], "num_args": 1, "leakyrelu_alpha": 0.1, "padding": "SAME"}
    case.node("_FusedConv2D", "image", kernel, bias, **leaky, **square)
    deep_fused = {"fused_ops": ["BiasAdd", "Relu6"], "num_args": 1, "padding": "SAME", **square}
    case.node("FusedDepthwiseConv2dNative", "image", deep, numbers(8, seed=5), **deep_fused)
    return case


def images() -> Case:
    case = Case({"image": IMAGE, "size": whole(5, 13)})
    back = {**NHWC, "strides": [1, 2, 2, 1], "dilations": [1, 1, 1, 1]}
    kernel = numbers(3, 3, 5, 4)
    case.node("Conv2DBackpropInput", whole([1, 14, 18, 5]), kernel, "image", padding="SAME", **back)
    case.node("Conv2DBackpropInput", whole([1, 13, 17, 5]), kernel, "image", padding="SAME", **back)
    case.node("Conv2DBackpropInput", whole([1, 15, 19, 5]), kernel, "image", padding="VALID", **back)
    flags = [(False, False), (False, True), (True, False)]
    for corners, half in flags:
        settings = {"align_corners": corners, "half_pixel_centers": half}
        for op in ("ResizeBilinear", "ResizeNearestNeighbor"):
            case.node(op, "image", "size", **settings)
            case.node(op, "image", whole(14, 18), **settings)
    case.node("DepthToSpace", "image", block_size=2, **NHWC)
    case.node("LRN", "image", depth_radius=1, alpha=0.5, beta=0.7, bias=2.0)
    norm = [numbers(4, seed=i) for i in range(3)]
    for op in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"):
        case.node(op, "image", *norm, np.abs(numbers(4, seed=4)), epsilon=0.01, **NHWC)
    case.node("SpaceToBatchND", "image", whole(2, 3), whole([[1, 0], [0, 0]]))
    six = case.node("Tile", "image", whole(6, 1, 1, 1), name="six")
    case.node("BatchToSpaceND", six, whole(2, 3), whole([[1, 0], [0, 2]]))
    case.node("MirrorPad", "image", whole([[0, 0], [2, 1], [1, 3], [0, 0]]), mode="reflect")
    case.node("PadV2", "image", whole([[0, 0], [2, 1], [1, 3], [0, 1]]), np.float32(3))
    case.node("Pad", "image", whole([[0, 0], [0, 1], [1, 0], [2, 0]]))
    return case


def products() -> Case:
    case = Case(
        {"a": numbers(3, 4), "b": numbers(4, 5, seed=1), "c": numbers(2, 3, 4), "d": numbers(2, 5, 4, seed=2)}
    )
    case.node("MatMul", "a", "b")
    case.node("MatMul", "b", "a", transpose_a=True, transpose_b=True)
    case.node("_FusedMatMul", "a", "b", numbers(5, seed=3), fused_ops=["BiasAdd", "Relu"], num_args=1)
    case.node("BatchMatMulV2", "c", "d", adj_x=False, adj_y=True)
    case.node("BatchMatMul", "d", "c", adj_x=False, adj_y=True)
    return case


def shapes() -> Case:
    case = Case({"x": numbers(2, 3, 5), "begin": whole(0, 1, 2)})
    case.node("Shape", "x")
    case.node("Size", "x")
    case.node("Rank", "x")
    case.node("Reshape", "x", whole(5, -1))
    case.node("ExpandDims", "x", whole(1))
    wide = case.node("ExpandDims", "x", whole(-1), name="wide")
    case.node("Squeeze", wide, squeeze_dims=[3])
    case.node("Squeeze", wide)
    case.node("Transpose", "x", whole(2, 0, 1))
    case.node("ConcatV2", "x", "x", "x", whole(-1), N=3)
    case.node("Pack", "x", "x", axis=1, N=2)
    case.node("Pack", "x", "x", axis=-1, N=2)
    case.node("Fill", whole(2, 3), np.float32(7))
    case.node("BroadcastTo", numbers(3, 1), whole(2, 3, 4))
    case.node("Tile", "x", whole(1, 2, 1))
    case.node("Range", whole(1), whole(9), whole(3), Tidx="DT_INT32")
    case.node("ReverseV2", "x", whole(0, 2))
    case.node("Slice", "x", whole(0, 1, 1), whole(2, -1, 3))
    case.node("Slice", "x", "begin", whole(-1, 1, 2))
    for op, inputs, attributes, count in (
        ("Unpack", ["x"], {"axis": 1, "num": 3}, 3),
        ("Split", [whole(2), "x"], {"num_split": 5}, 5),
        ("SplitV", ["x", whole(1, 3, 1), whole(2)], {"num_split": 3}, 3),
    ):
        name = case.node(op, *inputs, **attributes)
        for port in range(count):
            case.node("Identity", f"{name}:{port}")
    return case


def strided_slices() -> Case:
    """x[1], x[:, ::-1], x[..., 1], x[..., 1:3, None], x[1, ..., :], x[None, 1, 0:3], x[i]."""
    case = Case({"x": numbers(3, 4, 5, 2), "i": whole([1])})

    def add(first: list[int], last: list[int], steps: list[int], **masks: int) -> None:
        named = {
            f"{name}_mask": masks.get(name, 0)
            for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
        }
        case.node("StridedSlice", "x", whole(first), whole(last), whole(steps), **named)

    add([1], [2], [1], shrink_axis=1)
    add([-1], [0], [1], shrink_axis=1)
    add([0, 0], [0, 0], [1, -1], begin=3, end=3)
    add([0, 3], [0, 0], [1, -2], begin=1, end=1)
    add([0, 1], [0, 2], [1, 1], ellipsis=1, shrink_axis=2)
    add([0, 1, 0], [0, 3, 0], [1, 1, 1], ellipsis=1, new_axis=4)
    add([1, 0, 0], [2, 0, 0], [1, 1, 1], shrink_axis=1, ellipsis=2, begin=4, end=4)
    add([0, 1, 0], [0, 2, 3], [1, 1, 1], new_axis=1, shrink_axis=2)
    add([-1], [0], [1], end=1)
    add([0, -2, 1], [3, 4, -1], [2, 1, 1])
    following = case.node("AddV2", "i", whole([1]), T="DT_INT32", name="following")
    case.node("StridedSlice", "x", "i", following, whole([1]), shrink_axis_mask=1)
    case.node("StridedSlice", "x", "i", following, whole([1]))
    return case


def selection() -> Case:
    x = numbers(4, 6)
    case = Case({"x": x, "i": whole([[2, 0], [3, 3]]), "rows": whole([[1, 2], [3, 0]])})
    for op in ("Sum", "Mean", "Max", "Min", "Prod"):
        case.node(op, "x", whole([0]), keep_dims=True)
        case.node(op, "x", whole(0, 1), keep_dims=False)
    case.node("ArgMax", "x", whole(1), output_type="DT_INT32")
    case.node("ArgMin", "x", whole(0), output_type="DT_INT32")
    case.node("Cumsum", "x", whole(1), exclusive=True, reverse=False)
    case.node("Cumsum", "x", whole(0), exclusive=False, reverse=True)
    case.node("GatherV2", "x", "i", whole(1), batch_dims=0, Tparams="DT_FLOAT")
    case.node("GatherNd", "x", "rows", Tparams="DT_FLOAT")
    case.node("ScatterNd", "rows", numbers(2), whole(4, 6))
    # Of its own: TensorFlow.js writes into what it is given.
    case.node("TensorScatterUpdate", case.node("Neg", "x"), "rows", numbers(2))
    case.node("SparseToDense", "rows", whole(4, 6), whole(5, 6), whole(1), T="DT_INT32")
    case.node("OneHot", "i", whole(5), np.float32(2), np.float32(-1), axis=-1)
    top = case.node("TopKV2", "x", whole(3), sorted=True)
    case.node("Identity", f"{top}:0")
    case.node("Identity", f"{top}:1", T="DT_INT32")
    positive = case.node("Greater", "x", np.float32(1), name="positive")
    case.node("Where", positive, T="DT_BOOL")
    return case


def suppression() -> Case:
    corners = np.array([[0, 0, 4, 4], [0, 1, 4, 5], [5, 5, 9, 9], [5, 5, 9, 8], [0, 6, 3, 9]], np.float32)
    case = Case({"boxes": corners, "scores": np.array([0.6, 0.9, 0.3, 0.8, 0.05], np.float32)})
    limits = [whole(4), np.float32(0.5), np.float32(0.1)]
    case.node("NonMaxSuppressionV3", "boxes", "scores", *limits)
    v5 = case.node("NonMaxSuppressionV5", "boxes", "scores", *limits, np.float32(0))
    case.node("Identity", f"{v5}:0", T="DT_INT32")
    case.node("Identity", f"{v5}:1")
    return case


def branches() -> Case:
    """Twice the input where its sum is positive, else only its first row: of another shape."""
    case = Case({"x": numbers(3, 4) + np.float32(1)})
    predicate = case.node("Greater", case.node("Sum", "x", whole(0, 1)), np.float32(0), name="predicate")
    case.node("Switch", "x", predicate, name="switch")
    then = case.node("Mul", "switch:1", np.float32(2))
    other = case.node("Slice", "switch:0", whole(0, 0), whole(1, -1))
    case.node("Merge", other, then, name="merged", N=2)
    case.node("Neg", "merged")
    return case


def loops() -> Case:
    """x doubled until its sum passes 40, and for i in 0..2 the row i squared, written into an array."""
    case = Case({"x": np.abs(numbers(3, 4))})
    frame = {"frame_name": "doubling", "is_constant": False}
    case.node("Enter", "x", name="enter", **frame)
    case.node("Merge", "enter", "next", name="merge", N=2)
    total = case.node("Sum", "merge", whole(0, 1))
    limit = case.node("Enter", np.float32(40), name="limit", frame_name="doubling", is_constant=True)
    case.node("LoopCond", case.node("Less", total, limit), name="condition", T="DT_BOOL")
    case.node("Switch", "merge", "condition", name="switch")
    case.node("NextIteration", case.node("Add", "switch:1", "switch:1"), name="next")
    case.node("Exit", "switch", name="doubled")

    frame = {"frame_name": "rows", "is_constant": False}
    case.node("TensorArrayV3", whole(3), name="array", dtype="DT_FLOAT")
    case.node("Enter", whole(0), name="i/enter", T="DT_INT32", **frame)
    case.node("Enter", "array:1", name="flow/enter", **frame)
    case.node("Merge", "i/enter", "i/next", name="i/merge", T="DT_INT32", N=2)
    case.node("Merge", "flow/enter", "flow/next", name="flow/merge", N=2)
    more = case.node("Less", "i/merge", whole(3), T="DT_INT32")
    case.node("LoopCond", more, name="more", T="DT_BOOL")
    case.node("Switch", "i/merge", "more", name="i", T="DT_INT32")
    case.node("Switch", "flow/merge", "more", name="flow")
    source = case.node("Enter", "x", name="x/enter", frame_name="rows", is_constant=True)
    handle = case.node("Enter", "array", name="array/enter", frame_name="rows", is_constant=True)
    row = case.node("Square", case.node("GatherV2", source, "i:1", whole(0), Tparams="DT_FLOAT"))
    written = case.node("TensorArrayWriteV3", handle, "i:1", row, "flow:1", name="written")
    case.node("NextIteration", written, name="flow/next")
    case.node("NextIteration", case.node("AddV2", "i:1", whole(1), T="DT_INT32"), name="i/next", T="DT_INT32")
    case.node("Exit", "flow", name="flow/exit")
    places = case.node("Range", whole(0), whole(3), whole(1), Tidx="DT_INT32")
    case.node("TensorArrayGatherV3", "array", places, "flow/exit", name="rows", dtype="DT_FLOAT")
    return case


CASES = {
    one.__name__: one
    for one in (
        *(unary, binary, angles, integers, convolutions, images, products, shapes, strided_slices),
        *(selection, suppression, branches, loops),
    )
}
