"""Encodings against Hugging Face `tokenizers`: truncation, padding, pairs, post-processors, look-ups."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from shares import ALL_TEXTS

import tokenizers as reference
from wardian.errors import InputError
from wardian.tokenizers import Encoding, Tokenizer

Config = dict[str, Any]

FIELDS = (
    "ids", "tokens", "offsets", "word_ids", "sequence_ids", "type_ids", "special_tokens_mask",
    "attention_mask", "n_sequences",
)  # fmt: skip

BYTES = {"a": 0, "Ġ": 1, "Ġa": 2, "ĠĠ": 3, "b": 4, "aĠ": 5, "Ċ": 6, "ab": 7, "ĠĠa": 8, "\u2003": 9, "<s>": 10}
MODEL = {
    "type": "BPE",
    "vocab": {**BYTES, "</s>": 11, "[X]": 12, "<pad>": 13},
    "merges": [["a", "b"], ["Ġ", "a"], ["Ġ", "Ġ"], ["a", "Ġ"], ["Ġ", "Ġa"]],
    "unk_token": "[X]",
    "fuse_unk": True,
}


def template(source: random.Random) -> Config:
    """A template that has both texts in it, in any order, among special tokens."""
    names = ["<s>", "</s>", "XX"]

    def special() -> list[Config]:
        many = source.choices([0, 1, 2], [3, 5, 1])[0]
        return [
            {"SpecialToken": {"id": source.choice(names), "type_id": source.randrange(3)}}
            for _ in range(many)
        ]

    def text(name: str) -> Config:
        return {"Sequence": {"id": name, "type_id": source.randrange(3)}}

    first, second = source.sample("AB", 2)
    return {
        "type": "TemplateProcessing",
        "single": [*special(), text("A"), *special()],
        "pair": [*special(), text(first), *special(), text(second), *special()],
        "special_tokens": {
            "<s>": {"id": "<s>", "ids": [10], "tokens": ["<s>"]},
            "</s>": {"id": "</s>", "ids": [11], "tokens": ["</s>"]},
            "XX": {"id": "XX", "ids": [12, 10], "tokens": ["[X]", "other name"]},
        },
    }


def processor(source: random.Random, depth: int = 0) -> Config | None:
    flags = {"add_prefix_space": source.random() < 0.5, "trim_offsets": source.random() < 0.7}
    ends = {"sep": ["</s>", 11], "cls": ["<s>", 10]}
    kinds: list[Config | None] = [
        None,
        {"type": "BertProcessing", **ends},
        {"type": "RobertaProcessing", **ends, **flags},
        {"type": "ByteLevel", **flags, "use_regex": True},
        template(source),
        template(source),
    ]
    if not depth:
        byte_level: Config = {"type": "ByteLevel", **flags, "use_regex": source.random() < 0.5}
        last = processor(source, 1) or byte_level
        kinds += [{"type": "Sequence", "processors": [byte_level, last]}] * 2
        kinds += [{"type": "Sequence", "processors": [template(source), byte_level]}]
    return source.choice(kinds)


def text(source: random.Random, longest: int = 25) -> str:
    return "".join(source.choices("aaabbĠĠĊ\u2003x中", k=source.randrange(longest)))


def both(config: Config) -> tuple[Tokenizer, reference.Tokenizer]:
    content = json.dumps(config)
    return Tokenizer.from_str(content, backend="python"), reference.Tokenizer.from_str(content)


def assert_same(ours: Encoding, theirs: Any, about: object, depth: int = 0) -> int:
    """All fields and look-ups, of what overflowed too; how many encodings were compared."""
    for field in FIELDS:
        mine, expected = getattr(ours, field), getattr(theirs, field)
        if field != "n_sequences":
            mine, expected = list(mine), list(expected)
        assert mine == expected, (field, depth, about)
    for place in range(len(theirs) + 2):
        names = ["token_to_chars", "token_to_word", "token_to_sequence"]
        # Sequences overlap where ByteLevel follows a template; which the reference names first is random.
        ambiguous = sum(start <= place < end for start, end in ours.ranges.values()) > 1
        for name in names[:2] if ambiguous else names:
            assert getattr(ours, name)(place) == getattr(theirs, name)(place), (name, place, about)
        for sequence in range(3):
            for name in ("char_to_token", "char_to_word", "word_to_tokens", "word_to_chars"):
                mine = getattr(ours, name)(place, sequence)
                assert mine == getattr(theirs, name)(place, sequence), (name, place, sequence, about)
    assert len(ours.overflowing) == len(theirs.overflowing), about
    if depth < 2:
        parts = zip(ours.overflowing, theirs.overflowing, strict=True)
        return 1 + sum(assert_same(mine, other, about, depth + 1) for mine, other in parts)
    return 1


def settings(source: random.Random) -> tuple[Config | None, Config | None]:
    """Arguments of enable_truncation and enable_padding."""
    truncation = {
        "max_length": source.choice([4, 5, 6, 8, 12, 30]),
        "stride": source.choice([0, 0, 1, 2, 3]),
        "strategy": source.choice(["longest_first", "longest_first", "only_first", "only_second"]),
        "direction": source.choice(["right", "left"]),
    }
    padding = {
        "direction": source.choice(["right", "left"]),
        "pad_id": 13,
        "pad_type_id": source.randrange(3),
        "pad_token": source.choice(["<pad>", "<another>"]),
        "length": source.choice([None, None, 3, 20]),
        "pad_to_multiple_of": source.choice([None, 4, 7]),
    }
    return source.choice([None, truncation, truncation]), source.choice([None, padding])


@pytest.mark.parametrize("seed", range(250 if ALL_TEXTS else 125))
def test_whatever_is_set(seed: int) -> None:
    source = random.Random(seed)
    config = {"version": "1.0", "model": MODEL, "post_processor": processor(source), "added_tokens": []}
    if source.random() < 0.5:
        config["pre_tokenizer"] = {"type": "BertPreTokenizer"}
    ours, theirs = both(config)
    truncation, padding = settings(source)
    if truncation is not None:
        try:
            theirs.enable_truncation(**truncation)
        except ValueError:
            with pytest.raises(InputError):
                ours.enable_truncation(**truncation)
            return
        ours.enable_truncation(**truncation)
    if padding is not None:
        ours.enable_padding(**padding)
        theirs.enable_padding(**padding)
    assert ours.truncation == theirs.truncation and ours.padding == theirs.padding
    for pair in (False, True):
        assert ours.num_special_tokens_to_add(pair) == theirs.num_special_tokens_to_add(pair)
    batch: list[Any] = []
    for _ in range(8):
        given = [text(source), text(source)] if source.random() < 0.5 else [text(source)]
        options = {"add_special_tokens": source.random() < 0.7, "is_pretokenized": source.random() < 0.2}
        if options["is_pretokenized"]:
            given_words: list[Any] = [[text(source, 6) for _ in range(source.randrange(6))] for _ in given]
        else:
            given_words = list(given)
        special = ours.num_special_tokens_to_add(len(given) == 2) if options["add_special_tokens"] else 0
        no_room = truncation is not None and truncation["max_length"] < special
        try:
            # Where special tokens alone are too many, the reference counts below zero and does not cut.
            expected = None if no_room else theirs.encode(*given_words, **options)
        except BaseException:
            expected = None
        if expected is None:
            with pytest.raises(InputError):
                ours.encode(*given_words, **options)
            continue
        assert_same(ours.encode(*given_words, **options), expected, (config, truncation, padding, given))
        if not options["is_pretokenized"]:
            batch.append(tuple(given) if len(given) == 2 else given[0])
    if truncation is not None and truncation["max_length"] < ours.num_special_tokens_to_add(True):
        return
    try:
        all_expected = theirs.encode_batch(batch)
    except BaseException:
        with pytest.raises(InputError):
            ours.encode_batch(batch)
        return
    for mine, expected in zip(ours.encode_batch(batch), all_expected, strict=True):
        assert_same(mine, expected, (config, truncation, padding, batch))


@pytest.mark.parametrize("seed", range(60))
def test_what_is_done_to_encodings(seed: int) -> None:
    """pad, truncate, set_sequence_id, merge."""
    source = random.Random(seed)
    ours, theirs = both(
        {"version": "1.0", "model": MODEL, "post_processor": processor(source), "added_tokens": []}
    )
    pairs = []
    for _ in range(source.randrange(1, 4)):
        given = text(source)
        mine, expected = ours.encode(given), theirs.encode(given)
        for _ in range(source.randrange(3)):
            kind = source.choice(["pad", "truncate", "set_sequence_id"])
            arguments: tuple[Any, ...] = (source.randrange(4),)
            options: Config = {}
            if kind == "pad":
                arguments = (source.randrange(30),)
                options = {"direction": source.choice(["left", "right"]), "pad_token": "P", "pad_id": 13}
            elif kind == "truncate":
                size = source.randrange(8)
                arguments = (size, source.randrange(max(size, 1)))
                options = {"direction": source.choice(["left", "right"])}
            getattr(mine, kind)(*arguments, **options)
            getattr(expected, kind)(*arguments, **options)
            assert_same(mine, expected, (given, kind, arguments, options))
        pairs.append((mine, expected))
    for growing in (True, False):
        merged = Encoding.merge([mine for mine, _ in pairs], growing)
        assert_same(merged, reference.Encoding.merge([theirs for _, theirs in pairs], growing), seed)
    for mine, expected in pairs:
        assert_same(mine, expected, "merging left it as it was")
