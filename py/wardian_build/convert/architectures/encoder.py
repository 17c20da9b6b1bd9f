"""What the encoders of the BERT family share: dense layers, attention, normalization, activations, the mask.

Every method adds nodes and returns the name of its output. The graph keeps to the forms that onnxruntime
fuses: bias after the product, layer normalization right after the residual sum, erf GELU.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from wardian_build.convert.architectures.weights import Config, ModelWeights
from wardian_build.convert.graph import GraphBuilder

__all__ = ["ACTIVATIONS", "TOKENS", "Encoder", "Specs"]

Specs = Mapping[str, tuple[str, Sequence[int | str]]]

#: Names of activations in configurations → method of Encoder.
ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
}

#: int64 (batch_size, sequence_length), the form of a text model's inputs with the names of transformers.js.
TOKENS: tuple[str, list[int | str]] = ("int64", ["batch_size", "sequence_length"])


class Encoder(ABC):
    """A graph under construction. Subclasses add embeddings and layers; heads add what stands on them.

    `hidden_states()` returns the name of float32 (batch_size, sequence_length, features). `external` puts
    the matrices beside the ONNX file, for models beyond what one file can hold.
    """

    #: Where the base model's tensors are below, in a file with a head.
    prefix: ClassVar[str]
    inputs: ClassVar[Specs]

    def __init__(self, config: Config, weights: ModelWeights, external: bool = False) -> None:
        self.graph = GraphBuilder(self.prefix)
        self.config, self.weights = config, weights
        self._external = external
        self._read(config)

    layers: int
    heads: int
    width: int
    #: Rows of the table of words; None: as many as there are.
    vocabulary: int | None
    epsilon: float
    activation: str

    @abstractmethod
    def _read(self, config: Config) -> None:
        """Take sizes from the configuration. Raises ConversionError or UnsupportedError."""

    @abstractmethod
    def embeddings(self) -> str:
        """What the first layer is given: (batch, sequence, features)."""

    @abstractmethod
    def layer(self, index: int, hidden: str, mask: str, output: str | None) -> str:
        """One layer's output, which gets the name `output`: (batch, sequence, features)."""

    @property
    def features(self) -> int:
        return self.heads * self.width

    def hidden_states(self, output: str | None = None) -> str:
        """The last layer's output, which gets the name `output`: (batch, sequence, features)."""
        hidden, mask = self.embeddings(), self.additive_mask()
        for layer in range(self.layers):
            hidden = self.layer(layer, hidden, mask, output if layer == self.layers - 1 else None)
        return hidden

    def words(self) -> str:
        """The table of word embeddings: (vocabulary, features)."""
        name = "embeddings.word_embeddings.weight"
        return self.store(name, self.weights.get(name, (self.vocabulary, self.features)))

    def additive_mask(self) -> str:
        """0 where a token is attended to, the lowest float where not: (batch, 1, 1, sequence)."""
        g = self.graph
        axes = g.constant("mask_axes", np.array([1, 2], np.int64))
        mask = g.op(
            "Cast", g.op("Unsqueeze", "attention_mask", axes, name="mask_4d"), name="mask_float", to=1
        )
        hidden = g.op("Sub", g.constant("one", np.float32(1)), mask, name="masked")
        return g.op("Mul", hidden, g.constant("lowest", np.finfo(np.float32).min), name="additive_mask")

    def attention(self, prefix: str, hidden: str, mask: str, names: tuple[str, str, str]) -> str:
        """softmax(Q Kᵀ / √width + mask) V, all heads at once: (batch, sequence, features).

        `names` are the dense layers of query, key and value.
        """
        g = self.graph
        query = self._split_heads(names[0], hidden, [0, 2, 1, 3])
        key = self._split_heads(names[1], hidden, [0, 2, 3, 1])
        value = self._split_heads(names[2], hidden, [0, 2, 1, 3])
        scores = g.op("MatMul", query, key, name=f"{prefix}.scores")
        root = g.constant("root_width", np.sqrt(np.float32(self.width)))
        scaled = g.op("Div", scores, root, name=f"{prefix}.scaled")
        weights = g.op(
            "Softmax", g.op("Add", scaled, mask, name=f"{prefix}.visible"), name=f"{prefix}.weights", axis=-1
        )
        context = g.op("MatMul", weights, value, name=f"{prefix}.context")
        together = g.op("Transpose", context, name=f"{prefix}.together", perm=[0, 2, 1, 3])
        shape = g.constant("joined_shape", np.array([0, 0, self.features], np.int64))
        return g.op("Reshape", together, shape, name=f"{prefix}.joined")

    def _split_heads(self, name: str, hidden: str, order: list[int]) -> str:
        g = self.graph
        shape = g.constant("heads_shape", np.array([0, 0, self.heads, self.width], np.int64))
        projected = self.dense(name, hidden, self.features, self.features)
        split = g.op("Reshape", projected, shape, name=f"{name}.heads")
        return g.op("Transpose", split, name=f"{name}.transposed", perm=order)

    def activate(self, prefix: str, x: str, activation: str | None = None) -> str:
        """The configuration's activation function, or another of ACTIVATIONS."""
        made: str = getattr(self, ACTIVATIONS[activation or self.activation])(prefix, x)
        return made

    def gelu(self, prefix: str, x: str) -> str:
        """x · (1 + erf(x / √2)) / 2 (arXiv:1606.08415)."""
        g = self.graph
        inner = g.op("Div", x, g.constant("root_two", np.sqrt(np.float32(2))), name=f"{prefix}.inner")
        error = g.op("Add", g.op("Erf", inner, name=f"{prefix}.erf"), self.one(), name=f"{prefix}.one_plus")
        product = g.op("Mul", x, error, name=f"{prefix}.product")
        return g.op("Mul", product, g.constant("half", np.float32(0.5)), name=f"{prefix}.gelu")

    def gelu_tanh(self, prefix: str, x: str) -> str:
        """x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2, the approximation of the same paper."""
        g = self.graph
        square = g.op("Mul", x, x, name=f"{prefix}.square")
        third = g.op("Mul", square, g.constant("cubic", np.float32(0.044715)), name=f"{prefix}.cubic")
        bent = g.op("Mul", g.op("Add", third, self.one(), name=f"{prefix}.bent"), x, name=f"{prefix}.inner")
        root = g.constant("root_two_over_pi", np.sqrt(np.float32(2 / np.pi)))
        tanh = g.op("Tanh", g.op("Mul", bent, root, name=f"{prefix}.scaled"), name=f"{prefix}.tanh")
        product = g.op(
            "Mul", x, g.op("Add", tanh, "one", name=f"{prefix}.one_plus"), name=f"{prefix}.product"
        )
        return g.op("Mul", product, g.constant("half", np.float32(0.5)), name=f"{prefix}.gelu")

    def relu(self, prefix: str, x: str) -> str:
        return self.graph.op("Relu", x, name=f"{prefix}.relu")

    def silu(self, prefix: str, x: str) -> str:
        """x / (1 + exp(-x))."""
        gate = self.graph.op("Sigmoid", x, name=f"{prefix}.sigmoid")
        return self.graph.op("Mul", x, gate, name=f"{prefix}.silu")

    def dense(self, name: str, x: str, inputs: int, outputs: int, output: str | None = None) -> str:
        """x Wᵀ + b. PyTorch stores (outputs, inputs); MatMul wants (inputs, outputs)."""
        matrix = self.store(f"{name}.weight", self.weights.get(f"{name}.weight", (outputs, inputs)).T)
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
