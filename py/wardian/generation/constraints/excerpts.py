"""The excerpts of a text as a constraint: what a model then answers was there, and was not made up."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from wardian.errors import InputError
from wardian.generation.constraints.automaton import Automaton

__all__ = ["excerpts"]

#: A character of a language that writes without spaces, a number with its marks, or a word.
_UNIT = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\d+(?:[.,:/-]\d+)+(?![^\W_])|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_LINE_FEED = 0x0A


def excerpts(text: str, apart: Sequence[tuple[int, int]] = (), lead: str = "") -> Automaton:
    """The automaton of all pieces of a line that begin and end at the borders of words and of numbers.

    `apart` are stretches (start, end) in characters whose words neither begin nor end a piece. Each piece
    comes after `lead`. Places of the text are the states of an automaton that is made deterministic (the
    suffix automaton of its words): it has about as many states as the text has bytes.

    >>> pieces = excerpts("Ann met Bob.", lead=" ")
    >>> [pieces.matches(one) for one in (b" Ann", b" met Bob", b" An", b" Bob.", b"Ann")]
    [True, True, False, False, False]

    Raises InputError for a text without words, and for half a character.
    """
    try:
        content = text.encode()
        places = np.cumsum([0, *(len(character.encode()) for character in text)])
    except UnicodeEncodeError as error:
        raise InputError("The text has half a character.", expected="whole characters") from error
    units = [
        (int(places[found.start()]), int(places[found.end()]))
        for found in _UNIT.finditer(text)
        if not any(start < found.end() and found.start() < end for start, end in apart)
    ]
    if not units:
        raise InputError("The text has no words.", expected="some text to take words from")
    return _determined(content, lead.encode(), [start for start, _ in units], {end for _, end in units})


def _determined(content: bytes, lead: bytes, starts: list[int], ends: set[int]) -> Automaton:
    """Sets of places, after which all texts are the same, are one state."""
    names: dict[tuple[int, ...], int] = {tuple(starts): len(lead)}
    queue = [tuple(starts)]
    rows = [{byte: at + 1} for at, byte in enumerate(lead)]
    accepting = [False] * len(lead)
    for places in queue:
        following: dict[int, list[int]] = {}
        for place in places:
            if place < len(content) and content[place] != _LINE_FEED:
                following.setdefault(content[place], []).append(place + 1)
        row = {}
        for byte, targets in following.items():
            key = tuple(targets)
            if key not in names:
                names[key] = len(names) + len(lead)
                queue.append(key)
            row[byte] = names[key]
        rows.append(row)
        # A piece has a byte at least: one that begins where another ends has none yet.
        accepting.append(places != tuple(starts) and any(place in ends for place in places))
    used = sorted({byte for row in rows for byte in row})
    classes = np.full(256, len(used), np.uint8)
    classes[used] = np.arange(len(used))
    table = np.full((len(rows), len(used) + 1), -1, np.int32)
    for state, row in enumerate(rows):
        for byte, target in row.items():
            table[state, classes[byte]] = target
    return Automaton.of_table(table, classes, np.array(accepting), "text")
