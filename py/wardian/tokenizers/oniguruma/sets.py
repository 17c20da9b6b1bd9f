"""Bracketed classes, and folding of case."""

from __future__ import annotations

import re
from functools import cache

from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.oniguruma.escapes import read_escape, refuse
from wardian.tokenizers.oniguruma.properties import find_posix
from wardian.tokenizers.unicode_data import code_points, mapping

__all__ = ["fold", "folds_to_several", "read_set"]

_POSIX = re.compile(r"\[:(\^?)(\w+):\]")
_EVERYTHING = CodePoints().complement()


def read_set(pattern: str, at: int, ignore_case: bool = False) -> tuple[CodePoints, int]:
    """The class whose content begins at `at`, behind its `[`, and where it ends.

    `&&` binds least: `[^a-z&&[aeiou]]` is all but the vowels. Raises ModelError.

    >>> read_set("[a-z&&[^aeiou]]", 1)[0] == CodePoints("62-64 66-68 6a-6e 70-74 76-7a")
    True
    """
    start = at - 1
    negative = pattern[at : at + 1] == "^"
    at += negative
    whole, part = _EVERYTHING, CodePoints()
    first = True
    while True:
        if at >= len(pattern):
            raise refuse(pattern, start, "a class without an end")
        if pattern[at] == "]" and not (first and "]" in pattern[at + 1 :]):
            break
        if pattern.startswith("&&", at):
            whole, part, at = whole & part, CodePoints(), at + 2
        else:
            more, at = _read_item(pattern, at)
            part |= more
        first = False
    if first:
        raise refuse(pattern, start, "an empty class")
    points = whole & part
    if ignore_case:
        # Only a positive class can take in what folds to several characters.
        if not negative and points & _several():
            raise refuse(pattern, start, "a class under (?i:) with a character that folds to several")
        points = fold(points)
    return (points.complement() if negative else points), at + 1


def _read_item(pattern: str, at: int) -> tuple[CodePoints, int]:
    """One member of a class: a character, a range, an escape, a POSIX bracket or a class inside."""
    if posix := _POSIX.match(pattern, at):
        name = find_posix(posix[2])
        if name is None:
            raise refuse(pattern, at, f"the unknown bracket [:{posix[2]}:]")
        points = code_points(name)
        return (points.complement() if posix[1] else points), posix.end()
    if pattern[at] == "[":
        return read_set(pattern, at + 1)
    first, end = _read_one(pattern, at)
    if (
        pattern[end : end + 1] != "-"
        or pattern[end + 1 : end + 2] in ("]", "")
        or pattern.startswith("&&", end + 1)
    ):
        return (CodePoints.of(first) if isinstance(first, str) else first), end
    if not isinstance(first, str) or pattern[end + 1] == "[":
        raise refuse(pattern, at, "a range without a first or last character")
    last, end = _read_one(pattern, end + 1)
    if not isinstance(last, str) or last < first:
        raise refuse(pattern, at, "a range whose end does not come after its start")
    return CodePoints([(ord(first), ord(last))]), end


def _read_one(pattern: str, at: int) -> tuple[str | CodePoints, int]:
    if pattern[at] != "\\":
        return pattern[at], at + 1
    if pattern[at + 1 : at + 2] == "b":
        return "\b", at + 2
    return read_escape(pattern, at, inside=True)


# -------------------------------------------------------------------------------------------- case


def fold(points: CodePoints) -> CodePoints:
    """The set with all characters that are the same but for their case.

    >>> sorted(map(chr, fold(CodePoints.of("s"))))
    ['S', 's', 'ſ']
    """
    table = mapping("onig:fold")
    if len(points) < len(table):
        found = [other for code in points if code in table for other in table[code]]
    else:
        found = [other for code, others in table.items() if code in points for other in others]
    return points | CodePoints.of(found)


def folds_to_several(written: str) -> str | None:
    """The part of a literal that under (?i:) is also one character, or one that is also several; or None.

    >>> folds_to_several("'ll"), folds_to_several("classy"), folds_to_several("ß")
    (None, 'ss', 'ß')
    """
    for character in written:
        if ord(character) in _several():
            return character
    key = _fold_key(written)
    for spelled in _spelled():
        if (at := key.find(spelled)) >= 0:
            return written[at : at + len(spelled)]
    return None


def _fold_key(text: str) -> str:
    """Equal for texts that differ in case alone: every character becomes the least of its kind."""
    table = mapping("onig:fold")
    return "".join(min(table.get(ord(character), character)) for character in text)


@cache
def _several() -> CodePoints:
    """Characters that match several under (?i:), such as ß."""
    return CodePoints((code, code) for code in mapping("onig:folds"))


@cache
def _spelled() -> frozenset[str]:
    return frozenset(map(_fold_key, mapping("onig:folds").values()))
