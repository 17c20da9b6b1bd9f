"""spaCy's tokenizer on small rules; on the rules of a package it is held to spaCy itself in
`tests/pipelines/test_named_entity_recognition_native.py`."""

from __future__ import annotations

import pytest

from wardian.errors import ModelError
from wardian.preprocessing.spacy_tokenizer import SpacyTokenizer
from wardian.preprocessing.word_features import word_shape

RULES = {
    "prefix": r"^[(\"]|^\$",
    "suffix": r"[)\".,!]$|\.\.+$|(?<=[0-9])km$",
    "infix": r"(?<=[a-z])[-/](?=[a-z])|\.\.+",
    "url": r"^https?://\S+$",
    "exceptions": {
        "don't": [["do", None], ["n't", "not"]],
        "a.m.": [["a.m.", "am"]],
        ":-)": [[":-)", None]],
        "co-op": [["co-op", None]],
    },
}


@pytest.fixture(scope="module")
def tokenizer() -> SpacyTokenizer:
    return SpacyTokenizer(RULES)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        (" ", [" "]),
        ("  a  b \n\nc ", ["  ", "a", " ", "b", "\n\n", "c"]),
        ("(don't!)", ["(", "do", "n't", "!", ")"]),
        ("\"5km.\"", ['"', "5", "km", ".", '"']),
        ("at 7 a.m.", ["at", "7", "a.m."]),
        ("(a.m.)", ["(", "a.m.", ")"]),
        ("well-known and/or", ["well", "-", "known", "and", "/", "or"]),
        ("co-op, co-ops", ["co-op", ",", "co", "-", "ops"]),
        ("see https://x.org/a-b/c", ["see", "https://x.org/a-b/c"]),
        ("wait...what....", ["wait", "...", "what", "...."]),
        ("a" + "." * 200, ["a", "." * 200]),
        ("hm:-)", ["hm:-", ")"]),
        ("🙂 (Ωmega)", ["🙂", "(", "Ωmega", ")"]),
    ],
)  # fmt: skip
def test_tokens(tokenizer: SpacyTokenizer, text: str, tokens: list[str]) -> None:
    pieces, starts = tokenizer(text)
    assert [piece for piece, _ in pieces] == tokens
    assert all(text[start:].startswith(piece) for (piece, _), start in zip(pieces, starts, strict=True))


def test_exceptions_give_norms(tokenizer: SpacyTokenizer) -> None:
    pieces, _ = tokenizer("I don't, 7 a.m.")
    assert dict(pieces)["n't"] == "not" and dict(pieces)["a.m."] == "am" and dict(pieces)["I"] is None


def test_what_is_too_long_for_a_word_is_cut_and_nothing_is_lost(tokenizer: SpacyTokenizer) -> None:
    text = "x" * 1_300 + "," + "y" * 800 + " end"
    pieces, _ = tokenizer(text)
    assert "".join(piece for piece, _ in pieces) == text.replace(" ", "")
    assert max(len(piece) for piece, _ in pieces) <= 500


def test_a_long_text_comes_in_blocks(tokenizer: SpacyTokenizer) -> None:
    text = "one two-three. " * 8_000
    done = [place for *_, place in tokenizer.blocks(text)]
    assert len(done) > 2 and done == sorted(done) and done[-1] == len(text)
    # A text that ends where a block does comes to its end, too.
    assert len(tokenizer("a " * 5_000)[0]) == len(tokenizer("a " * 4_999 + "a")[0]) == 5_000


def test_rules_that_are_none_are_refused() -> None:
    with pytest.raises(ModelError, match="tokenizer's rules"):
        SpacyTokenizer({**RULES, "infix": "("})
    with pytest.raises(ModelError, match="url"):
        SpacyTokenizer({name: rule for name, rule in RULES.items() if name != "url"})


@pytest.mark.parametrize(
    ("word", "shape"),
    [("a", "x"), ("McDonald's", "XxXxxxx'x"), ("2026-11", "dddd-dd"), ("北京", "xx"), ("", "")],
)
def test_shapes(word: str, shape: str) -> None:
    assert word_shape(word) == shape
