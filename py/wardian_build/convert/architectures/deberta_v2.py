"""DeBERTa-v2 and v3 (arXiv:2006.03654, 2111.09543): what a token is and where it stands, attended to apart.

Weight names are those of `transformers.DebertaV2Model`. To the scores of content on content come those of
content on position (c2p) and of position on content (p2c), over embeddings of distances. A distance has its
own row up to half of the buckets; beyond, rows stand for ever wider ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.architectures.encoder import ACTIVATIONS, TOKENS, Encoder, Specs
from wardian_build.convert.architectures.layers import LOWEST
from wardian_build.convert.architectures.weights import Config

__all__ = ["DebertaV2Encoder", "distance_rows"]

_TERMS = ("c2p", "p2c")


def distance_rows(buckets: int, longest: int) -> NDArray[np.int64]:
    """The row of the table of distances for distance −longest … longest: int64 (2 · longest + 1).

    `buckets` is half the number of rows; 0 or less gives every distance below `longest` one of its own.
    Source: `make_log_bucket_position` of transformers, in float32 as there.

    >>> distance_rows(4, 8).tolist()
    [0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7]
    """
    distances = np.arange(-longest, longest + 1)
    span = buckets if buckets > 0 else longest
    if buckets > 0:
        middle = buckets // 2
        near = np.abs(distances) < middle
        size = np.where(near, middle - 1, np.abs(distances)).astype(np.float32)
        whole = np.log(np.float32((longest - 1) / middle))
        with np.errstate(divide="ignore"):  # buckets 2: the sizes of near ones, which are not taken, are 0
            far = np.ceil(np.log(size / np.float32(middle)) / whole * np.float32(middle - 1)) + middle
        distances = np.where(size <= middle, distances, far * np.sign(distances)).astype(np.int64)
    return np.clip(distances + span, 0, 2 * span - 1)


class DebertaV2Encoder(Encoder):
    """`DebertaV2Model`, which DeBERTa-v3 is, too."""

    prefix = "deberta"
    inputs: ClassVar[Specs] = {"input_ids": TOKENS, "attention_mask": TOKENS}

    def _read(self, config: Config) -> None:
        table = config.table
        size = table.get("hidden_size")
        config.refuse(
            {
                "hidden_act": tuple(ACTIVATIONS),
                "pooler_hidden_act": tuple(ACTIVATIONS),
                "pooler_hidden_size": (size, None),
                "embedding_size": (size, None),
                "relative_attention": (True,),
                "norm_rel_ebd": ("layer_norm", "none"),
                "conv_kernel_size": (0, None),
            }
        )
        self.heads, self.width = config.width("hidden_size", "num_attention_heads")
        config.refuse({"attention_head_size": (self.width, None)})
        self.inner = config.positive("intermediate_size")
        self.layers = config.positive("num_hidden_layers")
        self.vocabulary = config.positive("vocab_size")
        self.epsilon = config.number("layer_norm_eps", 1e-7)
        self.activation = str(table.get("hidden_act", "gelu"))
        self.types = config.integer("type_vocab_size", 0)
        if self.types:
            self.inputs: Specs = {**type(self).inputs, "token_type_ids": TOKENS}  # type: ignore[misc]
        self._read_distances(config)

    def _read_distances(self, config: Config) -> None:
        given = config.table.get("pos_att_type")
        listed = [term.strip() for term in given.lower().split("|")] if isinstance(given, str) else given
        self.terms = tuple(listed or ())
        if any(term not in _TERMS for term in self.terms):
            config.refuse({"pos_att_type": (list(_TERMS),)})
        buckets, longest = (
            int(config.table.get(name, -1)) for name in ("position_buckets", "max_relative_positions")
        )
        self.longest = longest if longest > 0 else config.positive("max_position_embeddings")
        self.buckets = buckets
        self.span = buckets if buckets > 0 else self.longest
        self.shared = bool(config.table.get("share_att_key", False))

    def hidden_states(self, output: str | None = None) -> str:
        """The last layer's output; the table of distances and their places are the same for all layers."""
        rows = self.store(
            "encoder.rel_embeddings.weight",
            self.weights.get("encoder.rel_embeddings.weight", (2 * self.span, self.features)),
        )
        normed = self.config.table.get("norm_rel_ebd", "none") == "layer_norm"
        self.distances = self.normalize("encoder.LayerNorm", rows) if normed else rows
        self.places = {term: self._places(term) for term in self.terms}
        return super().hidden_states(output)

    def embeddings(self) -> str:
        """Words, and positions and token types where the model has them, normalized; padding is 0."""
        g, e = self.graph, "embeddings"
        total = g.op("Gather", self.words(), "input_ids", name="words")
        if self.config.table.get("position_biased_input", True):
            length = g.op("Shape", "input_ids", name="words_length", start=1, end=2)
            rows = self.first_rows(f"{e}.position_embeddings.weight", length)
            total = g.op("Add", total, rows, name="words_positions")
        if self.types:
            name = f"{e}.token_type_embeddings.weight"
            kinds = self.store(name, self.weights.get(name, (self.types, self.features)))
            types = g.op("Gather", kinds, "token_type_ids", name="types")
            total = g.op("Add", total, types, name="words_types")
        mask = g.op("Cast", "attention_mask", name="word_mask", to=1)
        column = g.op("Unsqueeze", mask, g.ints([2]), name="word_column")
        return g.op("Mul", self.normalize(f"{e}.LayerNorm", total), column, name=e)

    def additive_mask(self, source: str = "attention_mask") -> str:
        """0 where both tokens are no padding, else the lowest float: (batch, 1, sequence, sequence)."""
        g = self.graph
        rows = g.op("Unsqueeze", source, g.ints([1, 3]), name="mask_rows")
        columns = g.op("Unsqueeze", source, g.ints([1, 2]), name="mask_columns")
        mask = g.op("Cast", g.op("Mul", rows, columns, name="mask_pairs"), name="mask_float", to=1)
        hidden = g.op("Sub", self.one(), mask, name="masked")
        return g.op("Mul", hidden, g.constant("lowest", LOWEST), name="additive_mask")

    def _places(self, term: str) -> str:
        """The row of the table of distances for each pair of tokens: int64 (sequence, sequence)."""
        g = self.graph
        if not g.has("distance_places"):
            length = g.op("Shape", "input_ids", name="length", start=1, end=2)
            count = g.op("Squeeze", length, g.ints([0]), name="count")
            zero, one = g.constant("first", np.int64(0)), g.constant("step", np.int64(1))
            numbers = g.op("Range", zero, count, one, name="numbers")
            rows, columns = (
                g.op("Unsqueeze", numbers, g.ints([axis]), name=f"numbers_{axis}") for axis in (1, 0)
            )
            distance = g.op("Sub", rows, columns, name="distance")
            most = np.int64(self.longest)
            low, high = g.constant("nearest", -most), g.constant("farthest", most)
            clipped = g.op("Clip", distance, low, high, name="clipped_distance")
            g.op("Add", clipped, high, name="distance_places")
        table = distance_rows(self.buckets, self.longest)
        # Of the key's distance from the query the sign is the other one: −d stands where d stood.
        rows_of = table if term == "c2p" else table[::-1]
        return g.op("Gather", g.constant(f"{term}_rows", rows_of), "distance_places", name=f"{term}_places")

    def attention(self, prefix: str, hidden: str, mask: str | None, names: tuple[str, str, str]) -> str:
        """softmax((Q Kᵀ + c2p + p2c) / √(width · terms) + mask) V: (batch, sequence, heads · width)."""
        g = self.graph
        query, key = self.split_heads(names[0], hidden), self.split_heads(names[1], hidden)
        value = self.split_heads(names[2], hidden)
        scores = g.op("MatMul", query, self._turned(key), name=f"{prefix}.scores")
        for term in self.terms:
            asked = query if term == "c2p" else key
            scores = g.op("Add", scores, self._of_distance(prefix, term, asked), name=f"{prefix}.{term}.sum")
        root = g.constant("root_width", np.sqrt(np.float32(self.width * (1 + len(self.terms)))))
        scores = g.op("Div", scores, root, name=f"{prefix}.scaled")
        if mask is not None:
            scores = g.op("Add", scores, mask, name=f"{prefix}.visible")
        weights = g.op("Softmax", scores, name=f"{prefix}.weights", axis=-1)
        return self.join_heads(prefix, g.op("MatMul", weights, value, name=f"{prefix}.context"))

    def _turned(self, x: str, order: Sequence[int] = (0, 1, 3, 2)) -> str:
        return self.graph.op("Transpose", x, name=f"{x}.turned", perm=list(order))

    def _of_distance(self, prefix: str, term: str, asked: str) -> str:
        """Scores of one side's content on the distance to the other: (batch, heads, query, key)."""
        g = self.graph
        names = {"c2p": ("key_proj", "pos_key_proj"), "p2c": ("query_proj", "pos_query_proj")}[term]
        table = self._distance_heads(prefix, term, f"{prefix}.self.{names[0 if self.shared else 1]}")
        products = g.op("MatMul", asked, table, name=f"{prefix}.{term}.products")
        head = g.op("Shape", products, name=f"{prefix}.{term}.head", start=0, end=3)
        length = g.op("Shape", "input_ids", name=f"{prefix}.{term}.length", start=1, end=2)
        shape = g.op("Concat", head, length, name=f"{prefix}.{term}.shape", axis=0)
        places = g.op("Expand", self.places[term], shape, name=f"{prefix}.{term}.everywhere")
        found = g.op("GatherElements", products, places, name=f"{prefix}.{term}.found", axis=3)
        return found if term == "c2p" else self._turned(found)

    def _distance_heads(self, prefix: str, term: str, name: str) -> str:
        """The table of distances through a dense layer: (heads, width, rows). Constant, so folded."""
        g, size = self.graph, self.heads * self.width
        shape = g.constant("distance_shape", np.array([2 * self.span, self.heads, self.width], np.int64))
        matrix = self.store(f"{name}.weight", self.weights.get(f"{name}.weight", (size, self.features)).T)
        bias = g.constant(f"{name}.bias", self.weights.get(f"{name}.bias", (size,)))
        product = g.op("MatMul", self.distances, matrix, name=f"{prefix}.{term}.projected")
        rows = g.op("Add", product, bias, name=f"{prefix}.{term}.rows")
        split = g.op("Reshape", rows, shape, name=f"{prefix}.{term}.split")
        return g.op("Transpose", split, name=f"{prefix}.{term}.table", perm=[1, 2, 0])

    def layer(self, index: int, hidden: str, mask: str | None, output: str | None) -> str:
        """Self-attention and feed-forward, each with its residual and normalization after it."""
        g, prefix = self.graph, f"encoder.layer.{index}"
        own = f"{prefix}.attention"
        names = (f"{own}.self.query_proj", f"{own}.self.key_proj", f"{own}.self.value_proj")
        together = self.attention(own, hidden, mask, names)
        attended = self.dense(f"{own}.output.dense", together, self.features, self.features)
        residual = g.op("Add", attended, hidden, name=f"{own}.residual")
        hidden = self.normalize(f"{own}.output.LayerNorm", residual)
        wide = self.dense(f"{prefix}.intermediate.dense", hidden, self.features, self.inner)
        active = self.activate(f"{prefix}.intermediate", wide)
        narrow = self.dense(f"{prefix}.output.dense", active, self.inner, self.features)
        residual = g.op("Add", narrow, hidden, name=f"{prefix}.output.residual")
        return self.normalize(f"{prefix}.output.LayerNorm", residual, output)
