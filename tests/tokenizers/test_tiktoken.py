"""Rank files against PyPI tiktoken: tests/golden/tokenizer_sources.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import TESTS
from wardian.errors import ModelError
from wardian.tokenizers import Tokenizer
from wardian.tokenizers.tiktoken import PATTERNS, read_ranks

GOLDEN = json.loads((TESTS / "golden" / "tokenizer_sources.json").read_text("utf-8"))
RANKS = GOLDEN["tiktoken"]["ranks"].encode()
SPECIAL = GOLDEN["tiktoken"]["special_tokens"]


@pytest.mark.parametrize("name", PATTERNS)
def test_equals_tiktoken(name: str) -> None:
    tokenizer = Tokenizer.from_tiktoken(RANKS, name, SPECIAL)
    for text, ids in zip(GOLDEN["texts"], GOLDEN["tiktoken"]["ids"][name], strict=True):
        assert tokenizer.encode(text).ids.tolist() == ids, text
        assert tokenizer.decode(ids, skip_special_tokens=False) == text


def test_the_golden_is_what_it_says() -> None:
    assert len(GOLDEN["texts"]) > 150 and len(read_ranks(RANKS)) == 900
    assert read_ranks(RANKS)[b"!"] == 0


def test_special_tokens_keep_their_ids() -> None:
    tokenizer = Tokenizer.from_tiktoken(RANKS, "gpt2", SPECIAL)
    assert tokenizer.encode("a<|im_start|>").ids.tolist()[-1] == 1000
    assert tokenizer.token_to_id("<|endoftext|>") == 2000
    assert tokenizer.decode([2000]) == ""


def test_a_path_and_a_mapping_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "small.tiktoken"
    path.write_bytes(RANKS)
    ids = Tokenizer.from_tiktoken(RANKS, "gpt2").encode("all human beings").ids.tolist()
    assert Tokenizer.from_tiktoken(path, "gpt2").encode("all human beings").ids.tolist() == ids
    assert Tokenizer.from_tiktoken(read_ranks(RANKS), "gpt2").encode("all human beings").ids.tolist() == ids


def test_a_pattern_of_ones_own() -> None:
    tokenizer = Tokenizer.from_tiktoken(RANKS, r"\w+|\W+")
    assert tokenizer.encode("ab cd").word_ids[-1] == 2


@pytest.mark.parametrize(
    "content", [b"YQ==", b"YQ== x", b"\xff 1", b"YQ== 0\nYg== 0", b"YQ== 0", b"*** 0", b"", b"YQ==  0"]
)
def test_a_broken_file_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError):
        Tokenizer.from_tiktoken(content, "gpt2")


def test_bad_ranks_are_refused(tmp_path: Path) -> None:
    bad: Any = {bytes([byte]): byte for byte in range(256)} | {b"ab": 7}
    with pytest.raises(ModelError, match="same rank"):
        Tokenizer.from_tiktoken(bad, "gpt2")
    with pytest.raises(ModelError, match="missing"):
        Tokenizer.from_tiktoken(tmp_path / "missing", "gpt2")
