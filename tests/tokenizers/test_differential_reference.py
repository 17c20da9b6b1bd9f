"""Both encoders beside Hugging Face `tokenizers`: what they refuse, and where a character, token or word is.

Texts and code points have a file of their own, `test_differential_texts_reference.py`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from differential import catalogue
from differential_run import BACKENDS, both, content_of

import tokenizers as reference
from tokenizers_texts import LANGUAGES, LONE_SURROGATES, SPECIAL
from wardian.errors import InputError, ModelError
from wardian.tokenizers import Tokenizer


def test_the_reference_is_the_pinned_one() -> None:
    assert reference.__version__ == "0.23.3"


@pytest.mark.parametrize("by", BACKENDS)
@pytest.mark.parametrize("text", LONE_SURROGATES)
def test_half_a_surrogate_pair_is_refused_by_both(text: str, by: str) -> None:
    tokenizer, theirs = both(content_of("model BPE byte-level"), by)
    with pytest.raises((TypeError, UnicodeEncodeError)):
        theirs.encode(text)
    with pytest.raises(InputError, match="surrogate"):
        tokenizer.encode(text)
    with pytest.raises(InputError, match="surrogate"):
        tokenizer.encode_batch(["fine", text])


#: Look-ups by what they take: a character, a token, a word.
LOOK_UPS = {
    "character": ("char_to_token", "char_to_word"),
    "token": ("token_to_chars", "token_to_word", "token_to_sequence"),
    "word": ("word_to_tokens", "word_to_chars"),
}


@pytest.mark.parametrize("by", BACKENDS)
@pytest.mark.parametrize(
    "config",
    [
        "post_processor BertProcessing",
        "post_processor TemplateProcessing, odd",
        "truncation and padding",
        "normalizer NFKD",
    ],
)
def test_looking_up_characters_tokens_and_words(config: str, by: str) -> None:
    tokenizer, theirs = both(content_of(config), by)
    texts = [*SPECIAL, *LANGUAGES]
    for first, second in zip(texts, reversed(texts), strict=True):
        for pair in (None, second):
            assert_same_look_ups(tokenizer.encode(first, pair), theirs.encode(first, pair))


def assert_same_look_ups(mine: Any, other: Any) -> None:
    assert mine.n_sequences == other.n_sequences
    for what, methods in LOOK_UPS.items():
        for method in methods:
            for index in (*range(20), len(other) - 1, len(other)):
                for sequence in ((),) if what == "token" else ((), (0,), (1,)):
                    if index < 0 or (what == "token" and index >= len(other)):
                        continue
                    expected = getattr(other, method)(index, *sequence)
                    assert getattr(mine, method)(index, *sequence) == expected, (method, index, sequence)


def test_dropout_is_refused_by_name() -> None:
    """It makes ids random: no two runs would agree, so there is nothing to be exact about."""
    config = catalogue()["model BPE unk"]
    with pytest.raises(ModelError, match="dropout"):
        Tokenizer.from_str(json.dumps({**config, "model": {**config["model"], "dropout": 0.1}}))
