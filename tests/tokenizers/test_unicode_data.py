"""The frozen tables: what is in them, in any interpreter."""

from __future__ import annotations

import hashlib

import pytest

from wardian.tokenizers import unicode_data
from wardian.tokenizers.code_points import LAST_CODE_POINT, CodePoints


def test_every_name_gives_a_set_of_characters() -> None:
    surrogates = CodePoints([(0xD800, 0xDFFF)])
    names = unicode_data.names()
    assert len(names) == len(set(names)) > 250
    for name in names:
        members = unicode_data.code_points(name)
        assert members or name == "onig:Cs"
        assert not members & surrogates, name


def test_the_categories_are_a_partition() -> None:
    groups = [unicode_data.code_points(f"onig:{group}") for group in "LMNPSZC"]
    assert sum(map(len, groups)) == LAST_CODE_POINT + 1 - 0x800
    assert CodePoints(pair for group in groups for pair in group.ranges()) == CodePoints("0-d7ff e000-10ffff")


def test_an_unknown_name_is_a_key_error() -> None:
    for ask in (unicode_data.code_points, unicode_data.mapping, unicode_data.classes):
        with pytest.raises(KeyError):
            ask("onig:Klingon")


def test_traps() -> None:
    """Where the reference differs from one version of Unicode, from Python, or from itself."""
    assert ord("ſ") in map(ord, unicode_data.mapping("onig:fold")[ord("s")])
    assert unicode_data.mapping("lower")[ord("Σ")] == "σ"
    assert 0x1C not in unicode_data.code_points("rust:whitespace") and "\x1c".isspace()
    assert 0x200B in unicode_data.code_points("nmt:spaces")
    assert ord("½") in unicode_data.code_points("rust:numeric")
    assert ord("½") not in unicode_data.code_points("onig:\\d")
    assert ord("$") in unicode_data.code_points("onig:[punct]")
    assert ord("$") not in unicode_data.code_points("onig:P")
    assert unicode_data.compositions()[ord("A"), 0x30A] == 0xC5


def test_the_same_content_in_every_interpreter() -> None:
    digest = hashlib.sha256()
    for name in unicode_data.names():
        digest.update(f"{name} {unicode_data.code_points(name)!r}\n".encode())
    for name in ("lower", "nfd", "nfkd", "compositions", "onig:fold", "onig:folds"):
        # As numbers: how Python shows a character depends on its own version of Unicode.
        numbers = [
            (code, [ord(c) for c in text]) for code, text in sorted(unicode_data.mapping(name).items())
        ]
        digest.update(f"{name} {numbers}\n".encode())
    for name in ("ccc", "scripts"):
        digest.update(f"{name} {unicode_data.classes(name)}\n".encode())
    assert digest.hexdigest() == "a2ef2b00c9af28b8cffaf46c65c2bd429f3a81be5a4481b0b21ec45412307a0d"


def test_sets() -> None:
    letters, odd = CodePoints("61-7a"), CodePoints("61 63 65-66 7a-80")
    assert letters | odd == CodePoints("61-80")
    assert letters & odd == CodePoints("61 63 65-66 7a")
    assert odd - letters == CodePoints("7b-80")
    assert len(letters.complement()) == LAST_CODE_POINT + 1 - 26
    assert CodePoints().complement().complement() == CodePoints() and not CodePoints()
    assert CodePoints([(5, 9), (1, 4), (3, 6)]).ranges() == [(1, 9)]
    assert CodePoints.of("cab") == CodePoints("61-63") and hash(CodePoints.of("cab")) == hash(
        CodePoints("61-63")
    )
    assert list(odd)[:3] == [0x61, 0x63, 0x65]
    assert "a" not in map(chr, CodePoints())
