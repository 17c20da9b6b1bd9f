"""Encodings one after the other, and every combination of what overflowed of them.

Source: `Encoding::merge_with` of Hugging Face tokenizers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from wardian.tokenizers.encoding import COLUMNS, Encoding

__all__ = ["join", "merge", "unplaced"]


def unplaced(like: Encoding, tokens: Sequence[str], ids: Sequence[int], type_id: int) -> Encoding:
    """Tokens that stand for no place in a text, spelled as said: special ones, and padding."""
    count = len(ids)
    nowhere = np.zeros(count, np.int32)
    spell = like.spell
    return Encoding(
        np.array(ids, np.int64),
        np.full(count, type_id, np.int64),
        np.ones(count, np.int64),
        np.ones(count, np.int64),
        nowhere,
        nowhere,
        np.full(count, -1, np.int32),
        surfaces={place: token for place, token in enumerate(tokens) if spell(ids[place]) != token},
        spell=spell,
    )


def merge(encodings: Iterable[Encoding], growing_offsets: bool) -> Encoding:
    """All encodings in a row; with `growing_offsets` each one's offsets follow the last.

    What overflowed is combined with everything beside it: for parts A (overflowing A1) and B (overflowing B1)
    that is A1 B, A1 B1, A B1.
    """
    parts = list(encodings)
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
    surfaces: dict[int, str] = {}
    ranges: dict[int, tuple[int, int]] = {}
    texts: dict[int, Any] = {}
    length = grown = 0
    columns: list[list[Any]] = [[] for _ in COLUMNS]
    for part in parts:
        for column, name in zip(columns, COLUMNS, strict=True):
            values = getattr(part, name)
            column.append(values + np.int32(grown) if grown and name in ("starts", "ends") else values)
        if part.surfaces:
            surfaces.update((length + place, text) for place, text in part.surfaces.items())
        for sequence, (start, end) in part.ranges.items():
            ranges[sequence] = (length + start, length + end)
        for sequence, text in part.texts.items():
            texts[sequence] = text if texts.get(sequence, text) is text and not grown else None
        length += len(part)
        if growing_offsets and len(part):
            grown = int(columns[5][-1][-1])
    arrays: list[Any] = [
        np.concatenate(column) if column else np.zeros(0, np.int64 if number < 4 else np.int32)
        for number, column in enumerate(columns)
    ]
    spell = parts[0].spell if parts else _no_spelling
    whole = Encoding(*arrays, surfaces=surfaces, spell=spell, ranges=ranges)
    whole.texts = texts
    return whole


def _no_spelling(index: int) -> str:
    return ""
