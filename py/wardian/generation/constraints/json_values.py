"""JSON's single values as trees: strings, numbers in a range, dates."""

from __future__ import annotations

import json
from typing import Any

from wardian.generation.constraints.nodes import (
    ANY,
    EMPTY,
    Characters,
    Node,
    Repeat,
    alternatives,
    complement,
    literal,
    merged,
    row,
)
from wardian.generation.constraints.regex import map_characters, parse_regex

__all__ = ["DATE", "NUMBER", "constant", "integer", "string", "string_of"]

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
#: What a string holds as it is: all but quotes, backslashes and control characters.
_PLAIN = complement(merged([(0, 0x1F), (0x22, 0x22), (0x5C, 0x5C)]))
_DIGITS = ((0x30, 0x39),)

#: Without an exponent, which no value needs to be written.
NUMBER = parse_regex(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")

#: Every day of the years 0001 to 9999 (RFC 3339, full-date), the 29th of February in leap years alone.
DATE = parse_regex(
    r"(?:(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    r"|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29)"
)


def constant(value: Any) -> Node:
    """A value as `json.dumps(value, ensure_ascii=False)` writes it, and no other way."""
    return literal(json.dumps(value, ensure_ascii=False))


def _character(node: Characters) -> Node:
    """One character inside a JSON string: as it is, or by its short escape."""
    kept = Characters(_common(node.ranges))
    escaped = [
        literal(text)
        for character, text in _ESCAPES.items()
        if any(first <= ord(character) <= last for first, last in node.ranges)
    ]
    return alternatives([kept, *escaped])


def _common(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Those of `ranges` that a string holds as they are."""
    return merged(
        (max(first, low), min(last, high))
        for first, last in ranges
        for low, high in _PLAIN
        if max(first, low) <= min(last, high)
    )


def string_of(node: Node) -> Node:
    """A JSON string whose content is a text of `node`.

    Control characters without a short escape (\\u0000 …) are written in no way, so they do not occur.
    """
    return row([literal('"'), map_characters(node, _character), literal('"')])


def string(least: int = 0, most: int | None = None) -> Node:
    """A JSON string of so many characters (code points)."""
    return string_of(Repeat(ANY, least, most))


def integer(low: int | None = None, high: int | None = None) -> Node:
    """An integer within bounds, in decimal, without a leading zero.

    >>> from wardian.generation.constraints.automaton import automaton_of
    >>> year = automaton_of(integer(1990, 2030))
    >>> [year.matches(text) for text in (b"1989", b"1990", b"2030", b"2031", b"02000")]
    [False, True, True, False, False]
    """
    parts: list[Node] = []
    if low is None or low < 0:
        # −n for n from 1, or from −high, to −low.
        least = 1 if high is None or high >= 0 else -high
        parts.append(row([literal("-"), _natural(least, None if low is None else -low)]))
    if high is None or high >= 0:
        parts.append(_natural(max(low or 0, 0), high))
    return alternatives(parts)


def _natural(low: int, high: int | None) -> Node:
    """An integer from `low` ≥ 0 to `high`."""
    longest = len(str(high)) if high is not None else len(str(low))
    parts: list[Node] = []
    for length in range(len(str(low)), longest + 1):
        first = max(low, 10 ** (length - 1) if length > 1 else 0)
        last = 10**length - 1 if high is None else min(high, 10**length - 1)
        if first <= last:
            parts.append(_same_length(str(first), str(last)))
    if high is None:
        more = Repeat(Characters(_DIGITS), longest, None)
        parts.append(row([Characters(((0x31, 0x39),)), more]))
    return alternatives(parts)


def _same_length(low: str, high: str) -> Node:
    """The numbers between two of as many digits."""
    if not low:
        return EMPTY
    if low == "0" * len(low) and high == "9" * len(low):
        return Repeat(Characters(_DIGITS), len(low), len(low))
    first, last = int(low[0]), int(high[0])
    if first == last:
        return row([literal(low[0]), _same_length(low[1:], high[1:])])
    parts: list[Node] = [row([literal(low[0]), _same_length(low[1:], "9" * len(low[1:]))])]
    if first + 1 < last:
        between = Characters(((0x30 + first + 1, 0x30 + last - 1),))
        parts.append(row([between, Repeat(Characters(_DIGITS), len(low) - 1, len(low) - 1)]))
    parts.append(row([literal(high[0]), _same_length("0" * len(high[1:]), high[1:])]))
    return alternatives(parts)
