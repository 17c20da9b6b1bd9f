"""Llama-like decoders (arXiv:2302.13971) to ONNX: RMS norm, rotary positions, grouped queries, gated SiLU.

Weights have the names of `transformers.LlamaForCausalLM` and are float arrays or `Blocks`. Inputs and outputs
have the names of the files exported for transformers.js:

    input_ids, position_ids              int64 (batch_size, sequence_length)
    attention_mask                       int64 (batch_size, total_sequence_length), 0 for padding on the left
    num_logits_to_keep                   int64 (): logits of so many last tokens, 0 for all
    past_key_values.N.key / .value       float32 (batch_size, heads, past_sequence_length, width)
    → logits                             float32 (batch_size, kept, vocabulary)
    → present.N.key / .value             float32 (batch_size, heads, … , width)

Two graphs over one file of weights (`quantized.py` says why there are two forms):

- *whole cache*, for WebGPU and for transformers.js: `present` is past and new, so that it goes back in as
  it is. On the GPU both are buffers that never leave it.
- *slices*, for WASM: `present` holds the new tokens alone, and nothing in the graph puts past and new
  together: scores and sums are taken over each of them. onnxruntime-web copies inputs and outputs between
  JavaScript and its heap on every run; so the past is copied in once, and neither copied out, nor
  concatenated, nor allocated anew. Who runs the graph appends the slices to a buffer of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.architectures.rotary import rotation
from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.quantized import Blocks, Matrix, matrix_of

__all__ = ["LlamaConfig", "Ports", "llama_graph"]

Weights = Mapping[str, "NDArray[Any] | Blocks"]

_FLOAT, _BOOL = 1, 9
"""ONNX's numbers for element types."""
_EMBEDDING = "model.embed_tokens"
_LOWEST = np.float32(np.finfo(np.float32).min)


@dataclass(frozen=True)
class LlamaConfig:
    """The sizes of a decoder, by the names of `transformers.LlamaConfig`."""

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    intermediate_size: int
    vocab_size: int
    max_position_embeddings: int
    rms_norm_eps: float
    rope_theta: float

    @property
    def groups(self) -> int:
        """Query heads that share a key head."""
        return self.num_attention_heads // self.num_key_value_heads

    def as_json(self) -> dict[str, Any]:
        """The fields of `config.json`."""
        return asdict(self)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every weight that there must be, and its shape."""
        hidden, inner = self.hidden_size, self.intermediate_size
        queries, keys = self.num_attention_heads * self.head_dim, self.num_key_value_heads * self.head_dim
        layer = {
            "input_layernorm": (hidden,),
            "self_attn.q_proj": (queries, hidden),
            "self_attn.k_proj": (keys, hidden),
            "self_attn.v_proj": (keys, hidden),
            "self_attn.o_proj": (hidden, queries),
            "post_attention_layernorm": (hidden,),
            "mlp.gate_proj": (inner, hidden),
            "mlp.up_proj": (inner, hidden),
            "mlp.down_proj": (hidden, inner),
        }
        found: dict[str, tuple[int, ...]] = {f"{_EMBEDDING}.weight": (self.vocab_size, hidden)}
        for index in range(self.num_hidden_layers):
            found |= {f"model.layers.{index}.{name}.weight": shape for name, shape in layer.items()}
        return {**found, "model.norm.weight": (hidden,)}


Port = tuple[str, Sequence[int | str]]
Ports = dict[str, Port]


def llama_graph(
    config: LlamaConfig, weights: Weights, webgpu: bool, whole: bool | None = None
) -> tuple[GraphBuilder, Ports, Ports]:
    """The decoder with its inputs and outputs: whole cache and MatMulNBits for WebGPU, or slices and fold.

    `whole` asks for one of the caches whatever the form of the weights.
    """
    whole = webgpu if whole is None else whole
    inputs, outputs = _ports(config, whole)
    return _Llama(config, weights, webgpu, whole).build(), inputs, outputs


def _ports(config: LlamaConfig, whole: bool) -> tuple[Ports, Ports]:
    heads, width = config.num_key_value_heads, config.head_dim
    caches = [(layer, part) for layer in range(config.num_hidden_layers) for part in ("key", "value")]
    past: Port = ("float32", ["batch_size", heads, "past_sequence_length", width])
    length = "total_sequence_length" if whole else "sequence_length"
    present: Port = ("float32", ["batch_size", heads, length, width])
    tokens: Port = ("int64", ["batch_size", "sequence_length"])
    inputs: Ports = {
        "input_ids": tokens,
        "attention_mask": ("int64", ["batch_size", "total_sequence_length"]),
        "position_ids": tokens,
        "num_logits_to_keep": ("int64", []),
        **{f"past_key_values.{layer}.{part}": past for layer, part in caches},
    }
    outputs: Ports = {
        "logits": ("float32", ["batch_size", "num_logits", config.vocab_size]),
        **{f"present.{layer}.{part}": present for layer, part in caches},
    }
    return inputs, outputs


class _Llama:
    def __init__(self, config: LlamaConfig, weights: Weights, webgpu: bool, whole: bool) -> None:
        self.graph = GraphBuilder("llama", opset=18)
        self._config, self._weights, self._webgpu, self._whole = config, weights, webgpu, whole

    def build(self) -> GraphBuilder:
        embedding = matrix_of(self.graph, _EMBEDDING, self._weights[f"{_EMBEDDING}.weight"])
        hidden = embedding.gather("input_ids", self._webgpu)
        self.graph.op("Shape", "input_ids", name="lead")
        cosine, sine = rotation(self.graph, self._config, self._webgpu)
        mask = self._mask()
        for layer in range(self._config.num_hidden_layers):
            hidden = self._layer(layer, hidden, cosine, sine, mask)
        self._logits(hidden, embedding)
        return self.graph

    def _logits(self, hidden: str, embedding: Matrix) -> None:
        """Logits of the last tokens; where there is no head of its own, the embedding's rows are its rows."""
        g = self.graph
        first = g.op(
            "Reshape", g.op("Neg", "num_logits_to_keep", name="minus_kept"), g.ints([1]), name="first"
        )
        end = g.ints([np.iinfo(np.int64).max])
        kept = g.op("Slice", self._norm("model.norm", hidden), first, end, g.ints([1]), name="kept")
        own = self._weights.get("lm_head.weight")
        head = embedding if own is None else matrix_of(g, "lm_head", own)
        g.op("Shape", kept, name="kept_lead", start=0, end=2)
        g.op("Identity", head.product(kept, "kept_lead", self._webgpu), name="logits")

    def _mask(self) -> str:
        """0 where a token may look, the lowest float where not: (batch, 1, groups · sequence, total)."""
        g, config = self.graph, self._config
        whole = g.op("Shape", "attention_mask", name="total_length", start=1, end=2)
        new = g.op("Shape", "input_ids", name="new_length", start=1, end=2)
        none, one = g.constant("zero", np.int64(0)), g.constant("one", np.int64(1))
        total, count = g.op("Squeeze", whole, name="total"), g.op("Squeeze", new, name="count")
        keys = g.op("Range", none, total, one, name="key_places")
        g.op("Sub", whole, new, name="past_length")
        queries = g.op("Range", g.op("Sub", total, count, name="past"), total, one, name="query_places")
        causal = g.op(
            "LessOrEqual", keys, g.op("Unsqueeze", queries, g.ints([1]), name="query_column"), name="causal"
        )
        real = g.op("Cast", "attention_mask", name="real", to=_BOOL)
        real = g.op("Unsqueeze", real, g.ints([1, 2]), name="real_keys")
        seen = g.op("And", real, causal, name="seen")
        nothing, lowest = g.constant("nothing", np.float32(0)), g.constant("lowest", _LOWEST)
        mask = g.op("Where", seen, nothing, lowest, name="mask")
        if config.groups == 1:
            return mask
        return g.op("Concat", *[mask] * config.groups, name="group_mask", axis=2)

    def _layer(self, layer: int, hidden: str, cosine: str, sine: str, mask: str) -> str:
        g, prefix = self.graph, f"model.layers.{layer}"
        normal = self._norm(f"{prefix}.input_layernorm", hidden)
        attended = self._attention(layer, normal, cosine, sine, mask)
        hidden = g.op("Add", hidden, attended, name=f"{prefix}.attended")
        normal = self._norm(f"{prefix}.post_attention_layernorm", hidden)
        return g.op("Add", hidden, self._mlp(f"{prefix}.mlp", normal), name=f"{prefix}.hidden")

    def _mlp(self, prefix: str, x: str) -> str:
        """down(silu(gate(x)) · up(x))."""
        g = self.graph
        gate, up = self._linear([f"{prefix}.gate_proj", f"{prefix}.up_proj"], x)
        sigmoid = g.op("Sigmoid", gate, name=f"{prefix}.sigmoid")
        silu = g.op("Mul", gate, sigmoid, name=f"{prefix}.silu")
        gated = g.op("Mul", silu, up, name=f"{prefix}.gated")
        return self._linear([f"{prefix}.down_proj"], gated)[0]

    def _attention(self, layer: int, x: str, cosine: str, sine: str, mask: str) -> str:
        g, config, prefix = self.graph, self._config, f"model.layers.{layer}.self_attn"
        query, key, value = self._linear([f"{prefix}.{part}_proj" for part in "qkv"], x)
        query = self._rotate(f"{prefix}.query", self._heads(query, config.num_attention_heads), cosine, sine)
        key = self._rotate(f"{prefix}.key", self._heads(key, config.num_key_value_heads), cosine, sine)
        value = self._heads(value, config.num_key_value_heads)
        # Queries of a group become rows of one matrix: keys and values are read once for all of them.
        shape = g.ints([0, config.num_key_value_heads, -1, config.head_dim])
        query = g.op("Reshape", query, shape, name=f"{prefix}.grouped")
        scale = g.constant("attention_scale", np.float32(config.head_dim**-0.5))
        query = g.op("Mul", query, scale, name=f"{prefix}.scaled")
        attend = self._attend_whole if self._whole else self._attend_parts
        shape = g.ints([0, config.num_attention_heads, -1, config.head_dim])
        heads = g.op("Reshape", attend(layer, query, key, value, mask), shape, name=f"{prefix}.heads")
        together = g.op("Transpose", heads, name=f"{prefix}.together", perm=[0, 2, 1, 3])
        width = config.num_attention_heads * config.head_dim
        flat = g.op("Reshape", together, g.ints([0, 0, width]), name=f"{prefix}.flat")
        return self._linear([f"{prefix}.o_proj"], flat)[0]

    def _attend_whole(self, layer: int, query: str, key: str, value: str, mask: str) -> str:
        """softmax(Q Kᵀ + mask) V over past and new put together, which are also the outputs."""
        g, prefix, past = self.graph, f"model.layers.{layer}.self_attn", f"past_key_values.{layer}"
        keys = g.op("Concat", f"{past}.key", key, name=f"present.{layer}.key", axis=2)
        values = g.op("Concat", f"{past}.value", value, name=f"present.{layer}.value", axis=2)
        scores = g.op("MatMul", query, self._transposed(keys), name=f"{prefix}.scores")
        masked = g.op("Add", scores, mask, name=f"{prefix}.masked")
        weights = g.op("Softmax", masked, name=f"{prefix}.weights", axis=-1)
        return g.op("MatMul", weights, values, name=f"{prefix}.context")

    def _attend_parts(self, layer: int, query: str, key: str, value: str, mask: str) -> str:
        """The same without putting them together: only scores are joined, which are small."""
        g, prefix, past = self.graph, f"model.layers.{layer}.self_attn", f"past_key_values.{layer}"
        parts = [(f"{past}.key", f"{past}.value"), (key, value)]
        g.op("Identity", key, name=f"present.{layer}.key")
        g.op("Identity", value, name=f"present.{layer}.value")
        scores = [g.op("MatMul", query, self._transposed(k), name=f"{prefix}.scores.{k}") for k, _ in parts]
        joined = g.op("Concat", *scores, name=f"{prefix}.scores", axis=-1)
        masked = g.op("Add", joined, mask, name=f"{prefix}.masked")
        weights = g.op("Softmax", masked, name=f"{prefix}.weights", axis=-1)
        if not g.has("lengths"):
            g.op("Concat", "past_length", "new_length", name="lengths", axis=0)
        halves = g.ops(
            "Split", weights, "lengths", names=[f"{prefix}.weights.past", f"{prefix}.weights.new"], axis=-1
        )
        context = [
            g.op("MatMul", w, v, name=f"{prefix}.context.{v}")
            for w, (_, v) in zip(halves, parts, strict=True)
        ]
        return g.op("Add", *context, name=f"{prefix}.context")

    def _transposed(self, keys: str) -> str:
        return self.graph.op("Transpose", keys, name=f"{keys}.transposed", perm=[0, 1, 3, 2])

    def _heads(self, x: str, heads: int) -> str:
        """(batch, sequence, heads · width) → (batch, heads, sequence, width)."""
        g = self.graph
        split = g.op("Reshape", x, g.ints([0, 0, heads, self._config.head_dim]), name=f"{x}.split")
        return g.op("Transpose", split, name=f"{x}.heads", perm=[0, 2, 1, 3])

    def _rotate(self, name: str, heads: str, cosine: str, sine: str) -> str:
        """(a, b) → (a cos − b sin, b cos + a sin) for the halves of each head: RoPE, arXiv:2104.09864."""
        g = self.graph
        half = self._config.head_dim // 2
        a, b = g.ops("Split", heads, g.ints([half, half]), names=[f"{name}.a", f"{name}.b"], axis=-1)
        swapped = g.op("Concat", b, a, name=f"{name}.swapped", axis=-1)
        straight = g.op("Mul", heads, cosine, name=f"{name}.straight")
        crossed = g.op("Mul", swapped, sine, name=f"{name}.crossed")
        return g.op("Add", straight, crossed, name=f"{name}.rotated")

    def _norm(self, name: str, x: str) -> str:
        """x / √(mean x² + ε) · weight, in the operators that onnxruntime fuses to one."""
        g = self.graph
        square = g.op("Pow", x, g.constant("two", np.float32(2)), name=f"{name}.square")
        mean = g.op("ReduceMean", square, g.ints([-1]), name=f"{name}.mean", keepdims=1)
        epsilon = g.constant("epsilon", np.float32(self._config.rms_norm_eps))
        root = g.op("Sqrt", g.op("Add", mean, epsilon, name=f"{name}.shifted"), name=f"{name}.root")
        weight = np.asarray(self._weights[f"{name}.weight"], np.float32)
        normal = g.op("Div", x, root, name=f"{name}.unit")
        return g.op("Mul", normal, g.constant(f"{name}.weight", weight), name=f"{name}.normal")

    def _linear(self, names: Sequence[str], x: str) -> list[str]:
        """Products with several matrices at once: one product where they are stored in the same way."""
        g = self.graph
        matrices = [self._weights[f"{name}.weight"] for name in names]
        joined = _stacked(matrices)
        if len(names) == 1 or joined is None:
            products = [
                matrix_of(g, name, value).product(x, "lead", self._webgpu)
                for name, value in zip(names, matrices, strict=True)
            ]
        else:
            together = matrix_of(g, "+".join([names[0], *(n.rsplit(".", 1)[1] for n in names[1:])]), joined)
            rows = g.ints([value.shape[0] for value in matrices])
            parts = [f"{name}.part" for name in names]
            products = g.ops("Split", together.product(x, "lead", self._webgpu), rows, names=parts, axis=-1)
        return [self._biased(name, product) for name, product in zip(names, products, strict=True)]

    def _biased(self, name: str, product: str) -> str:
        bias = self._weights.get(f"{name}.bias")
        if bias is None:
            return product
        vector = self.graph.constant(f"{name}.bias", np.asarray(bias, np.float32))
        return self.graph.op("Add", product, vector, name=f"{name}.sum")


def _stacked(matrices: Sequence[NDArray[Any] | Blocks]) -> NDArray[Any] | Blocks | None:
    """The rows of matrices of one kind together; None where the kinds differ."""
    first = matrices[0]
    if isinstance(first, Blocks):
        blocks = [matrix for matrix in matrices if isinstance(matrix, Blocks) and first.same_kind(matrix)]
        return Blocks.stack(blocks) if len(blocks) == len(matrices) else None
    arrays = [m for m in matrices if not isinstance(m, Blocks) and m.dtype == first.dtype]
    return np.concatenate(arrays) if len(arrays) == len(matrices) else None
