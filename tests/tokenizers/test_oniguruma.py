"""Oniguruma's patterns: hand-worked cases, refusals, and the time that long texts take."""

from __future__ import annotations

import random

import pytest

from support import assert_grows_linearly
from wardian.errors import ModelError
from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.oniguruma import (
    Alternation,
    Anchor,
    Atomic,
    Characters,
    Look,
    Matcher,
    Repeat,
    Row,
    parse,
    to_python,
)
from wardian.tokenizers.oniguruma.properties import find_property

#: The patterns of well-known models, as their tokenizer.json files have them.
KNOWN = {
    "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "cl100k": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+",
    "cl100k possessive": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    "qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+",
    "o200k": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
    r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+",
    "deepseek-v3": r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "deepseek letters": r"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-Ֆ"
    "Ⴀ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅ]+",
    "deepseek cjk": "[一-龥\u0800-\u4e00가-\ud7ff]+",
    "bloom": r" ?[^(\s|[.,!?…。，、।۔،])]+",
    "falcon": r"[0-9][0-9][0-9]",
    "starcoder digits": r"\p{N}",
    "spaces": r" {2,}",
    "chatglm": r"(?<=\p{L})\p{N}|(?<!\s)\s+$",
    "clip": r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    "roberta-like": r"\s+",
    "kimi": r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*"
    r"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?"
    r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+|\p{N}{1,3}|\s+",
}


def characters(text: str) -> Characters:
    return Characters(CodePoints.of(text))


def test_the_tree_of_each_construct() -> None:
    a, b = characters("a"), characters("b")
    assert parse("") == Row(())
    assert parse("ab|b") == Alternation((Row((a, b)), b))
    assert parse("a*?b++") == Row((Repeat(a, 0, None, "lazy"), Repeat(b, 1, None, "possessive")))
    assert parse("a{2}?") == Repeat(Repeat(a, 2, 2), 0, 1)
    assert parse("a{2,3}+") == Repeat(Repeat(a, 2, 3), 1, None)
    assert parse("a{,2}") == Repeat(a, 0, 2)
    assert parse("a{2,2}?") == Repeat(a, 2, 2, "lazy")
    assert parse("(?>a)(?!b)") == Row((Atomic(a), Look(b, ahead=True, negative=True)))
    assert parse("(?<=a|bb)") == Alternation((Look(a, False, False), Look(Row((b, b)), False, False)))
    assert parse("^$") == Row((Anchor("line_start"), Anchor("line_end")))
    assert parse("(?i)a|b") == Alternation((characters("aA"), characters("bB")))
    assert parse("b(?i)a|b") == Row((b, Alternation((characters("aA"), characters("bB")))))
    assert parse("[a-c&&[^b]]") == characters("ac")
    assert parse("[]a-]") == characters("]a-")
    assert parse(r"\x61\u0062\x{63}") == Row((a, b, characters("c")))
    assert parse("(?<name>a)(?#a comment)") == a
    assert parse("a{") == Row((a, characters("{")))


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (r"(a)\1", r"escape \\1"), (r"\Ga", r"escape \\G"), (r"a\Kb", r"escape \\K"), (r"\R", r"escape \\R"),
        (r"\X", r"escape \\X"), (r"\p{Klingon}", "Klingon"), (r"\pL", r"escape \\p"), ("(?x) a", "group"),
        ("(?~ab)", "group"), ("(?s).", "group"), ("(?<=a+)b", "no fixed length"), ("(?i)glaSS", "'SS'"),
        ("(?i)ß", "ß"), ("(?i:[ß])", "folds to several"), ("a{3,1}", "swapped"), ("a{1001}", "1000"),
        ("[a", "without an end"), ("[]", "without an end|empty"), ("[z-a]", "range"),
        ("(a", "without an end"), ("a)", "closing"), ("*a", "repeat"), (r"[[:klingon:]]", "klingon"),
        (r"\x{110000}", "no character"),
        ("a\\", "backslash"), (r"\xe9", "byte"), ("(*FAIL)", "callout"),
        ("(?:a*)+", "may be empty"), ("(" * 101 + ")" * 101, "deep"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_by_name(pattern: str, name: str) -> None:
    with pytest.raises(ModelError, match=name):
        parse(pattern)


def test_words_as_gpt2_cuts_them() -> None:
    matcher, text = Matcher(KNOWN["gpt2"]), "I'll  pay 12½ €,\n\nok? "
    assert [text[a:b] for a, b in matcher.spans(text)] == [
        "I", "'ll", " ", " pay", " 12½", " €,", "\n", "\n", "ok", "?", " ",
    ]  # fmt: skip


def test_oniguruma_is_not_re() -> None:
    assert Matcher("^").spans("a\nb\n") == [(0, 0), (2, 2)]
    assert Matcher("$").spans("a\n") == [(1, 1), (2, 2)]
    assert Matcher(r"a\Z").spans("a\n") == [(0, 1)] and Matcher(r"a\z").spans("a\n") == []
    assert Matcher("|a").spans("a") == [(0, 0), (1, 1)]
    assert Matcher(r"\s").spans("\x1c\x85") == [(1, 2)]
    assert Matcher(r"[\w]").spans("²\u0301_") == [(1, 2), (2, 3)]
    assert Matcher(r"\w+").spans("²\u0301_") == [(0, 3)]
    assert Matcher("(?i:'s)").spans("'ſ 'S") == [(0, 2), (3, 5)]
    assert Matcher("(?i:[k])").spans("K") == [(0, 1)]
    assert Matcher(r"(?i:\p{Lu})").spans("aA") == [(1, 2)]


def test_texts_of_each_width_give_the_same() -> None:
    matcher = Matcher(KNOWN["o200k"])
    plain = matcher.spans("Hello World's 1234 !?")
    for tail in (" é中", " 😀𝕸"):
        assert matcher.spans("Hello World's 1234 !?" + tail)[: len(plain)] == plain
    assert to_python(matcher.tree).pattern != to_python(matcher.tree, 0x7F).pattern


@pytest.mark.parametrize(
    "pattern", [*KNOWN.values(), r"\b\w+\b|(?<=[😀-😎])[^\p{Lu}]|^.$", r"𝐀+|[^😀]?\p{Nd}*"]
)
def test_characters_that_stand_for_others_change_nothing(pattern: str) -> None:
    matcher = Matcher(pattern)
    full = to_python(matcher.tree)
    source = random.Random(5)
    letters = "aZ9ß中 \n\r'́😀😎😏🏽𝐀𝐚𝟗𐌰𐌱𞤢𞥀𠀀\U000e0100\U000f0000\U0010ffff"
    for length in (1, 2, 3, 8, 60, 200) * 5:
        text = "".join(source.choices(letters, k=length)) + "😀"
        if not matcher.may_be_empty:
            assert matcher.spans(text) == [match.span() for match in full.finditer(text)]
            found = full.findall(text)
            assert matcher.cover(text) == (found if "".join(found) == text else None)
        assert matcher.finds(text) == bool(full.search(text))


def test_many_stand_ins_are_found_in_one_go() -> None:
    text = "".join(map(chr, range(0x20000, 0x20100))) + "a \U0001f600"
    assert Matcher(r"\p{L}+").spans(text) == [(0, 257)]


def test_aliases() -> None:
    assert find_property("Uppercase_Letter") == find_property("LU") == "onig:Lu"
    assert find_property("Hira") == "onig:Hiragana" and find_property("punct") == "onig:P"


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("unit", ["a", "A", " ", "\n", " \n", "1", "!", "中", "'", "aA", "é", "😀"])
def test_time_grows_linearly(name: str, unit: str) -> None:
    matcher = Matcher(KNOWN[name])
    assert_grows_linearly(lambda size: matcher.spans(unit * (size // len(unit))), 200_000)
