"""Llama-like decoders (arXiv:2302.13971) to ONNX: RMS norm, rotary positions, grouped queries, gated SiLU.

Weights have the names of `transformers.LlamaForCausalLM` and are float arrays or `Blocks`. Inputs, outputs
and the two forms of the cache are those of `cached_attention.py`; both graphs are over one file of weights
(`quantized.py` says why there are two forms of those). What Qwen3 and Gemma do otherwise is a `LlamaStyle`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.architectures.activations import gelu_tanh, silu
from wardian_build.convert.architectures.cached_attention import (
    Ports,
    attend,
    causal_mask,
    first_kept,
    ports,
)
from wardian_build.convert.architectures.llama_config import EMBEDDING, LlamaConfig
from wardian_build.convert.architectures.rotary import rotate, rotation
from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.quantized import Blocks, Matrix, matrix_of

__all__ = ["llama_graph"]

Weights = Mapping[str, "NDArray[Any] | Blocks"]

#: Cosines, sines and mask of a layer.
Places = tuple[str, str, str]


def llama_graph(
    config: LlamaConfig, weights: Weights, webgpu: bool, whole: bool | None = None
) -> tuple[GraphBuilder, Ports, Ports]:
    """The decoder with its inputs and outputs: whole cache and MatMulNBits for WebGPU, or slices and fold.

    `whole` asks for one of the caches whatever the form of the weights.
    """
    whole = webgpu if whole is None else whole
    layers, heads = config.num_hidden_layers, config.num_key_value_heads
    inputs, outputs = ports(layers, heads, config.head_dim, config.vocab_size, whole)
    return _Llama(config, weights, webgpu, whole).build(), inputs, outputs


class _Llama:
    def __init__(self, config: LlamaConfig, weights: Weights, webgpu: bool, whole: bool) -> None:
        self.graph = GraphBuilder("llama", opset=18)
        self._config, self._weights, self._webgpu, self._whole = config, weights, webgpu, whole
        #: What products need to know of batch and sequence. On the CPU, where each node costs, states are
        #: (tokens, features) between them, on the GPU (batch, sequence, features).
        self._lead = "lead" if webgpu else None

    def build(self) -> GraphBuilder:
        g, config = self.graph, self._config
        embedding = matrix_of(g, EMBEDDING, self._weights[f"{EMBEDDING}.weight"])
        hidden = embedding.gather("input_ids", self._webgpu)
        if config.style.embedding_scale is not None:
            scale = g.constant("embedding_scale", np.float32(config.style.embedding_scale))
            hidden = g.op("Mul", hidden, scale, name="words_scaled")
        g.op("Shape", "input_ids", name="lead")
        if self._lead is None:
            hidden = g.op("Reshape", hidden, g.ints([-1, config.hidden_size]), name="words_flat")
        places = self._places()
        for layer in range(config.num_hidden_layers):
            hidden = self._layer(layer, hidden, places[layer])
        self._logits(hidden, embedding)
        return g

    def _places(self) -> list[Places]:
        """What each layer knows of the tokens' places."""
        g, config = self.graph, self._config
        turn = rotation(g, config, self._webgpu)
        everywhere = (*turn, causal_mask(g, config.groups))
        local = config.style.local
        if local is None:
            return [everywhere] * config.num_hidden_layers
        turn = rotation(g, config, self._webgpu, local.rope_theta, "local.")
        near = (*turn, causal_mask(g, config.groups, local.window))
        return [near if layer in local.layers else everywhere for layer in range(config.num_hidden_layers)]

    def _logits(self, hidden: str, embedding: Matrix) -> None:
        """Logits of the last tokens; where there is no head of its own, the embedding's rows are its rows."""
        g = self.graph
        first = first_kept(g)
        end = g.ints([np.iinfo(np.int64).max])
        normal = self._norm("model.norm", hidden)
        if self._lead is None:
            normal = g.op("Reshape", normal, self._shape(self._config.hidden_size), name="words_by_place")
        kept = g.op("Slice", normal, first, end, g.ints([1]), name="kept")
        own = self._weights.get("lm_head.weight")
        head = embedding if own is None else matrix_of(g, "lm_head", own)
        g.op("Shape", kept, name="kept_lead", start=0, end=2)
        g.op("Identity", head.product(kept, "kept_lead", self._webgpu), name="logits")

    def _layer(self, layer: int, hidden: str, places: Places) -> str:
        g, prefix, after = self.graph, f"model.layers.{layer}", self._config.style.norms_after
        normal = self._norm(f"{prefix}.input_layernorm", hidden)
        attended = self._attention(layer, normal, places)
        if after:
            attended = self._norm(f"{prefix}.post_attention_layernorm", attended)
        hidden = g.op("Add", hidden, attended, name=f"{prefix}.attended")
        before = "pre_feedforward_layernorm" if after else "post_attention_layernorm"
        fed = self._mlp(f"{prefix}.mlp", self._norm(f"{prefix}.{before}", hidden))
        if after:
            fed = self._norm(f"{prefix}.post_feedforward_layernorm", fed)
        return g.op("Add", hidden, fed, name=f"{prefix}.hidden")

    def _mlp(self, prefix: str, x: str) -> str:
        """down(act(gate(x)) · up(x))."""
        g = self.graph
        gate, up = self._linear([f"{prefix}.gate_proj", f"{prefix}.up_proj"], x)
        active = (gelu_tanh if self._config.style.activation == "gelu_tanh" else silu)(g, prefix, gate)
        gated = g.op("Mul", active, up, name=f"{prefix}.gated")
        return self._linear([f"{prefix}.down_proj"], gated)[0]

    def _attention(self, layer: int, x: str, places: Places) -> str:
        g, config, prefix = self.graph, self._config, f"model.layers.{layer}.self_attn"
        cosine, sine, mask = places
        query, key, value = self._linear([f"{prefix}.{part}_proj" for part in "qkv"], x)
        query = self._normal_heads(f"{prefix}.q_norm", self._heads(query, config.num_attention_heads))
        query = rotate(g, f"{prefix}.query", query, (cosine, sine), config, self._webgpu)
        key = self._normal_heads(f"{prefix}.k_norm", self._heads(key, config.num_key_value_heads))
        key = rotate(g, f"{prefix}.key", key, (cosine, sine), config, self._webgpu)
        value = self._heads(value, config.num_key_value_heads)
        # Queries of a group become rows of one matrix: keys and values are read once for all of them.
        shape = g.ints([0, config.num_key_value_heads, -1, config.head_dim])
        query = g.op("Reshape", query, shape, name=f"{prefix}.grouped")
        scale = config.style.attention_scale or config.head_dim**-0.5
        query = g.op("Mul", query, g.constant("attention_scale", np.float32(scale)), name=f"{prefix}.scaled")
        context = attend(g, layer, prefix, (query, key, value), mask, self._whole)
        shape = g.ints([0, config.num_attention_heads, -1, config.head_dim])
        heads = g.op("Reshape", context, shape, name=f"{prefix}.heads")
        together = g.op("Transpose", heads, name=f"{prefix}.together", perm=[0, 2, 1, 3])
        width = config.num_attention_heads * config.head_dim
        shape = g.ints([-1, width] if self._lead is None else [0, 0, width])
        flat = g.op("Reshape", together, shape, name=f"{prefix}.flat")
        return self._linear([f"{prefix}.o_proj"], flat)[0]

    def _normal_heads(self, name: str, heads: str) -> str:
        return self._norm(name, heads) if self._config.style.head_norms else heads

    def _heads(self, x: str, heads: int) -> str:
        """Features of heads · width → (batch, heads, sequence, width)."""
        g, width = self.graph, self._config.head_dim
        shape = self._shape(heads, width) if self._lead is None else g.ints([0, 0, heads, width])
        split = g.op("Reshape", x, shape, name=f"{x}.split")
        return g.op("Transpose", split, name=f"{x}.heads", perm=[0, 2, 1, 3])

    def _shape(self, *features: int) -> str:
        """Batch, sequence and these, written once for all."""
        name = "_".join(["lead", *map(str, features)])
        if not self.graph.has(name):
            self.graph.op("Concat", "lead", self.graph.ints(features), name=name, axis=0)
        return name

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
                matrix_of(g, name, value).product(x, self._lead, self._webgpu)
                for name, value in zip(names, matrices, strict=True)
            ]
        else:
            together = matrix_of(g, "+".join([names[0], *(n.rsplit(".", 1)[1] for n in names[1:])]), joined)
            rows = g.ints([value.shape[0] for value in matrices])
            parts = [f"{name}.part" for name in names]
            products = g.ops(
                "Split", together.product(x, self._lead, self._webgpu), rows, names=parts, axis=-1
            )
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
