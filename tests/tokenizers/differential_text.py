"""Tokenizers for what happens to the text: normalizers and pre-tokenizers."""

from __future__ import annotations

from itertools import product

from differential_charsmap import RULES, charsmap
from differential_models import Config, byte_fallback, byte_level, bytes_only
from differential_parts import (
    BEHAVIORS,
    BYTE_LEVEL,
    GPT2,
    GPT4,
    METASPACE,
    SCHEMES,
    describe,
    replace,
    sequence,
    tokenizer,
)

__all__ = ["normalizers", "pre_tokenizers", "splits"]

CASED = r"[\p{Lu}\p{Lt}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[\p{Lu}\p{Lt}]+|\p{Nd}{1,3}|[[:punct:]]+|\w+|\s+"


def _bert(*on: str, accents: bool | None = None) -> Config:
    names = ("clean_text", "handle_chinese_chars", "lowercase")
    return {"type": "BertNormalizer", **{name: name in on for name in names}, "strip_accents": accents}


def normalizers() -> dict[str, Config]:
    precompiled = {"type": "Precompiled", "precompiled_charsmap": charsmap(RULES)}
    alone = {
        name: {"type": name}
        for name in ("NFC", "NFD", "NFKC", "NFKD", "Nmt", "StripAccents", "Lowercase", "ByteLevel")
    }
    found: dict[str, Config] = {
        **{f"normalizer {name}": config for name, config in alone.items()},
        "normalizer BertNormalizer": _bert("clean_text", "handle_chinese_chars", "lowercase"),
        "normalizer BertNormalizer clean_text": _bert("clean_text"),
        "normalizer BertNormalizer strip_accents": _bert("handle_chinese_chars", accents=True),
        "normalizer BertNormalizer lowercase, accents kept": _bert("lowercase", accents=False),
        "normalizer NFD, StripAccents": sequence("normalizers", [alone["NFD"], alone["StripAccents"]]),
        "normalizer Prepend": {"type": "Prepend", "prepend": "▁x"},
        "normalizer Replace string": replace("e", "é-é"),
        "normalizer Replace string by nothing": replace(" ", ""),
        "normalizer Replace regex": replace(r"\s+|[[:punct:]]{2,}", " ", "Regex"),
        "normalizer Replace regex, letters": replace(r"(?i:k|s)ß|\p{Lu}(?=\p{Ll})|\d\b", "<$0>", "Regex"),
        "normalizer Precompiled": precompiled,
        "normalizer Sequence": sequence(
            "normalizers",
            [
                _bert("clean_text"),
                alone["NFKD"],
                alone["StripAccents"],
                alone["Lowercase"],
                replace("  ", " "),
                {"type": "Strip", "strip_left": True, "strip_right": True},
                {"type": "Prepend", "prepend": "_"},
                alone["NFC"],
            ],
        ),
        "normalizer Sequence nested": sequence(
            "normalizers",
            [
                sequence("normalizers", [precompiled, alone["Nmt"]]),
                sequence("normalizers", []),
                alone["ByteLevel"],
            ],
        ),
    }
    for left, right in product((False, True), repeat=2):
        found[f"normalizer Strip {left} {right}"] = {
            "type": "Strip",
            "strip_left": left,
            "strip_right": right,
        }
    white = {"type": "WhitespaceSplit"}
    return {
        name: tokenizer(bytes_only(), normalizer=config, pre_tokenizer=white if index % 3 == 0 else None)
        for index, (name, config) in enumerate(found.items())
    }


def pre_tokenizers() -> dict[str, Config]:
    split = {"type": "Split", "pattern": {"Regex": GPT4}, "behavior": "Isolated", "invert": False}
    plain = [
        {"type": "BertPreTokenizer"},
        {"type": "Whitespace"},
        {"type": "WhitespaceSplit"},
        {"type": "UnicodeScripts"},
        {"type": "CharDelimiterSplit", "delimiter": "e"},
        {"type": "CharDelimiterSplit", "delimiter": "▁"},
        *({"type": "FixedLength", "length": length} for length in (1, 3, 5)),
        *({"type": "Digits", "individual_digits": flag} for flag in (False, True)),
        *({"type": "Punctuation", "behavior": behavior} for behavior in BEHAVIORS),
        *(
            {**METASPACE, "prepend_scheme": scheme, "split": split}
            for scheme in SCHEMES
            for split in (True, False)
        ),
        {**METASPACE, "replacement": "_"},
        sequence(
            "pretokenizers",
            [
                {"type": "WhitespaceSplit"},
                {"type": "Punctuation", "behavior": "Isolated"},
                {"type": "Digits", "individual_digits": True},
            ],
        ),
        sequence(
            "pretokenizers",
            [{"type": "Digits", "individual_digits": False}, {**METASPACE, "prepend_scheme": "first"}],
        ),
        sequence(
            "pretokenizers",
            [
                sequence("pretokenizers", [{"type": "UnicodeScripts"}]),
                {"type": "FixedLength", "length": 4},
                {"type": "Whitespace"},
            ],
        ),
        sequence(
            "pretokenizers",
            [{"type": "CharDelimiterSplit", "delimiter": "a"}, METASPACE, {"type": "BertPreTokenizer"}],
        ),
    ]
    found = {f"pre_tokenizer {describe(c)}": tokenizer(byte_fallback(), pre_tokenizer=c) for c in plain}
    levels: list[Config] = [
        {**BYTE_LEVEL, "add_prefix_space": prefix, "use_regex": use}
        for prefix in (False, True)
        for use in (False, True)
    ]
    levels.append(sequence("pretokenizers", [split, {**BYTE_LEVEL, "use_regex": False}]))
    levels.append(
        sequence(
            "pretokenizers",
            [{"type": "Digits", "individual_digits": True}, {**BYTE_LEVEL, "add_prefix_space": True}],
        )
    )
    return found | {f"pre_tokenizer {describe(c)}": tokenizer(byte_level(), pre_tokenizer=c) for c in levels}


def splits() -> dict[str, Config]:
    """Split by a string and by regular expressions, each behavior, each way round."""
    patterns = [{"String": "e"}, {"Regex": r"[\s\p{P}]"}, {"Regex": GPT2}, {"Regex": CASED}]
    found = {}
    for index, (behavior, invert) in enumerate(product(BEHAVIORS, (False, True))):
        for pattern in (patterns[0], patterns[1 + index % 3], patterns[1 + (index + 1) % 3]):
            config = {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}
            found[f"split {pattern} {behavior} invert={invert}"] = tokenizer(
                byte_fallback(), pre_tokenizer=config
            )
    return found
