"""The tree of a pattern. Groups leave no node: what is captured is of no use to a tokenizer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from wardian.tokenizers.code_points import CodePoints

__all__ = ["Alternation", "Anchor", "Atomic", "Characters", "Look", "Node", "Place", "Repeat", "Row", "width"]

Place: TypeAlias = Literal[
    "text_start",  # \A
    "text_end",  # \z
    "text_end_newline",  # \Z: the end, or before a newline that ends the text
    "line_start",  # ^: the start, or after a newline that does not end the text
    "line_end",  # $: the end, or before a newline
    "word_boundary",  # \b, by \w of Oniguruma
    "no_word_boundary",  # \B
]


@dataclass(frozen=True, slots=True)
class Characters:
    r"""One character out of a set: a literal, a class, an escape or a property, its negation carried out."""

    points: CodePoints
    #: The literal that was written under (?i:); two in a row could stand for one character (ss for ß).
    folded: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place between characters."""

    place: Place


@dataclass(frozen=True, slots=True)
class Row:
    """One after the other; nothing at all when empty."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternation:
    """The first branch that leads to a match."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """From `least` to `most` times (None: any number)."""

    item: Node
    least: int
    most: int | None
    mode: Literal["greedy", "lazy", "possessive"] = "greedy"


@dataclass(frozen=True, slots=True)
class Look:
    """Whether something follows (`ahead`) or goes before, without taking it."""

    item: Node
    ahead: bool
    negative: bool


@dataclass(frozen=True, slots=True)
class Atomic:
    """What matched once is not tried in another way."""

    item: Node


Node: TypeAlias = Characters | Anchor | Row | Alternation | Repeat | Look | Atomic


def width(node: Node) -> tuple[int, int | None]:
    """The least and the greatest number of characters that a node takes; None for any number.

    >>> width(Row((Characters(CodePoints("61")), Anchor("line_end"))))
    (1, 1)
    """
    match node:
        case Characters():
            return 1, 1
        case Anchor() | Look():
            return 0, 0
        case Atomic(item):
            return width(item)
        case Row(items):
            widths = [width(item) for item in items]
            tops = [most for _, most in widths]
            return sum(least for least, _ in widths), _total(tops)
        case Alternation(branches):
            widths = [width(branch) for branch in branches]
            tops = [most for _, most in widths]
            return min(least for least, _ in widths), None if None in tops else max(t or 0 for t in tops)
        case Repeat(item, least, most):
            low, high = width(item)
            if high == 0:
                return 0, 0
            return low * least, None if most is None or high is None else high * most


def _total(tops: list[int | None]) -> int | None:
    return None if None in tops else sum(top or 0 for top in tops)
