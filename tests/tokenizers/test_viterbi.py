"""Many words at once give what each gives by itself, also where cuts have equal sums."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from wardian.tokenizers import Tokenizer
from wardian.tokenizers.models import Unigram, unigram
from wardian.tokenizers.models.viterbi import Columns, PieceFinder

LETTERS = "abc▁é中\U0001f600"


@pytest.fixture(autouse=True)
def from_the_first_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unigram, "_TRIE_PAYS", 0)


def random_text(source: random.Random, longest: int) -> str:
    return "".join(source.choices(LETTERS, k=source.randint(1, longest)))


def random_model(source: random.Random, unk_id: int | None = 0, byte_fallback: bool = False) -> Unigram:
    """Scores are small integers and halves, so that many cuts are equally good."""
    pieces = ["<unk>", *{random_text(source, 4) for _ in range(60)}, "abcabcabc", "a" * 70]
    if byte_fallback:
        pieces += [f"<0x{byte:02X}>" for byte in range(256)]
    return Unigram([(piece, -source.randint(0, 6) / 2) for piece in pieces], unk_id, byte_fallback)


def check(model: Unigram, words: list[str]) -> int:
    """Compare with word by word; how many words were done together."""
    columns = model.tokenize_many(words)
    pieces = iter(zip(columns.ids.tolist(), columns.starts.tolist(), columns.ends.tolist(), strict=True))
    done = 0
    for word, count in zip(words, columns.counts.tolist(), strict=True):
        if count:
            found = [next(pieces) for _ in range(count)]
            assert found == [(index, start, end) for index, _, start, end in model.tokenize(word)], word
            done += 1
    assert next(pieces, None) is None
    return done


@pytest.mark.parametrize("seed", range(60))
def test_together_as_one_by_one(seed: int) -> None:
    source = random.Random(seed)
    model = random_model(source, byte_fallback=seed % 3 == 0)
    words = [random_text(source, 12) for _ in range(200)]
    assert check(model, words) > 20


def test_what_is_long_or_unknown_is_left() -> None:
    model = Unigram([("<unk>", -9.0), ("a", -1.0), ("aa", -1.5)], unk_id=0)
    columns = model.tokenize_many(["aaa", "a" * 65, "axa", "a<unk>", "a" * 64])
    assert columns.counts.tolist() == [2, 0, 0, 0, 32]
    assert columns.ids[:2].tolist() == [1, 2]  # -2.5 either way: a, aa is found first
    assert model.tokenize_many(["x" * 99]).counts.tolist() == [0]


def test_without_an_unknown_token() -> None:
    model = random_model(random.Random(1), unk_id=None)
    assert model.tokenize_many(["?", "??"]).counts.tolist() == [0, 0]


def test_the_first_words_do_not_wait_for_the_trie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unigram, "_TRIE_PAYS", 100)
    model = Unigram([("<unk>", -9.0), ("a", -1.0)], unk_id=0)
    assert check(model, ["aa"] * 60) == 0
    assert check(model, ["aa"] * 60) == 60


def test_pieces_that_no_other_begins_with() -> None:
    edges = PieceFinder({"abc": 5, "abcab": 6}, {"abc": 5}).find(["abcab", "", "c"])
    assert edges.ids.tolist() == [-1] * 6 + [5, 6]
    assert edges.sources.tolist() == [0, 1, 2, 3, 4, 7, 0, 0] and edges.targets.tolist()[-2:] == [3, 5]


def test_words_can_be_taken_out() -> None:
    ids, starts, ends = np.arange(9).reshape(3, 3)
    columns = Columns(ids, starts, ends, np.array([1, 2, 0]))
    left = columns.without(np.array([1]))
    assert left.counts.tolist() == [1, 0, 0] and left.ids.tolist() == [0] and left.ends.tolist() == [6]


def test_a_tokenizer_takes_them_together() -> None:
    """More than a thousand new words, some with unknown characters, in one call and each by itself."""
    source = random.Random(3)
    pieces = [["<unk>", -5.0], *([piece, -source.random()] for piece in [*"▁abc", "▁a", "ab", "bca", "cc"])]
    config = {
        "version": "1.0",
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "model": {"type": "Unigram", "unk_id": 0, "vocab": pieces, "byte_fallback": False},
    }
    texts = [" ".join(random_text(source, 9).replace("▁", "") + "c" for _ in range(100)) for _ in range(20)]
    together, alone = (Tokenizer.from_str(json.dumps(config), backend="python") for _ in range(2))
    for text, encoding in zip(texts, together.encode_batch(texts), strict=True):
        words = [alone.encode(word) for word in text.split(" ")]
        assert encoding.tokens == [token for word in words for token in word.tokens]
        assert encoding.ids.tolist() == [index for word in words for index in word.ids.tolist()]
        assert encoding.word_ids == [place for place, word in enumerate(words) for _ in word.ids]
