"""Activation functions, in the operators that onnxruntime fuses; `prefix` names the nodes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wardian_build.convert.graph import GraphBuilder

__all__ = ["ACTIVATIONS", "gelu", "gelu_tanh", "relu", "silu"]


def gelu(g: GraphBuilder, prefix: str, x: str) -> str:
    """x · (1 + erf(x / √2)) / 2 (arXiv:1606.08415)."""
    inner = g.op("Div", x, g.constant("root_two", np.sqrt(np.float32(2))), name=f"{prefix}.inner")
    error = g.op("Add", g.op("Erf", inner, name=f"{prefix}.erf"), _one(g), name=f"{prefix}.one_plus")
    product = g.op("Mul", x, error, name=f"{prefix}.product")
    return g.op("Mul", product, g.constant("half", np.float32(0.5)), name=f"{prefix}.gelu")


def gelu_tanh(g: GraphBuilder, prefix: str, x: str) -> str:
    """x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2, the approximation of the same paper."""
    square = g.op("Mul", x, x, name=f"{prefix}.square")
    third = g.op("Mul", square, g.constant("cubic", np.float32(0.044715)), name=f"{prefix}.cubic")
    bent = g.op("Mul", g.op("Add", third, _one(g), name=f"{prefix}.bent"), x, name=f"{prefix}.inner")
    root = g.constant("root_two_over_pi", np.sqrt(np.float32(2 / np.pi)))
    tanh = g.op("Tanh", g.op("Mul", bent, root, name=f"{prefix}.scaled"), name=f"{prefix}.tanh")
    product = g.op("Mul", x, g.op("Add", tanh, _one(g), name=f"{prefix}.one_plus"), name=f"{prefix}.product")
    return g.op("Mul", product, g.constant("half", np.float32(0.5)), name=f"{prefix}.gelu")


def relu(g: GraphBuilder, prefix: str, x: str) -> str:
    return g.op("Relu", x, name=f"{prefix}.relu")


def silu(g: GraphBuilder, prefix: str, x: str) -> str:
    """x / (1 + exp(-x))."""
    gate = g.op("Sigmoid", x, name=f"{prefix}.sigmoid")
    return g.op("Mul", x, gate, name=f"{prefix}.silu")


def _one(g: GraphBuilder) -> str:
    return g.number("one", np.float32(1))


#: By their names in configurations.
ACTIVATIONS: dict[str, Callable[[GraphBuilder, str, str], str]] = {
    "gelu": gelu,
    "gelu_new": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "relu": relu,
    "silu": silu,
    "swish": silu,
}
