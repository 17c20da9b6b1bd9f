"""Small random decoders as GGUF files, for every type of block: all axes of another length."""

from __future__ import annotations

from typing import Any

import numpy as np
from gguf_writer import Tensor, gguf_bytes

#: By name of the file: types of the matrices, of the values' projection, of the embedding, and whether there
#: is an own head. One file has what the real one has, one mixes types so that projections cannot be stacked.
FILES: dict[str, tuple[str, str, str, bool]] = {
    "q4_1": ("Q4_1", "Q4_1", "Q8_0", False),
    "q4_0": ("Q4_0", "Q4_0", "Q4_0", False),
    "q8_0": ("Q8_0", "Q8_0", "Q8_0", True),
    "f16": ("F16", "F16", "F16", False),
    "mixed": ("Q4_1", "Q8_0", "F32", True),
}
LAYERS, HIDDEN, HEADS, GROUPS, WIDTH, INNER, VOCABULARY = 2, 96, 6, 2, 16, 160, 50
TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 8}

METADATA: dict[str, Any] = {
    "general.architecture": "llama",
    "general.name": "tiny",
    "llama.block_count": LAYERS,
    "llama.context_length": 64,
    "llama.embedding_length": HIDDEN,
    "llama.feed_forward_length": INNER,
    "llama.attention.head_count": HEADS,
    "llama.attention.head_count_kv": GROUPS,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.rope.freq_base": 10000.0,
    "llama.rope.dimension_count": WIDTH,
    "llama.vocab_size": VOCABULARY,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": ["<s>", "</s>", *(chr(0x61 + index) for index in range(VOCABULARY - 2))],
    "tokenizer.ggml.token_type": [3, 3, *[1] * (VOCABULARY - 2)],
    "tokenizer.ggml.merges": ["a b"][:0],
    "tokenizer.ggml.bos_token_id": 0,
    "tokenizer.ggml.eos_token_id": 1,
    "tokenizer.chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}",
}


def tensors(name: str) -> list[Tensor]:
    """The tensors of one of FILES."""
    main, values, embedding, head = FILES[name]
    generator = np.random.default_rng([*name.encode()])
    queries, keys = HEADS * WIDTH, GROUPS * WIDTH
    found = [_matrix(generator, "token_embd", VOCABULARY, HIDDEN, embedding)]
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        found += [
            _norm(generator, f"{block}.attn_norm"),
            _norm(generator, f"{block}.ffn_norm"),
            _matrix(generator, f"{block}.attn_q", queries, HIDDEN, main),
            _matrix(generator, f"{block}.attn_k", keys, HIDDEN, main),
            _matrix(generator, f"{block}.attn_v", keys, HIDDEN, values),
            _matrix(generator, f"{block}.attn_output", HIDDEN, queries, main),
            _matrix(generator, f"{block}.ffn_gate", INNER, HIDDEN, main),
            _matrix(generator, f"{block}.ffn_up", INNER, HIDDEN, values),
            _matrix(generator, f"{block}.ffn_down", HIDDEN, INNER, main),
        ]
    found.append(_norm(generator, "output_norm"))
    return [*found, _matrix(generator, "output", VOCABULARY, HIDDEN, main)] if head else found


def tiny_gguf(name: str) -> bytes:
    """One of FILES; equal bytes on every call and machine."""
    return gguf_bytes(METADATA, tensors=tensors(name))


def _norm(generator: np.random.Generator, name: str) -> Tensor:
    weight = generator.integers(80, 160, HIDDEN).astype("<f4") / 128
    return f"{name}.weight", [HIDDEN], TYPES["F32"], weight.tobytes()


def _matrix(generator: np.random.Generator, name: str, rows: int, columns: int, kind: str) -> Tensor:
    """Random blocks: what a quantiser would have made of some weights of about ±0.2."""
    blocks = rows * columns // 32
    if kind.startswith("F"):
        weight = generator.integers(-128, 128, rows * columns).astype("<f4") / 700
        content = weight.astype("<f2" if kind == "F16" else "<f4").tobytes()
    else:
        scale = (generator.integers(1, 40, blocks) / (10000 if kind == "Q8_0" else 1000)).astype("<f2")
        size = 32 if kind == "Q8_0" else 16
        fields: list[tuple[Any, ...]] = [("d", "<f2"), ("m", "<f2"), ("q", "u1", size)]
        rows_of = np.zeros(blocks, [field for field in fields if field[0] != "m" or kind == "Q4_1"])
        rows_of["d"], rows_of["q"] = scale, generator.integers(0, 256, (blocks, size), np.uint8)
        if kind == "Q4_1":
            # Neither −8 d nor a constant: the minimum has to be used.
            rows_of["m"] = -(scale * generator.integers(40, 110, blocks) / 10).astype("<f2")
        content = rows_of.tobytes()
    return f"{name}.weight", [columns, rows], TYPES[kind], content
