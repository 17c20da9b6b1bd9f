"""Texts that are given as lists of words: each word is encoded apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wardian.tokenizers.pieces import Pieces

if TYPE_CHECKING:
    from wardian.tokenizers.backends import Encoder

__all__ = ["encode_words"]


def encode_words(encoder: Encoder, words: Sequence[str]) -> Pieces:
    """The tokens of all words; `words` is the number of the given word, offsets are in that word."""
    many = getattr(encoder, "encode_many", None)
    parts: list[Pieces] = [encoder.encode(word) for word in words] if many is None else many(list(words))
    if not parts:
        return Pieces()
    counts = np.array([len(part) for part in parts])
    surfaces: dict[int, str] = {}
    for part, before in zip(parts, np.cumsum(counts) - counts, strict=True):
        surfaces.update((int(before) + place, text) for place, text in part.surfaces.items())
    places = np.concatenate([part.places for part in parts], axis=1)
    places[2] = np.repeat(np.arange(len(parts), dtype=np.int32), counts)
    return Pieces(np.concatenate([part.ids for part in parts]), places, surfaces)
