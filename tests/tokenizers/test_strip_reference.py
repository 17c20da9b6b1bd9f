"""What is inserted before a stripped text stands where the text began, not where its rest begins."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import Any

import pytest

import tokenizers
from wardian.tokenizers import Tokenizer

BACKENDS = ("python", "native") if find_spec("wardian_kernels") else ("python",)
TEXTS = ("  AB", "   ab", "AB", " xAB a", "  b", "   bAd", "ab")
LOWERCASE, PREPEND = {"type": "Lowercase"}, {"type": "Prepend", "prepend": "x"}
STRIP = {"type": "Strip", "strip_left": True, "strip_right": False}
BEFORE = {"type": "Replace", "pattern": {"Regex": "^"}, "content": "x"}
EMPTY = {"type": "Replace", "pattern": {"Regex": "a*"}, "content": "x"}
ROWS = [
    [STRIP, BEFORE],
    [STRIP, LOWERCASE, BEFORE],
    [LOWERCASE, STRIP, BEFORE],
    [STRIP, LOWERCASE, EMPTY],
    [STRIP, LOWERCASE, STRIP, EMPTY],
    [STRIP, LOWERCASE, PREPEND],
]


def content(normalizers: list[dict[str, Any]]) -> str:
    vocabulary = {"[UNK]": 0, "x": 1, "a": 2, "b": 3, "d": 4, "##x": 5, "##a": 6, "##b": 7, "##d": 8}
    settings = {"unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}
    parts = ("truncation", "padding", "pre_tokenizer", "post_processor", "decoder")
    return json.dumps(
        {
            "version": "1.0",
            "added_tokens": [],
            "normalizer": {"type": "Sequence", "normalizers": normalizers},
            "model": {"type": "WordPiece", "vocab": vocabulary, **settings},
            **dict.fromkeys(parts),
        }
    )


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("normalizers", ROWS, ids=lambda row: " ".join(step["type"] for step in row))
def test_insertions_stand_at_the_beginning(normalizers: list[dict[str, Any]], backend: str) -> None:
    mine = Tokenizer.from_str(content(normalizers), backend=backend)
    reference = tokenizers.Tokenizer.from_str(content(normalizers))
    for text in TEXTS:
        found, expected = mine.encode(text), reference.encode(text)
        assert found.ids.tolist() == expected.ids, text
        assert found.offsets == expected.offsets, text
