r"""Escapes: `\n`, `\x41`, `\p{L}` and their kind."""

from __future__ import annotations

import re

from wardian.errors import ModelError, shorten
from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.oniguruma.properties import find_property
from wardian.tokenizers.unicode_data import code_points

__all__ = ["read_escape", "refuse"]

_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
_SETS = "wdsh"
_NUMBERS = re.compile(r"\\(?:x\{([0-9a-fA-F]{1,8})\}|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|(0[0-7]{0,2}))")
_PROPERTY = re.compile(r"\\([pP])\{(\^?)([^{}]*)\}")


def refuse(pattern: str, at: int, what: str) -> ModelError:
    """The error for a construct of a pattern that is not supported, or wrong."""
    return ModelError(
        f"The tokenizer's regular expression has {what}.",
        value=shorten(pattern),
        received=f"{shorten(pattern[at : at + 20])} at position {at}",
        expected="a pattern of Oniguruma without it",
    )


def read_escape(pattern: str, at: int, inside: bool = False) -> tuple[str | CodePoints, int]:
    r"""The character or the set that the escape at `at` stands for, and where it ends.

    `inside`: within brackets, where `\w` holds fewer characters.

    Raises ModelError for an escape that is neither.

    >>> read_escape("\\u00e9", 0), read_escape("\\P{^Nd}", 0) == (code_points("onig:Nd"), 7)
    (('é', 6), True)
    """
    letter = pattern[at + 1 : at + 2]
    if not letter:
        raise refuse(pattern, at, "a backslash at its end")
    if number := _NUMBERS.match(pattern, at):
        code = int(number[4], 8) if number[4] else int(number[1] or number[2] or number[3], 16)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise refuse(pattern, at, "the code of no character")
        if number[2] and code > 0x7F:
            raise refuse(pattern, at, "a byte that is no character")
        return chr(code), number.end()
    if named := _PROPERTY.match(pattern, at):
        name = find_property(named[3])
        if name is None:
            raise refuse(pattern, at, f"the property {named[3]!r}, which is not known here,")
        points = _word(inside) if name == "onig:[word]" else code_points(name)
        return (points.complement() if (named[1] == "P") != bool(named[2]) else points), named.end()
    if letter in _CONTROLS:
        return _CONTROLS[letter], at + 2
    if letter.lower() in _SETS:
        points = _word(inside) if letter in "wW" else code_points(f"onig:\\{letter.lower()}")
        return (points.complement() if letter.isupper() else points), at + 2
    if letter.isascii() and letter.isalnum():
        raise refuse(pattern, at, f"the escape \\{letter}")
    return letter, at + 2


def _word(inside: bool) -> CodePoints:
    return code_points("onig:[word]" if inside else r"onig:\w")
