"""Arithmetic, comparisons, activations, and sums along axes."""

from __future__ import annotations

import math

from wardian_build.convert.tflite.emit import Call, activated, operator

__all__: list[str] = []

_ARITHMETIC = {"ADD": ("Add", 0), "SUB": ("Sub", 0), "MUL": ("Mul", 0), "DIV": ("Div", 0)}
_PAIRS = {
    "MAXIMUM": "Max", "MINIMUM": "Min", "POW": "Pow", "LESS": "Less", "LESS_EQUAL": "LessOrEqual",
    "GREATER": "Greater", "GREATER_EQUAL": "GreaterOrEqual", "EQUAL": "Equal", "LOGICAL_AND": "And",
    "LOGICAL_OR": "Or",
}  # fmt: skip
_SINGLE = {
    "LOGISTIC": "Sigmoid", "EXP": "Exp", "NEG": "Neg", "SIN": "Sin", "COS": "Cos", "LOG": "Log",
    "SQRT": "Sqrt", "ABS": "Abs", "CEIL": "Ceil", "FLOOR": "Floor", "ROUND": "Round", "ELU": "Elu",
    "LOGICAL_NOT": "Not", "HARD_SWISH": "HardSwish", "SIGN": "Sign",
}  # fmt: skip
_REDUCED = {
    "MEAN": "ReduceMean", "SUM": "ReduceSum", "REDUCE_MAX": "ReduceMax", "REDUCE_MIN": "ReduceMin",
    "REDUCE_PROD": "ReduceProd",
}  # fmt: skip
_CODES = {"float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9}


@operator(*_ARITHMETIC)
def arithmetic(c: Call) -> str:
    name, field = _ARITHMETIC[c.operator.name]
    return c.fused(c.op(name, c.input(0), c.input(1)), field)


@operator(*_PAIRS)
def pair(c: Call) -> str:
    return c.op(_PAIRS[c.operator.name], c.input(0), c.input(1))


@operator(*_SINGLE)
def single(c: Call) -> str:
    return c.op(_SINGLE[c.operator.name], c.input(0))


@operator("RELU", "RELU6", "RELU_N1_TO_1", "TANH")
def relu(c: Call) -> str:
    return activated(c, c.input(0), c.operator.name)


@operator(*_REDUCED)
def reduced(c: Call) -> str:
    axes = c.graph.ints(c.axes(1, len(c.shape(0))))
    return c.op(_REDUCED[c.operator.name], c.input(0), axes, keepdims=int(bool(c.number(0, "B"))))


@operator("RSQRT")
def rsqrt(c: Call) -> str:
    return c.op("Reciprocal", c.op("Sqrt", c.input(0)))


@operator("SQUARE")
def square(c: Call) -> str:
    return c.op("Mul", c.input(0), c.input(0))


@operator("SQUARED_DIFFERENCE")
def squared_difference(c: Call) -> str:
    apart = c.op("Sub", c.input(0), c.input(1))
    return c.op("Mul", apart, apart)


@operator("NOT_EQUAL")
def not_equal(c: Call) -> str:
    return c.op("Not", c.op("Equal", c.input(0), c.input(1)))


@operator("SELECT", "SELECT_V2")
def select(c: Call) -> str:
    return c.op("Where", c.input(0), c.input(1), c.input(2))


@operator("ADD_N")
def add_n(c: Call) -> str:
    return c.op("Sum", *(c.input(index) for index in range(len(c))))


@operator("PRELU")
def prelu(c: Call) -> str:
    return c.op("PRelu", c.input(0), c.input(1))


@operator("LEAKY_RELU")
def leaky_relu(c: Call) -> str:
    return c.op("LeakyRelu", c.input(0), alpha=float(c.number(0, "f")))


@operator("GELU")
def gelu(c: Call) -> str:
    value = c.input(0)
    if c.number(0, "B"):
        raise c.unsupported("approximated", "convert it with approximate=False")
    half = c.op("Erf", c.op("Div", value, c.scalar(math.sqrt(2))))
    return c.op("Mul", c.op("Mul", value, c.scalar(0.5)), c.op("Add", half, c.scalar(1)))


@operator("SOFTMAX")
def softmax(c: Call) -> str:
    """With β as a factor before it."""
    beta = float(c.number(0, "f"))
    value = c.input(0) if beta == 1 else c.op("Mul", c.input(0), c.scalar(beta))
    return c.op("Softmax", value, axis=-1)


@operator("LOG_SOFTMAX")
def log_softmax(c: Call) -> str:
    return c.op("LogSoftmax", c.input(0), axis=-1)


@operator("ARG_MAX", "ARG_MIN")
def arg_max(c: Call) -> str:
    (axis,) = c.axes(1, len(c.shape(0)))
    name = "ArgMax" if c.operator.name == "ARG_MAX" else "ArgMin"
    return c.op("Cast", c.op(name, c.input(0), axis=axis, keepdims=0), to=_CODES[c.output().dtype])


@operator("CAST")
def cast(c: Call) -> str:
    kind = c.output().dtype
    if kind not in _CODES:
        raise c.unsupported(f"to {kind}", "cast to " + ", ".join(_CODES))
    return c.op("Cast", c.input(0), to=_CODES[kind])


@operator("DEQUANTIZE", "DENSIFY", "QUANTIZE")
def dequantize(c: Call) -> str:
    """Values are whole and float32 already; what is quantised afterwards is rounded after the operator."""
    return c.passed(0)
