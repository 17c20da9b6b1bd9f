"""Decoders and their streams worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from wardian.errors import InputError, ModelError
from wardian.tokenizers import DecodeStream, Tokenizer
from wardian.tokenizers.decoders import load_decoder
from wardian.tokenizers.models import WordLevel

LLAMA = {
    "type": "Sequence",
    "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
        {"type": "ByteFallback"},
        {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0},
    ],
}


def tokenizer(config: dict[str, Any] | None, *tokens: str) -> Tokenizer:
    return Tokenizer(
        model=WordLevel({token: index for index, token in enumerate(tokens)}), decoder=load_decoder(config)
    )


@pytest.mark.parametrize(
    ("config", "tokens", "text"),
    [
        (None, ["a", "b"], "a b"),
        (
            {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True},
            ["Ġa", "Ã", "©", "Ã"],
            " aé\ufffd",
        ),
        ({"type": "WordPiece", "prefix": "##", "cleanup": True}, ["do", "##g", "n't", "."], "dogn't."),
        ({"type": "Metaspace", "replacement": "▁"}, ["▁a", "▁b"], "a b"),
        ({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"}, ["▁a", "▁b"], " a b"),
        ({"type": "BPEDecoder", "suffix": "</w>"}, ["a</w>", "b", "c</w>"], "a bc"),
        (
            {"type": "CTC", "pad_token": "-", "word_delimiter_token": "|", "cleanup": True},
            ["h", "h", "-", "h", "|", "|", "i"],
            "hh i",
        ),
        (LLAMA, ["▁▁a", "<0xE4>", "<0xBD>", "<0xA0>", "▁b", "<0xFF>"], " a你 b\ufffd"),
        ({"type": "Strip", "content": "a", "start": 1, "stop": 2}, ["aabaaa", "a"], "aba"),
        ({"type": "Replace", "pattern": {"Regex": "a+"}, "content": "x"}, ["baab", "a"], "bxbx"),
    ],
)
def test_text_of_tokens(config: dict[str, Any] | None, tokens: list[str], text: str) -> None:
    distinct = list(dict.fromkeys(tokens))
    subject = tokenizer(config, *distinct)
    assert subject.decode([distinct.index(token) for token in tokens]) == text


def test_a_stream_gives_whole_characters() -> None:
    subject = tokenizer(LLAMA, "▁a", "<0xE4>", "<0xBD>", "<0xA0>", "▁")
    stream = DecodeStream(subject)
    assert [stream.step(index) for index in (0, 1, 2, 3, 4, 0)] == ["a", None, None, "你", " ", " a"]
    assert DecodeStream(subject).step([0, 1, 2, 3]) == "a你"


def test_a_broken_character_is_shown_once_it_is_certain() -> None:
    subject = tokenizer({"type": "ByteLevel"}, "Ã", "a")
    stream = DecodeStream(subject)
    assert [stream.step(index) for index in (0, 0, 1)] == [None, "\ufffd", "\ufffda"]


def test_a_step_costs_the_same_after_many() -> None:
    """Ten thousand steps look at no token but their own: what came before is not decoded again."""
    subject = tokenizer(LLAMA, "▁a", "<0xFF>", "<0xE4>")
    seen = 0
    spell = subject.spell

    def counted(ids: Any, skip_special_tokens: bool = True) -> list[str]:
        nonlocal seen
        tokens = spell(ids, skip_special_tokens)
        seen += len(tokens)
        return tokens

    subject.spell = counted  # type: ignore[method-assign]
    stream = DecodeStream(subject)
    for index in [0, 1, 2] * 3000:
        stream.step(index)
    assert seen == 2 * 9000


def test_what_is_no_id_is_refused() -> None:
    subject = tokenizer(None, "a")
    bad: Any
    for bad in ([-1], ["a"], [1.5], [None]):
        with pytest.raises(InputError):
            subject.decode(bad)
        with pytest.raises(InputError):
            DecodeStream(subject).step(bad)
    assert subject.decode([0, 99, True]) == "a"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"type": "Morse"}, "'Morse'"),
        ({"type": "WordPiece", "prefix": "##"}, "cleanup"),
        ({"type": "Fuse", "new": 1}, "'new'"),
        ({"type": "Strip", "content": "ab", "start": 1, "stop": 0}, "character"),
        ({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "maybe"}, "maybe"),
        ({"type": "Sequence", "decoders": [{"type": "Morse"}]}, "'Morse'"),
        ("Fuse", "object"),
    ],
)
def test_what_is_broken_or_unknown_is_named(config: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        load_decoder(config)
