"""The native encoder gives what the Python one gives; what it cannot do is refused by name."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import numpy as np
import pytest
from differential import catalogue

from tokenizers_texts import LANGUAGES, SPECIAL
from wardian.errors import InputError, ModelError
from wardian.tokenizers import Tokenizer
from wardian.tokenizers.prepare import NotPreparable, prepare

kernels = pytest.importorskip("wardian_kernels.tokenizers")

NAMES = sorted(catalogue())[::6]
TEXTS = [text for text in [*LANGUAGES[::4], *SPECIAL[::3]] if len(text) < 400]
WORDS: dict[str, Any] = {
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1, "b": 2}, "unk_token": "[UNK]"},
    "pre_tokenizer": {"type": "Whitespace"},
    "added_tokens": [],
}


def columns(blob: bytes, text: str, limit: int | None = None) -> list[list[int]]:
    """ids, starts, ends, words."""
    ids, places, _, _ = kernels.Kernel(blob).encode([text], limit)
    return [np.frombuffer(ids, np.int64).tolist(), *np.frombuffer(places, np.int32).reshape(3, -1).tolist()]


@pytest.mark.parametrize("name", NAMES)
def test_equal_to_python(name: str) -> None:
    content = json.dumps(catalogue()[name])
    native = Tokenizer.from_str(content, backend="native")
    python = Tokenizer.from_str(content, backend="python")
    assert (native.backend, python.backend) == ("native", "python")
    native.no_truncation()
    python.no_truncation()
    for text in TEXTS:
        ours, theirs = native.encode(text), python.encode(text)
        assert ours.ids.tolist() == theirs.ids.tolist(), text
        assert ours.tokens == theirs.tokens, text
        assert ours.offsets == theirs.offsets, text
        assert ours.word_ids == theirs.word_ids, text


def test_worked_by_hand() -> None:
    assert columns(prepare(WORDS), "a  b?c") == [[1, 2, 0, 0], [0, 3, 4, 5], [1, 4, 5, 6], [0, 1, 2, 3]]


def test_byte_pairs_worked_by_hand() -> None:
    """h e l l o, with the merges (l l), (he ll) and (h e) in this order: no merge waits for a later one."""
    vocab = {token: index for index, token in enumerate(["h", "e", "l", "o", "he", "ll", "hell"])}
    model = {"type": "BPE", "vocab": vocab, "merges": [["l", "l"], ["he", "ll"], ["h", "e"]]}
    assert columns(prepare({"model": model}), "hello") == [[6, 3], [0, 4], [4, 5], [0, 0]]


@pytest.mark.parametrize("count", [1, 47, 48, 49, 50, 1000])
def test_long_words_merge_as_short_ones(count: int) -> None:
    vocab = {"a": 0, "aa": 1, "aaaa": 2}
    model = {"type": "BPE", "vocab": vocab, "merges": [["a", "a"], ["aa", "aa"]]}
    ids, starts, ends, _ = columns(prepare({"model": model}), "a" * count)
    assert ids == [2] * (count // 4) + [1] * (count % 4 // 2) + [0] * (count % 2)
    assert starts == [0, *ends[:-1]] and ends[-1] == count


@pytest.mark.parametrize("count", [2999, 3000])
def test_the_end_of_a_long_word_decides_its_beginning(count: int) -> None:
    """Every two neighbours merge, the later ones first: whether the last is odd decides how all are paired.

    A long word is merged in blocks; here their seams do not fit when the number is odd.
    """
    letters = [chr(0x4E00 + i) for i in range(count)]
    pairs = [a + b for a, b in itertools.pairwise(letters)]
    vocab = {token: index for index, token in enumerate([*letters, *pairs])}
    merges = [[pair[0], pair[1]] for pair in reversed(pairs)]
    blob = prepare({"model": {"type": "BPE", "vocab": vocab, "merges": merges}})
    ids, starts, ends, _ = columns(blob, "".join(letters))
    first = count % 2
    assert ids == [0] * first + [vocab[pair] for pair in pairs[first::2]]
    assert starts == [0] * first + list(range(first, count, 2)) and ends == [*starts[1:], count]


@pytest.mark.parametrize("seed", range(4))
def test_long_words_merge_as_the_python_model_says(seed: int) -> None:
    """Many merges over few letters, in a random order: tokens grow across the seams of blocks."""
    source = random.Random(seed)
    vocab = {letter: index for index, letter in enumerate("abc")}
    merges: list[list[str]] = []
    while len(vocab) < 60:
        left, right = source.choices(list(vocab), k=2)
        if left + right not in vocab:
            vocab[left + right] = len(vocab)
            merges.append([left, right])
    source.shuffle(merges)
    content = json.dumps({"model": {"type": "BPE", "vocab": vocab, "merges": merges}})
    native = Tokenizer.from_str(content, backend="native")
    python = Tokenizer.from_str(content, backend="python")
    for length in (49, 895, 897, 1024, 1025, 2000, 5000):
        word = "".join(source.choices("abc", weights=(5, 1, 1), k=length))
        ours, theirs = native.encode(word), python.encode(word)
        assert ours.ids.tolist() == theirs.ids.tolist() and ours.offsets == theirs.offsets


def test_it_stops_at_the_limit() -> None:
    blob = prepare(WORDS)
    assert columns(blob, "a " * 1000, 3)[0] == [1, 1, 1]
    assert len(columns(blob, "a " * 10, 1000)[0]) == 10
    with pytest.raises(ValueError, match="negative"):
        columns(blob, "a", -1)


def test_many_texts_at_once() -> None:
    kernel = kernels.Kernel(prepare(WORDS))
    ids, places, ends, spelled = kernel.encode(["a b", "", "?"])
    assert np.frombuffer(ids, np.int64).tolist() == [1, 2, 0]
    assert np.frombuffer(places, np.int32).reshape(3, -1).tolist() == [[0, 2, 0], [1, 3, 1], [0, 1, 0]]
    assert (ends, spelled) == ([2, 2, 3], {})
    assert kernel.encode([])[2] == kernel.encode([], 3)[2] == []
    with pytest.raises(TypeError, match="list"):
        kernel.encode("a b")


def test_texts_of_a_batch_are_cut_apart() -> None:
    """Also where they take several calls of the kernel, and with spellings that are not the vocabulary's."""
    token = {"id": 3, "content": "<x>", "lstrip": True, "rstrip": False, "single_word": False}
    config = {**WORDS, "added_tokens": [{**token, "normalized": False, "special": True}]}
    tokenizer = Tokenizer.from_str(json.dumps(config), backend="native")
    texts = ["a  <x>b", "", "<x> <x>", "b " * 200_000, "a <x>"]
    together = tokenizer.encode_batch(texts)
    for text, one in zip(texts, together, strict=True):
        alone = tokenizer.encode(text)
        assert one.tokens == alone.tokens and one.offsets == alone.offsets and one.word_ids == alone.word_ids
    assert [one.tokens for one in together if len(one) < 9] == [
        ["a", "  <x>", "b"],
        [],
        ["<x>", " <x>"],
        ["a", " <x>"],
    ]
    together[0].ids[0] = 2
    assert together[0].ids.tolist() == [2, 3, 2] and together[2].ids.tolist() == [3, 3]


@pytest.mark.parametrize("text", ["a \ud800", "é\udfff"])
def test_half_of_a_surrogate_pair_is_refused(text: str) -> None:
    with pytest.raises(UnicodeError, match="surrogate"):
        kernels.Kernel(prepare(WORDS)).encode([text])
    for backend in ("native", "python"):
        tokenizer = Tokenizer.from_str(json.dumps(WORDS), backend=backend)
        for texts in ([text], ["a", text]):
            with pytest.raises(InputError, match="at position") as caught:
                tokenizer.encode_batch(texts)
            assert f"U+{ord(text[-1]):04X}" in str(caught.value)
        with pytest.raises(InputError, match="surrogate"):
            tokenizer.encode(["a", text], is_pretokenized=True)


def test_the_vocabulary_both_ways() -> None:
    kernel = kernels.Kernel(prepare(WORDS))
    assert [kernel.token(index) for index in (0, 2, 3, -1)] == ["[UNK]", "b", None, None]
    assert [kernel.id(token) for token in ("[UNK]", "b", "", "c")] == [0, 2, None, None]
    assert kernel.vocabulary() == WORDS["model"]["vocab"]
    assert json.loads(kernel.config())["pre_tokenizer"] == WORDS["pre_tokenizer"]


def test_other_bytes_are_refused() -> None:
    blob = prepare(WORDS)
    for broken in (b"", b"x" * 64, blob[:-8], b"\0" + blob[1:]):
        with pytest.raises(ValueError, match="damaged or of another version"):
            kernels.Kernel(broken)
    with pytest.raises(TypeError, match="bytes"):
        kernels.Kernel(bytearray(blob))
    with pytest.raises(ModelError):
        Tokenizer.from_prepared(blob[:-8])


def test_texts_must_be_strings() -> None:
    with pytest.raises(TypeError, match="str"):
        kernels.Kernel(prepare(WORDS)).encode([b"a"])


def test_without_a_token_for_the_unknown() -> None:
    config = {**WORDS, "model": {**WORDS["model"], "unk_token": "[NONE]"}}
    with pytest.raises(ModelError, match="lacks a token"):
        Tokenizer.from_str(json.dumps(config), backend="native").encode("c")


def test_a_pattern_without_end_is_stopped() -> None:
    pattern = {"type": "Split", "pattern": {"Regex": "(a|a)*b"}, "behavior": "Isolated", "invert": False}
    with pytest.raises(ValueError, match="too many steps"):
        columns(prepare({**WORDS, "pre_tokenizer": pattern}), "a" * 200)


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ({"normalizer": {"type": "Newest"}}, "normalizer"),
        ({"pre_tokenizer": {"type": "Newest"}}, "pre-tokenizer"),
        ({"model": {"type": "Newest", "vocab": {}}}, "model"),
    ],
)
def test_what_the_kernel_does_not_know_is_named(part: dict[str, Any], named: str) -> None:
    with pytest.raises(NotPreparable, match="Newest") as caught:
        prepare({**WORDS, **part})
    assert caught.value.component == named


def test_the_same_tokenizer_gives_the_same_bytes() -> None:
    config = catalogue()[NAMES[0]]
    assert prepare(config) == prepare(json.loads(json.dumps(config)))
