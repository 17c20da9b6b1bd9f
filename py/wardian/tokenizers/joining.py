"""Encodings one after the other, and every combination of what overflowed of them.

Source: `Encoding::merge_with` of Hugging Face tokenizers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from wardian.tokenizers.encoding import Encoding
from wardian.tokenizers.lookups import WORDS

__all__ = ["join", "merge", "unplaced"]


def unplaced(
    spell: Callable[[int], str], tokens: Sequence[str], ids: Sequence[int], type_id: int
) -> Encoding:
    """Tokens that stand for no place in a text, spelled as said: special ones, and padding."""
    count = len(ids)
    places = np.zeros((3, count), np.int32)
    places[WORDS] = -1
    surfaces = {place: token for place, token in enumerate(tokens) if spell(ids[place]) != token}
    made = Encoding(np.array(ids, np.int64), places, surfaces, spell)
    made.set_marks(np.array([[type_id], [1], [1]], np.int64).repeat(count, axis=1))
    return made


def merge(encodings: Iterable[Encoding], growing_offsets: bool) -> Encoding:
    """All encodings in a row; with `growing_offsets` each one's offsets follow the last.

    What overflowed is combined with everything beside it: for parts A (overflowing A1) and B (overflowing B1)
    that is A1 B, A1 B1, A B1.
    """
    parts = list(encodings)
    if len(parts) == 1:
        return parts[0].copy()
    if not any(part.overflowing for part in parts):
        return join(parts, growing_offsets)
    whole, *others = [part.copy() for part in parts]
    for part in others:
        whole = _merge_two(whole, part, growing_offsets)
    return whole


def _merge_two(first: Encoding, second: Encoding, growing: bool) -> Encoding:
    whole = join([first, second], growing)
    if first.overflowing or second.overflowing:
        # Combinations of combinations are many: they are made when somebody asks.
        whole.set_overflowing(lambda: _combinations(first, second, growing))
    return whole


def _combinations(first: Encoding, second: Encoding, growing: bool) -> list[Encoding]:
    found = []
    for mine in first.overflowing:
        found += [_merge_two(mine, other, growing) for other in (second, *second.overflowing)]
    return found + [_merge_two(first, other, growing) for other in second.overflowing]


def join(parts: Sequence[Encoding], growing_offsets: bool) -> Encoding:
    """The encodings one after the other, without what overflowed."""
    if not parts:
        return Encoding(np.zeros(0, np.int64), np.zeros((3, 0), np.int32), {}, _no_spelling)
    surfaces: dict[int, str] = {}
    ranges: dict[int, tuple[int, int]] = {}
    texts: dict[int, Any] = {}
    length = grown = 0
    places = []
    for part in parts:
        place = part.places
        if grown:
            place = place + np.array([[grown], [grown], [0]], np.int32)
        places.append(place)
        if part.surfaces:
            surfaces.update((length + where, text) for where, text in part.surfaces.items())
        for sequence, (start, end) in part.ranges.items():
            ranges[sequence] = (length + start, length + end)
        for sequence, text in part.texts.items():
            texts[sequence] = text if texts.get(sequence, text) is text and not grown else None
        length += len(part)
        if growing_offsets and len(part):
            grown = int(place[1, -1])
    ids = np.concatenate([part.ids for part in parts])
    whole = Encoding(ids, np.concatenate(places, axis=1), surfaces, parts[0].spell, ranges)
    marks = np.empty((3, length), np.int64)
    at = 0
    for part in parts:
        part.write_marks(marks[:, at : at + len(part)])
        at += len(part)
    whole.set_marks(marks)
    whole.texts = texts
    return whole


def _no_spelling(index: int) -> str:
    return ""
