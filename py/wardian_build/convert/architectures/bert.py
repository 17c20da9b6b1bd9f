"""BERT encoders (arXiv:1810.04805) from Hugging Face safetensors to ONNX, written operator by operator.

Weight names are those of `transformers.BertModel`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from wardian_build.convert.architectures.encoder import ACTIVATIONS, TOKENS, Encoder, Specs
from wardian_build.convert.architectures.weights import Config, ModelWeights, Weights
from wardian_build.convert.read.safetensors import read_safetensors

__all__ = ["MATRICES", "BertEncoder", "build_minilm", "convert_bert"]

#: The matrices of a layer in the order of their products.
MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


def build_minilm(sources: Mapping[str, bytes]) -> bytes:
    """The builder named on the card of all-MiniLM-L6-v2; takes config.json and model.safetensors."""
    by_name = {member.rsplit("/", 1)[-1]: data for member, data in sources.items()}
    return convert_bert(json.loads(by_name["config.json"]), read_safetensors(by_name["model.safetensors"]))


def convert_bert(config: Mapping[str, Any], weights: Weights) -> bytes:
    """ONNX bytes of an encoder without a head.

    Inputs `input_ids`, `attention_mask`, `token_type_ids`: int64 (batch_size, sequence_length). Output
    `last_hidden_state`: float32 (batch_size, sequence_length, hidden_size).

    Raises:
        UnsupportedError: the configuration asks for something that is not written here, named.
        ConversionError: configuration and weights do not fit each other.
    """
    encoder = BertEncoder(Config(config), ModelWeights(weights, BertEncoder.prefix, "model.safetensors"))
    hidden = encoder.hidden_states("last_hidden_state")
    dims: list[int | str] = ["batch_size", "sequence_length", encoder.features]
    return encoder.graph.build(encoder.inputs, {hidden: ("float32", dims)})


class BertEncoder(Encoder):
    """`BertModel`: word, token type and learned absolute positions, then layers with normalization after."""

    prefix = "bert"
    inputs: ClassVar[Specs] = {"input_ids": TOKENS, "attention_mask": TOKENS, "token_type_ids": TOKENS}

    def _read(self, config: Config) -> None:
        config.refuse(
            {
                "position_embedding_type": ("absolute", None),
                "hidden_act": tuple(ACTIVATIONS),
                "is_decoder": (False, None),
                "add_cross_attention": (False, None),
                "embedding_size": (config.table.get("hidden_size"), None),
            }
        )
        self.heads, self.width = config.width("hidden_size", "num_attention_heads")
        self.inner = config.positive("intermediate_size")
        self.layers = config.positive("num_hidden_layers")
        self.vocabulary = config.integer("vocab_size") if "vocab_size" in config.table else None
        self.epsilon = config.number("layer_norm_eps", 1e-12)
        self.activation = str(config.table.get("hidden_act", "gelu"))

    def embeddings(self) -> str:
        """Word + token type + position, normalized: (batch, sequence, features)."""
        g, e = self.graph, "embeddings"
        words = self.word_rows()
        kinds = self.store(
            f"{e}.token_type_embeddings.weight",
            self.weights.get(f"{e}.token_type_embeddings.weight", (None, self.features)),
        )
        types = g.op("Gather", kinds, "token_type_ids", name="types")
        positions = self.positions()
        total = g.op("Add", g.op("Add", words, types, name="words_types"), positions, name=e)
        return self.normalize(f"{e}.LayerNorm", total)

    def positions(self) -> str:
        """Rows for the positions of the tokens, counted from 0: (sequence, features)."""
        g = self.graph
        name = "embeddings.position_embeddings.weight"
        length = g.op("Shape", "input_ids", name="length", start=1, end=2)
        return self.first_rows(name, length)

    def layer(self, index: int, hidden: str, mask: str | None, output: str | None) -> str:
        """Self-attention and feed-forward, each with its residual and normalization after it."""
        g, prefix = self.graph, f"encoder.layer.{index}"
        own = f"{prefix}.attention"
        names = (f"{own}.self.query", f"{own}.self.key", f"{own}.self.value")
        together = self.attention(own, hidden, mask, names)
        attended = self.dense(f"{own}.output.dense", together, self.features, self.features)
        residual = g.op("Add", attended, hidden, name=f"{own}.residual")
        hidden = self.normalize(f"{own}.output.LayerNorm", residual)
        wide = self.dense(f"{prefix}.intermediate.dense", hidden, self.features, self.inner)
        active = self.activate(f"{prefix}.intermediate", wide)
        narrow = self.dense(f"{prefix}.output.dense", active, self.inner, self.features)
        residual = g.op("Add", narrow, hidden, name=f"{prefix}.output.residual")
        return self.normalize(f"{prefix}.output.LayerNorm", residual, output)
