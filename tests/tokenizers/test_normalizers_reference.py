"""Each normalizer alone against the reference: text, and where each character came from."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import pytest
from differential_charsmap import RULES, charsmap
from shares import share

from tokenizers import Tokenizer
from tokenizers_texts import ALL_CODE_POINTS, CODE_POINTS, all_texts
from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.normalizers import load_normalizer

Config = dict[str, Any]


def bert(clean: bool, chinese: bool, accents: bool | None, lower: bool) -> Config:
    return {
        "type": "BertNormalizer",
        "clean_text": clean,
        "handle_chinese_chars": chinese,
        "strip_accents": accents,
        "lowercase": lower,
    }


def replacing(kind: str, pattern: str, content: str) -> Config:
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


PLAIN: list[Config] = [
    {"type": name} for name in ("Lowercase", "NFD", "NFC", "NFKD", "NFKC", "Nmt", "StripAccents", "ByteLevel")
]
CONFIGS = {config["type"]: config for config in PLAIN} | {
    "strip": {"type": "Strip", "strip_left": True, "strip_right": True},
    "strip left": {"type": "Strip", "strip_left": True, "strip_right": False},
    "strip right": {"type": "Strip", "strip_left": False, "strip_right": True},
    "prepend": {"type": "Prepend", "prepend": "▁x"},
    "bert": bert(True, True, None, True),
    "bert cased": bert(True, True, None, False),
    "bert lower alone": bert(False, False, False, True),
    "bert accents alone": bert(False, True, True, False),
    "bert nothing": bert(False, False, False, False),
    "replace": replacing("String", "a", "xyz"),
    "replace space": replacing("String", " ", "▁"),
    "replace spaces": replacing("Regex", r"\s+", " "),
    "replace by nothing": replacing("Regex", r"e|\p{M}", ""),
    "replace nothing": replacing("Regex", "x*", "-"),
    "t5": {
        "type": "Sequence",
        "normalizers": [
            PLAIN[3],
            PLAIN[6],
            PLAIN[0],
            {"type": "Strip", "strip_left": True, "strip_right": False},
        ],
    },
    "many": {
        "type": "Sequence",
        "normalizers": [PLAIN[2], PLAIN[5], replacing("Regex", " {2,}", " "), PLAIN[4], PLAIN[7]],
    },
    "precompiled": {"type": "Precompiled", "precompiled_charsmap": charsmap(RULES)},
    "precompiled shared": {"type": "Precompiled", "precompiled_charsmap": charsmap(RULES, shared_bases=True)},
    "precompiled returns": {"type": "Precompiled", "precompiled_charsmap": charsmap({"\r": " ", "ﬁ": "fi"})},
}
MARKS = [
    *map(chr, range(0x300, 0x370)),
    *"\u0f71\u0f72\u0f74\u302e\u0334\u0345\u05b0\u094d\u3099\u1161\u11a8",
]
LETTERS = [
    *"aeoEİAéñ 中각ㄱᄀ가ﬁ①㎏ẛｶﾞक़\U0001d15e\U0001d165\u09c7\u09be\u0344Å\n\t\r\x00\x01\u200b\u200d©☺\xad\ufeff"
]


def texts() -> list[str]:
    chance = random.Random(5)
    found = all_texts()
    found += ["".join(chance.choices(LETTERS + MARKS, k=chance.randint(1, 9))) for _ in range(2000)]
    for code in CODE_POINTS[::11]:
        found += [f"a{chr(code)}", f"{chr(code)}\u0301a"]
    return found


TEXTS = texts()


def theirs(config: Config) -> Tokenizer:
    """A tokenizer whose tokens are single characters, so that its offsets are the alignments."""
    model = {"type": "WordLevel", "vocab": {"u": 0}, "unk_token": "u"}
    cut = {"type": "FixedLength", "length": 1}
    return Tokenizer.from_str(
        json.dumps(
            {"version": "1.0", "normalizer": config, "pre_tokenizer": cut, "model": model, "added_tokens": []}
        )
    )


@pytest.mark.parametrize("name", CONFIGS)
def test_text_and_alignment(name: str) -> None:
    ours, reference = load_normalizer(CONFIGS[name]), theirs(CONFIGS[name])
    assert ours is not None
    for text in share(TEXTS, CONFIGS, name, 3):
        got = ours.normalize(AlignedText(text))
        assert got.text == reference.normalizer.normalize_str(text), ascii(text)
        spans = [got.original_span(place, place + 1) for place in range(len(got.text))]
        assert spans == reference.encode(text).offsets, ascii(text)


@cache
def rows() -> list[str]:
    """Every code point beside others and beside letters.

    Those that mean something in rows by themselves and in others between letters; the far planes, of private
    use, in pairs between letters.
    """
    far = sorted({*ALL_CODE_POINTS} - {*CODE_POINTS})
    found = []
    for between, together, points in (("", 1, CODE_POINTS), ("a", 1, CODE_POINTS), ("a", 2, far)):
        for start in range(0, len(points), 20_000):
            row = "".join(map(chr, points[start : start + 20_000]))
            found.append(
                between.join(row[place : place + together] for place in range(0, len(row), together))
            )
    return found


def test_the_rows_have_every_code_point() -> None:
    assert set().union(*rows()) == {*map(chr, ALL_CODE_POINTS)}


@pytest.mark.parametrize("name", CONFIGS)
def test_every_code_point(name: str) -> None:
    ours, normalize = load_normalizer(CONFIGS[name]), theirs(CONFIGS[name]).normalizer.normalize_str
    assert ours is not None
    for number, text in share(list(enumerate(rows())), CONFIGS, name, 4):
        assert ours.normalize(AlignedText(text)).text == normalize(text), number


@pytest.mark.parametrize("name", CONFIGS)
def test_the_configuration_comes_back(name: str) -> None:
    normalizer = load_normalizer(CONFIGS[name])
    assert normalizer is not None
    again = theirs(normalizer.to_config())
    assert json.loads(again.to_str())["normalizer"] == CONFIGS[name]
