"""The native encoder gives what the Python one gives; what it cannot do is refused by name."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from differential import catalogue

from tokenizers_texts import LANGUAGES, SPECIAL
from wardian.errors import ModelError
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
    found: list[list[int]] = (
        np.frombuffer(kernels.Kernel(blob).encode(text, limit)[0], np.int32).reshape(4, -1).tolist()
    )
    return found


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


def test_it_stops_at_the_limit() -> None:
    blob = prepare(WORDS)
    assert columns(blob, "a " * 1000, 3)[0] == [1, 1, 1]
    assert len(columns(blob, "a " * 10, 1000)[0]) == 10
    with pytest.raises(ValueError, match="negative"):
        columns(blob, "a", -1)


def test_many_texts_at_once() -> None:
    kernel = kernels.Kernel(prepare(WORDS))
    assert kernel.encode_many(["a b", "", "?"]) == [kernel.encode(text) for text in ("a b", "", "?")]
    with pytest.raises(TypeError, match="list"):
        kernel.encode_many("a b")


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
        kernels.Kernel(prepare(WORDS)).encode(b"a")


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
