"""Regular expressions as a tree of nodes: a subset of Python's `re`, and a refusal of all else by name."""

from __future__ import annotations

import re
from collections.abc import Callable

from wardian.errors import InputError, shorten
from wardian.generation.constraints.nodes import (
    Characters,
    Members,
    Node,
    Ranges,
    Repeat,
    Row,
    alternatives,
    complement,
    literal,
    merged,
    row,
)

__all__ = ["LONGEST_PATTERN", "map_characters", "parse_regex"]

LONGEST_PATTERN = 10_000
"""Characters of a pattern."""
_DEEPEST = 50
"""Groups inside each other."""

_QUANTIFIER = re.compile(r"\{([0-9]*)(?:(,)([0-9]*))?\}")
_DIGIT: Ranges = ((0x30, 0x39),)
_WORD: Ranges = merged([(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)])
_SPACE: Ranges = merged([(0x09, 0x0D), (0x20, 0x20)])
_CLASSES = {
    "d": _DIGIT, "w": _WORD, "s": _SPACE,
    "D": complement(_DIGIT), "W": complement(_WORD), "S": complement(_SPACE),
}  # fmt: skip
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_HEX = {"x": 2, "u": 4, "U": 8}
_NAMED_GROUP = re.compile(r"\?P<[A-Za-z_]\w*>|\?:")


def parse_regex(pattern: str, where: str = "regex") -> Node:
    """The tree of a pattern that has to match a whole text, as `re.fullmatch(pattern, text, re.ASCII)`.

    There are: characters, escapes, `.` (all but a line feed), classes `[a-z]` `[^…]`, `\\d` `\\w` `\\s` (of
    ASCII) and their opposites, groups `(…)` `(?:…)` `(?P<name>…)`, `|`, and the quantifiers `*` `+` `?`
    `{m}` `{m,}` `{,n}` `{m,n}`, which may be lazy (that makes no difference here). `^` may stand at the
    beginning and `$` at the end.

    >>> parse_regex("a{2}")
    Repeat(part=Characters(ranges=((97, 97),)), least=2, most=2)
    >>> parse_regex("ab**")
    Traceback (most recent call last):
    wardian.errors.InputError: The pattern has a part that cannot be a constraint. Got '*'; expected one \
quantifier, or a group around it; received it at character 4 of regex. Describe the whole text without it.

    Raises InputError for all else (look-around, back-references, word boundaries, possessive quantifiers,
    flags), with its place, and for a pattern that is no regular expression.
    """
    if not isinstance(pattern, str):
        raise InputError("The pattern is no text.", value=shorten(pattern), expected="a regular expression")
    if len(pattern) > LONGEST_PATTERN:
        raise InputError(
            "The pattern is too long.",
            expected=f"at most {LONGEST_PATTERN:,} characters",
            received=f"{len(pattern):,} characters",
        )
    return _Parser(pattern, where).parse()


class _Parser:
    """Recursive descent over one pattern."""

    def __init__(self, pattern: str, where: str) -> None:
        self._pattern, self._where = pattern, where
        self._at, self._depth = 0, 0

    def parse(self) -> Node:
        if self._peek() == "^":
            self._at += 1
        node = self._alternatives()
        if self._at < len(self._pattern):  # a bracket that nobody opened
            raise self._refused(self._at, self._at + 1, "a ( for each )")
        return node

    # ------------------------------------------------------------------------------------------ grammar

    def _alternatives(self) -> Node:
        parts = [self._row()]
        while self._peek() == "|":
            self._at += 1
            parts.append(self._row())
        return alternatives(parts)

    def _row(self) -> Node:
        parts = []
        while self._peek() not in ("", "|", ")"):
            if self._peek() == "$" and self._at == len(self._pattern) - 1 and not self._depth:
                self._at += 1
                break
            parts.append(self._repeated(self._one()))
        return row(parts)

    def _repeated(self, part: Node) -> Node:
        counts = self._quantifier()
        if counts is None:
            return part
        least, most = counts
        if self._peek() == "?":  # lazy: the same texts
            self._at += 1
        start = self._at
        if self._peek() == "+":
            raise self._refused(start, start + 1, "no possessive quantifiers")
        if self._quantifier() is not None:
            raise self._refused(start, self._at, "one quantifier, or a group around it")
        return Repeat(part, least, most)

    def _quantifier(self) -> tuple[int, int | None] | None:
        """How often, where a quantifier stands here."""
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self._peek())
        if simple is not None:
            self._at += 1
            return simple
        found = _QUANTIFIER.match(self._pattern, self._at)
        if found is None or found[0] == "{}":
            return None
        start, self._at = self._at, found.end()
        if max(len(found[1]), len(found[3] or "")) > 9:
            raise self._refused(start, self._at, "at most 9 digits")
        least = int(found[1] or 0)
        most = (int(found[3]) if found[3] else None) if found[2] else least
        if most is not None and most < least:
            raise self._refused(start, self._at, "{least,most} in this order")
        return least, most

    def _one(self) -> Node:
        """A character, a class, or a group."""
        start, character = self._at, self._peek()
        self._at += 1
        if character == "(":
            return self._group(start)
        if character == "[":
            return Characters(self._class(start))
        if character == ".":
            return Characters(complement(((0x0A, 0x0A),)))
        if character == "\\":
            return Characters(self._escape(start))
        if character in "*+?":
            raise self._refused(start, self._at, "something to repeat before it")
        if character in "^$":
            raise self._refused(start, self._at, "anchors at the beginning and the end of the pattern alone")
        if 0xD800 <= ord(character) <= 0xDFFF:
            raise self._refused(start, self._at, "whole characters")
        return literal(character)

    def _group(self, start: int) -> Node:
        if self._peek() == "?":
            found = _NAMED_GROUP.match(self._pattern, self._at)
            if found is None:
                raise self._refused(start, start + 3, "groups (…), (?:…) or (?P<name>…)")
            self._at = found.end()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refused(start, start + 1, f"at most {_DEEPEST} groups inside each other")
        node = self._alternatives()
        self._depth -= 1
        if self._peek() != ")":
            raise self._refused(start, start + 1, "a ) for each (")
        self._at += 1
        return node

    # ------------------------------------------------------------------------------------------ classes

    def _class(self, start: int) -> Ranges:
        """What stands in square brackets."""
        negated = self._peek() == "^"
        self._at += negated
        found: list[tuple[int, int]] = []
        first = True
        while first or self._peek() != "]":
            if not self._peek():
                raise self._refused(start, start + 1, "a ] for each [")
            first = False
            begin = self._at
            low = self._member()
            if self._peek() == "-" and self._pattern[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                high = self._member()
                if not (_is_one(low) and _is_one(high) and low[0][0] <= high[0][0]):
                    raise self._refused(begin, self._at, "a range from a lower character to a higher one")
                found.append((low[0][0], high[0][0]))
            else:
                found += low
        self._at += 1
        ranges = merged(found)
        return complement(ranges) if negated else ranges

    def _member(self) -> Ranges:
        start, character = self._at, self._peek()
        self._at += 1
        if character == "\\":
            return self._escape(start, inside=True)
        if not character or 0xD800 <= ord(character) <= 0xDFFF:
            raise self._refused(start, self._at, "whole characters")
        return ((ord(character), ord(character)),)

    def _escape(self, start: int, inside: bool = False) -> Ranges:
        """What a backslash and what follows stand for."""
        letter = self._peek()
        self._at += 1
        if letter in _CLASSES and letter:
            return _CLASSES[letter]
        if inside and letter == "b":
            return ((8, 8),)
        if letter in _ESCAPES and letter:
            return _single(_ESCAPES[letter])
        if letter in _HEX and letter:
            digits = self._pattern[self._at : self._at + _HEX[letter]]
            self._at += _HEX[letter]
            if not re.fullmatch(f"[0-9A-Fa-f]{{{_HEX[letter]}}}", digits) or int(digits, 16) > 0x10FFFF:
                raise self._refused(start, self._at, f"{_HEX[letter]} hexadecimal digits")
            if 0xD800 <= int(digits, 16) <= 0xDFFF:
                raise self._refused(start, self._at, "whole characters")
            return ((int(digits, 16), int(digits, 16)),)
        if letter and (letter.isascii() and not letter.isalnum()):
            return _single(letter)
        raise self._refused(start, self._at, "a known escape: no back-references, no boundaries")

    # ------------------------------------------------------------------------------------------- errors

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _refused(self, start: int, end: int, expected: str) -> InputError:
        return InputError(
            "The pattern has a part that cannot be a constraint.",
            value=repr(self._pattern[start:end]),
            expected=expected,
            received=f"it at character {start + 1} of {self._where}",
            hint="Describe the whole text without it.",
        )


def _single(character: str) -> Ranges:
    return ((ord(character), ord(character)),)


def _is_one(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def map_characters(node: Node, change: Callable[[Characters], Node]) -> Node:
    """The same tree with other leaves."""
    if isinstance(node, Characters):
        return change(node)
    if isinstance(node, Repeat):
        return Repeat(map_characters(node.part, change), node.least, node.most)
    if isinstance(node, Members):
        return Members(tuple((map_characters(part, change), required) for part, required in node.parts))
    parts = [map_characters(part, change) for part in node.parts]
    return row(parts) if isinstance(node, Row) else alternatives(parts)
