"""T5 (arXiv:1910.10683), T5 v1.1, Flan and mT5: RMS norm, relative positions, no biases, scores not scaled.

Weight names are those of `transformers.T5ForConditionalGeneration`. Positions are a number that is added to
each score, by the distance between the tokens; distances fall into buckets, which from the first layer serve
all. Since beyond the largest distance all have one bucket, a table by distance holds everything.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.architectures.decoder import Decoder
from wardian_build.convert.architectures.layers import ACTIVATIONS, Layers
from wardian_build.convert.architectures.onnx_graph import OnnxGraph
from wardian_build.convert.architectures.weights import Config, ModelWeights
from wardian_build.errors import ConversionError

__all__ = ["build_t5"]

_TABLE = "shared.weight"
_FARTHEST = 1 << 16


class _T5(Layers):
    """Encoder or decoder."""

    scaled: ClassVar[bool] = False

    def __init__(self, side: str, config: Config, weights: ModelWeights, external: bool) -> None:
        super().__init__(f"t5_{side}", weights, external)
        self.side, self.config = side, config
        self.heads, self.width = config.positive("num_heads"), config.positive("d_kv")
        self.inner, self._features = config.positive("d_ff"), config.positive("d_model")
        self.layers = config.positive("num_layers")
        if side == "decoder" and config.table.get("num_decoder_layers") is not None:
            self.layers = config.positive("num_decoder_layers")
        self.epsilon = config.number("layer_norm_epsilon", 1e-6)
        self.gated, self.activation = feed_forward_of(config)

    @property
    def features(self) -> int:
        return self._features

    def biased(self, name: str) -> bool:
        return False

    def words(self) -> tuple[str, int]:
        """The table of words and its number of rows."""
        rows = self.config.positive("vocab_size")
        own = f"{self.side}.embed_tokens.weight"
        name = _TABLE if self.weights.has(_TABLE) else own
        return self.store(name, self.weights.get(name, (rows, self.features))), rows

    def rms(self, name: str, x: str) -> str:
        """x / √(mean x² + ε) · weight, in the operators that onnxruntime fuses to one."""
        g = self.graph
        square = g.op("Pow", x, g.constant("two", np.float32(2)), name=f"{name}.square")
        mean = g.op("ReduceMean", square, name=f"{name}.mean", axes=[-1], keepdims=1)
        shifted = g.op("Add", mean, g.constant("epsilon", np.float32(self.epsilon)), name=f"{name}.shifted")
        unit = g.op("Div", x, g.op("Sqrt", shifted, name=f"{name}.root"), name=f"{name}.unit")
        weight = g.constant(f"{name}.weight", self.weights.get(f"{name}.weight", (self.features,)))
        return g.op("Mul", unit, weight, name=f"{name}.normal")

    def positions(self, distances: str) -> str:
        """What is added to scores, int64 distances (queries, keys) → (1, heads, queries, keys)."""
        g, both = self.graph, self.side == "encoder"
        name = f"{self.side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        buckets, farthest = self.config.positive("relative_attention_num_buckets"), 128
        if "relative_attention_max_distance" in self.config.table:
            farthest = self.config.positive("relative_attention_max_distance", _FARTHEST)
        if buckets < 4 or farthest <= buckets:
            raise ConversionError(
                self.config.file, "has buckets of distances that cannot be",
                expected="relative_attention_num_buckets from 4 on, and fewer than the largest distance",
                received=f"{buckets} and {farthest}",
            )  # fmt: skip
        rows = self.weights.get(name, (buckets, self.heads))
        table = g.constant(name, rows[bucket_of(np.arange(-farthest, farthest + 1), both, buckets, farthest)])
        # Not gathered from the constant itself, which q8 would round like a table of words.
        table = g.op("Identity", table, name=f"{name}.table")
        limits = [g.constant(f"limit_{end}", np.int64(end)) for end in (-farthest, farthest)]
        near = g.op("Clip", distances, *limits, name="near")
        place = g.op("Add", near, limits[1], name="row_of_distance")
        by_head = g.op(
            "Transpose", g.op("Gather", table, place, name="bias"), name="bias.heads", perm=[2, 0, 1]
        )
        return g.op("Unsqueeze", by_head, g.ints([0]), name="position_bias")

    def project(self, prefix: str, context: str) -> str:
        return self.dense(f"{prefix}.o", context, self.heads * self.width, self.features)

    def feed_forward(self, prefix: str, hidden: str) -> str:
        """wo(act(wi(x))), or wo(act(wi_0(x)) · wi_1(x)), with its residual."""
        g, own = self.graph, f"{prefix}.DenseReluDense"
        normal = self.rms(f"{prefix}.layer_norm", hidden)
        first = f"{own}.wi_0" if self.gated else f"{own}.wi"
        wide = self.activate(f"{first}.active", self.dense(first, normal, self.features, self.inner))
        if self.gated:
            line = self.dense(f"{own}.wi_1", normal, self.features, self.inner)
            wide = g.op("Mul", wide, line, name=f"{own}.gated")
        return g.op("Add", hidden, self.dense(f"{own}.wo", wide, self.inner, self.features), name=prefix)


def _names(prefix: str) -> tuple[str, str, str]:
    return f"{prefix}.q", f"{prefix}.k", f"{prefix}.v"


class _T5Encoder(_T5):
    def build(self) -> OnnxGraph:
        g = self.graph
        hidden = g.op("Gather", self.words()[0], "input_ids", name="words")
        mask = g.op("Add", self.positions(self._distances()), self.additive_mask(), name="bias_and_mask")
        for index in range(self.layers):
            block = f"encoder.block.{index}"
            own = f"{block}.layer.0.SelfAttention"
            normal = self.rms(f"{block}.layer.0.layer_norm", hidden)
            change = self.project(own, self.attention(own, normal, mask, _names(own)))
            hidden = g.op("Add", hidden, change, name=f"{block}.layer.0")
            hidden = self.feed_forward(f"{block}.layer.1", hidden)
        g.op("Identity", self.rms("encoder.final_layer_norm", hidden), name="last_hidden_state")
        tokens: list[int | str] = ["batch_size", "encoder_sequence_length"]
        inputs = dict.fromkeys(("input_ids", "attention_mask"), ("int64", tokens))
        return OnnxGraph(g, inputs, {"last_hidden_state": ("float32", [*tokens, self.features])})

    def _distances(self) -> str:
        g = self.graph
        one = g.constant("axis_1", np.int64(1))
        length = g.op("Gather", g.op("Shape", "input_ids", name="ids_shape"), one, name="count")
        start, step = g.constant("no_place", np.int64(0)), g.constant("one_place", np.int64(1))
        places = g.op("Range", start, length, step, name="places")
        column = g.op("Unsqueeze", places, g.ints([1]), name="place_column")
        return g.op("Sub", places, column, name="distances")


class _T5Decoder(_T5, Decoder):
    def build(self) -> OnnxGraph:
        g = self.graph
        table, rows = self.words()
        hidden = g.op("Gather", table, "input_ids", name="words")
        causal = g.op("Add", self.positions(self.distances()), self.causal_mask(), name="bias_and_mask")
        mask = self.additive_mask("encoder_attention_mask")
        for index in range(self.layers):
            block = f"decoder.block.{index}"
            own, cross = f"{block}.layer.0.SelfAttention", f"{block}.layer.1.EncDecAttention"
            normal = self.rms(f"{block}.layer.0.layer_norm", hidden)
            change = self.project(own, self.self_attention(index, own, normal, causal, _names(own)))
            hidden = g.op("Add", hidden, change, name=f"{block}.layer.0")
            normal = self.rms(f"{block}.layer.1.layer_norm", hidden)
            change = self.project(cross, self.cross_attention(index, cross, normal, mask, _names(cross)))
            hidden = g.op("Add", hidden, change, name=f"{block}.layer.1")
            hidden = self.feed_forward(f"{block}.layer.2", hidden)
        hidden = self.rms("decoder.final_layer_norm", hidden)
        if self._scales_outputs():
            scale = g.constant("output_scale", np.float32(self.features**-0.5))
            hidden = g.op("Mul", hidden, scale, name="output_scaled")
        g.op("Identity", self.score_words(hidden, table, rows, "lm_head"), name="logits")
        return OnnxGraph(g, *self.ports(rows))

    def _scales_outputs(self) -> bool:
        """T5 scales before the scores, T5 v1.1 and mT5 do not; some configurations tell it by tied words."""
        table = self.config.table
        if table["model_type"] == "mt5":
            return False
        said = table.get("scale_decoder_outputs")
        return bool(said) if said is not None else table.get("tie_word_embeddings") is not False


def build_t5(config: Config, weights: ModelWeights, external: bool) -> dict[str, OnnxGraph]:
    """`encoder_model` and `decoder_model_merged`."""
    return {
        "encoder_model": _T5Encoder("encoder", config, weights, external).build(),
        "decoder_model_merged": _T5Decoder("decoder", config, weights, external).build(),
    }


def feed_forward_of(config: Config) -> tuple[bool, str]:
    """Whether the feed-forward layer is gated, and its activation.

    >>> feed_forward_of(Config({"feed_forward_proj": "gated-gelu"})), feed_forward_of(Config({}))
    ((True, 'gelu_new'), (False, 'relu'))
    """
    known = [*ACTIVATIONS, *(f"gated-{name}" for name in ACTIVATIONS)]
    config.refuse({"feed_forward_proj": tuple(known)})
    usual = "gated-gelu" if config.table.get("model_type") == "mt5" else "relu"
    said = str(config.table.get("feed_forward_proj", usual))
    if said == "gated-gelu":
        return True, "gelu_new"
    return said.startswith("gated-"), said.removeprefix("gated-")


def bucket_of(distances: NDArray[np.int64], both: bool, buckets: int, farthest: int) -> NDArray[np.int64]:
    """The bucket of each distance (place of the key minus place of the query): int64, the same shape.

    Half of the buckets are for single distances, the others grow up to `farthest`; with `both`, keys after
    the query have buckets of their own, else they have that of distance 0.

    >>> bucket_of(np.array([-200, -9, -3, 0, 3, 200]), True, 32, 128).tolist()
    [15, 8, 3, 0, 19, 31]
    """
    first = np.zeros_like(distances)
    if both:
        buckets //= 2
        first = np.where(distances > 0, buckets, 0)
        far = np.abs(distances)
    else:
        far = np.maximum(-distances, 0)
    single = buckets // 2
    # In float32, as transformers: at the edges of buckets rounding decides.
    share = np.log(np.maximum(far, 1).astype(np.float32) / np.float32(single))
    share = share / np.float32(math.log(farthest / single)) * np.float32(buckets - single)
    large = np.minimum(single + share.astype(np.int64), buckets - 1)
    found: NDArray[np.int64] = first + np.where(far < single, far, large)
    return found
