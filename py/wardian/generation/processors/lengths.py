"""Where a sequence may end, and what its first and last token must be."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from wardian.errors import InputError
from wardian.generation.probabilities import Scores
from wardian.generation.processors.base import Ids, forbid

__all__ = ["ForcedToken", "MinLength"]


class MinLength:
    """No EOS token before a sequence has `length` tokens, the prompt's included.

    transformers' `MinLengthLogitsProcessor`, and with the prompt's length added its
    `MinNewTokensLengthLogitsProcessor`.

    >>> MinLength(3, [1], vocabulary=2)(np.array([[0, 0]]), np.float32([[5, 5]])).tolist()
    [[5.0, -inf]]
    >>> MinLength(2, [1], vocabulary=2)(np.array([[0, 0]]), np.float32([[5, 5]])).tolist()
    [[5.0, 5.0]]
    """

    def __init__(self, length: int, eos: Iterable[int], vocabulary: int) -> None:
        self.length = length
        self.eos = np.array([token for token in eos if token < vocabulary], np.int64)

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        return forbid(scores, self.eos) if ids.shape[1] < self.length else scores


class ForcedToken:
    """One of `tokens`, and nothing else, comes where `length` tokens are there.

    transformers' `ForcedBOSTokenLogitsProcessor` (length 1) and `ForcedEOSTokenLogitsProcessor` (the longest
    length less 1).

    >>> ForcedToken("forced_bos_token_id", [1], vocabulary=2, length=1)(np.array([[0]]), np.float32([[5, 5]]))
    array([[-inf,   0.]], dtype=float32)

    Raises InputError for a token that the vocabulary does not have.
    """

    def __init__(self, name: str, tokens: Iterable[int], vocabulary: int, length: int) -> None:
        self.tokens, self.length = np.array(list(tokens), np.int64), length
        if self.tokens.max(initial=0) >= vocabulary:
            raise InputError(
                f"{name} is wrong.",
                value=str(self.tokens.tolist()),
                expected=f"ids below {vocabulary}, the size of the model's vocabulary",
            )

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        if ids.shape[1] != self.length:
            return scores
        changed = np.full_like(scores, -np.inf)
        changed[:, self.tokens] = 0
        return changed
