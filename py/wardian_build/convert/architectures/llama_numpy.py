"""A Llama-like decoder in NumPy, straight from a GGUF file's tensors: what a conversion is checked against.

It shares nothing with the graph but the reading of blocks: no un-permuted rows (neighbours are rotated, as
llama.cpp does it), no cache, one head after the other.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.architectures.llama_config import LlamaConfig
from wardian_build.convert.quantized import Blocks
from wardian_build.convert.read.gguf import GGUFFile

__all__ = ["llama_logits"]

Floats = NDArray[np.float32]


def llama_logits(file: GGUFFile, config: LlamaConfig, ids: NDArray[Any]) -> Floats:
    """Logits after every token: int (tokens,) → float32 (tokens, vocabulary)."""
    x = _weights(file, "token_embd.weight")[ids]
    for layer in range(config.num_hidden_layers):
        block = f"blk.{layer}"
        x = x + _attention(file, config, block, _norm(file, config, f"{block}.attn_norm", x))
        normal = _norm(file, config, f"{block}.ffn_norm", x)
        gate = _linear(file, f"{block}.ffn_gate", normal)
        up = _linear(file, f"{block}.ffn_up", normal)
        x = x + _linear(file, f"{block}.ffn_down", gate / (1 + np.exp(-gate)) * up)
    x = _norm(file, config, "output_norm", x)
    return _linear(file, "output" if "output.weight" in file else "token_embd", x)


def _attention(file: GGUFFile, config: LlamaConfig, block: str, x: Floats) -> Floats:
    count, width = len(x), config.head_dim
    query = _rotate(config, _linear(file, f"{block}.attn_q", x).reshape(count, -1, width))
    key = _rotate(config, _linear(file, f"{block}.attn_k", x).reshape(count, -1, width))
    value = _linear(file, f"{block}.attn_v", x).reshape(count, -1, width)
    later = np.triu(np.full((count, count), -np.inf, np.float32), 1)
    heads = []
    for head in range(config.num_attention_heads):
        shared = head // config.groups
        scores = query[:, head] @ key[:, shared].T / math.sqrt(width) + later
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        heads.append(weights / weights.sum(axis=1, keepdims=True) @ value[:, shared])
    return _linear(file, f"{block}.attn_output", np.concatenate(heads, axis=1).astype(np.float32))


def _rotate(config: LlamaConfig, heads: Floats) -> Floats:
    """Each pair of neighbours as a complex number, turned by position · frequency: (tokens, heads, width)."""
    places = np.arange(len(heads))[:, None, None]
    frequencies = config.rope_theta ** (-np.arange(0, config.head_dim, 2) / config.head_dim)
    turned = (heads[..., 0::2] + 1j * heads[..., 1::2]) * np.exp(1j * places * frequencies)
    return np.stack([turned.real, turned.imag], axis=-1).reshape(heads.shape).astype(np.float32)


def _norm(file: GGUFFile, config: LlamaConfig, name: str, x: Floats) -> Floats:
    scale = np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(config.rms_norm_eps))
    normal: Floats = x / scale * _weights(file, f"{name}.weight")
    return normal


def _linear(file: GGUFFile, name: str, x: Floats) -> Floats:
    product: Floats = x @ _weights(file, f"{name}.weight").T
    bias = file.get(f"{name}.bias")
    return product if bias is None else product + np.asarray(bias, np.float32)


def _weights(file: GGUFFile, name: str) -> Floats:
    value = file[name]
    return value.dequantize() if isinstance(value, Blocks) else np.asarray(value, np.float32)
