"""Small TensorFlow Lite files, a case for each group of operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tflite_net import Net, Steps, wave


def convolutions(net: Net) -> bytes:
    image = net.input(1, 7, 6, 3)
    weights = net.const(wave(4, 3, 3, 3).astype(np.float16))
    weights = net.op("DEQUANTIZE", [weights], (4, 3, 3, 3), kind="DequantizeOptions")
    conv = net.op("CONV_2D", [image, weights, net.const(wave(4))], (1, 4, 3, 4), kind="Conv2DOptions",
                  padding=0, strideW=2, strideH=2, fusedActivationFunction=1)  # fmt: skip
    depth = net.op("DEPTHWISE_CONV_2D", [conv, net.const(wave(1, 3, 3, 8)), net.const(wave(8))], (1, 4, 3, 8),
                   kind="DepthwiseConv2DOptions", padding=0, strideW=1, strideH=1, depthMultiplier=2,
                   fusedActivationFunction=3)  # fmt: skip
    prelu = net.op("PRELU", [depth, net.const(wave(1, 1, 8))], (1, 4, 3, 8))
    sources = [net.const([1, 8, 6, 2]), net.const(wave(2, 3, 3, 8)), prelu]
    strides = {"padding": 0, "strideW": 2, "strideH": 2}
    back = net.op("TRANSPOSE_CONV", sources, (1, 8, 6, 2), kind="TransposeConvOptions", **strides)
    return net.content(prelu, back)


def dilated(net: Net) -> bytes:
    image = net.input(1, 9, 8, 2)
    conv = net.op(
        "CONV_2D",
        [image, net.const(wave(3, 3, 3, 2)), net.const(wave(3))],
        (1, 9, 8, 3),
        kind="Conv2DOptions",
        padding=0,
        strideW=1,
        strideH=1,
        dilationWFactor=2,
        dilationHFactor=3,
    )
    most = net.op(
        "MAX_POOL_2D",
        [conv],
        (1, 4, 4, 3),
        kind="Pool2DOptions",
        padding=1,
        strideW=2,
        strideH=2,
        filterWidth=2,
        filterHeight=3,
    )
    mean = net.op(
        "AVERAGE_POOL_2D",
        [conv],
        (1, 5, 4, 3),
        kind="Pool2DOptions",
        padding=0,
        strideW=2,
        strideH=2,
        filterWidth=3,
        filterHeight=3,
    )
    return net.content(most, mean)


def resized(net: Net) -> bytes:
    image = net.input(1, 3, 4, 4)
    size, outputs = net.const([6, 5]), []
    for corners, half in ((False, False), (True, False), (False, True)):
        flags = {"alignCorners": corners, "halfPixelCenters": half}
        outputs.append(
            net.op("RESIZE_BILINEAR", [image, size], (1, 6, 5, 4), kind="ResizeBilinearOptions", **flags)
        )
        outputs.append(
            net.op(
                "RESIZE_NEAREST_NEIGHBOR",
                [image, size],
                (1, 6, 5, 4),
                kind="ResizeNearestNeighborOptions",
                **flags,
            )
        )
    outputs.append(net.op("DEPTH_TO_SPACE", [image], (1, 6, 8, 1), kind="DepthToSpaceOptions", blockSize=2))
    padded = net.op(
        "PAD", [image, net.const([[0, 0], [1, 0], [0, 2], [0, 0]])], (1, 4, 6, 4), kind="PadOptions"
    )
    outputs.append(net.op("SPACE_TO_DEPTH", [padded], (1, 2, 3, 16), kind="SpaceToDepthOptions", blockSize=2))
    outputs.append(
        net.op(
            "MIRROR_PAD",
            [image, net.const([[0, 0], [1, 1], [2, 0], [0, 0]])],
            (1, 5, 6, 4),
            kind="MirrorPadOptions",
            mode=0,
        )
    )
    blocks = net.op(
        "SPACE_TO_BATCH_ND", [image, net.const([2, 2]), net.const([[1, 0], [0, 2]])], (4, 2, 3, 4)
    )
    outputs.append(blocks)
    outputs.append(
        net.op("BATCH_TO_SPACE_ND", [blocks, net.const([2, 2]), net.const([[1, 0], [0, 2]])], (1, 3, 4, 4))
    )
    return net.content(*outputs)


def dense(net: Net) -> bytes:
    rows = net.input(2, 3, 4)
    weights = net.tensor((5, 4), "int8", np.round(wave(5, 4) * 100).astype(np.int8), 0.02, 3)
    weights = net.op("DEQUANTIZE", [weights], (5, 4), kind="DequantizeOptions")
    flat = net.op("RESHAPE", [rows, net.const([6, 4])], (6, 4), kind="ReshapeOptions", newShape=[6, 4])
    out = net.op(
        "FULLY_CONNECTED",
        [flat, weights, net.const(wave(5))],
        (6, 5),
        kind="FullyConnectedOptions",
        fusedActivationFunction=3,
    )
    product = net.op("BATCH_MATMUL", [rows, rows], (2, 3, 3), kind="BatchMatMulOptions", adjY=True)
    soft = net.op("SOFTMAX", [out], (6, 5), kind="SoftmaxOptions", beta=0.5)
    log = net.op("LOG_SOFTMAX", [out], (6, 5), kind="LogSoftmaxOptions")
    unit = net.op("L2_NORMALIZATION", [out], (6, 5), kind="L2NormOptions")
    best = net.op(
        "ARG_MAX", [out, net.const(np.int32(1))], (6,), dtype="int32", kind="ArgMaxOptions", outputType=2
    )
    return net.content(product, soft, log, unit, best)


def elementwise(net: Net) -> bytes:
    a, b = net.input(2, 5), net.input(2, 5)
    outputs = [
        net.op(name, [a, b], (2, 5), kind=f"{kind}Options", fusedActivationFunction=fused)
        for name, kind, fused in (("ADD", "Add", 3), ("SUB", "Sub", 2), ("MUL", "Mul", 1), ("DIV", "Div", 0))
    ]
    outputs += [net.op(name, [a, b], (2, 5)) for name in ("MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE")]
    for name in (
        "LOGISTIC",
        "EXP",
        "NEG",
        "SIN",
        "COS",
        "ABS",
        "CEIL",
        "FLOOR",
        "ROUND",
        "ELU",
        "HARD_SWISH",
        "RELU",
        "RELU6",
        "RELU_N1_TO_1",
        "TANH",
        "SQUARE",
    ):
        outputs.append(net.op(name, [a], (2, 5)))
    squared = net.op("SQUARE", [a], (2, 5))
    outputs += [net.op(name, [squared], (2, 5)) for name in ("SQRT", "LOG", "RSQRT")]
    outputs.append(net.op("LEAKY_RELU", [a], (2, 5), kind="LeakyReluOptions", alpha=0.1))
    outputs.append(net.op("GELU", [a], (2, 5), kind="GeluOptions"))
    above = net.op("GREATER", [a, b], (2, 5), dtype="bool")
    outputs.append(net.op("SELECT_V2", [above, a, b], (2, 5)))
    return net.content(*outputs)


def shapes(net: Net) -> bytes:
    a = net.input(2, 3, 4)
    outputs = [
        net.op("TRANSPOSE", [a, net.const([2, 0, 1])], (4, 2, 3)),
        net.op("CONCATENATION", [a, a], (2, 6, 4), kind="ConcatenationOptions", axis=1),
        net.op("PACK", [a, a], (2, 2, 3, 4), kind="PackOptions", valuesCount=2, axis=1),
        *net.op("UNPACK", [a], (2, 4), (2, 4), (2, 4), kind="UnpackOptions", num=3, axis=1),
        *net.op("SPLIT", [net.const(np.int32(2)), a], (2, 3, 2), (2, 3, 2), kind="SplitOptions", numSplits=2),
        *net.op(
            "SPLIT_V",
            [a, net.const([1, 2]), net.const(np.int32(1))],
            (2, 1, 4),
            (2, 2, 4),
            kind="SplitVOptions",
            numSplits=2,
        ),
        net.op("GATHER", [a, net.const([2, 0])], (2, 2, 4), kind="GatherOptions", axis=1),
        net.op("TILE", [a, net.const([1, 2, 1])], (2, 6, 4)),
        net.op("SLICE", [a, net.const([0, 1, 1]), net.const([2, -1, 2])], (2, 2, 2)),
        net.op(
            "STRIDED_SLICE",
            [a, net.const([0, -1, 3]), net.const([2, 0, 0]), net.const([1, 1, -2])],
            (2, 2),
            kind="StridedSliceOptions",
            beginMask=1,
            endMask=4,
            shrinkAxisMask=2,
        ),
        net.op("EXPAND_DIMS", [a, net.const(np.int32(0))], (1, 2, 3, 4)),
        net.op("MEAN", [a, net.const([-1, 0])], (3,), kind="ReducerOptions"),
        net.op("SUM", [a, net.const([1])], (2, 1, 4), kind="ReducerOptions", keepDims=True),
        net.op("REDUCE_MAX", [a, net.const([2])], (2, 3), kind="ReducerOptions"),
        net.op("REDUCE_MIN", [a, net.const([0])], (3, 4), kind="ReducerOptions"),
    ]
    return net.content(*outputs)


def quantised(net: Net) -> bytes:
    """int8 from end to end, as full integer quantisation makes it."""
    steps = Steps(net)
    image = steps.tensor((1, 8, 7, 3), 0.016, 1)
    net.graph.inputs.append(image)
    conv = steps.op(
        "CONV_2D",
        [image, *steps.weights(wave(4, 3, 3, 3), 4, 0.016)],
        (1, 4, 4, 4),
        0.03,
        -128,
        kind="Conv2DOptions",
        padding=0,
        strideW=2,
        strideH=2,
        fusedActivationFunction=1,
    )
    deep = steps.op(
        "DEPTHWISE_CONV_2D",
        [conv, *steps.weights(wave(1, 3, 3, 4), 4, 0.03, 3)],
        (1, 4, 4, 4),
        0.1,
        5,
        kind="DepthwiseConv2DOptions",
        padding=0,
        strideW=1,
        strideH=1,
        depthMultiplier=1,
    )
    both = steps.op("ADD", [conv, deep], (1, 4, 4, 4), 0.11, -3, kind="AddOptions")
    mean = steps.op(
        "AVERAGE_POOL_2D",
        [both],
        (1, 1, 1, 4),
        0.11,
        -3,
        kind="Pool2DOptions",
        padding=1,
        strideW=1,
        strideH=1,
        filterWidth=4,
        filterHeight=4,
    )
    flat = steps.op(
        "RESHAPE", [mean, net.const([1, 4])], (1, 4), 0.11, -3, kind="ReshapeOptions", newShape=[1, 4]
    )
    matrix = net.tensor((5, 4), "int8", np.round(wave(5, 4) * 127).astype(np.int8), 1 / 127)
    shift = net.tensor((5,), "int32", np.round(wave(5) * 500).astype(np.int32), 0.11 / 127)
    dense = steps.op("FULLY_CONNECTED", [flat, matrix, shift], (1, 5), 0.08, 10, kind="FullyConnectedOptions")
    soft = steps.op("SOFTMAX", [dense], (1, 5), 1 / 256, -128, kind="SoftmaxOptions", beta=1.0)
    plain = net.op("DEQUANTIZE", [both], (1, 4, 4, 4), kind="DequantizeOptions")
    return net.content(soft, deep, plain)


def recurrent(net: Net) -> bytes:
    """LSTM with and without a limit of its cells, backwards by turning round, and plain layers."""

    def state(units: int) -> int:
        made = net.tensor((2, units))
        net.graph.tensors[made].isVariable = True
        return made

    def lstm(value: int, features: int, units: int, shape: Any, **options: Any) -> Any:
        weights = [net.const(wave(units, features, step=0.3 + n) * 2) for n in range(4)]
        weights += [net.const(wave(units, units, step=0.5 + n)) for n in range(4)]
        shifts = [net.const(wave(units, step=0.9 + n)) for n in range(4)]
        rows = [value, *weights, -1, -1, -1, *shifts, -1, -1, state(units), state(units), -1, -1, -1, -1]
        return net.op("UNIDIRECTIONAL_SEQUENCE_LSTM", rows, shape, kind="UnidirectionalSequenceLSTMOptions",
                      fusedActivationFunction=4, **options)  # fmt: skip

    sequence = net.input(2, 5, 3)
    first = lstm(sequence, 3, 4, (2, 5, 4), cellClip=0.4)
    turned = net.op("REVERSE_V2", [first, net.const([1])], (2, 5, 4), kind="ReverseV2Options")
    second = lstm(turned, 4, 3, (2, 5, 3), cellClip=10.0)
    swapped = net.op("TRANSPOSE", [second, net.const([1, 0, 2])], (5, 2, 3), kind="TransposeOptions")
    third = lstm(swapped, 3, 2, (5, 2, 2), timeMajor=True)
    rows = [second, net.const(wave(4, 3)), net.const(wave(4, 4)), net.const(wave(4)), state(4)]
    plain = net.op("UNIDIRECTIONAL_SEQUENCE_RNN", rows, (2, 5, 4), kind="SequenceRNNOptions",
                   fusedActivationFunction=1)  # fmt: skip
    return net.content(first, third, plain)


def controlled(net: Net) -> bytes:
    """A loop that halves and adds while it counts, with a choice in it, and a choice after it."""
    value, other = net.input(2, 3), net.input(2, 3)

    with net.subgraph() as counts:
        net.input(2, 3)
        counter = net.input(dtype="int32")
        net.returns(net.op("LESS", [counter, net.const(np.int32(5))], (), dtype="bool", kind="LessOptions"))
    with net.subgraph() as doubled:
        inside = net.input(2, 3)
        net.returns(net.op("ADD", [inside, inside], (2, 3), kind="AddOptions"))
    with net.subgraph() as kept:
        net.returns(net.input(2, 3))
    with net.subgraph() as step:
        inside, counter = net.input(2, 3), net.input(dtype="int32")
        half = net.op("MUL", [inside, net.const(np.float32(0.5))], (2, 3), kind="MulOptions")
        more = net.op("ADD", [half, net.const(wave(2, 3))], (2, 3), kind="AddOptions")
        third = net.op("EQUAL", [counter, net.const(np.int32(2))], (), dtype="bool", kind="EqualOptions")
        more = net.op("IF", [third, more], (2, 3), kind="IfOptions",
                      thenSubgraphIndex=doubled, elseSubgraphIndex=kept)  # fmt: skip
        counter = net.op("ADD", [counter, net.const(np.int32(1))], (), dtype="int32", kind="AddOptions")
        net.returns(more, counter)
    found, _ = net.op("WHILE", [value, net.const(np.int32(0))], (2, 3), (), kind="WhileOptions",
                      condSubgraphIndex=counts, bodySubgraphIndex=step)  # fmt: skip
    with net.subgraph() as both:
        inside, outside = net.input(2, 3), net.input(2, 3)
        net.returns(net.op("MUL", [inside, outside], (2, 3), kind="MulOptions"), net.const(wave(4)))
    with net.subgraph() as neither:
        inside, _ = net.input(2, 3), net.input(2, 3)
        net.returns(net.op("NEG", [inside], (2, 3)), net.const(wave(4, step=0.2)))
    total = net.op("SUM", [found, net.const([0, 1])], (), kind="ReducerOptions", keepDims=False)
    large = net.op("GREATER", [total, net.const(np.float32(0.5))], (), dtype="bool", kind="GreaterOptions")
    chosen, told = net.op("IF", [large, found, other], (2, 3), (4,), kind="IfOptions",
                          thenSubgraphIndex=both, elseSubgraphIndex=neither)  # fmt: skip
    return net.content(found, chosen, told)


CASES: dict[str, Callable[[Net], bytes]] = {
    one.__name__: one
    for one in (convolutions, dilated, resized, dense, elementwise, shapes, recurrent, quantised, controlled)
}
