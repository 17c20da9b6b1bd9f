"""Tokens that may not come next: some never, some after certain others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from wardian.errors import InputError
from wardian.generation.probabilities import Scores
from wardian.generation.processors.base import Ids, forbid

__all__ = ["NoBadWords", "NoRepeatNGram", "SuppressTokens", "SuppressTokensAtBegin"]


class NoRepeatNGram:
    """No `size` tokens come twice in the same order; the prompt counts.

    >>> NoRepeatNGram(2)(np.array([[0, 1, 2, 0]]), np.float32([[5, 5, 5]])).tolist()
    [[5.0, -inf, 5.0]]
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        length = ids.shape[1]
        if length < self.size:
            return scores
        windows = sliding_window_view(ids, self.size, axis=1)
        begun = ids[:, None, length + 1 - self.size :]
        rows, places = np.nonzero((windows[:, :, :-1] == begun).all(axis=2))
        changed = scores.copy()
        changed[rows, windows[rows, places, -1]] = -np.inf
        return changed


class NoBadWords:
    """Words, each of one token or several, that may not be generated: none of them gets its last token.

    As in transformers, a word that is an EOS token alone does not count.

    >>> bad = NoBadWords([[2], [0, 1]], vocabulary=3)
    >>> bad(np.array([[0], [2]]), np.float32([[5, 5, 5], [5, 5, 5]])).tolist()
    [[5.0, -inf, -inf], [5.0, 5.0, -inf]]

    Raises InputError for a token that the vocabulary does not have.
    """

    def __init__(self, words: Iterable[Sequence[int]], vocabulary: int, eos: Sequence[int] = ()) -> None:
        kept = [tuple(word) for word in words if not (len(word) == 1 and word[0] in eos)]
        for word in kept:
            if max(word) >= vocabulary:
                raise InputError(
                    "bad_words_ids is wrong.",
                    value=str(list(word)),
                    expected=f"ids below {vocabulary}, the size of the model's vocabulary",
                )
        self._always = np.array([word[0] for word in kept if len(word) == 1], np.int64)
        #: Words of one length: how they begin, int64 (words, length - 1), and end, int64 (words,).
        self._after: list[tuple[Ids, Ids]] = []
        for length in sorted({len(word) for word in kept} - {1}):
            group = np.array([word for word in kept if len(word) == length], np.int64)
            self._after.append((group[:, :-1], group[:, -1]))

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        changed = forbid(scores, self._always)
        for begins, ends in self._after:
            length = begins.shape[1]
            if length <= ids.shape[1]:
                rows, words = np.nonzero((ids[:, None, -length:] == begins).all(axis=2))
                changed[rows, ends[words]] = -np.inf
        return changed


class SuppressTokens:
    """Tokens that never come.

    >>> SuppressTokens([1], vocabulary=2)(np.array([[0]]), np.float32([[5, 5]])).tolist()
    [[5.0, -inf]]
    """

    def __init__(self, tokens: Iterable[int], vocabulary: int) -> None:
        # As in transformers, ids beyond the vocabulary have no score to change.
        self.tokens = np.array([token for token in tokens if token < vocabulary], np.int64)

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        return forbid(scores, self.tokens)


class SuppressTokensAtBegin(SuppressTokens):
    """Tokens that do not come first: where `length` tokens are there.

    >>> begin = SuppressTokensAtBegin([1], vocabulary=2, length=1)
    >>> begin(np.array([[0]]), np.float32([[5, 5]])).tolist()
    [[5.0, -inf]]
    >>> begin(np.array([[0, 0]]), np.float32([[5, 5]])).tolist()
    [[5.0, 5.0]]
    """

    def __init__(self, tokens: Iterable[int], vocabulary: int, length: int) -> None:
        super().__init__(tokens, vocabulary)
        self.length = length

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        return super().__call__(ids, scores) if ids.shape[1] == self.length else scores
