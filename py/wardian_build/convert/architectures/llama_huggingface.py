"""The sizes and weights of a Llama-like decoder in a Hugging Face folder: Llama, Qwen2 and 3, Gemma 1 and 3.

Qwen2 (arXiv:2407.10671) is Llama with biases in the projections of queries, keys and values; Qwen3
(arXiv:2505.09388) has none and normalizes heads. Gemma (arXiv:2403.08295) has GELU in place of SiLU, scales
words by √features, and stores what its norms multiply by less 1. Gemma 3 (arXiv:2503.19786) adds norms of
heads and after each block, and layers that see a window alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.architectures.llama import llama_graph
from wardian_build.convert.architectures.llama_config import LlamaConfig, LlamaStyle, LocalLayers
from wardian_build.convert.architectures.onnx_graph import OnnxGraph
from wardian_build.convert.architectures.weights import Config, ModelWeights
from wardian_build.errors import ConversionError

__all__ = ["LLAMA_LIKE", "HuggingFaceLlama", "build_llama", "llama_config"]

LLAMA_LIKE = ("llama", "qwen2", "qwen3", "gemma", "gemma3_text")

_HEAD = "lm_head.weight"
_MOST_LAYERS = 1000
_KINDS = ("sliding_attention", "full_attention")
_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
_MLP = ("gate_proj", "up_proj", "down_proj")


def llama_config(config: Config) -> LlamaConfig:
    """The sizes; raises ConversionError for absurd ones, UnsupportedError for what is not built here."""
    gemma = _model_type(config).startswith("gemma")
    activations = ("gelu_pytorch_tanh", "gelu") if gemma else ("silu", "swish")
    config.refuse(
        {
            # Gemma's own files say "gelu" and mean the approximation, as `transformers` knows.
            "hidden_act": activations,
            "hidden_activation": (*activations[:1], None),
            "rope_scaling": (None,),
            "use_sliding_window": (False, None),
            "pretraining_tp": (1, None),
            "attn_logit_softcapping": (None,),
            "final_logit_softcapping": (None,),
            "use_bidirectional_attention": (False, None),
        }
    )
    rope = _rope(config, "full_attention")
    heads = config.positive("num_attention_heads")
    groups = config.integer("num_key_value_heads", heads)
    if config.table.get("head_dim") is None:
        width = config.width("hidden_size", "num_attention_heads")[1]
    else:
        width = config.positive("head_dim")
    if not groups or heads % groups or width % 2:
        raise ConversionError(
            config.file,
            "has heads that do not fit",
            place="num_key_value_heads",
            expected="query heads a multiple of key heads, of even width",
            received=f"{heads}, {groups} of width {width}",
        )
    return LlamaConfig(
        hidden_size=config.positive("hidden_size"),
        num_hidden_layers=config.positive("num_hidden_layers", _MOST_LAYERS),
        num_attention_heads=heads,
        num_key_value_heads=groups,
        head_dim=width,
        intermediate_size=config.positive("intermediate_size"),
        vocab_size=config.positive("vocab_size"),
        max_position_embeddings=config.positive("max_position_embeddings"),
        rms_norm_eps=config.number("rms_norm_eps", 1e-6),
        rope_theta=_theta(config, rope.get("rope_theta", config.table.get("rope_theta", 10000.0))),
        style=_style(config),
    )


def _model_type(config: Config) -> str:
    return str(config.table.get("model_type"))


def _rope(config: Config, layers: str) -> Mapping[str, Any]:
    """The settings of rotation, of a kind of layers where they have their own."""
    rope = config.table.get("rope_parameters") or {}
    if isinstance(rope, dict) and isinstance(rope.get(layers), dict):
        rope = rope[layers]
    if not isinstance(rope, dict):
        raise ConversionError(
            config.file, "is broken", place="rope_parameters", expected="an object", received=f"{rope!r:.60}"
        )
    Config(rope, f"{config.file}: rope_parameters").refuse({"rope_type": ("default",)})
    return rope


def _style(config: Config) -> LlamaStyle:
    name = _model_type(config)
    if name == "qwen3":
        return LlamaStyle(head_norms=True)
    if not name.startswith("gemma"):
        return LlamaStyle()
    scale = math.sqrt(config.positive("hidden_size"))
    if name == "gemma":
        return LlamaStyle("gelu_tanh", embedding_scale=scale)
    return LlamaStyle(
        "gelu_tanh",
        head_norms=True,
        norms_after=True,
        embedding_scale=scale,
        attention_scale=config.positive("query_pre_attn_scalar") ** -0.5,
        local=_local_layers(config),
    )


def _local_layers(config: Config) -> LocalLayers:
    """Gemma 3's layers that see a window: named one by one, or all but each sixth."""
    count = config.positive("num_hidden_layers", _MOST_LAYERS)
    kinds = config.table.get("layer_types")
    if kinds is None:
        every = config.positive("sliding_window_pattern") if "sliding_window_pattern" in config.table else 6
        kinds = ["sliding_attention" if (layer + 1) % every else "full_attention" for layer in range(count)]
    if not isinstance(kinds, list) or len(kinds) != count or set(kinds) - {*_KINDS}:
        raise ConversionError(
            config.file,
            "is broken",
            place="layer_types",
            expected=f"{count} times {' or '.join(_KINDS)}",
            received=f"{kinds!r:.60}",
        )
    local = _rope(config, _KINDS[0]).get("rope_theta", config.table.get("rope_local_base_freq", 10000.0))
    layers = frozenset(layer for layer, kind in enumerate(kinds) if kind == _KINDS[0])
    return LocalLayers(layers, config.positive("sliding_window"), _theta(config, local))


def _theta(config: Config, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 < value < 1e12:
        raise ConversionError(
            config.file,
            "is broken",
            place="rope_theta",
            expected="a number above 1",
            received=f"{value!r:.60}",
        )
    return float(value)


class HuggingFaceLlama(Mapping[str, NDArray[Any]]):
    """The tensors that the configuration asks for, as float32, each read when it is asked for.

    Raises ConversionError when one is missing or has another shape.
    """

    def __init__(self, config: Config, sizes: LlamaConfig, weights: ModelWeights) -> None:
        self._weights = weights
        #: What norms multiply by is stored less 1.
        self._less_one = _model_type(config).startswith("gemma")
        self._shapes = sizes.shapes()
        self._shapes |= {
            f"{name.removesuffix('weight')}bias": shape[:1]
            for name, shape in sizes.shapes().items()
            if _biased(config, name.split(".")[-2])
        }
        tied = config.table.get("tie_word_embeddings", self._less_one)
        if weights.has(_HEAD) or not tied:
            self._shapes[_HEAD] = (sizes.vocab_size, sizes.hidden_size)
        if tied and _HEAD in self._shapes and self._is_embedding(sizes):
            del self._shapes[_HEAD]

    def __len__(self) -> int:
        return len(self._shapes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __contains__(self, name: object) -> bool:
        return name in self._shapes

    def __getitem__(self, name: str) -> NDArray[Any]:
        value = self._weights.get(name.removeprefix("model."), self._shapes[name])
        return value + np.float32(1) if self._less_one and name.endswith("norm.weight") else value

    def _is_embedding(self, sizes: LlamaConfig) -> bool:
        return np.array_equal(self[_HEAD], self["model.embed_tokens.weight"])


def _biased(config: Config, part: str) -> bool:
    """Whether a dense layer has a bias: said by the configuration, for Qwen2 by the architecture."""
    if config.table.get("model_type") == "qwen2":
        return part in _ATTENTION[:3]
    if part in _ATTENTION:
        return bool(config.table.get("attention_bias", False))
    return part in _MLP and bool(config.table.get("mlp_bias", False))


def build_llama(config: Config, weights: ModelWeights, webgpu: bool) -> OnnxGraph:
    """One of the two forms, see `llama.py`."""
    sizes = llama_config(config)
    return OnnxGraph(*llama_graph(sizes, HuggingFaceLlama(config, sizes, weights), webgpu))
