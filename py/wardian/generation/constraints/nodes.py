"""What a constraint is made of before it is an automaton: a regular expression as a tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from wardian.errors import InputError, shorten

__all__ = [
    "ANY",
    "EMPTY",
    "Alternatives",
    "Characters",
    "Members",
    "Node",
    "Ranges",
    "Repeat",
    "Row",
    "alternatives",
    "complement",
    "literal",
    "merged",
    "row",
]

#: Code points as pairs (first, last), ascending and apart from each other.
Ranges: TypeAlias = tuple[tuple[int, int], ...]

_LAST = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)


@dataclass(frozen=True, slots=True)
class Characters:
    """One character out of `ranges`."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Row:
    """All of `parts`, one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Any one of `parts`; none of them: nothing matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`part` from `least` times to `most` times; None for no limit."""

    part: Node
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Members:
    """Of `parts`, in their order, all that are required (True) and any of the others; ", " between two."""

    parts: tuple[tuple[Node, bool], ...]


Node: TypeAlias = Characters | Row | Alternatives | Repeat | Members

#: The empty text.
EMPTY = Row(())


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The same code points as few ranges; surrogates, which no UTF-8 text has, are left out.

    >>> merged([(5, 9), (1, 3), (4, 6)])
    ((1, 9),)
    """
    found: list[tuple[int, int]] = []
    for first, last in sorted(_without_surrogates(ranges)):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def _without_surrogates(ranges: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    low, high = _SURROGATES
    for first, last in ranges:
        if last < low or first > high:
            yield first, last
            continue
        if first < low:
            yield first, low - 1
        if last > high:
            yield high + 1, last


def complement(ranges: Ranges) -> Ranges:
    """All other characters.

    >>> complement(((0, 0xD7FF),))
    ((57344, 1114111),)
    """
    found, start = [], 0
    for first, last in ranges:
        if first > start:
            found.append((start, first - 1))
        start = last + 1
    if start <= _LAST:
        found.append((start, _LAST))
    return merged(found)


#: Any character at all.
ANY = Characters(complement(()))


def literal(text: str) -> Node:
    """
    >>> literal("a")
    Characters(ranges=((97, 97),))

    Raises InputError for half a character (a lone surrogate), which no text has.
    """
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise InputError("The constraint has half a character.", value=shorten(text), expected="whole ones")
    return row([Characters(((ord(character), ord(character)),)) for character in text])


def row(parts: Iterable[Node]) -> Node:
    """One after the other."""
    given = tuple(parts)
    return given[0] if len(given) == 1 else Row(given)


def alternatives(parts: Iterable[Node]) -> Node:
    """One of these, each once."""
    given = tuple(dict.fromkeys(parts))
    return given[0] if len(given) == 1 else Alternatives(given)
