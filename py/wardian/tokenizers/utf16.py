"""Offsets in UTF-16 code units, for callers who count as JavaScript does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError

if TYPE_CHECKING:
    from wardian.tokenizers.encoding import Encoding

__all__ = ["utf16_offsets", "utf16_positions"]


def utf16_positions(text: str) -> NDArray[np.int64] | None:
    """For each position in characters, 0 to len(text), the one in UTF-16 units; None where they are equal.

    A character above U+FFFF takes two units.

    >>> utf16_positions("a😀b").tolist()
    [0, 1, 3, 4]
    >>> utf16_positions("äöü") is None
    True
    """
    if text.isascii():
        return None
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    wide = codes > 0xFFFF
    if not wide.any():
        return None
    positions = np.zeros(len(text) + 1, np.int64)
    np.cumsum(wide + 1, out=positions[1:])
    return positions


def utf16_offsets(encoding: Encoding) -> list[tuple[int, int]]:
    """The offsets of an encoding in UTF-16 units. Raises InputError when its texts are not known."""
    texts = encoding.texts
    if not texts or any(text is None for text in texts.values()):
        raise InputError(
            "The texts of this encoding are not known.",
            hint="Ask the encodings for offsets_utf16 before they are merged.",
        )
    to_units: dict[object, Callable[[int], int]] = {}
    found = []
    for (start, end), sequence, word in zip(
        encoding.offsets, encoding.sequence_ids, encoding.word_ids, strict=True
    ):
        name = 0 if sequence is None else sequence
        text = texts.get(name)
        if text is None or (start == end == 0):
            found.append((start, end))
            continue
        key: object = name if isinstance(text, str) else (name, word)
        if key not in to_units:
            to_units[key] = _converter(text if isinstance(text, str) else text[word or 0])
        convert = to_units[key]
        found.append((convert(start), convert(end)))
    return found


def _converter(text: str) -> Callable[[int], int]:
    positions = utf16_positions(text)
    if positions is None:
        return int
    units = positions.tolist()
    return lambda position: units[position] if position < len(units) else units[-1]
