"""BERT encoders (arXiv:1810.04805) from Hugging Face safetensors to ONNX, written operator by operator.

Weight names are those of `transformers.BertModel`. The graph keeps to the forms that onnxruntime fuses: erf
GELU, bias after the product, layer normalization right after the residual sum.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.read.safetensors import read_safetensors

Weights = Mapping[str, NDArray[Any]]


def build_minilm(sources: Mapping[str, bytes]) -> bytes:
    """The builder named on the card of all-MiniLM-L6-v2; takes config.json and model.safetensors."""
    by_name = {member.rsplit("/", 1)[-1]: data for member, data in sources.items()}
    return convert_bert(json.loads(by_name["config.json"]), read_safetensors(by_name["model.safetensors"]))


def convert_bert(config: Mapping[str, Any], weights: Weights) -> bytes:
    """ONNX bytes of an encoder.

    Inputs `input_ids`, `attention_mask`, `token_type_ids`: int64 (batch_size, sequence_length). Output
    `last_hidden_state`: float32 (batch_size, sequence_length, hidden_size).

    Raises:
        ValueError: the configuration asks for something other than absolute positions and erf GELU.
    """
    if config.get("position_embedding_type", "absolute") != "absolute" or config["hidden_act"] != "gelu":
        raise ValueError(
            "expected position_embedding_type 'absolute' and hidden_act 'gelu', received "
            f"{config.get('position_embedding_type')!r} and {config['hidden_act']!r}"
        )
    encoder = _BertGraph(config, weights)
    hidden, mask = encoder.embeddings(), encoder.additive_mask()
    layers = int(config["num_hidden_layers"])
    for layer in range(layers):
        hidden = encoder.layer(layer, hidden, mask, last=layer == layers - 1)
    tokens = ("int64", ["batch_size", "sequence_length"])
    return encoder.graph.build(
        {"input_ids": tokens, "attention_mask": tokens, "token_type_ids": tokens},
        {hidden: ("float32", ["batch_size", "sequence_length", int(config["hidden_size"])])},
    )


class _BertGraph:
    def __init__(self, config: Mapping[str, Any], weights: Weights) -> None:
        self.graph = GraphBuilder("bert")
        self._weights = weights
        self._heads = int(config["num_attention_heads"])
        self._width = int(config["hidden_size"]) // self._heads
        self._epsilon = float(config["layer_norm_eps"])

    def embeddings(self) -> str:
        """Word + token type + position, normalized: (batch, sequence, hidden)."""
        g = self.graph
        words = g.op("Gather", self._weight("embeddings.word_embeddings.weight"), "input_ids", name="words")
        types = g.op(
            "Gather", self._weight("embeddings.token_type_embeddings.weight"), "token_type_ids", name="types"
        )
        length = g.op("Shape", "input_ids", name="length", start=1, end=2)
        table = self._weight("embeddings.position_embeddings.weight")
        zero, axis = g.constant("zero", np.array([0], np.int64)), g.constant("axis", np.array([0], np.int64))
        positions = g.op("Slice", table, zero, length, axis, name="positions")
        total = g.op("Add", g.op("Add", words, types, name="words_types"), positions, name="embeddings")
        return self._normalize("embeddings.LayerNorm", total)

    def additive_mask(self) -> str:
        """0 where a token is attended to, the lowest float where not: (batch, 1, 1, sequence)."""
        g = self.graph
        axes = g.constant("mask_axes", np.array([1, 2], np.int64))
        mask = g.op(
            "Cast", g.op("Unsqueeze", "attention_mask", axes, name="mask_4d"), name="mask_float", to=1
        )
        hidden = g.op("Sub", g.constant("one", np.float32(1)), mask, name="masked")
        return g.op("Mul", hidden, g.constant("lowest", np.finfo(np.float32).min), name="additive_mask")

    def layer(self, index: int, hidden: str, mask: str, last: bool) -> str:
        """Self-attention and feed-forward, each with its residual and normalization after it."""
        g, prefix = self.graph, f"encoder.layer.{index}"
        attended = self._dense(
            f"{prefix}.attention.output.dense", self._attention(f"{prefix}.attention", hidden, mask)
        )
        residual = g.op("Add", attended, hidden, name=f"{prefix}.attention.residual")
        hidden = self._normalize(f"{prefix}.attention.output.LayerNorm", residual)
        wide = self._gelu(f"{prefix}.intermediate", self._dense(f"{prefix}.intermediate.dense", hidden))
        narrow = self._dense(f"{prefix}.output.dense", wide)
        residual = g.op("Add", narrow, hidden, name=f"{prefix}.output.residual")
        return self._normalize(f"{prefix}.output.LayerNorm", residual, "last_hidden_state" if last else None)

    def _attention(self, prefix: str, hidden: str, mask: str) -> str:
        """softmax(Q Kᵀ / √width + mask) V, all heads at once: (batch, sequence, hidden)."""
        g = self.graph
        query = self._split_heads(f"{prefix}.self.query", hidden, [0, 2, 1, 3])
        key = self._split_heads(f"{prefix}.self.key", hidden, [0, 2, 3, 1])
        value = self._split_heads(f"{prefix}.self.value", hidden, [0, 2, 1, 3])
        scores = g.op("MatMul", query, key, name=f"{prefix}.scores")
        root = g.constant("root_width", np.sqrt(np.float32(self._width)))
        scaled = g.op("Div", scores, root, name=f"{prefix}.scaled")
        weights = g.op(
            "Softmax", g.op("Add", scaled, mask, name=f"{prefix}.visible"), name=f"{prefix}.weights", axis=-1
        )
        context = g.op("MatMul", weights, value, name=f"{prefix}.context")
        together = g.op("Transpose", context, name=f"{prefix}.together", perm=[0, 2, 1, 3])
        shape = g.constant("joined_shape", np.array([0, 0, self._heads * self._width], np.int64))
        return g.op("Reshape", together, shape, name=f"{prefix}.joined")

    def _split_heads(self, name: str, hidden: str, order: list[int]) -> str:
        g = self.graph
        shape = g.constant("heads_shape", np.array([0, 0, self._heads, self._width], np.int64))
        split = g.op("Reshape", self._dense(name, hidden), shape, name=f"{name}.heads")
        return g.op("Transpose", split, name=f"{name}.transposed", perm=order)

    def _gelu(self, prefix: str, x: str) -> str:
        """x · (1 + erf(x / √2)) / 2."""
        g = self.graph
        inner = g.op("Div", x, g.constant("root_two", np.sqrt(np.float32(2))), name=f"{prefix}.inner")
        error = g.op("Add", g.op("Erf", inner, name=f"{prefix}.erf"), "one", name=f"{prefix}.one_plus")
        product = g.op("Mul", x, error, name=f"{prefix}.product")
        return g.op("Mul", product, g.constant("half", np.float32(0.5)), name=f"{prefix}.gelu")

    def _dense(self, name: str, x: str) -> str:
        # PyTorch stores (outputs, inputs); MatMul wants (inputs, outputs).
        matrix = self.graph.constant(
            f"{name}.weight", np.ascontiguousarray(self._weights[f"{name}.weight"].T)
        )
        product = self.graph.op("MatMul", x, matrix, name=f"{name}.product")
        return self.graph.op("Add", product, self._weight(f"{name}.bias"), name=f"{name}.sum")

    def _normalize(self, name: str, x: str, output: str | None = None) -> str:
        scale, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self.graph.op(
            "LayerNormalization",
            x,
            scale,
            bias,
            name=output or f"{name}.normalized",
            axis=-1,
            epsilon=self._epsilon,
        )

    def _weight(self, name: str) -> str:
        return self.graph.constant(name, self._weights[name])
