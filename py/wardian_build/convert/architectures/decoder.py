"""Decoders with cross-attention and caches: the `decoder_model_merged` of BART, Marian, T5 and Whisper.

Inputs and outputs have the names of the files exported for transformers.js:

    input_ids                            int64 (batch_size, decoder_sequence_length)
    encoder_attention_mask               int64 (batch_size, encoder_sequence_length), of text models
    encoder_hidden_states                float32 (batch_size, encoder_sequence_length, features)
    past_key_values.N.decoder.key/value  float32 (batch_size, heads, past_decoder_sequence_length, width)
    past_key_values.N.encoder.key/value  float32 (batch_size, heads, past_encoder_sequence_length, width)
    → logits                             float32 (batch_size, decoder_sequence_length, vocabulary)
    → present.N.decoder.key/value        past and new together
    → present.N.encoder.key/value        what is new: everything at first, nothing afterwards

One graph serves the first run and all others, without a branch and so without `use_cache_branch`: keys and
values of the encoder are computed for those of its tokens that the past does not hold, which are all of them
or none. Scores are taken over both parts, one of which is empty. Who runs the graph keeps the first
`present.N.encoder.*`; transformers.js does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wardian_build.convert.architectures.layers import LOWEST, Layers, Specs
from wardian_build.convert.architectures.weights import Config

__all__ = ["Decoder"]

_END = np.iinfo(np.int64).max


class Decoder(Layers):
    """A decoder's graph under construction."""

    config: Config
    layers: int
    #: Whether padding of the encoder's tokens is masked.
    masked: bool = True

    def ports(self, vocabulary: int) -> tuple[Specs, Specs]:
        """Inputs and outputs of the finished graph."""
        tokens: list[int | str] = ["batch_size", "encoder_sequence_length"]
        inputs: dict[str, tuple[str, Sequence[int | str]]] = {
            "input_ids": ("int64", ["batch_size", "decoder_sequence_length"]),
            "encoder_hidden_states": ("float32", [*tokens, self.features]),
        }
        if self.masked:
            inputs["encoder_attention_mask"] = ("int64", tokens)
        logits: list[int | str] = ["batch_size", "decoder_sequence_length", vocabulary]
        outputs: dict[str, tuple[str, Sequence[int | str]]] = {"logits": ("float32", logits)}
        for layer in range(self.layers):
            for side in ("decoder", "encoder"):
                new = "total_decoder" if side == "decoder" else "new_encoder"
                for part in ("key", "value"):
                    dims = [f"past_{side}_sequence_length", f"{new}_sequence_length"]
                    past, present = (self._cache(dim) for dim in dims)
                    inputs[f"past_key_values.{layer}.{side}.{part}"] = ("float32", past)
                    outputs[f"present.{layer}.{side}.{part}"] = ("float32", present)
        return inputs, outputs

    def _cache(self, length: str) -> list[int | str]:
        return ["batch_size", self.heads, length, self.width]

    def places(self) -> tuple[str, str]:
        """Places of the new tokens and of all tokens, from 0: int64 (sequence,), (total,)."""
        g = self.graph
        if not g.has("total"):
            cache = "past_key_values.0.decoder.key"
            g.op("Shape", cache, name="past_length", start=2, end=3)
            # Numbers of their own: onnxruntime-web 1.30 overwrites what Squeeze makes of a length on WebGPU.
            past = g.op("Gather", g.op("Shape", cache, name="cache_shape"), self._place(2), name="past")
            new = g.op("Gather", g.op("Shape", "input_ids", name="ids_shape"), self._place(1), name="new")
            total = g.op("Add", past, new, name="total")
            start, step = g.constant("no_place", np.int64(0)), g.constant("one_place", np.int64(1))
            g.op("Range", start, total, step, name="key_places")
            g.op("Range", past, total, step, name="query_places")
        return "query_places", "key_places"

    def _place(self, index: int) -> str:
        return self.graph.constant(f"axis_{index}", np.int64(index))

    def distances(self) -> str:
        """Place of a key minus place of a query: int64 (sequence, total)."""
        g = self.graph
        if not g.has("distances"):
            queries, keys = self.places()
            column = g.op("Unsqueeze", queries, g.ints([1]), name="query_column")
            g.op("Sub", keys, column, name="distances")
        return "distances"

    def causal_mask(self) -> str:
        """0 where a token may look, the lowest float where not: (sequence, total)."""
        g = self.graph
        later = g.op("Greater", self.distances(), g.constant("no_place", np.int64(0)), name="later")
        nothing = g.constant("nothing", np.float32(0))
        return g.op("Where", later, g.constant("lowest", LOWEST), nothing, name="causal_mask")

    def self_attention(
        self, layer: int, prefix: str, hidden: str, mask: str, names: tuple[str, str, str]
    ) -> str:
        """Attention of the new tokens to all up to themselves: (batch, sequence, heads · width)."""
        g, past = self.graph, f"past_key_values.{layer}.decoder"
        query = self._query(names[0], hidden)
        parts = []
        for name, part in zip(names[1:], ("key", "value"), strict=True):
            new = self.split_heads(name, hidden)
            whole = f"present.{layer}.decoder.{part}"
            parts.append(g.op("Concat", f"{past}.{part}", new, name=whole, axis=2))
        scores = g.op("MatMul", query, self._turned(parts[0]), name=f"{prefix}.scores")
        masked = g.op("Add", scores, mask, name=f"{prefix}.visible")
        weights = g.op("Softmax", masked, name=f"{prefix}.weights", axis=-1)
        return self.join_heads(prefix, g.op("MatMul", weights, parts[1], name=f"{prefix}.context"))

    def cross_attention(
        self, layer: int, prefix: str, hidden: str, mask: str | None, names: tuple[str, str, str]
    ) -> str:
        """Attention of the new tokens to the encoder's output: (batch, sequence, heads · width)."""
        g, past, present = self.graph, f"past_key_values.{layer}.encoder", f"present.{layer}.encoder"
        query, source = self._query(names[0], hidden), self._unseen()
        for name, part in zip(names[1:], ("key", "value"), strict=True):
            g.op("Identity", self.split_heads(name, source), name=f"{present}.{part}")
        scores = [
            g.op("MatMul", query, self._turned(f"{side}.key"), name=f"{prefix}.scores.{side}")
            for side in (past, present)
        ]
        joined = g.op("Concat", *scores, name=f"{prefix}.scores", axis=-1)
        if mask is not None:
            joined = g.op("Add", joined, mask, name=f"{prefix}.visible")
        weights = g.op("Softmax", joined, name=f"{prefix}.weights", axis=-1)
        # Keys stay where they are; values are put together, since the WebGPU kernel of MatMul cannot sum over
        # nothing (onnxruntime-web 1.30: "createBindGroup … Required member is undefined").
        values = g.op("Concat", f"{past}.value", f"{present}.value", name=f"{prefix}.values", axis=2)
        return self.join_heads(prefix, g.op("MatMul", weights, values, name=f"{prefix}.context"))

    def score_words(self, hidden: str, table: str, rows: int, head: str) -> str:
        """hidden · tableᵀ: (batch, sequence, rows).

        The table is that of the words where the configuration ties both, unless the file has another one.
        onnxruntime transposes a constant once, when it opens the model; so the file holds one table.
        """
        g, own = self.graph, f"{head}.weight"
        if self.weights.has(own) or self.config.table.get("tie_word_embeddings") is False:
            values = self.weights.get(own, (rows, self.features))
            if not np.array_equal(values, self.weights.get(table, (rows, self.features))):
                table = self.store(own, values)
        turned = g.op("Transpose", table, name=f"{head}.transposed", perm=[1, 0])
        return g.op("MatMul", hidden, turned, name=f"{head}.product")

    def _unseen(self) -> str:
        """The encoder's tokens that are not in the past: (batch, all of them or none, features)."""
        g = self.graph
        if not g.has("unseen"):
            seen = g.op("Shape", "past_key_values.0.encoder.key", name="seen_length", start=2, end=3)
            end, axis = g.ints([_END]), g.ints([1])
            g.op("Slice", "encoder_hidden_states", seen, end, axis, name="unseen")
        return "unseen"

    def _query(self, name: str, hidden: str) -> str:
        query = self.split_heads(name, hidden)
        if not self.scaled:
            return query
        scale = self.graph.constant("query_scale", np.float32(self.width**-0.5))
        return self.graph.op("Mul", query, scale, name=f"{name}.scaled")

    def _turned(self, keys: str) -> str:
        return self.graph.op("Transpose", keys, name=f"{keys}.transposed", perm=[0, 1, 3, 2])
