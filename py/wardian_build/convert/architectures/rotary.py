"""Rotary positions (RoPE, arXiv:2104.09864): cosines and sines of position · θ^(−2i/width) in a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert import elementary
from wardian_build.convert.graph import GraphBuilder

if TYPE_CHECKING:
    from wardian_build.convert.architectures.llama_config import LlamaConfig

__all__ = ["rotation"]

_FLOAT = 1
"""ONNX's number for float32."""

_STRIDE = 64
"""Positions in one of the two tables."""

_MOST_ROWS = 1 << 16
"""Of the other: four million positions, whatever a file says."""


def rotation(
    g: GraphBuilder, config: LlamaConfig, webgpu: bool, theta: float | None = None, prefix: str = ""
) -> tuple[str, str]:
    """Of `position_ids`, for both halves of a head: float32 (batch, 1, sequence, width), twice.

    `theta` is the configuration's unless given; `prefix` keeps the names of two rotations apart.

    The first half of the sines is negated: (a, b) → (a cos − b sin, b cos + a sin) is then one sum of
    products with the halves swapped.
    """
    exponents = np.arange(0, config.head_dim, 2, dtype=np.float32) / np.float32(config.head_dim)
    periods = elementary.power(float(np.float32(theta or config.rope_theta)), exponents).astype(np.float32)
    frequencies = np.float32(1) / periods
    both = np.concatenate([frequencies, frequencies])
    cosine, sine = _by_tables(g, config, both, prefix) if webgpu else _by_functions(g, both, prefix)
    signs = g.constant("half_signs", np.repeat(np.array([-1, 1], np.float32), config.head_dim // 2))
    return cosine, g.op("Mul", sine, signs, name=f"{prefix}signed_sine")


def _by_functions(g: GraphBuilder, frequencies: NDArray[np.float32], prefix: str) -> tuple[str, str]:
    """As `transformers` does it, in float32."""
    if not g.has("positions.column"):
        positions = g.op("Cast", "position_ids", name="positions", to=_FLOAT)
        g.op("Unsqueeze", positions, g.ints([1, 3]), name="positions.column")
    turns = g.constant(f"{prefix}rope_frequencies", frequencies)
    angles = g.op("Mul", "positions.column", turns, name=f"{prefix}angles")
    return g.op("Cos", angles, name=f"{prefix}cosine"), g.op("Sin", angles, name=f"{prefix}sine")


def _by_tables(
    g: GraphBuilder, config: LlamaConfig, frequencies: NDArray[np.float32], prefix: str
) -> tuple[str, str]:
    """Without cos and sin, of which WGSL allows absolute errors of 2⁻¹¹ (2e-4 in Chromium's SwiftShader).

    Position = 64 a + b: cos and sin of both parts are looked up, and put together by the sum of angles.
    """
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
    return cosine, g.op("Add", products["sin", "cos"], products["cos", "sin"], name=f"{prefix}sine")
