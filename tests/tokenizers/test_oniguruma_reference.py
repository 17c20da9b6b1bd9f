"""Patterns against Oniguruma itself, inside the pinned reference."""

from __future__ import annotations

import random
from typing import Any

import pytest
from shares import ALL_TEXTS, share
from test_oniguruma import KNOWN
from tokenizers.normalizers import Replace
from tokenizers.pre_tokenizers import Split

from tokenizers import Regex
from tokenizers_texts import ALL_CODE_POINTS, CODE_POINTS, all_texts
from wardian.errors import ModelError
from wardian.tokenizers.oniguruma import Matcher
from wardian.tokenizers.oniguruma.properties import _by_plain_name
from wardian.tokenizers.unicode_data import code_points

TEXTS = all_texts()
MARK = "\U0010fffd"


def theirs(pattern: str) -> Any:
    return Replace(Regex(pattern), MARK).normalize_str


def ours(matcher: Matcher, text: str) -> str:
    parts, done = [], 0
    for start, end in matcher.spans(text):
        parts += [text[done:start], MARK]
        done = end
    return "".join([*parts, text[done:]])


@pytest.mark.parametrize("name", KNOWN)
def test_known_patterns_on_all_texts(name: str) -> None:
    split, matcher = Split(Regex(KNOWN[name]), "removed", invert=True), Matcher(KNOWN[name])
    for text in TEXTS:
        expected = [span for _, span in split.pre_tokenize_str(text)]
        assert matcher.spans(text) == expected, text


@pytest.mark.parametrize("name", KNOWN)
def test_known_patterns_on_every_code_point(name: str) -> None:
    matcher = Matcher(KNOWN[name])
    replace = theirs(KNOWN[name])
    for between in share(("", "a", " 1"), KNOWN, name, 3):
        for start in range(0, len(CODE_POINTS), 20_000):
            text = between.join(map(chr, CODE_POINTS[start : start + 20_000]))
            assert ours(matcher, text) == replace(text)


CASES = [
    "^", "$", r"\A", r"\z", r"\Z", "x*", "|a", "(?m).", ".", "b(?i)a|b", "(?i)a(?-i)b", "a{2}+",
    "a{2}?", "a{2,3}?", "a{,2}", "a{", "a{,}", "[]a]", "[a-]", "[-a]", "[a-c-e]", "[a&&b]",
    "[a-z&&[^aeiou]]", "[^a-z&&[aeiou]]", "[a-c&&b-d&&c]", r"\p{^Lu}", r"\P{^Lu}", r"[\p{^Lu}]", r"\e",
    r"\u0041", r"\x41", r"\x{1F600}", r"\012", r"\N", r"\O", r"\h", r"\H", r"(?i:\p{Lu})", "(?i:[^s])",
    r"(?i:\w)", "(?<=a|bc)x", "(?<!a|bc)x", "(?#c)a", "[[:^alpha:]]", "[[:alpha:][:digit:]]",
    "[:alpha:]", "a+?b", "a?+b", r"\b", r"\B", r"[\b]", r"[\w-]", "(?>a+)b", "x|", "()",
    "(?<n>a)", "a{0}", "[a-z&&]", "[&&a]", "a{1,2}{2}", "[a[bc]d]", "[^a[^b]]", "a{2,3}?b", "xa{2,3}?",
    "a{2,2}?", "a??", "(?:a|b)*?c",
    "(?=^)", "(?<=^)", r"\d+(?=(\d{3})+$)", r"[[:punct:]&&[^_]]", r"[^\S\n]", "(?i:K)", "(?i:[k-m])",
    r"(?<=\s)a", r"(?<!\p{L})a", "{a}", r"(?:\s|^)a", r"a(?:\b|x)", "(?i)ſ", "a(?=b)|b(?!c)",
    "(?:(?:ab)++|a)b",
]  # fmt: skip


@pytest.mark.parametrize("pattern", CASES)
def test_constructs_on_random_texts(pattern: str) -> None:
    chance, replace, matcher = random.Random(pattern), theirs(pattern), Matcher(pattern)
    alphabet = "aabbccxsSſkK\n\r _-]&{}1,:l.\u0301中Aé😀\x1c\x85\b^"
    for _ in range(400):
        text = "".join(chance.choices(alphabet, k=chance.randint(0, 12)))
        assert ours(matcher, text) == replace(text), text


def random_pattern(chance: random.Random, depth: int = 0) -> str:
    atoms = [
        "a",
        "b",
        "c",
        ".",
        r"\w",
        r"\s",
        r"\S",
        "[ab]",
        "[^a]",
        r"\p{L}",
        "[a-c&&[^b]]",
        r"\b",
        "^",
        "$",
        "(?i:a)",
    ]
    pieces = []
    for _ in range(chance.randint(1, 3)):
        piece = chance.choice(atoms)
        if depth < 2 and chance.random() < 0.4:
            opening = chance.choice(["(", "(?:", "(?=", "(?!", "(?>", "(?i:"])
            piece = opening + random_pattern(chance, depth + 1) + ")"
        if piece not in ("^", "$", r"\b") and not piece.startswith(("(?=", "(?!")) and chance.random() < 0.5:
            piece += chance.choice(["*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}"])
            piece += chance.choice(["", "", "?", "+"])
        pieces.append(piece)
    if chance.random() < 0.3:
        pieces.insert(len(pieces) // 2, "|")
    return "".join(pieces)


def test_random_patterns() -> None:
    chance = random.Random(7)
    tried = 0
    for _ in range(3000 if ALL_TEXTS else 1000):
        pattern = random_pattern(chance)
        try:
            replace = theirs(pattern)
        except Exception as error:
            assert "target of repeat operator is invalid" in str(error)
            continue
        try:
            matcher = Matcher(pattern)
        except ModelError as error:
            assert "what may be empty" in str(error)
            continue
        for _ in range(6):
            text = "".join(chance.choices("aabbcAB \nx1é", k=chance.randint(0, 10)))
            assert ours(matcher, text) == replace(text), (pattern, text)
            tried += 1
    assert tried > 3_500


def test_every_property_by_every_name() -> None:
    everything = "".join(map(chr, ALL_CODE_POINTS))

    def place(code: int) -> int:
        """In `everything`, which has no surrogates."""
        return code if code < 0xD800 else max(code - 0x800, 0xD800)

    def held(properties: str, text: str) -> str:
        return Replace(Regex(f"[^{properties}]+"), "").normalize_str(text)

    named = {plain: code_points(name) for plain, name in _by_plain_name().items()}
    # What is not assigned, or for private use, is in few of them: that it is in no other is one question.
    broad = {plain for plain, points in named.items() if 0x50000 in points or 0xF0000 in points}
    some = held("".join(f"\\p{{{plain}}}" for plain in named if plain not in broad), everything)
    assert 0 < len(broad) < len(named) and len(some) < len(everything) / 2
    for plain, points in named.items():
        expected = "".join(everything[place(first) : place(last + 1)] for first, last in points.ranges())
        assert held(f"\\p{{{plain}}}", everything if plain in broad else some) == expected, plain


def test_both_refuse() -> None:
    for pattern in (
        "(",
        "[a",
        "*",
        "a|*",
        "[z-a]",
        r"\p{Klingon}",
        "(?s).",
        "[]",
        r"[\w-z]",
        r"\u{41}",
        "(?P<n>a)",
    ):
        with pytest.raises(Exception, match="Oniguruma"):
            Regex(pattern)
        with pytest.raises(ModelError):
            Matcher(pattern)


SETS = [
    r"\w", r"\W", r"[\w]", r"[\W]", r"\p{Word}", r"\P{Word}", r"[\p{Word}]", r"\b", r"\d", r"\s", r"\S",
    r"\h", r"[[:word:]]", r"[[:^word:]]", r"[\w\s]", r"[^\w]", "(?i:[a-z])", "(?i:[^a-z])",
    r"\p{Alnum}", r"[[:punct:]]",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SETS)
def test_every_code_point_alone_and_by_a_letter(pattern: str) -> None:
    replace, matcher = theirs(pattern), Matcher(pattern)
    for between in share(("\n", "a", "\nb"), SETS, pattern, 3):
        text = between.join(map(chr, ALL_CODE_POINTS[:0x30000]))
        assert ours(matcher, text) == replace(text)
