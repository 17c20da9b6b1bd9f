"""Rotary positions (RoPE, arXiv:2104.09864): heads turned by position · θ^(−2i/width) in a graph.

On the CPU by onnxruntime's own operator, on the GPU by a sum of products: three nodes more of a layer are
nothing there, but the cosines matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert import elementary
from wardian_build.convert.graph import GraphBuilder

if TYPE_CHECKING:
    from wardian_build.convert.architectures.llama_config import LlamaConfig

__all__ = ["rotate", "rotation"]

_FLOAT = 1
"""ONNX's number for float32."""

_STRIDE = 64
"""Positions in one of the two tables."""

_MOST_ROWS = 1 << 16
"""Of the other: four million positions, whatever a file says."""


def rotation(
    g: GraphBuilder, config: LlamaConfig, webgpu: bool, theta: float | None = None, prefix: str = ""
) -> tuple[str, str]:
    """Cosines and sines of `position_ids`, for `rotate`.

    `theta` is the configuration's unless given; `prefix` keeps the names of two rotations apart.
    """
    exponents = np.arange(0, config.head_dim, 2, dtype=np.float32) / np.float32(config.head_dim)
    periods = elementary.power(float(np.float32(theta or config.rope_theta)), exponents).astype(np.float32)
    frequencies = np.float32(1) / periods
    return (_by_tables if webgpu else _by_functions)(g, config, frequencies, prefix)


def rotate(
    g: GraphBuilder, name: str, heads: str, turn: tuple[str, str], config: LlamaConfig, webgpu: bool
) -> str:
    """(a, b) → (a cos − b sin, b cos + a sin) for the halves of each head (batch, heads, sequence, width)."""
    cosine, sine = turn
    if not webgpu:
        return g.op(
            "RotaryEmbedding", heads, _rows(g), cosine, sine, name=f"{name}.rotated", domain="com.microsoft"
        )
    half = config.head_dim // 2
    a, b = g.ops("Split", heads, g.ints([half, half]), names=[f"{name}.a", f"{name}.b"], axis=-1)
    swapped = g.op("Concat", b, a, name=f"{name}.swapped", axis=-1)
    straight = g.op("Mul", heads, cosine, name=f"{name}.straight")
    crossed = g.op("Mul", swapped, sine, name=f"{name}.crossed")
    return g.op("Add", straight, crossed, name=f"{name}.rotated")


def _by_functions(
    g: GraphBuilder, config: LlamaConfig, frequencies: NDArray[np.float32], prefix: str
) -> tuple[str, str]:
    """As `transformers` does it, in float32: (tokens, width / 2), a row for each token of the run."""
    del config
    if not g.has("positions.column"):
        positions = g.op("Cast", "position_ids", name="positions", to=_FLOAT)
        g.op("Reshape", positions, g.ints([-1, 1]), name="positions.column")
    turns = g.constant(f"{prefix}rope_frequencies", frequencies)
    angles = g.op("Mul", "positions.column", turns, name=f"{prefix}angles")
    return g.op("Cos", angles, name=f"{prefix}cosine"), g.op("Sin", angles, name=f"{prefix}sine")


def _rows(g: GraphBuilder) -> str:
    """Which row each token has: int64 (batch, sequence), 0, 1, 2 …"""
    if not g.has("rope_rows"):
        zero, one = g.constant("zero", np.int64(0)), g.constant("one", np.int64(1))
        count = g.op("Size", "position_ids", name="token_count")
        numbers = g.op("Range", zero, count, one, name="token_numbers")
        g.op("Reshape", numbers, g.op("Shape", "position_ids", name="position_lead"), name="rope_rows")
    return "rope_rows"


def _by_tables(
    g: GraphBuilder, config: LlamaConfig, frequencies: NDArray[np.float32], prefix: str
) -> tuple[str, str]:
    """Without cos and sin, of which WGSL allows absolute errors of 2⁻¹¹ (2e-4 in Chromium's SwiftShader).

    Position = 64 a + b: cos and sin of both parts are looked up, and put together by the sum of angles.
    For both halves of a head, (batch, 1, sequence, width), and the first half of the sines is negated:
    `rotate` is then one sum of products with the halves swapped.
    """
    frequencies = np.concatenate([frequencies, frequencies])
    stride = g.constant("rope_stride", np.int64(_STRIDE))
    rows = min(-(-config.max_position_embeddings // _STRIDE), _MOST_ROWS)
    parts = {}
    for part, operator, places in (
        ("high", "Div", np.arange(rows) * _STRIDE),
        ("low", "Mod", np.arange(_STRIDE)),
    ):
        place = g.op(operator, "position_ids", stride, name=f"{prefix}rope_{part}")
        angles = places[:, None] * frequencies.astype(np.float64)
        for name, function in (("cos", elementary.cos), ("sin", elementary.sin)):
            table = g.constant(f"{prefix}rope_{name}_{part}", function(angles).astype(np.float32))
            # Not gathered from the constant itself, which q8 would round like a table of words.
            table = g.op("Identity", table, name=f"{table}.table")
            found = g.op("Gather", table, place, name=f"{prefix}rope_{name}_{part}.rows")
            parts[name, part] = g.op(
                "Unsqueeze", found, g.ints([1]), name=f"{prefix}rope_{name}_{part}.heads"
            )
    products = {
        (one, other): g.op("Mul", parts[one, "high"], parts[other, "low"], name=f"{prefix}rope_{one}_{other}")
        for one in ("cos", "sin")
        for other in ("cos", "sin")
    }
    cosine = g.op("Sub", products["cos", "cos"], products["sin", "sin"], name=f"{prefix}cosine")
    sine = g.op("Add", products["sin", "cos"], products["cos", "sin"], name=f"{prefix}sine")
    signs = g.constant("half_signs", np.repeat(np.array([-1, 1], np.float32), config.head_dim // 2))
    return cosine, g.op("Mul", sine, signs, name=f"{prefix}signed_sine")
