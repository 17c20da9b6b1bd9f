"""Random models with random options against Hugging Face `tokenizers`: ids, tokens, offsets, words."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import tokenizers as reference
from wardian.errors import ModelError
from wardian.tokenizers import Tokenizer
from wardian.tokenizers.models.merging import merge_blocks, merge_long, merge_short

Config = dict[str, Any]

ALPHABET = "abcdé中😀▁ "
FIELDS = ("ids", "tokens", "offsets", "word_ids", "type_ids", "special_tokens_mask", "attention_mask")


def compare(model: Config, texts: list[str], **parts: Any) -> int:
    """Encode with both; how many texts the reference refused (and so did we)."""
    content = json.dumps({"version": "1.0", "model": model, "added_tokens": [], **parts})
    ours, theirs = Tokenizer.from_str(content, backend="python"), reference.Tokenizer.from_str(content)
    refused = 0
    for text in texts:
        try:
            expected = theirs.encode(text)
        except Exception:
            with pytest.raises(ModelError):
                ours.encode(text)
            refused += 1
            continue
        got = ours.encode(text)
        for field in FIELDS:
            assert list(getattr(got, field)) == list(getattr(expected, field)), (field, text, model)
        assert ours.encode(text).offsets == got.offsets  # out of the cache
    assert ours.get_vocab() == theirs.get_vocab()
    assert ours.get_vocab_size() == theirs.get_vocab_size()
    return refused


def words(source: random.Random, count: int, longest: int = 12) -> list[str]:
    made = ["".join(source.choices(ALPHABET, k=source.randrange(1, longest))) for _ in range(count)]
    return [*made, "", "".join(source.choices(ALPHABET, k=400)), "▁a" * 200]


def random_bpe(source: random.Random, prefix: str, suffix: str) -> Config:
    """A vocabulary and merges as training would make them, with some holes."""
    letters = [letter for letter in ALPHABET if source.random() < 0.8] or ["a"]
    vocab = [letter + end for letter in letters for end in {"", suffix}]
    vocab += [prefix + token for token in vocab] if prefix else []
    merges: list[tuple[str, str]] = []
    for _ in range(source.randrange(30)):
        left = source.choice([token for token in vocab if not suffix or not token.endswith(suffix)])
        right = source.choice([token for token in vocab if token.startswith(prefix)])
        made = left + right[len(prefix) :]
        if made not in vocab:
            vocab.append(made)
        if (left, right) not in merges:
            merges.append((left, right))
    return {"vocab": {token: index for index, token in enumerate(vocab)}, "merges": merges}


@pytest.mark.parametrize("seed", range(60))
def test_bpe(seed: int) -> None:
    source = random.Random(seed)
    prefix = source.choice(["", "", "##"])
    suffix = source.choice(["", "", "</w>"])
    model = random_bpe(source, prefix, suffix)
    vocab = model["vocab"]
    unk = source.choice([None, "<unk>", "<unk>", "<missing>"])
    if unk == "<unk>":
        vocab[unk] = len(vocab)
    fallback = not prefix and not suffix and source.random() < 0.5
    if fallback:
        missing = source.choice([0, 0, 0xE4])
        for byte in range(256):
            if byte != missing or not missing:
                vocab[f"<0x{byte:02X}>"] = len(vocab)
    if source.random() < 0.5:
        model["merges"] = [f"{a} {b}" for a, b in model["merges"] if " " not in a + b]
    settings = {
        "type": "BPE",
        "dropout": source.choice([None, 0.0]),
        "unk_token": unk,
        "continuing_subword_prefix": prefix or None,
        "end_of_word_suffix": suffix or None,
        "fuse_unk": source.random() < 0.5,
        "byte_fallback": fallback,
        "ignore_merges": source.random() < 0.3,
    }
    refused = compare({**settings, **model}, words(source, 150))
    assert unk == "<missing>" or refused == 0


@pytest.mark.parametrize("seed", range(40))
def test_unigram(seed: int) -> None:
    source = random.Random(seed)
    pieces = {"<unk>": 0.0}
    for letter in ALPHABET:
        if source.random() < 0.8:
            pieces[letter] = round(-source.random() * 10, source.choice([1, 6]))
    for _ in range(source.randrange(60)):
        token = "".join(source.choices(ALPHABET, k=source.randrange(1, 5)))
        pieces[token] = round(-source.random() * 10, source.choice([0, 1, 6]))
    fallback = source.random() < 0.5
    if fallback:
        missing = source.choice([0, 0, 0xE4])
        pieces.update({f"<0x{b:02X}>": 0.0 for b in range(256) if b != missing or not missing})
    vocab = [[token, score] for token, score in pieces.items()]
    model = {
        "type": "Unigram",
        "unk_id": source.choice([0, 0, 0, None]),
        "vocab": vocab,
        "byte_fallback": fallback,
    }
    refused = compare(model, [*words(source, 150), "<unk>", "a<unk>中", "中中😀é"])
    assert model["unk_id"] is None or refused == 0


@pytest.mark.parametrize("seed", range(10))
def test_wordlevel(seed: int) -> None:
    source = random.Random(seed)
    vocab = {word: index for index, word in enumerate(dict.fromkeys(words(source, 20, 4)))}
    unk = source.choice(["[UNK]", "missing"])
    if unk == "[UNK]":
        vocab[unk] = len(vocab)
    model = {"type": "WordLevel", "vocab": vocab, "unk_token": unk}
    refused = compare(model, words(source, 100, 4), pre_tokenizer={"type": "BertPreTokenizer"})
    assert (unk == "missing") == (refused > 0)


@pytest.mark.parametrize("seed", range(20))
def test_wordpiece(seed: int) -> None:
    source = random.Random(seed)
    prefix = source.choice(["##", "_", ""])
    tokens = [source.choice(["", prefix]) + word for word in words(source, 60, 4)]
    vocab = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    unk = source.choice(["[UNK]", "[UNK]", "missing"])
    if unk == "[UNK]":
        vocab[unk] = len(vocab)
    model = {
        "type": "WordPiece",
        "vocab": vocab,
        "unk_token": unk,
        "continuing_subword_prefix": prefix,
        "max_input_chars_per_word": source.choice([3, 100]),
    }
    compare(model, words(source, 100), pre_tokenizer=source.choice([None, {"type": "BertPreTokenizer"}]))


@pytest.mark.parametrize("symbols", [1, 2, 5, 199, 200, 201, 1000])
def test_both_ways_of_merging_agree(symbols: int) -> None:
    source = random.Random(symbols)
    for _ in range(20):
        ranks: dict[tuple[int, int], int] = {}
        results: list[int] = []
        known = [0, 1, 2, 3]
        for _ in range(source.randrange(30)):
            pair = (source.choice(known), source.choice(known))
            if pair not in ranks:
                ranks[pair] = len(results)
                results.append(len(known))
                known.append(len(known))
        # Training gives later merges to later tokens; others are merged by the same rule.
        order = list(range(len(results)))
        if source.random() < 0.5:
            source.shuffle(order)
        ranks = {pair: order[rank] for pair, rank in ranks.items()}
        made = [0] * len(results)
        for rank, place in enumerate(order):
            made[place] = results[rank]
        row = source.choices(range(4), k=symbols)
        lengths = [source.randrange(1, 4) for _ in row]
        short = merge_short(list(row), list(lengths), ranks, made)
        assert short == merge_long(list(row), list(lengths), ranks, made)
        assert merge_blocks(list(row), list(lengths), ranks, made) in (short, None)


def test_without_a_type_the_fields_tell() -> None:
    bpe = {"vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}
    unigram = {"vocab": [["<unk>", 0.0], ["a", -1.0]], "unk_id": 0}
    wordpiece = {
        "vocab": {"a": 0, "[UNK]": 1},
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 9,
    }
    wordlevel = {"vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"}
    for model in (bpe, unigram, wordpiece, wordlevel):
        compare(model, ["a", "ab", "aab"])


def test_what_the_reference_refuses_is_refused() -> None:
    vocab = {"a": 0, "b": 1}
    bad: list[Config] = [
        {"type": "BPE", "vocab": vocab, "merges": [["a", "b"]]},
        {"type": "BPE", "vocab": vocab, "merges": [["a", "x"]]},
        {"type": "BPE", "vocab": vocab, "merges": ["a b c"]},
        {"type": "BPE", "vocab": vocab},
        {"type": "BPE", "vocab": vocab, "merges": [], "dropout": 2.0},
        {"type": "Unigram", "vocab": [["a", 0.0]], "unk_id": 1},
        {"type": "Unigram", "vocab": [["a"]], "unk_id": 0},
        {"type": "WordLevel", "vocab": vocab},
        {"type": "WordPiece", "vocab": vocab, "unk_token": "a"},
        {"type": "WordLevel", "vocab": {"a": -1}, "unk_token": "a"},
        {"type": "Neural", "vocab": vocab},
    ]
    for model in bad:
        content = json.dumps({"version": "1.0", "model": model, "added_tokens": []})
        with pytest.raises(BaseException):  # noqa: B017 - the reference raises Exception, or panics
            reference.Tokenizer.from_str(content)
        with pytest.raises(ModelError):
            Tokenizer.from_str(content)
