"""Characters of the basic plane that stand for others while a pattern is looked for.

A class of `re` is one look-up for characters up to U+FFFF. Its ranges beyond are walked through for all that
it does not have, and one emoji would make the search of a long text several times as slow. What a pattern
finds depends on which of its sets the characters are in, and on newlines. So a character beyond is replaced
by one that is in the same sets; places stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.oniguruma.tree import Alternation, Anchor, Atomic, Characters, Look, Node, Repeat, Row
from wardian.tokenizers.unicode_data import code_points

__all__ = ["StandIns"]

_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_BASIC = CodePoints([(0, 0xFFFF)]) - CodePoints.of("\n")
#: So many different characters are replaced one after the other, more in one go.
_FEW = 32
#: With more it is no text of any language, and to find them all takes longer than to search without.
_MOST = 1000


class StandIns:
    """The stand-ins of one pattern.

    >>> letters_and_faces = Characters(CodePoints([(0x61, 0x7A), (0x1F600, 0x1F64F)]))
    >>> StandIns(letters_and_faces).apply("x\\U0001f600\\U0001d400") == "xa\\0"
    True
    """

    def __init__(self, tree: Node) -> None:
        self._sets = list(dict.fromkeys(_sets(tree)))
        self._found: dict[str, str | None] = {}
        self._by_sets: dict[tuple[bool, ...], str | None] = {}

    def apply(self, text: str) -> str | None:
        """The text with stand-ins; None where a character has none, or there are many."""
        found = self._found
        table: dict[str, str] = {}
        beyond = set(_BEYOND.findall(text))
        if len(beyond) > _MOST:
            return None
        for character in beyond:
            if character not in found:
                found[character] = self._find(ord(character))
            stand_in = found[character]
            if stand_in is None:
                return None
            table[character] = stand_in
        if len(table) > _FEW:
            return text.translate({ord(character): stand_in for character, stand_in in table.items()})
        for character, stand_in in table.items():
            text = text.replace(character, stand_in)
        return text

    def _find(self, code: int) -> str | None:
        """A character that is in just the same sets."""
        inside = tuple(code in points for points in self._sets)
        if inside not in self._by_sets:
            alike = _BASIC
            for points, is_in in zip(self._sets, inside, strict=True):
                alike = alike & points if is_in else alike - points
            self._by_sets[inside] = chr(alike.ranges()[0][0]) if alike else None
        return self._by_sets[inside]


def _sets(node: Node) -> Iterator[CodePoints]:
    match node:
        case Characters(points):
            yield points
        case Anchor(place) if "boundary" in place:
            yield code_points(r"onig:\w")
        case Row(items) | Alternation(items):
            for item in items:
                yield from _sets(item)
        case Repeat() | Look() | Atomic():
            yield from _sets(node.item)
