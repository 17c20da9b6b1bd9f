"""The bytes of tokens: joined, they are what the tokenizer decodes, for each kind of decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wardian.errors import ModelError
from wardian.generation.constraints import read_token_bytes
from wardian.tokenizers import AddedToken, Tokenizer
from wardian.tokenizers.decoders import (
    CTC,
    BPEDecoder,
    ByteFallback,
    ByteLevel,
    DecoderSequence,
    Fuse,
    Metaspace,
    Replace,
    Strip,
    WordPieceDecoder,
)
from wardian.tokenizers.models import WordLevel


def replace(pattern: str, content: str) -> Replace:
    return Replace(pattern, content, lambda text: text.replace(pattern, content))


WORDS = [
    "▁the",
    "▁",
    "▁▁",
    "cat",
    "##s",
    "##",
    ".",
    "n't",
    "Ġcaf",
    "Ã©",
    "é",
    "a b",
    "<0xC3>",
    "<0xA9>",
    "你",
    "do",
]
DECODERS: dict[str, Any] = {
    "none": None,
    "ByteLevel": ByteLevel(),
    "WordPiece": WordPieceDecoder(),
    "WordPiece without clean-up": WordPieceDecoder(cleanup=False),
    "Metaspace": Metaspace(),
    "Metaspace never": Metaspace(prepend_scheme="never"),
    "Llama": DecoderSequence([replace("▁", " "), ByteFallback(), Fuse(), Strip(" ", 1, 0)]),
    "Gemma": DecoderSequence([replace("▁", " "), ByteFallback(), Fuse()]),
}


def tokenizer(decoder: Any) -> Tokenizer:
    special = AddedToken("<s>", -1, normalized=False, special=True)
    added = AddedToken("<tool>", -1, normalized=False)
    vocab = {word: index for index, word in enumerate(WORDS)}
    return Tokenizer(model=WordLevel(vocab), decoder=decoder, added_tokens=[special, added])


@pytest.mark.parametrize("name", DECODERS)
def test_joined_they_are_the_decoded_text(name: str) -> None:
    given = tokenizer(DECODERS[name])
    tokens = read_token_bytes(given)
    count = given.get_vocab_size()
    assert count == len(tokens.rest) == len(WORDS) + 2
    compared = 0
    rng = np.random.default_rng(0)
    for _ in range(400):
        ids = rng.integers(0, count, rng.integers(1, 7)).tolist()
        # A special token is no part of a text, so the one after it is its first.
        ids = [index for index in ids if index != given.token_to_id("<s>")]
        joined = b"".join((tokens.rest if place else tokens.first)[index] for place, index in enumerate(ids))
        try:
            text = joined.decode()
        except UnicodeDecodeError:
            continue  # half a character, which a constraint never ends with
        if name != "ByteLevel":
            # A run of byte tokens is one text or none: é and half an é beside it are two U+FFFD.
            text = text if "\ufffd" not in given.decode(ids) else given.decode(ids)
        assert given.decode(ids) == text, ids
        compared += bool(ids)
    assert compared > 200
    assert tokens.rest[given.token_to_id("<s>") or 0] == b""


def test_a_first_token_is_another_where_the_decoder_says_so() -> None:
    same = {
        name
        for name, decoder in DECODERS.items()
        if (t := read_token_bytes(tokenizer(decoder))).first is t.rest
    }
    assert same == {"ByteLevel", "Gemma"}


@pytest.mark.parametrize(
    "decoder",
    [
        BPEDecoder(), CTC(), DecoderSequence([Fuse(), ByteFallback()]), Strip(" ", 1, 0),
        DecoderSequence([Fuse(), Strip(" ", 0, 1)]), Replace("", "x", lambda text: text),
    ],
    ids=["BPEDecoder", "CTC", "ByteFallback", "Strip", "Strip at the end", "Replace"],
)  # fmt: skip
def test_decoders_that_look_at_other_tokens_are_refused_by_name(decoder: Any) -> None:
    with pytest.raises(ModelError, match="cannot be constrained") as error:
        read_token_bytes(tokenizer(decoder))
    last = decoder.decoders[-1] if isinstance(decoder, DecoderSequence) else decoder
    assert error.value.value == type(last).__name__


def test_clean_up_across_tokens_is_refused() -> None:
    given = tokenizer(ByteLevel())
    given.configure({"clean_up_tokenization_spaces": True})
    with pytest.raises(ModelError, match="cannot be constrained"):
        read_token_bytes(given)
