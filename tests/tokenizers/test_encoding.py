"""Encodings: columns, look-ups, UTF-16, what is found when it is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wardian.errors import InputError
from wardian.tokenizers import Encoding, Tokenizer
from wardian.tokenizers.models import WordLevel
from wardian.tokenizers.post_processors import BertProcessing
from wardian.tokenizers.pre_tokenizers import load_pre_tokenizer

VOCAB = {word: index for index, word in enumerate(["[UNK]", "[CLS]", "[SEP]", *"ab😀中é!."])}


def words(**settings: Any) -> Tokenizer:
    """A tokenizer of whole words."""
    return Tokenizer(
        model=WordLevel(VOCAB, unk_token="[UNK]"),
        pre_tokenizer=load_pre_tokenizer({"type": "BertPreTokenizer"}),
        **settings,
    )


@pytest.fixture
def pair() -> Encoding:
    bert = BertProcessing(sep=("[SEP]", 2), cls=("[CLS]", 1))
    return words(post_processor=bert).encode("a 😀 b!", "é 中.")


def test_columns_are_arrays(pair: Encoding) -> None:
    assert pair.tokens == ["[CLS]", "a", "😀", "b", "!", "[SEP]", "é", "中", ".", "[SEP]"]
    for name in ("ids", "type_ids", "attention_mask", "special_tokens_mask"):
        assert getattr(pair, name).dtype == np.int64 and pair.int32(name).dtype == np.int32
        assert pair.int32(name).tolist() == getattr(pair, name).tolist()
    assert pair.type_ids.tolist() == [0] * 6 + [1] * 4
    assert pair.special_tokens_mask.tolist() == [1, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    with pytest.raises(InputError, match="column"):
        pair.int32("tokens")


def test_offsets_in_characters_and_in_utf16(pair: Encoding) -> None:
    assert pair.offsets == [(0, 0), (0, 1), (2, 3), (4, 5), (5, 6), (0, 0), (0, 1), (2, 3), (3, 4), (0, 0)]
    text = "a 😀 b!".encode("utf-16-le")
    for token, (start, end) in zip(pair.tokens[1:5], pair.offsets_utf16[1:5], strict=True):
        assert text[2 * start : 2 * end].decode("utf-16-le") == token
    assert pair.offsets_utf16[6:] == pair.offsets[6:]


def test_utf16_of_pre_tokenized_text() -> None:
    encoding = words().encode(["😀", "a 😀 b"], is_pretokenized=True)
    assert encoding.word_ids == [0, 1, 1, 1]
    assert encoding.offsets == [(0, 1), (0, 1), (2, 3), (4, 5)]
    assert encoding.offsets_utf16 == [(0, 2), (0, 1), (2, 4), (5, 6)]


def test_utf16_after_merging_is_refused(pair: Encoding) -> None:
    assert Encoding.merge([pair], growing_offsets=False).offsets_utf16 == pair.offsets_utf16
    with pytest.raises(InputError, match="texts"):
        _ = Encoding.merge([pair, words().encode("b")]).offsets_utf16
    with pytest.raises(InputError, match="texts"):
        _ = Encoding.merge([]).offsets_utf16


def test_look_ups(pair: Encoding) -> None:
    assert pair.n_sequences == 2
    assert pair.sequence_ids == [None, 0, 0, 0, 0, None, 1, 1, 1, None]
    assert pair.word_ids == [None, 0, 1, 2, 3, None, 0, 1, 2, None]
    assert pair.char_to_token(2) == 2 and pair.char_to_token(2, 1) == 7 and pair.char_to_token(1) is None
    assert pair.char_to_word(5) == 3 and pair.char_to_word(1) is None
    assert pair.token_to_chars(7) == (2, 3) and pair.token_to_chars(0) is None
    assert pair.token_to_word(7) == 1 and pair.token_to_word(5) is None
    assert pair.token_to_sequence(7) == 1 and pair.token_to_sequence(9) is None
    assert pair.word_to_tokens(1, 1) == (7, 8) and pair.word_to_tokens(9) is None
    assert pair.word_to_chars(2) == (4, 5) and pair.word_to_chars(9) is None
    with pytest.raises(InputError):
        pair.char_to_token(-1)


def test_truncation_worked_by_hand() -> None:
    tokenizer = words()
    tokenizer.enable_truncation(3, stride=1)
    encoding = tokenizer.encode("a b a b a b")
    assert encoding.tokens == ["a", "b", "a"]
    assert [part.tokens for part in encoding.overflowing] == [["a", "b", "a"], ["a", "b"]]
    assert [part.offsets[0] for part in encoding.overflowing] == [(4, 5), (8, 9)]
    tokenizer.enable_truncation(3, direction="left")
    assert [part.tokens for part in tokenizer.encode("a b ! .").overflowing] == [["a"]]


def test_what_overflows_is_tokenized_when_it_is_asked_for() -> None:
    """Of a long text only the beginning is read; later settings do not change what overflowed."""
    tokenizer = words()
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=3)
    encoding = tokenizer.encode("a b " * 50_000 + "!")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.add_tokens(["b"])
    assert len(encoding) == 3
    assert len(encoding.overflowing) == 50_000
    assert encoding.overflowing[-1].tokens == ["!", "[PAD]", "[PAD]"]
    assert encoding.overflowing[-1].offsets_utf16[0] == (200_000, 200_001)


def test_padding_worked_by_hand() -> None:
    tokenizer = words()
    tokenizer.enable_padding(
        direction="left", pad_id=9, pad_type_id=7, pad_token="<pad>", pad_to_multiple_of=4
    )
    first, second = tokenizer.encode_batch(["a b", "a b a b a"])
    assert first.ids.tolist() == [9] * 6 + [3, 4]
    assert first.tokens == ["<pad>"] * 6 + ["a", "b"]
    assert first.attention_mask.tolist() == [0] * 6 + [1, 1]
    assert first.type_ids.tolist() == [7] * 6 + [0, 0]
    assert first.special_tokens_mask.tolist() == [1] * 6 + [0, 0]
    assert len(second) == 8 and second.char_to_token(0) == 3


def test_an_encoding_stays_what_it_is_when_another_is_changed() -> None:
    encoding = words().encode("a b a")
    merged = Encoding.merge([encoding, encoding])
    assert merged.offsets == [(0, 1), (2, 3), (4, 5), (5, 6), (7, 8), (9, 10)]
    encoding.pad(5)
    encoding.truncate(1)
    assert len(merged) == 6 and len(encoding) == 1 and len(encoding.overflowing) == 4


@pytest.mark.parametrize(
    "call",
    [
        lambda encoding: encoding.pad(5, direction="up"),
        lambda encoding: encoding.pad(-1),
        lambda encoding: encoding.truncate(2, stride=2),
        lambda encoding: encoding.truncate(2, direction="up"),
        lambda encoding: encoding.set_sequence_id(-1),
    ],
)
def test_wrong_arguments_are_refused(call: Any) -> None:
    with pytest.raises(InputError):
        call(words().encode("a b a"))
