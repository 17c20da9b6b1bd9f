"""What a decoder's manifest says of its memory, so that a page knows it before a byte is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["decoder_sizes"]

_FLOAT = 4


def decoder_sizes(config: Mapping[str, Any]) -> dict[str, int] | None:
    """`DecoderSizes` of app/shared/site.ts from `config.json`; None for what is no decoder that stands alone.

    `cache` is what keys and values of a token take in float32, in bytes.

    >>> decoder_sizes({"architectures": ["LlamaForCausalLM"], "hidden_size": 576, "num_hidden_layers": 30,
    ...                "num_attention_heads": 9, "num_key_value_heads": 3, "max_position_embeddings": 8192})
    {'cache': 46080, 'heads': 9, 'context': 8192}
    """
    classes = config.get("architectures")
    names = classes if isinstance(classes, list) else []
    if not any(isinstance(name, str) and name.endswith(("ForCausalLM", "LMHeadModel")) for name in names):
        return None
    heads = _size(config, "num_attention_heads", "n_head")
    layers = _size(config, "num_hidden_layers", "n_layer")
    features = _size(config, "hidden_size", "n_embd")
    context = _size(config, "max_position_embeddings", "n_positions", "n_ctx")
    if not heads or not layers or not features or not context:
        return None
    width = _size(config, "head_dim") or features // heads
    keys = _size(config, "num_key_value_heads") or heads
    return {"cache": 2 * layers * keys * width * _FLOAT, "heads": heads, "context": context}


def _size(config: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
