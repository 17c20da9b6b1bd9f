"""The catalogue of the differential tests holds every component and option that there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from differential import catalogue
from differential_parts import BEHAVIORS, SCHEMES

from support import TESTS

NORMALIZERS = {
    "BertNormalizer",
    "Lowercase",
    "NFC",
    "NFD",
    "NFKC",
    "NFKD",
    "Nmt",
    "StripAccents",
    "Strip",
    "Replace",
    "Prepend",
    "Precompiled",
    "ByteLevel",
    "Sequence",
}
PRE_TOKENIZERS = {
    "BertPreTokenizer",
    "ByteLevel",
    "Metaspace",
    "Whitespace",
    "WhitespaceSplit",
    "Split",
    "Punctuation",
    "Digits",
    "CharDelimiterSplit",
    "UnicodeScripts",
    "FixedLength",
    "Sequence",
}
MODELS = {"WordPiece", "BPE", "Unigram", "WordLevel"}
POST_PROCESSORS = {"BertProcessing", "RobertaProcessing", "TemplateProcessing", "ByteLevel", "Sequence"}
DECODERS = {
    "ByteLevel",
    "WordPiece",
    "Metaspace",
    "BPEDecoder",
    "CTC",
    "ByteFallback",
    "Fuse",
    "Strip",
    "Replace",
    "Sequence",
}
INSIDE = ("normalizers", "pretokenizers", "processors", "decoders")


def components(part: str) -> Iterator[dict[str, Any]]:
    """Every component of one kind in the catalogue, those inside a Sequence too."""
    todo = [config[part] for config in catalogue().values() if config[part] is not None]
    while todo:
        component = todo.pop()
        yield component
        for name in INSIDE:
            todo += component.get(name, [])


def values(part: str, kind: str, option: str) -> set[Any]:
    found = [component[option] for component in components(part) if component["type"] == kind]
    return {json.dumps(value) if isinstance(value, (dict, list)) else value for value in found}


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("normalizer", NORMALIZERS),
        ("pre_tokenizer", PRE_TOKENIZERS),
        ("model", MODELS),
        ("post_processor", POST_PROCESSORS),
        ("decoder", DECODERS),
    ],
)
def test_every_component_is_there(part: str, names: set[str]) -> None:
    assert {component["type"] for component in components(part)} == names


@pytest.mark.parametrize(
    ("part", "kind", "option", "expected"),
    [
        *(
            ("normalizer", "BertNormalizer", name, {True, False})
            for name in ("clean_text", "handle_chinese_chars", "lowercase")
        ),
        ("normalizer", "BertNormalizer", "strip_accents", {True, False, None}),
        ("normalizer", "Strip", "strip_left", {True, False}),
        ("normalizer", "Strip", "strip_right", {True, False}),
        *(("pre_tokenizer", "ByteLevel", name, {True, False}) for name in ("add_prefix_space", "use_regex")),
        ("pre_tokenizer", "Metaspace", "prepend_scheme", set(SCHEMES)),
        ("pre_tokenizer", "Metaspace", "split", {True, False}),
        ("pre_tokenizer", "Metaspace", "replacement", {"▁", "_"}),
        ("pre_tokenizer", "Split", "behavior", set(BEHAVIORS)),
        ("pre_tokenizer", "Punctuation", "behavior", set(BEHAVIORS)),
        ("pre_tokenizer", "Digits", "individual_digits", {True, False}),
        ("pre_tokenizer", "FixedLength", "length", {1, 3, 4, 5}),
        *(("model", "BPE", name, {True, False}) for name in ("byte_fallback", "fuse_unk", "ignore_merges")),
        ("model", "BPE", "continuing_subword_prefix", {None, "##", "@@"}),
        ("model", "BPE", "end_of_word_suffix", {None, "</w>"}),
        ("model", "BPE", "unk_token", {None, "<unk>"}),
        ("model", "Unigram", "byte_fallback", {True, False}),
        ("model", "Unigram", "unk_id", {0, 3}),
        ("model", "WordPiece", "continuing_subword_prefix", {"##", ""}),
        ("model", "WordPiece", "max_input_chars_per_word", {7, 100, 400}),
        *(
            ("post_processor", "RobertaProcessing", name, {True, False})
            for name in ("trim_offsets", "add_prefix_space")
        ),
        *(
            ("post_processor", "ByteLevel", name, {True, False})
            for name in ("trim_offsets", "add_prefix_space")
        ),
        ("decoder", "WordPiece", "cleanup", {True, False}),
        ("decoder", "CTC", "cleanup", {True, False}),
        ("decoder", "Metaspace", "prepend_scheme", set(SCHEMES)),
    ],
)
def test_every_value_of_an_option_is_there(part: str, kind: str, option: str, expected: set[Any]) -> None:
    assert values(part, kind, option) == expected


def test_splits_come_by_every_way() -> None:
    seen = {
        (next(iter(c["pattern"])), c["behavior"], c["invert"])
        for c in components("pre_tokenizer")
        if c["type"] == "Split"
    }
    assert len(seen) == 2 * 5 * 2
    assert {
        next(iter(c["pattern"]))
        for part in ("normalizer", "decoder")
        for c in components(part)
        if c["type"] == "Replace"
    } == {"String", "Regex"}


def test_added_tokens_truncation_and_padding() -> None:
    configs = list(catalogue().values())
    tokens = [token for config in configs for token in config["added_tokens"]]
    flags = ("single_word", "lstrip", "rstrip", "normalized", "special")
    assert len({tuple(token[flag] for flag in flags) for token in tokens}) == 2**5
    assert max(len(config["added_tokens"]) for config in configs) >= 3000
    rules = [config["truncation"] for config in configs if config["truncation"]]
    assert {(r["strategy"], r["direction"], r["stride"] > 0) for r in rules} >= {
        (strategy, direction, stride)
        for strategy in ("LongestFirst", "OnlyFirst", "OnlySecond")
        for direction in ("Left", "Right")
        for stride in (False, True)
    }
    padding = [config["padding"] for config in configs if config["padding"]]
    assert {isinstance(rule["strategy"], dict) for rule in padding} == {True, False}
    assert {rule["direction"] for rule in padding} == {"Left", "Right"}
    assert {rule["pad_to_multiple_of"] for rule in padding} >= {None, 7, 8}
    merges = [c["model"]["merges"][0] for c in configs if c["model"].get("merges")]
    assert {type(merge) for merge in merges} == {str, list}


def test_there_are_at_least_forty() -> None:
    assert len(catalogue()) >= 40
    assert (TESTS / "golden" / "tokenizers_models.json").stat().st_size < 300_000
