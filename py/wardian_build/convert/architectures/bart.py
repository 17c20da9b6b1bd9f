"""BART (arXiv:1910.13461) and its relatives: mBART, Marian (arXiv:1804.00344), M2M-100 (arXiv:2010.11125).

Weight names are those of `transformers.BartForConditionalGeneration`. The architectures differ in where they
normalize and in how they count positions; STYLES says how. Whisper's layers are the same, see `whisper.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.architectures.decoder import Decoder
from wardian_build.convert.architectures.layers import ACTIVATIONS, Layers
from wardian_build.convert.architectures.onnx_graph import OnnxGraph
from wardian_build.convert.architectures.weights import Config, ModelWeights
from wardian_build.errors import ConversionError

__all__ = ["STYLES", "BartDecoder", "BartEncoder", "BartLayers", "Style", "build_bart"]

_TABLE = "shared.weight"
_MOST_PLACES = 1 << 16
"""Rows of a table of sinusoids: no file's size bounds what a configuration asks for."""


@dataclass(frozen=True)
class Style:
    """How an architecture differs from the others.

    `first`: normalization comes before each block, and once more at the end, instead of after each block.
    `embeddings`: the embeddings are normalized, too. `positions`: rows of a learned table from row `offset`
    on, sinusoids of the place, or sinusoids of the place among the tokens that are no padding. `scaled`:
    words are multiplied by √features where the configuration says so.
    """

    first: bool
    embeddings: bool
    positions: Literal["learned", "sinusoidal", "counted"]
    offset: int = 0
    scaled: bool = True


STYLES = {
    "bart": Style(first=False, embeddings=True, positions="learned", offset=2),
    "mbart": Style(first=True, embeddings=True, positions="learned", offset=2),
    "marian": Style(first=False, embeddings=False, positions="sinusoidal"),
    "m2m_100": Style(first=True, embeddings=False, positions="counted"),
}


class BartLayers(Layers):
    """Encoder or decoder of such a model."""

    #: `nn.LayerNorm`'s own: there is no setting for it.
    epsilon = 1e-5

    def __init__(
        self, side: str, style: Style, config: Config, weights: ModelWeights, external: bool = False
    ) -> None:
        super().__init__(f"{config.table['model_type']}_{side}", weights, external)
        config.refuse({"activation_function": tuple(ACTIVATIONS)})
        self.side, self.style, self.config = side, style, config
        self.heads, self.width = config.width("d_model", f"{side}_attention_heads")
        self.layers = config.positive(f"{side}_layers")
        self.inner = config.positive(f"{side}_ffn_dim")
        self.activation = str(config.table.get("activation_function", "gelu"))

    def residual(self, norm: str, hidden: str, block: Callable[[str], str]) -> str:
        """hidden + block(hidden), normalized before or after."""
        if self.style.first:
            change = block(self.normalize(norm, hidden))
            return self.graph.op("Add", hidden, change, name=f"{norm}.residual")
        return self.normalize(norm, self.graph.op("Add", hidden, block(hidden), name=f"{norm}.residual"))

    def feed_forward(self, prefix: str, hidden: str) -> str:
        wide = self.dense(f"{prefix}.fc1", hidden, self.features, self.inner)
        active = self.activate(f"{prefix}.active", wide)
        return self.dense(f"{prefix}.fc2", active, self.inner, self.features)

    def projections(self, prefix: str) -> tuple[str, str, str]:
        """Names of the dense layers of query, key and value."""
        return f"{prefix}.q_proj", f"{prefix}.k_proj", f"{prefix}.v_proj"

    def project(self, prefix: str, context: str) -> str:
        """The dense layer after attention."""
        return self.dense(f"{prefix}.out_proj", context, self.features, self.features)

    def words(self) -> tuple[str, int]:
        """The table of words and its number of rows; both sides share one unless each has its own."""
        own = f"{self.side}.embed_tokens.weight"
        separate = self.config.table.get("share_encoder_decoder_embeddings") is False
        name = _TABLE if self.weights.has(_TABLE) and not separate else own
        field = "decoder_vocab_size" if separate and self.side == "decoder" else "vocab_size"
        rows = self.config.positive(field)
        return self.store(name, self.weights.get(name, (rows, self.features))), rows

    def embed(self, past: str | None = None) -> str:
        """Words and positions of `input_ids`, which begin at place `past`: (batch, sequence, features)."""
        g = self.graph
        words = g.op("Gather", self.words()[0], "input_ids", name="words")
        if self.style.scaled and self.config.table.get("scale_embedding"):
            root = g.constant("root_features", np.float32(math.sqrt(self.features)))
            words = g.op("Mul", words, root, name="words_scaled")
        positions = self._counted(past) if self.style.positions == "counted" else self._in_order(past)
        hidden = g.op("Add", words, positions, name="embeddings")
        return self.normalize(f"{self.side}.layernorm_embedding", hidden) if self.style.embeddings else hidden

    def end(self, hidden: str) -> str:
        """The last normalization, where there is one."""
        return self.normalize(f"{self.side}.layer_norm", hidden) if self.style.first else hidden

    def _in_order(self, past: str | None) -> str:
        """Rows past + offset … of the table, as many as there are tokens: (sequence, features)."""
        g = self.graph
        name = f"{self.side}.embed_positions.weight"
        if self.style.positions == "learned":
            rows = self.weights.get(name, (None, self.features))
        else:
            most = self.config.positive("max_position_embeddings", _MOST_PLACES)
            rows = marian_sinusoids(most, self.features)
        table = self.store(name, rows)
        start = g.ints([0]) if past is None else past
        if self.style.offset:
            start = g.op("Add", start, g.ints([self.style.offset]), name="first_row")
        length = g.op("Shape", "input_ids", name="length", start=1, end=2)
        end = g.op("Add", start, length, name="end_row")
        return g.op("Slice", table, start, end, g.ints([0]), name="positions")

    def _counted(self, past: str | None) -> str:
        """Padding id + past + number among the tokens that are no padding: (batch, sequence, features)."""
        g = self.graph
        padding = self.config.integer("pad_token_id", 1)
        most = self.config.positive("max_position_embeddings", _MOST_PLACES)
        rows = m2m_sinusoids(most + 2, self.features, padding)
        table = self.store(f"{self.side}.embed_positions.weight", rows)
        pad = g.constant("padding", np.int64(padding))
        real = g.op("Not", g.op("Equal", "input_ids", pad, name="is_padding"), name="is_real")
        ones = g.op("Cast", real, name="real", to=7)
        count = g.op("CumSum", ones, g.constant("along", np.int64(1)), name="count")
        if past is not None:
            count = g.op("Add", count, past, name="count_on")
        places = g.op("Add", g.op("Mul", count, ones, name="counted"), pad, name="position_ids")
        return g.op("Gather", table, places, name="positions")


class BartEncoder(BartLayers):
    """input_ids, attention_mask → last_hidden_state."""

    def __init__(self, style: Style, config: Config, weights: ModelWeights, external: bool = False) -> None:
        super().__init__("encoder", style, config, weights, external)

    def build(self) -> OnnxGraph:
        hidden = self.run(self.embed(), self.additive_mask())
        tokens: list[int | str] = ["batch_size", "encoder_sequence_length"]
        inputs = dict.fromkeys(("input_ids", "attention_mask"), ("int64", tokens))
        return OnnxGraph(self.graph, inputs, {hidden: ("float32", [*tokens, self.features])})

    def run(self, hidden: str, mask: str | None) -> str:
        """All layers: (batch, sequence, features), under the name `last_hidden_state`."""
        for layer in range(self.layers):
            prefix = f"encoder.layers.{layer}"
            own = f"{prefix}.self_attn"

            def attend(x: str, own: str = own) -> str:
                return self.project(own, self.attention(own, x, mask, self.projections(own)))

            def feed(x: str, prefix: str = prefix) -> str:
                return self.feed_forward(prefix, x)

            hidden = self.residual(f"{own}_layer_norm", hidden, attend)
            hidden = self.residual(f"{prefix}.final_layer_norm", hidden, feed)
        return self.graph.op("Identity", self.end(hidden), name="last_hidden_state")


class BartDecoder(BartLayers, Decoder):
    """The merged decoder, see `decoder.py`."""

    def __init__(self, style: Style, config: Config, weights: ModelWeights, external: bool = False) -> None:
        super().__init__("decoder", style, config, weights, external)

    def build(self) -> OnnxGraph:
        self.places()
        mask = self.additive_mask("encoder_attention_mask") if self.masked else None
        hidden = self.run(self.embed("past_length"), self.causal_mask(), mask)
        rows = self.logits(hidden)
        return OnnxGraph(self.graph, *self.ports(rows))

    def run(self, hidden: str, causal: str, mask: str | None) -> str:
        """All layers: (batch, sequence, features)."""
        for layer in range(self.layers):
            prefix = f"decoder.layers.{layer}"
            own, cross = f"{prefix}.self_attn", f"{prefix}.encoder_attn"

            def attend(x: str, layer: int = layer, own: str = own) -> str:
                return self.project(own, self.self_attention(layer, own, x, causal, self.projections(own)))

            def look(x: str, layer: int = layer, cross: str = cross) -> str:
                names = self.projections(cross)
                return self.project(cross, self.cross_attention(layer, cross, x, mask, names))

            def feed(x: str, prefix: str = prefix) -> str:
                return self.feed_forward(prefix, x)

            hidden = self.residual(f"{own}_layer_norm", hidden, attend)
            hidden = self.residual(f"{cross}_layer_norm", hidden, look)
            hidden = self.residual(f"{prefix}.final_layer_norm", hidden, feed)
        return self.end(hidden)

    def logits(self, hidden: str) -> int:
        """The output `logits`, with the bias that some have; returns how many words there are."""
        g = self.graph
        table, rows = self.words()
        product = self.score_words(hidden, table, rows, "lm_head")
        bias = "final_logits_bias"
        if self.weights.has(bias):
            values = self.weights.get(bias, (1, rows))
            product = g.op("Add", product, g.constant(bias, values[0]), name="lm_head.sum")
        g.op("Identity", product, name="logits")
        return rows


def build_bart(config: Config, weights: ModelWeights, external: bool) -> dict[str, OnnxGraph]:
    """`encoder_model` and `decoder_model_merged` of an architecture in STYLES."""
    style = STYLES[str(config.table["model_type"])]
    if config.positive("d_model") % 2 and style.positions != "learned":
        raise ConversionError(
            config.file, "has a width that sinusoids cannot have", place="d_model", expected="an even number"
        )
    return {
        "encoder_model": BartEncoder(style, config, weights, external).build(),
        "decoder_model_merged": BartDecoder(style, config, weights, external).build(),
    }


def marian_sinusoids(places: int, features: int) -> NDArray[np.float32]:
    """sin in the first half of the features, cos in the second, of place / 10000^(2i/features)."""
    steps = np.arange(places)[:, None] / 10000 ** (2 * np.arange(features // 2) / features)
    return np.concatenate([np.sin(steps), np.cos(steps)], axis=1).astype(np.float32)


def m2m_sinusoids(places: int, features: int, padding: int) -> NDArray[np.float32]:
    """The same of place · 10000^(−i/(half − 1)), in float32 as transformers has it; nothing for padding."""
    half = features // 2
    pace = np.exp(np.arange(half, dtype=np.float32) * np.float32(-math.log(10000) / max(half - 1, 1)))
    steps = np.arange(places, dtype=np.float32)[:, None] * pace
    table = np.concatenate([np.sin(steps), np.cos(steps)], axis=1)
    if padding < places:
        table[padding] = 0
    return table
