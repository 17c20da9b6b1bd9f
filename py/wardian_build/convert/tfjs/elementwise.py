"""Operators on each number: arithmetic, comparisons, activations, casts."""

from __future__ import annotations

import math

import numpy as np

from wardian_build.convert.tfjs.emit import BOOL, FLOAT, INT, OPERATORS, Call, operator

__all__: list[str] = []

_SAME = {
    **{
        name: name
        for name in ("Abs", "Ceil", "Cos", "Sin", "Tan", "Exp", "Floor", "Log", "Neg", "Relu", "Round")
    },
    **{name: name for name in ("Sigmoid", "Sign", "Sqrt", "Tanh", "Reciprocal", "Softplus", "Erf")},
    **{
        name: name
        for name in ("Acos", "Asin", "Atan", "Acosh", "Asinh", "Atanh", "Cosh", "Sinh", "Selu", "Elu")
    },
    "IsNan": "IsNaN",
    "LogicalNot": "Not",
    **{name: name for name in ("Add", "Sub", "Mul", "Greater", "Less", "Equal", "Pow")},
    "AddV2": "Add",
    "Maximum": "Max",
    "Minimum": "Min",
    "GreaterEqual": "GreaterOrEqual",
    "LessEqual": "LessOrEqual",
    "LogicalAnd": "And",
    "LogicalOr": "Or",
    "AddN": "Sum",
}
_ARITY = {"Add": 2, "Sub": 2, "Mul": 2, "Greater": 2, "Less": 2, "Equal": 2, "Pow": 2, "Max": 2, "Min": 2}
_ARITY |= {"GreaterOrEqual": 2, "LessOrEqual": 2, "And": 2, "Or": 2}


@operator(*_SAME)
def same(c: Call) -> str:
    """Operators that ONNX has too, on the same inputs."""
    name = _SAME[c.node.op]
    if name == "Sum":
        return c.op(name, *c.inputs()) if c.dtype() == "float32" else _sum_of_integers(c)
    return c.op(name, *(c.input(index) for index in range(_ARITY.get(name, 1))))


@operator("Identity", "StopGradient", "Snapshot")
def identity(c: Call) -> str:
    """No node at all: the value itself."""
    return c.input(0)


def _sum_of_integers(c: Call) -> str:
    total = c.input(0)
    for value in c.inputs()[1:]:
        total = c.op("Add", total, value)
    return total


@operator("NotEqual")
def not_equal(c: Call) -> str:
    return c.op("Not", c.op("Equal", c.input(0), c.input(1)))


@operator("RealDiv", "Div", "DivNoNan")
def divide(c: Call) -> str:
    if c.dtype() == "int64":
        return floor_divide(c)
    if c.node.op in ("RealDiv", "Div"):
        return c.op("Div", c.input(0), c.input(1))
    zero = c.scalar(0.0)
    return c.op("Where", c.op("Equal", c.input(1), zero), zero, c.op("Div", c.input(0), c.input(1)))


@operator("FloorDiv")
def floor_divide(c: Call) -> str:
    """Rounded down, where ONNX cuts off: (x − x mod y) / y for whole numbers, whose mod has the sign of y."""
    x, y = c.input(0), c.input(1)
    if c.dtype() == "float32":
        return c.op("Floor", c.op("Div", x, y))
    return c.op("Div", c.op("Sub", x, c.op("Mod", x, y)), y)


@operator("FloorMod")
def floor_mod(c: Call) -> str:
    """With the sign of y; on floats x − ⌊x / y⌋ y."""
    x, y = c.input(0), c.input(1)
    if c.dtype() == "int64":
        return c.op("Mod", x, y)
    whole = c.op("Floor", c.op("Div", x, y))
    return c.op("Sub", x, c.op("Mul", whole, y))


@operator("SquaredDifference")
def squared_difference(c: Call) -> str:
    difference = c.op("Sub", c.input(0), c.input(1))
    return c.op("Mul", difference, difference)


@operator("Square")
def square(c: Call) -> str:
    return c.op("Mul", c.input(0), c.input(0))


@operator("Rsqrt")
def rsqrt(c: Call) -> str:
    return c.op("Reciprocal", c.op("Sqrt", c.input(0)))


@operator("Log1p")
def log1p(c: Call) -> str:
    return c.op("Log", c.op("Add", c.input(0), c.scalar(1.0)))


@operator("Expm1")
def expm1(c: Call) -> str:
    return c.op("Sub", c.op("Exp", c.input(0)), c.scalar(1.0))


@operator("Atan2")
def atan2(c: Call) -> str:
    """The angle of (x, y) by atan(y / x), moved by ±π where x < 0; ±π/2 where x is 0, and 0 at the origin."""
    y, x = c.input(0), c.input(1)
    zero = c.scalar(0.0)
    angle = c.op("Atan", c.op("Div", y, x))
    below = c.op("Less", y, zero)
    turn = c.op("Where", below, c.scalar(-math.pi), c.scalar(math.pi))
    turned = c.op("Where", c.op("Less", x, zero), c.op("Add", angle, turn), angle)
    upright = c.op("Mul", c.op("Sign", y), c.scalar(math.pi / 2))
    return c.op("Where", c.op("Equal", x, zero), upright, turned)


@operator("Relu6")
def relu6(c: Call) -> str:
    return c.op("Clip", c.input(0), c.scalar(0.0), c.scalar(6.0))


@operator("ClipByValue")
def clip(c: Call) -> str:
    return c.op("Clip", c.input(0), c.input(1), c.input(2))


@operator("LeakyRelu")
def leaky_relu(c: Call) -> str:
    return c.op("LeakyRelu", c.input(0), alpha=c.attributes.number("alpha", 0.2))


@operator("Prelu")
def prelu(c: Call) -> str:
    return c.op("PRelu", c.input(0), c.input(1))


@operator("Softmax")
def softmax(c: Call) -> str:
    return c.op("Softmax", c.input(0), axis=-1)


@operator("LogSoftmax")
def log_softmax(c: Call) -> str:
    return c.op("LogSoftmax", c.input(0), axis=-1)


@operator("BiasAdd")
def bias_add(c: Call) -> str:
    bias = c.input(1)
    if c.attributes.text("data_format", "NHWC") == "NCHW":
        bias = c.op("Unsqueeze", bias, c.ints(1, 2))
    return c.op("Add", c.input(0), bias)


@operator("Cast")
def cast(c: Call) -> str:
    kind = {"float32": FLOAT, "int64": INT, "bool": BOOL}[c.dtype("DstT")]
    return c.cast(c.input(0), kind)


@operator("Select", "SelectV2")
def select(c: Call) -> str:
    return c.op("Where", c.input(0), c.input(1), c.input(2))


@operator("ZerosLike", "OnesLike")
def filled_like(c: Call) -> str:
    value = c.scalar(np.dtype(c.dtype()).type(c.node.op == "OnesLike"), c.dtype())
    return c.op("Expand", value, c.op("Shape", c.input(0)))


assert all(name in OPERATORS for name in _SAME)
