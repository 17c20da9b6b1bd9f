"""The sizes of a Llama-like decoder, and in what it differs from Llama."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["EMBEDDING", "LlamaConfig", "LlamaStyle", "LocalLayers"]

EMBEDDING = "model.embed_tokens"


@dataclass(frozen=True)
class LocalLayers:
    """Layers whose tokens see the last `window` tokens alone, and turn by another `rope_theta` (Gemma 3)."""

    layers: frozenset[int]
    window: int
    rope_theta: float


@dataclass(frozen=True)
class LlamaStyle:
    """What other architectures do otherwise; by default this is Llama.

    `head_norms`: each head of queries and keys is normalized (Qwen3, Gemma 3). `norms_after`: attention and
    feed-forward are normalized once more before they are added (Gemma 3). `embedding_scale`: what words are
    multiplied by (Gemma). `attention_scale`: what queries are multiplied by, where it is not 1/√width.
    """

    activation: Literal["silu", "gelu_tanh"] = "silu"
    head_norms: bool = False
    norms_after: bool = False
    embedding_scale: float | None = None
    attention_scale: float | None = None
    local: LocalLayers | None = None


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
    style: LlamaStyle = field(default_factory=LlamaStyle)

    @property
    def groups(self) -> int:
        """Query heads that share a key head."""
        return self.num_attention_heads // self.num_key_value_heads

    def as_json(self) -> dict[str, Any]:
        """The fields of `config.json` of a Llama."""
        return {name: value for name, value in asdict(self).items() if name != "style"}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every weight that there must be, and its shape."""
        hidden, inner = self.hidden_size, self.intermediate_size
        queries, keys = self.num_attention_heads * self.head_dim, self.num_key_value_heads * self.head_dim
        layer: Mapping[str, tuple[int, ...]] = {
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
        if self.style.head_norms:
            layer = {**layer, **{f"self_attn.{part}_norm": (self.head_dim,) for part in "qk"}}
        if self.style.norms_after:
            layer = {**layer, **{f"{when}_feedforward_layernorm": (hidden,) for when in ("pre", "post")}}
        found: dict[str, tuple[int, ...]] = {f"{EMBEDDING}.weight": (self.vocab_size, hidden)}
        for index in range(self.num_hidden_layers):
            found |= {f"model.layers.{index}.{name}.weight": shape for name, shape in layer.items()}
        return {**found, "model.norm.weight": (hidden,)}
