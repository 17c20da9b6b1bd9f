"""What all architectures share: dense layers, attention, normalization, activations, masks, positions.

Every method adds nodes and returns the name of its output. The graph keeps to the forms that onnxruntime
fuses: bias after the product, layer normalization right after the residual sum, erf GELU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from wardian_build.convert.architectures.activations import ACTIVATIONS
from wardian_build.convert.architectures.weights import ModelWeights
from wardian_build.convert.graph import OPSET, GraphBuilder

__all__ = ["ACTIVATIONS", "LOWEST", "Layers", "Specs"]

LOWEST = np.float32(np.finfo(np.float32).min)
"""What is added to the score of a token that is not attended to."""

Specs = Mapping[str, tuple[str, Sequence[int | str]]]


class Layers:
    """A graph under construction, and the weights that go into it.

    `external` puts the matrices beside the ONNX file, for models beyond what one file can hold.
    """

    heads: int
    #: Features of one head.
    width: int
    epsilon: float
    activation: str
    #: Whether scores are divided by √width.
    scaled: ClassVar[bool] = True

    def __init__(self, name: str, weights: ModelWeights, external: bool = False, opset: int = OPSET) -> None:
        self.graph = GraphBuilder(name, opset)
        self.weights = weights
        self._external = external

    @property
    def features(self) -> int:
        """Width of the hidden states."""
        return self.heads * self.width

    def biased(self, name: str) -> bool:
        """Whether a dense layer has a bias."""
        return True

    def additive_mask(self, source: str = "attention_mask") -> str:
        """0 where a token is attended to, the lowest float where not: (batch, 1, 1, sequence)."""
        g = self.graph
        axes = g.constant("mask_axes", np.array([1, 2], np.int64))
        mask = g.op("Cast", g.op("Unsqueeze", source, axes, name="mask_4d"), name="mask_float", to=1)
        hidden = g.op("Sub", g.constant("one", np.float32(1)), mask, name="masked")
        return g.op("Mul", hidden, g.constant("lowest", LOWEST), name="additive_mask")

    def attention(self, prefix: str, hidden: str, mask: str | None, names: tuple[str, str, str]) -> str:
        """softmax(Q Kᵀ / √width + mask) V, all heads at once: (batch, sequence, heads · width).

        `names` are the dense layers of query, key and value.
        """
        g = self.graph
        query = self.split_heads(names[0], hidden)
        key = self.split_heads(names[1], hidden, [0, 2, 3, 1])
        value = self.split_heads(names[2], hidden)
        scores = g.op("MatMul", query, key, name=f"{prefix}.scores")
        if self.scaled:
            root = g.constant("root_width", np.sqrt(np.float32(self.width)))
            scores = g.op("Div", scores, root, name=f"{prefix}.scaled")
        if mask is not None:
            scores = g.op("Add", scores, mask, name=f"{prefix}.visible")
        weights = g.op("Softmax", scores, name=f"{prefix}.weights", axis=-1)
        return self.join_heads(prefix, g.op("MatMul", weights, value, name=f"{prefix}.context"))

    def join_heads(self, prefix: str, context: str) -> str:
        """(batch, heads, sequence, width) → (batch, sequence, heads · width)."""
        g = self.graph
        together = g.op("Transpose", context, name=f"{prefix}.together", perm=[0, 2, 1, 3])
        shape = g.constant("joined_shape", np.array([0, 0, self.heads * self.width], np.int64))
        return g.op("Reshape", together, shape, name=f"{prefix}.joined")

    def split_heads(self, name: str, hidden: str, order: Sequence[int] = (0, 2, 1, 3)) -> str:
        """A dense layer, its output by heads: (batch, heads, sequence, width), or in another order."""
        g = self.graph
        shape = g.constant("heads_shape", np.array([0, 0, self.heads, self.width], np.int64))
        projected = self.dense(name, hidden, self.features, self.heads * self.width)
        split = g.op("Reshape", projected, shape, name=f"{name}.heads")
        return g.op("Transpose", split, name=f"{name}.transposed", perm=list(order))

    def activate(self, prefix: str, x: str, activation: str | None = None) -> str:
        """The configuration's activation function, or another of ACTIVATIONS."""
        return ACTIVATIONS[activation or self.activation](self.graph, prefix, x)

    def dense(self, name: str, x: str, inputs: int, outputs: int, output: str | None = None) -> str:
        """x Wᵀ + b, without b where it is not `biased`.

        PyTorch stores (outputs, inputs); MatMul wants (inputs, outputs).
        """
        matrix = self.store(f"{name}.weight", self.weights.get(f"{name}.weight", (outputs, inputs)).T)
        if not self.biased(name):
            return self.graph.op("MatMul", x, matrix, name=output or f"{name}.product")
        product = self.graph.op("MatMul", x, matrix, name=f"{name}.product")
        bias = self.graph.constant(f"{name}.bias", self.weights.get(f"{name}.bias", (outputs,)))
        return self.graph.op("Add", product, bias, name=output or f"{name}.sum")

    def normalize(self, name: str, x: str, output: str | None = None) -> str:
        """Layer normalization over the features (arXiv:1607.06450)."""
        scale, bias = (
            self.graph.constant(f"{name}.{part}", self.weights.get(f"{name}.{part}", (self.features,)))
            for part in ("weight", "bias")
        )
        return self.graph.op(
            "LayerNormalization",
            x,
            scale,
            bias,
            name=output or f"{name}.normalized",
            axis=-1,
            epsilon=self.epsilon,
        )

    def store(self, name: str, value: np.ndarray[Any, Any]) -> str:
        """A matrix, inside the ONNX file or beside it."""
        if self._external:
            return self.graph.external(name, value)
        return self.graph.constant(name, np.ascontiguousarray(value))

    def one(self) -> str:
        return self.graph.constant("one", np.float32(1))

    def first_rows(self, name: str, length: str) -> str:
        """The first rows of a table of positions, as many as `length` says: (sequence, features)."""
        g = self.graph
        table = self.store(name, self.weights.get(name, (None, self.features)))
        zero, axis = g.constant("zero", np.array([0], np.int64)), g.constant("axis", np.array([0], np.int64))
        return g.op("Slice", table, zero, length, axis, name="positions")
