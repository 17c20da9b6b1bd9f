"""Matrices of blocks with a scale each, and the two forms in which an ONNX graph computes with them.

Both forms read the same stored bytes, so one file of weights serves both:

- *fold*: the blocks are unpacked by operators whose inputs are all constant. onnxruntime computes them once,
  when it opens the model, and multiplies float32 matrices from then on: the fast form on the CPU, where
  `MatMulNBits` would unpack them again on every call.
- *nbits*: `com.microsoft.MatMulNBits`, which reads the blocks where they are: the form for the GPU, where
  memory is scarce. It subtracts a fixed zero point (8 or 128); what a minimum adds beyond that is one product
  more, with the sums of the input over each block: x·w = Σ x·d·(q − 8) + Σ_blocks (m + 8 d) · Σ x.

Scales and minima are stored as float16, as the source has them, and cast in the graph: exact, and half of
float32's size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.graph import GraphBuilder

__all__ = ["BLOCK", "Blocks", "FloatMatrix", "Matrix", "QuantizedMatrix", "matrix_of", "neighbours"]

BLOCK = 32
"""Weights that share a scale."""

_FLOAT = 1
"""ONNX's number for float32."""


@dataclass(frozen=True)
class Blocks:
    """A matrix (rows, columns) as blocks along its columns: w = scale · (q − zero) or scale · q + minimum.

    Args:
        bits: 4 or 8.
        packed: uint8 (rows, columns / 32, 16 or 32): weights in order; of two in a byte the first is the low
            nibble.
        scale: float16 (rows, columns / 32).
        minimum: of the same form; None where the zero point is 8 or 128.

    >>> one = Blocks(4, np.full((1, 1, 16), 0xF0, np.uint8), np.full((1, 1), 0.5, np.float16), None)
    >>> one.dequantize()[0, :4].tolist()
    [-4.0, 3.5, -4.0, 3.5]
    """

    bits: int
    packed: NDArray[np.uint8]
    scale: NDArray[np.float16]
    minimum: NDArray[np.float16] | None

    @staticmethod
    def from_q4_0(stored: NDArray[Any]) -> Blocks:
        """ggml's Q4_0 blocks: records of a scale `d` and 16 bytes `q`, (rows, columns / 32)."""
        return Blocks(4, neighbours(stored["q"]), np.ascontiguousarray(stored["d"]), None)

    @property
    def shape(self) -> tuple[int, int]:
        return self.packed.shape[0], self.packed.shape[1] * BLOCK

    def take(self, rows: NDArray[np.int64]) -> Blocks:
        """The rows in another order."""
        minimum = None if self.minimum is None else self.minimum[rows]
        return Blocks(self.bits, self.packed[rows], self.scale[rows], minimum)

    def same_kind(self, other: Blocks) -> bool:
        return (self.bits, self.minimum is None, self.shape[1]) == (
            other.bits,
            other.minimum is None,
            other.shape[1],
        )

    @staticmethod
    def stack(parts: Sequence[Blocks]) -> Blocks:
        """The rows of several matrices of one kind, one below the other."""
        minima = [part.minimum for part in parts if part.minimum is not None]
        return Blocks(
            parts[0].bits,
            np.concatenate([part.packed for part in parts]),
            np.concatenate([part.scale for part in parts]),
            np.concatenate(minima) if minima else None,
        )

    def dequantize(self) -> NDArray[np.float32]:
        """The weights: float32 (rows, columns)."""
        q = self.packed
        if self.bits == 4:
            q = np.stack([q & 15, q >> 4], axis=-1).reshape(*q.shape[:2], BLOCK)
        scale = self.scale.astype(np.float32)[..., None]
        if self.minimum is None:
            weights = (q.astype(np.float32) - np.float32(1 << self.bits - 1)) * scale
        else:
            weights = q.astype(np.float32) * scale + self.minimum.astype(np.float32)[..., None]
        return weights.reshape(self.shape)


def neighbours(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """ggml's 4-bit blocks (…, 16) in the order of ONNX.

    There the low nibble of byte i is weight i, the high one weight i + 16; here a byte holds neighbours, the
    first one low.
    """
    ordered = np.concatenate([packed & 15, packed >> 4], axis=-1)
    joined: NDArray[np.uint8] = ordered[..., 0::2] | ordered[..., 1::2] << 4
    return joined


class Matrix(Protocol):
    """A matrix (rows, columns) inside a graph."""

    def product(self, x: str, lead: str | None, nbits: bool) -> str:
        """x · Wᵀ for x (batch, sequence, columns): (batch, sequence, rows); `lead` has batch and sequence.

        Without `lead` x is (tokens, columns) and the result (tokens, rows), which spares two nodes.
        """

    def gather(self, rows: str, nbits: bool) -> str:
        """Rows by index, int64 (batch, sequence): float32 (batch, sequence, columns).

        With `nbits`, for the GPU, nothing is computed in float16: WebGPU need not have it.
        """


def matrix_of(graph: GraphBuilder, name: str, value: NDArray[Any] | Blocks, inside: bool = False) -> Matrix:
    """The matrix with this value, a float array or blocks; `inside` puts blocks into the ONNX file."""
    if isinstance(value, Blocks):
        return QuantizedMatrix(graph, name, value, inside)
    return FloatMatrix(graph, name, value)


class FloatMatrix:
    """A matrix of float32 or float16, cast and transposed when the model is opened."""

    def __init__(self, graph: GraphBuilder, name: str, value: NDArray[Any]) -> None:
        self._graph, self._name, self._half = graph, name, value.dtype == np.float16
        self._stored, self._rows = graph.external(f"{name}.weight", value), value.shape[0]

    def product(self, x: str, lead: str | None, nbits: bool) -> str:
        return _gemm(self._graph, self._name, x, lead, self._wide(), self._rows)

    def gather(self, rows: str, nbits: bool) -> str:
        g, name = self._graph, f"{self._name}.rows"
        if nbits or not self._half:
            return g.op("Gather", self._wide(), rows, name=name)
        return g.op("Cast", g.op("Gather", self._stored, rows, name=name), name=f"{name}.float32", to=_FLOAT)

    def _wide(self) -> str:
        return _float32(self._graph, self._stored, f"{self._name}.float32") if self._half else self._stored


class QuantizedMatrix:
    """Blocks as constants of a graph, and products with them."""

    def __init__(self, graph: GraphBuilder, name: str, blocks: Blocks, inside: bool = False) -> None:
        self._graph, self._name, self._blocks = graph, name, blocks
        store = graph.constant if inside else graph.external
        self._packed = store(f"{name}.packed", blocks.packed)
        self._scale = store(f"{name}.scale", blocks.scale)
        self._minimum = None if blocks.minimum is None else store(f"{name}.minimum", blocks.minimum)

    def product(self, x: str, lead: str | None, nbits: bool) -> str:
        return self._nbits_product(x) if nbits else self._folded_product(x, lead)

    def gather(self, rows: str, nbits: bool) -> str:
        # Only these rows are unpacked, so the vocabulary is in memory as blocks alone.
        g, name = self._graph, f"{self._name}.rows"
        minimum = None if self._minimum is None else self._wide("minimum", self._minimum)
        parts = [
            None if part is None else g.op("Gather", part, rows, name=f"{name}.{what}")
            for what, part in (
                ("packed", self._packed),
                ("scale", self._wide("scale", self._scale)),
                ("minimum", minimum),
            )
        ]
        blocks = self._blocks.shape[1] // BLOCK
        weights = self._unpack(name, parts, [0, 0, blocks, BLOCK])
        shape = g.ints([0, 0, self._blocks.shape[1]])
        return g.op("Reshape", weights, shape, name=f"{name}.joined")

    def _folded_product(self, x: str, lead: str | None) -> str:
        """A product with the unpacked matrix.

        All that is constant on the way is in memory until onnxruntime has folded the last matrix, so steps
        in float32 are as few as can be: the cast, scale and minimum in one batch normalization with a channel
        for each block (mean the zero point, variance 1), and the shape; `Gemm` takes the matrix untransposed.
        """
        g, name = self._graph, self._name
        rows, columns = self._blocks.shape
        blocks = rows * columns // BLOCK
        packed = self._nibbles(name, self._packed) if self._blocks.bits == 4 else self._packed
        channels = g.op("Reshape", packed, g.ints([1, blocks, BLOCK]), name=f"{name}.channels")
        numbers = g.op("Cast", channels, name=f"{name}.numbers", to=_FLOAT)
        one = g.op("Expand", g.constant("one_float", np.float32(1)), g.ints([blocks]), name=f"{name}.ones")
        zero = g.op("Sub", one, one, name=f"{name}.zeros")
        scale = self._flat("scale", self._scale)
        if self._minimum is None:
            point = g.constant(f"zero_point_{self._blocks.bits}", np.float32(1 << self._blocks.bits - 1))
            facts = [scale, zero, g.op("Mul", one, point, name=f"{name}.means"), one]
        else:
            facts = [scale, self._flat("minimum", self._minimum), zero, one]
        weights = g.op("BatchNormalization", numbers, *facts, name=f"{name}.weights", epsilon=0.0)
        matrix = g.op("Reshape", weights, g.ints([rows, columns]), name=f"{name}.matrix")
        return _gemm(g, name, x, lead, matrix, rows)

    def _flat(self, what: str, part: str) -> str:
        g = self._graph
        return g.op("Reshape", self._wide(what, part), g.ints([-1]), name=f"{self._name}.{what}.flat")

    def _wide(self, what: str, part: str) -> str:
        """Scales or minima in float32: of every block, so that onnxruntime casts them once."""
        return _float32(self._graph, part, f"{self._name}.{what}.float32")

    def _nibbles(self, name: str, packed: str) -> str:
        """Two numbers out of each byte, the low nibble first, along a new last axis."""
        g, last = self._graph, self._graph.ints([-1])
        low = g.op("BitwiseAnd", packed, g.constant("fifteen", np.uint8(15)), name=f"{name}.low")
        four = g.constant("four", np.uint8(4))
        high = g.op("BitShift", packed, four, name=f"{name}.high", direction="RIGHT")
        columns = [g.op("Unsqueeze", half, last, name=f"{half}.column") for half in (low, high)]
        return g.op("Concat", *columns, name=f"{name}.pairs", axis=-1)

    def _unpack(self, name: str, parts: Sequence[str | None], shape: list[int]) -> str:
        """Blocks of float32 weights, of the shape given."""
        g = self._graph
        packed, scale, minimum = parts
        assert packed is not None
        assert scale is not None
        if self._blocks.bits == 4:
            packed = g.op("Reshape", self._nibbles(name, packed), g.ints(shape), name=f"{name}.q")
        numbers = g.op("Cast", packed, name=f"{name}.numbers", to=_FLOAT)
        if minimum is None:
            zero = g.constant(f"zero_point_{self._blocks.bits}", np.float32(1 << self._blocks.bits - 1))
            numbers = g.op("Sub", numbers, zero, name=f"{name}.centred")
        scaled = g.op("Mul", numbers, self._column(name, "scale", scale), name=f"{name}.scaled")
        if minimum is None:
            return scaled
        return g.op("Add", scaled, self._column(name, "minimum", minimum), name=f"{name}.weights")

    def _column(self, name: str, what: str, part: str) -> str:
        return self._graph.op("Unsqueeze", part, self._graph.ints([-1]), name=f"{name}.{what}.column")

    def _nbits_product(self, x: str) -> str:
        g, name = self._graph, self._name
        rows, columns = self._blocks.shape
        scale = self._wide("scale", self._scale)
        settings: dict[str, Any] = {
            "K": columns,
            "N": rows,
            "bits": self._blocks.bits,
            "block_size": BLOCK,
            "accuracy_level": 1,
        }
        product = g.op(
            "MatMulNBits", x, self._packed, scale, name=f"{name}.product", domain="com.microsoft", **settings
        )
        if self._minimum is None:
            return product
        minimum = self._wide("minimum", self._minimum)
        eight = g.constant("zero_point_4", np.float32(8))
        shift = g.op("Add", minimum, g.op("Mul", scale, eight, name=f"{name}.eight"), name=f"{name}.shift")
        transposed = g.op("Transpose", shift, name=f"{name}.shift.transposed", perm=[1, 0])
        sums = self._block_sums(x, columns)
        rest = g.op("MatMul", sums, transposed, name=f"{name}.rest")
        return g.op("Add", product, rest, name=f"{name}.sum")

    def _block_sums(self, x: str, columns: int) -> str:
        """Sums of x (batch, sequence, columns) over each block of columns; once for all matrices it meets."""
        g = self._graph
        if g.has(f"{x}.block_sums"):
            return f"{x}.block_sums"
        shape = g.ints([0, 0, columns // BLOCK, BLOCK])
        blocks = g.op("Reshape", x, shape, name=f"{x}.blocks")
        axes = g.ints([-1])
        return g.op("ReduceSum", blocks, axes, name=f"{x}.block_sums", keepdims=0)


def _float32(g: GraphBuilder, stored: str, name: str) -> str:
    """A stored tensor in float32, cast once for all that read it."""
    return name if g.has(name) else g.op("Cast", stored, name=name, to=_FLOAT)


def _gemm(g: GraphBuilder, name: str, x: str, lead: str | None, matrix: str, rows: int) -> str:
    """x · Wᵀ, by way of two axes; the shape of the result is written once for all with as many rows."""
    if lead is None:
        return g.op("Gemm", x, matrix, name=f"{name}.product", transB=1)
    flat = g.op("Flatten", x, name=f"{name}.flat", axis=2)
    product = g.op("Gemm", flat, matrix, name=f"{name}.flat_product", transB=1)
    shape = f"{lead}.{rows}"
    if not g.has(shape):
        g.op("Concat", lead, g.ints([rows]), name=shape, axis=0)
    return g.op("Reshape", product, shape, name=f"{name}.product")
