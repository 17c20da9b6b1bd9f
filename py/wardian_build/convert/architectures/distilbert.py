"""DistilBERT (arXiv:1910.01108): BERT's layers under other names, without token types.

Weight names are those of `transformers.DistilBertModel`.
"""

from __future__ import annotations

from typing import ClassVar

from wardian_build.convert.architectures.encoder import ACTIVATIONS, TOKENS, Encoder, Specs
from wardian_build.convert.architectures.weights import Config

__all__ = ["DistilBertEncoder"]


class DistilBertEncoder(Encoder):
    """`DistilBertModel`. Sinusoidal positions are in the file like learned ones."""

    prefix = "distilbert"
    inputs: ClassVar[Specs] = {"input_ids": TOKENS, "attention_mask": TOKENS}
    #: DistilBERT has no setting for it: `nn.LayerNorm(eps=1e-12)`.
    epsilon = 1e-12

    def _read(self, config: Config) -> None:
        config.refuse({"activation": tuple(ACTIVATIONS)})
        self.heads, self.width = config.width("dim", "n_heads")
        self.inner = config.positive("hidden_dim")
        self.layers = config.positive("n_layers")
        self.vocabulary = config.positive("vocab_size")
        self.activation = str(config.table.get("activation", "gelu"))

    def embeddings(self) -> str:
        """Word + position, normalized: (batch, sequence, features)."""
        g = self.graph
        words = self.word_rows()
        length = g.op("Shape", "input_ids", name="length", start=1, end=2)
        positions = self.first_rows("embeddings.position_embeddings.weight", length)
        total = g.op("Add", words, positions, name="embeddings")
        return self.normalize("embeddings.LayerNorm", total)

    def layer(self, index: int, hidden: str, mask: str | None, output: str | None) -> str:
        """Self-attention and feed-forward, each with its residual and normalization after it."""
        g, prefix = self.graph, f"transformer.layer.{index}"
        own = f"{prefix}.attention"
        together = self.attention(own, hidden, mask, (f"{own}.q_lin", f"{own}.k_lin", f"{own}.v_lin"))
        attended = self.dense(f"{own}.out_lin", together, self.features, self.features)
        residual = g.op("Add", attended, hidden, name=f"{own}.residual")
        hidden = self.normalize(f"{prefix}.sa_layer_norm", residual)
        wide = self.dense(f"{prefix}.ffn.lin1", hidden, self.features, self.inner)
        active = self.activate(f"{prefix}.ffn", wide)
        narrow = self.dense(f"{prefix}.ffn.lin2", active, self.inner, self.features)
        residual = g.op("Add", narrow, hidden, name=f"{prefix}.ffn.residual")
        return self.normalize(f"{prefix}.output_layer_norm", residual, output)
