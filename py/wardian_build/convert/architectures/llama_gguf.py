"""The names and sizes of a Llama-like decoder in a GGUF file, as `transformers` has them.

llama.cpp rotates neighbours (x₀, x₁), `transformers` the halves of a head; for that the rows of Q and K were
permuted when the file was written. Here they go back: whole rows, so blocks stay as they are.

Source: `convert_hf_to_gguf.py` and `llama-arch.cpp` of ggml-org/llama.cpp.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.architectures.llama_config import LlamaConfig
from wardian_build.convert.quantized import Blocks
from wardian_build.convert.read.gguf import GGUFFile
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["GGUFLlama", "llama_config"]

_TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_BLOCK_NAME = re.compile(r"blk\.(\d{1,6})\.(\w+)\.(weight|bias)")
_MOST_LAYERS = 1000


def llama_config(file: GGUFFile) -> LlamaConfig:
    """The sizes, from the metadata; raises ConversionError for what is missing or absurd."""
    facts = _Facts(file)
    architecture = file.metadata.get("general.architecture")
    if architecture != "llama":
        raise UnsupportedError(
            file.path,
            [(f"architecture {architecture!r:.100}", "llama is the one that is built from GGUF here")],
        )
    hidden, heads = facts.whole("embedding_length"), facts.whole("attention.head_count")
    groups = facts.whole("attention.head_count_kv", heads)
    width = facts.whole("attention.key_length", hidden // heads if hidden % heads == 0 else None)
    embedding = file.get("token_embd.weight")
    config = LlamaConfig(
        hidden_size=hidden,
        num_hidden_layers=facts.whole("block_count"),
        num_attention_heads=heads,
        num_key_value_heads=groups,
        head_dim=width,
        intermediate_size=facts.whole("feed_forward_length"),
        vocab_size=embedding.shape[0] if embedding is not None else facts.whole("vocab_size"),
        max_position_embeddings=facts.whole("context_length"),
        rms_norm_eps=facts.number("attention.layer_norm_rms_epsilon"),
        rope_theta=facts.number("rope.freq_base", 10000.0),
    )
    _check(file, facts, config)
    return config


def _check(file: GGUFFile, facts: _Facts, config: LlamaConfig) -> None:
    if config.num_attention_heads % config.num_key_value_heads or config.head_dim % 2:
        raise ConversionError(
            file.path,
            "has heads that do not fit",
            expected="query heads a multiple of key heads, of even width",
            received=f"{config.num_attention_heads}, {config.num_key_value_heads} of width {config.head_dim}",
        )
    if config.num_hidden_layers > _MOST_LAYERS:
        raise ConversionError(
            file.path,
            "has too many layers",
            expected=f"at most {_MOST_LAYERS}",
            received=str(config.num_hidden_layers),
        )
    asked = []
    if facts.whole("rope.dimension_count", config.head_dim) != config.head_dim:
        asked.append(("rotary positions over a part of each head", "only whole heads are rotated here"))
    if facts.whole("attention.value_length", config.head_dim) != config.head_dim:
        asked.append(("values of another width than keys", "only equal widths are built here"))
    if file.metadata.get("llama.rope.scaling.type", "none") != "none" or "rope_freqs.weight" in file:
        asked.append(
            ("scaled rotary positions", "use the model within its original context, without scaling")
        )
    if file.metadata.get("llama.expert_count", 0):
        asked.append(("a mixture of experts", "only dense layers are built here"))
    if asked:
        raise UnsupportedError(file.path, asked)


class _Facts:
    def __init__(self, file: GGUFFile) -> None:
        self._file = file

    def whole(self, name: str, default: int | None = None) -> int:
        value = self._file.metadata.get(f"llama.{name}", default)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 1 << 31:
            raise self._error(name, "a positive whole number", value)
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self._file.metadata.get(f"llama.{name}", default)
        if not isinstance(value, float) or not 0 < value < 1e12:
            raise self._error(name, "a positive number", value)
        return value

    def _error(self, name: str, expected: str, value: object) -> ConversionError:
        return ConversionError(
            self._file.path,
            "has bad metadata",
            place=f"llama.{name}",
            expected=expected,
            received=f"{value!r:.60}",
        )


class GGUFLlama(Mapping[str, "NDArray[Any] | Blocks"]):
    """The tensors of a file under the names of `transformers`, each read when it is asked for.

    Raises ConversionError when one is missing or of another shape than the sizes say, UnsupportedError for
    tensors
    that no name is known for.
    """

    def __init__(self, file: GGUFFile, config: LlamaConfig) -> None:
        self._file, self._config = file, config
        unknown = []
        self._names: dict[str, str] = {}
        for name in file:
            found = _transformers_name(name)
            if found is None:
                unknown.append((f"tensor {name[:100]!r}", "it has no place in a plain Llama decoder"))
            else:
                self._names[found] = name
        if unknown:
            raise UnsupportedError(file.path, unknown)
        for name, shape in config.shapes().items():
            self._check(name, shape)
        extra = [name for name in self._names if name.endswith("weight") and name not in config.shapes()]
        if set(extra) - {"lm_head.weight"}:
            raise ConversionError(
                file.path, "has more layers than block_count says", place=self._names[extra[0]]
            )

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __getitem__(self, name: str) -> NDArray[Any] | Blocks:
        value = self._file[self._names[name]]
        heads = {"q_proj": self._config.num_attention_heads, "k_proj": self._config.num_key_value_heads}
        part = name.split(".")[-2]
        if part not in heads:
            return value
        rows = np.arange(value.shape[0]).reshape(heads[part], self._config.head_dim // 2, 2)
        order = rows.swapaxes(1, 2).reshape(-1)
        return value.take(order) if isinstance(value, Blocks) else value[order]

    def _check(self, name: str, shape: tuple[int, ...]) -> None:
        if name not in self._names:
            raise ConversionError(self._file.path, "lacks a tensor", place=name, expected=f"shape {shape}")
        found = self._file.shape(self._names[name])
        if found != shape:
            raise ConversionError(
                self._file.path,
                "has a tensor of another shape than its metadata says",
                place=self._names[name],
                expected=str(shape),
                received=str(found),
            )


def _transformers_name(name: str) -> str | None:
    """
    >>> _transformers_name("blk.3.attn_q.weight")
    'model.layers.3.self_attn.q_proj.weight'
    """
    top, _, kind = name.rpartition(".")
    if top in _TOP:
        return f"{_TOP[top]}.{kind}"
    match = _BLOCK_NAME.fullmatch(name)
    if match is None or match[2] not in _LAYER:
        return None
    return f"model.layers.{int(match[1])}.{_LAYER[match[2]]}.{match[3]}"
