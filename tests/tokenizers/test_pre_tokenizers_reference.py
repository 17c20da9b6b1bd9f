"""Each pre-tokenizer alone against the reference: words and offsets, every option."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from shares import share

from tokenizers import Tokenizer
from tokenizers_texts import CODE_POINTS, all_texts
from wardian.errors import ModelError
from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.pre_tokenizers import Stages, load_pre_tokenizer

Config = dict[str, Any]
BEHAVIORS = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")
PATTERNS = {
    "string": {"String": "a"},
    "empty string": {"String": ""},
    "may be empty": {"Regex": r"[aeiou]+|\s|x*"},
    "regex": {"Regex": r"\p{L}{2}|\d"},
}


def byte_level(prefix: bool, regex: bool) -> Config:
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def metaspace(scheme: str, split: bool) -> Config:
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}


def sequence(*parts: Config) -> Config:
    return {"type": "Sequence", "pretokenizers": list(parts)}


CONFIGS: dict[str, Config] = {
    name: {"type": name} for name in ("BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts")
}
CONFIGS |= {f"ByteLevel {p} {r}": byte_level(p, r) for p in (True, False) for r in (True, False)}
CONFIGS |= {
    f"Metaspace {s} {c}": metaspace(s, c) for s in ("always", "first", "never") for c in (True, False)
}
CONFIGS |= {f"Digits {d}": {"type": "Digits", "individual_digits": d} for d in (True, False)}
CONFIGS |= {f"FixedLength {n}": {"type": "FixedLength", "length": n} for n in (1, 5)}
CONFIGS |= {f"Punctuation {b}": {"type": "Punctuation", "behavior": b} for b in BEHAVIORS}
CONFIGS["CharDelimiterSplit"] = {"type": "CharDelimiterSplit", "delimiter": "a"}
CONFIGS |= {
    f"Split {name} {behavior} {invert}": {
        "type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert,
    }
    for name, pattern in PATTERNS.items() for behavior in BEHAVIORS for invert in (True, False)
}  # fmt: skip
CONFIGS |= {
    "marks in words": sequence(CONFIGS["WhitespaceSplit"], metaspace("first", True), CONFIGS["Digits True"]),
    "like llama": sequence(CONFIGS["Split regex Isolated False"], byte_level(False, False)),
    "bytes twice": sequence(byte_level(True, True), metaspace("always", True), byte_level(True, True)),
    "scripts": sequence(CONFIGS["UnicodeScripts"], metaspace("first", False), byte_level(True, True)),
    "nothing": sequence(),
}


def texts() -> list[str]:
    chance = random.Random(5)
    letters = [*"aeoxXbé 中あア々ー각12½Ⅷ٣-!?。_▁\n\t\u0301\u200d😀\xa0"]
    found = all_texts()
    found += ["".join(chance.choices(letters, k=chance.randint(1, 9))) for _ in range(1500)]
    for start in range(0, len(CODE_POINTS), 4000):
        some = list(map(chr, CODE_POINTS[start : start + 4000]))
        found.append(chance.choice(["", "a", " "]).join(some))
    return found


TEXTS = texts()


def theirs(config: Config) -> Tokenizer:
    model = {"type": "WordLevel", "vocab": {"u": 0}, "unk_token": "u"}
    return Tokenizer.from_str(
        json.dumps({"version": "1.0", "pre_tokenizer": config, "model": model, "added_tokens": []})
    )


@pytest.mark.parametrize("name", CONFIGS)
def test_words_and_offsets(name: str) -> None:
    """Also part by part, as the encoder takes a pre-tokenizer."""
    config = CONFIGS[name]
    ours, reference = load_pre_tokenizer(config), theirs(config).pre_tokenizer
    assert ours is not None
    stages = Stages.of(ours)
    # Of the forty kinds of Split each sees a small part; what it finds is tested with the patterns.
    parts = 16 if config["type"] in ("Split", "Sequence") else 3
    for text in share(TEXTS, CONFIGS, name, parts):
        expected = [row for row in reference.pre_tokenize_str(text) if row[0]]
        words = ours.pre_tokenize([AlignedText(text)])
        assert [(word.text, word.original_span(0, len(word.text))) for word in words if word.text] == expected
        pieces = [AlignedText(text)]
        for part in (*stages.heads, *stages.splitters, *stages.rest):
            pieces = part.pre_tokenize(pieces)
        assert [piece for piece in pieces if piece.text] == [word for word in words if word.text]


@pytest.mark.parametrize("name", CONFIGS)
def test_the_configuration_comes_back(name: str) -> None:
    ours = load_pre_tokenizer(CONFIGS[name])
    assert ours is not None
    assert json.loads(theirs(ours.to_config()).to_str())["pre_tokenizer"] == CONFIGS[name]


OLD = [
    {"type": "Metaspace", "replacement": "▁"},
    {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True},
    {
        "type": "Metaspace",
        "replacement": "▁",
        "add_prefix_space": True,
        "str_rep": "_",
        "prepend_scheme": "first",
    },
    {"type": "Metaspace", "replacement": "_", "add_prefix_space": False, "prepend_scheme": "never"},
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False},
    {"type": "Punctuation"},
    {"type": "FixedLength"},
]


@pytest.mark.parametrize("config", OLD, ids=str)
def test_fields_of_older_files(config: Config) -> None:
    ours, reference = load_pre_tokenizer(config), theirs(config)
    assert ours is not None
    full = json.loads(reference.to_str())["pre_tokenizer"]
    assert ours.to_config() == full


BROKEN = [
    {"type": "Metaspace", "replacement": "▁", "add_prefix_space": False},
    {"type": "Metaspace", "replacement": "▁▁"},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "sometimes"},
    {"type": "ByteLevel", "trim_offsets": True},
    {"type": "Digits"},
    {"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Isolated"},
    {"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated", "invert": False},
    {"type": "Split", "pattern": "a", "behavior": "Isolated", "invert": False},
    {"type": "Punctuation", "behavior": "isolated"},
    {"type": "Delimiter", "delimiter": "a"},
    {"type": "Tea"},
]


@pytest.mark.parametrize("config", BROKEN, ids=str)
def test_both_refuse(config: Config) -> None:
    with pytest.raises(Exception, match=r"line 1 column|Oniguruma|PreTokenizer"):
        theirs(config)
    with pytest.raises(ModelError):
        load_pre_tokenizer(config)
