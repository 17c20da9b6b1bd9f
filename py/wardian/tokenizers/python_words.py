"""The rows of words: what the model makes of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wardian.tokenizers.python_output import COLUMNS
from wardian.tokenizers.python_rows import (
    LONGEST_KEPT,
    Block,
    Odd,
    Packed,
    RowMemory,
    cut_rows,
    odd_rows,
    odd_units,
    starts_of,
)

if TYPE_CHECKING:
    from wardian.tokenizers.models import Model
    from wardian.tokenizers.models.viterbi import Columns
    from wardian.tokenizers.vocabulary import Vocabulary

__all__ = ["Words"]

#: From so many words on it is quicker to take them together, where the model can (measured in Pyodide).
_MANY = 48


class Words(RowMemory):
    """The rows of words, by a model."""

    def __init__(self, model: Model, vocabulary: Vocabulary) -> None:
        super().__init__(self._learn_words)
        self._spell = vocabulary.spell
        #: Ids of tokens that may be spelled otherwise than in the vocabulary: unknown pieces, and what an
        #: added token hides.
        self._suspects = {*vocabulary.added_tokens(), getattr(model, "unk_id", None)}
        self._suspect_all = len(set(model.vocab.values())) < len(model.vocab)
        self._model = model
        self._breaks: re.Pattern[str] | None = getattr(model, "break_before", None)

    def _learn_words(self, words: list[str]) -> tuple[list[Packed], dict[str, Odd]]:
        if self._breaks is not None and max(map(len, words)) > LONGEST_KEPT:
            split = self._breaks.split
            parts = [split(word) if len(word) > LONGEST_KEPT else [word] for word in words]
            if len(parts) < sum(map(len, parts)):
                return self._learn_parts(words, parts)
        many: Callable[[list[str]], Columns] | None = getattr(self._model, "tokenize_many", None)
        if many is None or len(words) < _MANY or self._suspect_all:
            return self._learn_each(words)
        columns = many(words)
        odd_words = np.isin(columns.ids, [index for index in self._suspects if index is not None])
        columns = columns.without(np.repeat(np.arange(len(words)), columns.counts)[odd_words])
        learned = cut_rows(_rows(columns.ids, columns.starts, columns.ends, columns.counts), columns.counts)
        left = np.flatnonzero(columns.counts == 0).tolist()
        found, odd = self._learn_each([words[place] for place in left])
        for place, packed in zip(left, found, strict=True):
            learned[place] = packed
        return learned, odd

    def _learn_each(self, words: list[str]) -> tuple[list[Packed], dict[str, Odd]]:
        """The same word by word."""
        found = list(map(self._model.tokenize, words))
        counts = np.fromiter(map(len, found), np.intp, len(found))
        columns = zip(*chain.from_iterable(found), strict=True)
        ids, tokens, starts, ends = columns if counts.any() else ((), (), (), ())
        odd = odd_units(self._surfaces(ids, tokens), counts, words)
        odd.update((words[place], ({}, 1)) for place in np.flatnonzero(counts == 0).tolist())
        return cut_rows(_rows(ids, starts, ends, counts), counts), odd

    def _surfaces(self, ids: Sequence[int], tokens: Sequence[str]) -> dict[int, str]:
        """Spellings that are not the vocabulary's, by position."""
        if not self._suspect_all and self._suspects.isdisjoint(ids):
            return {}
        spell = self._spell
        return {
            place: token
            for place, (index, token) in enumerate(zip(ids, tokens, strict=True))
            if (self._suspect_all or index in self._suspects) and spell(index) != token
        }

    def _learn_parts(self, words: list[str], parts: list[list[str]]) -> tuple[list[Packed], dict[str, Odd]]:
        """The same where long words can be tokenized in parts, which come again and again."""
        flat = list(chain.from_iterable(parts))
        word_of_part = np.repeat(np.arange(len(words)), list(map(len, parts)))
        found, odd = self.find(flat)
        rows, counts = Block(flat, starts_of(flat) - starts_of(words)[word_of_part]).place(found)
        surfaces, _ = odd_rows(rows, counts, flat, odd)
        counts = np.bincount(word_of_part, counts, len(words)).astype(np.intp)
        rows[:, 3] = 0
        rows[np.cumsum(counts) - counts, 3] = 1
        return cut_rows(rows, counts), odd_units(surfaces, counts, words)


def _rows(ids: ArrayLike, starts: ArrayLike, ends: ArrayLike, counts: NDArray[np.intp]) -> NDArray[np.int32]:
    """The rows of words that have so many tokens each: the first of a word is one word after the last."""
    rows = np.zeros((int(counts.sum()), COLUMNS), np.int32)
    rows[:, 0], rows[:, 1], rows[:, 2] = ids, starts, ends
    rows[(np.cumsum(counts) - counts)[counts > 0], 3] = 1
    return rows
