"""A small Whisper as CTranslate2's `model.bin`, in every type of weights; all axes of another length.

Its tensors follow from their names (`hf_models.weights`) and are quantised as CTranslate2 does it.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import hf_models

__all__ = [
    "LANGUAGE",
    "TOKENS",
    "TYPES",
    "bands",
    "config",
    "ct2_bytes",
    "features",
    "tokenizer",
    "variables",
]

FEATURES, BANDS, SOURCE, TARGET, LAYERS = 24, 7, 9, 11, 2
ENCODER_HEADS, DECODER_HEADS, ENCODER_INNER, DECODER_INNER = 3, 2, 20, 16
#: What CTranslate2 looks up by name; the rest of the vocabulary are letters.
SPECIAL = (
    "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", "<|translate|>", "<|transcribe|>",
    "<|startoflm|>", "<|startofprev|>", "<|nocaptions|>", "<|notimestamps|>", "<|0.00|>", "<|0.02|>",
)  # fmt: skip
TOKENS = (*(chr(0x61 + index) for index in range(19)), *SPECIAL)
LANGUAGE = TOKENS.index("<|en|>")

#: How matrices are stored, by the name of the file; the number of the type, its NumPy name.
TYPES = {
    "float32": (0, "<f4"),
    "int8": (1, "|i1"),
    "int16": (2, "<i2"),
    "float16": (4, "<f2"),
    "bfloat16": (5, "<u2"),
}
Variable = tuple[int, NDArray[Any]]


def variables(kind: str) -> dict[str, Variable]:
    """Name → number of its type and what is stored."""
    found: dict[str, Variable] = {}
    for name, shape in _shapes().items():
        values = hf_models.weights(name, shape)
        if name.endswith("/gamma"):
            values = values + np.float32(1)
        matrix = name.endswith("/weight") and "conv" not in name
        found[name] = (0, values)
        if matrix and kind == "int8":
            scale = (127 / np.abs(values).max(axis=1)).astype(np.float32)
            found[name] = (1, np.rint(values * scale[:, None]).astype(np.int8))
            found[f"{name}_scale"] = (0, scale)
        elif matrix and kind == "int16":
            scale = np.float32(1024) / np.abs(values).max()
            found[name] = (2, np.rint(values * scale).astype(np.int16))
            found[f"{name}_scale"] = (0, np.asarray(scale, np.float32))
        elif kind == "float16":
            found[name] = (4, values.astype(np.float16))
        elif kind == "bfloat16":
            found[name] = (5, (values.view("<u4") >> 16).astype("<u2"))
    numbers = {
        "encoder/num_heads": (2, ENCODER_HEADS), "decoder/num_heads": (2, DECODER_HEADS),
        "decoder/activation": (1, 3), "decoder/alibi": (1, 0), "decoder/alignment_heads": (2, 1),
        "decoder/alignment_layer": (2, -1), "decoder/pre_norm": (1, 1), "decoder/scale_embeddings": (1, 0),
        "decoder/start_from_zero_embedding": (1, 0),
    }  # fmt: skip
    for name, (number, value) in numbers.items():
        found[name] = (number, np.array(value, np.int8 if number == 1 else np.int16))
    return dict(sorted(found.items()))


def ct2_bytes(
    found: dict[str, Variable],
    aliases: dict[str, str] | None = None,
    name: str = "WhisperSpec",
    version: int = 6,
) -> bytes:
    """A `model.bin`."""
    content = [struct.pack("<I", version), _text(name), struct.pack("<II", 3, len(found))]
    for key, (number, value) in found.items():
        head = struct.pack(f"<B{value.ndim}IBI", value.ndim, *value.shape, number, value.nbytes)
        content += [_text(key), head, value.tobytes()]
    if aliases is None:
        aliases = {"decoder/projection/weight": "decoder/embeddings/weight"}
    content.append(struct.pack("<I", len(aliases)))
    content += [_text(alias) + _text(other) for alias, other in aliases.items()]
    return b"".join(content)


def config() -> dict[str, Any]:
    return {
        "suppress_ids": [3, 5], "suppress_ids_begin": [4, TOKENS.index("<|endoftext|>")],
        "lang_ids": [LANGUAGE, LANGUAGE + 1], "alignment_heads": [[1, 0]],
    }  # fmt: skip


def tokenizer() -> dict[str, Any]:
    """Letters, byte by byte, and the special tokens."""
    added = [
        {"id": TOKENS.index(token), "content": token, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True}
        for token in SPECIAL
    ]  # fmt: skip
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                          "use_regex": True},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                  "vocab": {token: index for index, token in enumerate(TOKENS)}, "merges": []},
    }  # fmt: skip


def features() -> NDArray[np.float32]:
    """Two spectrograms: (batch, bands, frames)."""
    return bands(2, BANDS, 2 * SOURCE)


def bands(batch: int, count: int, frames: int) -> NDArray[np.float32]:
    return np.sin(np.arange(batch * count * frames, dtype=np.float32)).reshape(batch, count, frames)


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<H", len(raw) + 1) + raw + b"\0"


def _shapes() -> dict[str, tuple[int, ...]]:
    size = FEATURES
    found: dict[str, tuple[int, ...]] = {
        "encoder/conv1/weight": (size, BANDS, 3),
        "encoder/conv1/bias": (size,),
        "encoder/conv2/weight": (size, size, 3),
        "encoder/conv2/bias": (size,),
        "encoder/position_encodings/encodings": (SOURCE, size),
        "decoder/position_encodings/encodings": (TARGET, size),
        "decoder/embeddings/weight": (len(TOKENS), size),
    }
    for side, inner in (("encoder", ENCODER_INNER), ("decoder", DECODER_INNER)):
        norms = [f"{side}/layer_norm"]
        for layer in range(LAYERS):
            prefix = f"{side}/layer_{layer}"
            dense = {
                "self_attention/linear_0": (3 * size, size),
                "self_attention/linear_1": (size, size),
                "ffn/linear_0": (inner, size),
                "ffn/linear_1": (size, inner),
            }
            blocks = ["self_attention", "ffn"]
            if side == "decoder":
                dense |= {
                    "attention/linear_0": (size, size),
                    "attention/linear_1": (2 * size, size),
                    "attention/linear_2": (size, size),
                }
                blocks.append("attention")
            for name, shape in dense.items():
                found[f"{prefix}/{name}/weight"], found[f"{prefix}/{name}/bias"] = shape, shape[:1]
            norms += [f"{prefix}/{block}/layer_norm" for block in blocks]
        for norm in norms:
            found[f"{norm}/gamma"] = found[f"{norm}/beta"] = (size,)
    return found
