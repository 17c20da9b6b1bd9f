"""From a tree to a pattern of the standard library's `re`, over the frozen tables."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate

from wardian.tokenizers.code_points import LAST_CODE_POINT, CodePoints
from wardian.tokenizers.oniguruma.parser import parse
from wardian.tokenizers.oniguruma.stand_ins import StandIns
from wardian.tokenizers.oniguruma.tree import (
    Alternation,
    Anchor,
    Atomic,
    Characters,
    Look,
    Node,
    Repeat,
    Row,
    width,
)
from wardian.tokenizers.unicode_data import code_points

__all__ = ["Matcher", "in_basic_plane", "to_python"]

_MODES = {"greedy": "", "lazy": "?", "possessive": "+"}
_PLAIN = {
    "text_start": r"\A",
    "text_end": r"\Z",
    "text_end_newline": r"(?=\n?\Z)",
    "line_start": r"(?:\A|(?<=\n)(?!\Z))",
    "line_end": r"(?:\Z|(?=\n))",
}


def to_python(tree: Node, last: int = LAST_CODE_POINT) -> re.Pattern[str]:
    r"""The pattern for `re`, for texts without code points above `last`: smaller classes are faster.

    >>> to_python(parse(r"\d+$"), last=0x7F).pattern
    '[\\x30-\\x39]+(?:\\Z|(?=\\n))'
    """
    return re.compile(_Writer(last).write(tree))


class _Writer:
    def __init__(self, last: int) -> None:
        self.universe = CodePoints([(0, last)])

    def write(self, node: Node) -> str:
        match node:
            case Characters(points):
                return self.characters(points)
            case Anchor(place):
                return self.boundary(place) if "boundary" in place else _PLAIN[place]
            case Row(items):
                return "".join(map(self.group, items))
            case Alternation(branches):
                return "|".join(map(self.write, branches))
            case Look(item, ahead, negative):
                return f"(?{'' if ahead else '<'}{'!' if negative else '='}{self.write(item)})"
            case Atomic(item):
                return f"(?>{self.write(item)})"
            case Repeat(item, least, most, mode):
                times = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((least, most))
                if times is None:
                    times = f"{{{least},{'' if most is None else most}}}"
                inner = self.write(item)
                inner = inner if isinstance(item, Characters) else f"(?:{inner})"
                return f"{inner}{times}{_MODES[mode]}"

    def group(self, node: Node) -> str:
        written = self.write(node)
        return f"(?:{written})" if isinstance(node, Alternation) else written

    def characters(self, points: CodePoints) -> str:
        inside = points & self.universe
        if not inside:
            return "(?!)"
        if len(inside) == 1:
            return re.escape(chr(inside.ranges()[0][0]))
        outside = self.universe - inside
        if not outside:
            return r"[\s\S]"
        if len(outside.ranges()) < len(inside.ranges()):
            return f"[^{outside.character_class()}]"
        return f"[{inside.character_class()}]"

    def boundary(self, place: str) -> str:
        word = self.characters(code_points(r"onig:\w"))
        edges = f"(?<={word})(?!{word})|(?<!{word})(?={word})"
        return f"(?:{edges})" if place == "word_boundary" else f"(?!{edges})"


def in_basic_plane(text: str) -> bool:
    """Whether a text has no character beyond U+FFFF.

    Python keeps text in 1, 2 or 4 bytes a character, but does not tell; UTF-16 is quick and does.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text)


class Matcher:
    """A pattern of Oniguruma, ready to search. Raises ModelError for a pattern that is not supported.

    A class of `re` costs by its ranges beyond the basic plane, so texts of ASCII or of the basic plane alone
    have patterns of their own; each is compiled when the first such text comes.
    """

    def __init__(self, pattern: str | Node) -> None:
        self.tree = parse(pattern) if isinstance(pattern, str) else pattern
        self.may_be_empty = width(self.tree)[0] == 0

    def spans(self, text: str) -> list[tuple[int, int]]:
        r"""Where it matches, as the reference's iterator finds it: no empty match right behind another one.

        >>> Matcher("x*").spans("axb")
        [(0, 0), (1, 2), (3, 3)]
        """
        if not text:
            return []  # the reference does not search there
        pattern, text = self.prepared(text)
        if not self.may_be_empty:
            return [match.span() for match in pattern.finditer(text)]
        found: list[tuple[int, int]] = []
        at, end_before = 0, -1
        while at <= len(text) and (match := pattern.search(text, at)):
            start, end = match.span()
            if start == end == end_before:
                at += 1
            else:
                found.append((start, end))
                at = end_before = end
        return found

    def cover(self, text: str) -> list[str] | None:
        """What it finds where that is all of the text, in one call; None where it is not.

        >>> Matcher(r"\\d|[a-z]+").cover("ab1"), Matcher(r"\\d").cover("ab1")
        (['ab', '1'], None)
        """
        if self.may_be_empty or not text:
            return None
        pattern, seen = self.prepared(text)
        found: list[str] = pattern.findall(seen)
        if sum(map(len, found)) < len(text):
            return None
        if seen is text:
            return found
        ends = list(accumulate(map(len, found)))
        return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def finds(self, text: str) -> bool:
        """Whether it matches anywhere."""
        pattern, seen = self.prepared(text)
        return pattern.search(seen) is not None

    def prepared(self, text: str) -> tuple[re.Pattern[str], str]:
        """A pattern, and a text in which it is found at the same places."""
        if not text.isascii() and not in_basic_plane(text):
            stood_in = self._stand_ins.apply(text)
            if stood_in is not None:
                return self._basic, stood_in
        return self.compiled(text), text

    def compiled(self, text: str) -> re.Pattern[str]:
        """The pattern for this text."""
        if text.isascii():
            return self._ascii
        return self._basic if in_basic_plane(text) else self._full

    @cached_property
    def _stand_ins(self) -> StandIns:
        return StandIns(self.tree)

    @cached_property
    def _ascii(self) -> re.Pattern[str]:
        return to_python(self.tree, 0x7F)

    @cached_property
    def _basic(self) -> re.Pattern[str]:
        return to_python(self.tree, 0xFFFF)

    @cached_property
    def _full(self) -> re.Pattern[str]:
        return to_python(self.tree)
