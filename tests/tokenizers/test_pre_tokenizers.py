"""Pre-tokenizers: cases worked by hand, in any interpreter."""

from __future__ import annotations

from typing import Any

import pytest

from wardian.errors import ModelError
from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.pre_tokenizers import (
    ByteLevel,
    Metaspace,
    PreTokenizer,
    Punctuation,
    Sequence,
    Split,
    Stages,
    UnicodeScripts,
    Whitespace,
    WhitespaceSplit,
    load_pre_tokenizer,
)


def words(pre_tokenizer: PreTokenizer, text: str, base: int = 0) -> list[tuple[str, int, int]]:
    pieces = pre_tokenizer.pre_tokenize([AlignedText(text, base=base)])
    return [(piece.text, *piece.original_span(0, len(piece.text))) for piece in pieces]


@pytest.mark.parametrize(
    ("behavior", "pieces"),
    [
        ("Removed", ["the", "final", "countdown"]),
        ("Isolated", ["the", "-", "final", "-", "-", "countdown"]),
        ("MergedWithPrevious", ["the-", "final-", "-", "countdown"]),
        ("MergedWithNext", ["the", "-final", "-", "-countdown"]),
        ("Contiguous", ["the", "-", "final", "--", "countdown"]),
    ],
)
def test_behaviors(behavior: str, pieces: list[str]) -> None:
    """The example of Hugging Face's documentation; by a pattern and by a set of characters."""
    for splitter in (Split({"String": "-"}, behavior), Punctuation(behavior)):
        assert [word for word, _, _ in words(splitter, "the-final--countdown")] == pieces


def test_a_prefix_shares_the_place_of_the_first_character() -> None:
    assert words(ByteLevel(), "a b") == [("Ġa", 0, 1), ("Ġb", 1, 3)]
    assert words(ByteLevel(add_prefix_space=False), "é\n") == [("Ã©", 0, 1), ("Ċ", 1, 2)]
    assert words(Metaspace(), "a b") == [("▁a", 0, 1), ("▁b", 1, 3)]


def test_first_means_the_first_of_the_text() -> None:
    row = Sequence([WhitespaceSplit(), Metaspace(prepend_scheme="first")])
    assert [word for word, _, _ in words(row, "a b")] == ["▁a", "b"]
    assert words(Metaspace(prepend_scheme="first"), "a", base=5) == [("a", 5, 6)]


def test_white_space_and_scripts() -> None:
    assert [word for word, _, _ in words(Whitespace(), "Hi! ₂x_y\u2003z")] == ["Hi", "!", "₂", "x_y", "z"]
    assert [word for word, _, _ in words(UnicodeScripts(), "  a b漢字カナ")] == ["a b", "漢字カナ"]
    assert words(UnicodeScripts(), "   ") == []


def test_stages() -> None:
    """What the encoder may remember: what becomes of a word by itself."""

    def counts(pre_tokenizer: PreTokenizer | None) -> tuple[int, int, int, bool]:
        stages = Stages.of(pre_tokenizer)
        return len(stages.heads), len(stages.splitters), len(stages.rest), stages.independent

    assert counts(None) == (0, 0, 0, True)
    assert counts(WhitespaceSplit()) == (0, 1, 0, True)
    assert counts(ByteLevel(use_regex=False, add_prefix_space=False)) == (0, 0, 1, True)
    assert counts(Metaspace()) == (1, 1, 1, True)
    assert counts(Metaspace(prepend_scheme="first", split=False)) == (0, 0, 2, False)
    assert counts(Sequence([WhitespaceSplit(), Metaspace(prepend_scheme="first")])) == (0, 1, 3, False)
    assert counts(Sequence([Split({"Regex": "a"}, "Isolated"), ByteLevel(add_prefix_space=False)])) == (
        0,
        2,
        1,
        True,
    )


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"type": "Tea"},
        {"type": "ByteLevel"},
        {"type": "Digits", "individual_digits": "yes"},
        {"type": "Metaspace", "replacement": "▁", "add_prefix_space": False},
        {"type": "Metaspace", "replacement": ""},
        {"type": "Split", "pattern": {"Regex": "["}, "behavior": "Isolated", "invert": False},
        {"type": "Split", "pattern": {"String": "a"}, "behavior": "isolated", "invert": False},
        {"type": "FixedLength", "length": 0},
        {"type": "CharDelimiterSplit", "delimiter": "ab"},
        {"type": "Sequence", "pretokenizers": [{"type": "Tea"}]},
    ],
)
def test_a_broken_one_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        load_pre_tokenizer(config)
