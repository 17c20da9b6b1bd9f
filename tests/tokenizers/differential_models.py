"""The models of the tokenizers that `differential.py` assembles, as they stand in `tokenizer.json`."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from support import TESTS

__all__ = ["bpe", "byte_fallback", "byte_level", "bytes_only", "unigram", "wordlevel", "wordpiece"]

Config = dict[str, Any]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
SPECIAL = ["<unk>", "<s>", "</s>", "<pad>"]


@cache
def trained() -> dict[str, Any]:
    return dict(json.loads((TESTS / "golden" / "tokenizers_models.json").read_text("utf-8")))


def numbered(tokens: list[str]) -> dict[str, int]:
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}


def wordpiece(**options: Any) -> Config:
    """BERT's: [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4."""
    defaults = {"unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}
    return {"type": "WordPiece", **defaults, **options, "vocab": numbered(trained()["wordpiece"])}


def wordlevel(**options: Any) -> Config:
    return {"type": "WordLevel", "vocab": numbered(trained()["words"]), "unk_token": "[UNK]", **options}


def bpe(
    name: str, merges_as_text: bool = False, first: tuple[str, ...] = ("<unk>",), **options: Any
) -> Config:
    """One of the trained ones; `first` are tokens in front of its own."""
    source = trained()[name]
    merges = [" ".join(pair) if merges_as_text else pair for pair in source["merges"]]
    defaults = {
        "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
        "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
    }  # fmt: skip
    vocab = numbered([*first, *source["vocab"]])
    return {"type": "BPE", **defaults, **options, "vocab": vocab, "merges": merges}


def byte_level(**options: Any) -> Config:
    """GPT-2's: every byte has a token, so there is no unknown one. <s> 1, </s> 2, <pad> 3."""
    return bpe("byte_level", first=tuple(SPECIAL), **{"unk_token": None, **options})


def byte_fallback(**options: Any) -> Config:
    """Llama's: the bytes of unknown characters. <s> 1, </s> 2, <pad> 3."""
    return bpe("characters", first=(*SPECIAL, *BYTES), **{"byte_fallback": True, "fuse_unk": True, **options})


def bytes_only() -> Config:
    """No piece but bytes: each character that reaches the model is seen in the ids."""
    model = byte_fallback()
    return {**model, "vocab": numbered([*SPECIAL, *BYTES]), "merges": []}


def unigram(**options: Any) -> Config:
    """T5's: <pad> 0, <s> 1, </s> 2, <unk> 3. `bytes` adds tokens of bytes."""
    pieces = [list(entry) for entry in trained()["unigram"]]
    if options.get("byte_fallback"):
        pieces += [[token, 0.0] for token in BYTES]
    return {"type": "Unigram", "unk_id": 3, "byte_fallback": False, **options, "vocab": pieces}
