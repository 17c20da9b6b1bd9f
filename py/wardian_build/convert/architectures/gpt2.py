"""GPT-2 (Radford et al. 2019): learned positions, normalization first, one matrix for query, key and value.

Weight names are those of `transformers.GPT2LMHeadModel`, whose matrices (`Conv1D`) are stored (inputs,
outputs). Inputs and outputs, and the two forms of the cache, are those of `cached_attention.py`.
"""

from __future__ import annotations

import numpy as np

from wardian_build.convert.architectures.activations import ACTIVATIONS
from wardian_build.convert.architectures.cached_attention import attend, causal_mask, first_kept, ports
from wardian_build.convert.architectures.onnx_graph import OnnxGraph
from wardian_build.convert.architectures.weights import Config, ModelWeights
from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.quantized import matrix_of

__all__ = ["build_gpt2"]

_MOST_LAYERS = 1000


class _Gpt2:
    def __init__(self, config: Config, weights: ModelWeights, webgpu: bool) -> None:
        config.refuse(
            {
                "activation_function": tuple(ACTIVATIONS),
                "scale_attn_weights": (True,),
                "scale_attn_by_inverse_layer_idx": (False,),
                "add_cross_attention": (False,),
                "tie_word_embeddings": (True,),
            }
        )
        self.graph = GraphBuilder("gpt2", opset=18)
        self._weights, self._webgpu = weights, webgpu
        self.heads, self.width = config.width("n_embd", "n_head")
        self.features = self.heads * self.width
        self.layers = config.positive("n_layer", _MOST_LAYERS)
        self.rows, self._places = config.positive("vocab_size"), config.positive("n_positions")
        self._inner = 4 * self.features if config.table.get("n_inner") is None else config.positive("n_inner")
        self._activation = ACTIVATIONS[str(config.table.get("activation_function", "gelu_new"))]
        self._epsilon = config.number("layer_norm_epsilon", 1e-5)

    def build(self) -> GraphBuilder:
        g = self.graph
        words = matrix_of(g, "wte", self._weights.get("wte.weight", (self.rows, self.features)))
        places = matrix_of(g, "wpe", self._weights.get("wpe.weight", (self._places, self.features)))
        hidden = g.op(
            "Add",
            words.gather("input_ids", self._webgpu),
            places.gather("position_ids", self._webgpu),
            name="embeddings",
        )
        g.op("Shape", "input_ids", name="lead")
        mask = causal_mask(g)
        for layer in range(self.layers):
            hidden = self._layer(layer, hidden, mask)
        end = g.ints([np.iinfo(np.int64).max])
        last = self._norm("ln_f", hidden)
        kept = g.op("Slice", last, first_kept(g), end, g.ints([1]), name="kept")
        g.op("Shape", kept, name="kept_lead", start=0, end=2)
        g.op("Identity", words.product(kept, "kept_lead", self._webgpu), name="logits")
        return g

    def _layer(self, layer: int, hidden: str, mask: str) -> str:
        g, prefix = self.graph, f"h.{layer}"
        attended = self._attention(layer, self._norm(f"{prefix}.ln_1", hidden), mask)
        hidden = g.op("Add", hidden, attended, name=f"{prefix}.attended")
        own = f"{prefix}.mlp"
        wide = self._dense(f"{own}.c_fc", self._norm(f"{prefix}.ln_2", hidden), self.features, self._inner)
        fed = self._dense(f"{own}.c_proj", self._activation(g, own, wide), self._inner, self.features)
        return g.op("Add", hidden, fed, name=f"{prefix}.hidden")

    def _attention(self, layer: int, x: str, mask: str) -> str:
        g, prefix = self.graph, f"h.{layer}.attn"
        together = self._dense(f"{prefix}.c_attn", x, self.features, 3 * self.features)
        parts = g.ops(
            "Split", together, g.ints([self.features] * 3), names=[f"{prefix}.{p}" for p in "qkv"], axis=-1
        )
        query, key, value = (
            g.op(
                "Transpose",
                g.op("Reshape", part, g.ints([0, 0, self.heads, self.width]), name=f"{part}.split"),
                name=f"{part}.heads",
                perm=[0, 2, 1, 3],
            )
            for part in parts
        )
        scale = g.constant("attention_scale", np.float32(self.width**-0.5))
        query = g.op("Mul", query, scale, name=f"{prefix}.scaled")
        context = attend(g, layer, prefix, (query, key, value), mask, self._webgpu)
        turned = g.op("Transpose", context, name=f"{prefix}.together", perm=[0, 2, 1, 3])
        flat = g.op("Reshape", turned, g.ints([0, 0, self.features]), name=f"{prefix}.flat")
        return self._dense(f"{prefix}.c_proj", flat, self.features, self.features)

    def _dense(self, name: str, x: str, inputs: int, outputs: int) -> str:
        g = self.graph
        matrix = self._weights.get(f"{name}.weight", (inputs, outputs)).T
        product = matrix_of(g, name, np.ascontiguousarray(matrix)).product(x, "lead", self._webgpu)
        bias = g.constant(f"{name}.bias", self._weights.get(f"{name}.bias", (outputs,)))
        return g.op("Add", product, bias, name=f"{name}.sum")

    def _norm(self, name: str, x: str) -> str:
        g, shape = self.graph, (self.features,)
        weight, bias = (
            g.constant(f"{name}.{part}", self._weights.get(f"{name}.{part}", shape))
            for part in ("weight", "bias")
        )
        facts = {"axis": -1, "epsilon": self._epsilon}
        return g.op("LayerNormalization", x, weight, bias, name=f"{name}.normalized", **facts)


def build_gpt2(config: Config, weights: ModelWeights, webgpu: bool) -> OnnxGraph:
    """One of the two forms, see `cached_attention.py`."""
    made = _Gpt2(config, weights, webgpu)
    return OnnxGraph(made.build(), *ports(made.layers, made.heads, made.width, made.rows, whole=webgpu))
