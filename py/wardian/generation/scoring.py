"""What a model thinks of a text that is there: the probability of each token after those before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError
from wardian.generation.probabilities import Scores, chosen_logprobs, require_scores

__all__ = ["Reader", "ScoredText", "perplexity", "token_logprobs"]


class Reader(Protocol):
    """A decoder that gives the scores after every token, and not after the last one alone."""

    @property
    def vocabulary(self) -> int:
        """How many tokens have a score."""

    async def next_scores(self, ids: NDArray[np.int64], start: int, end: int) -> Scores:
        """float32 (end - start, vocabulary): after each of the tokens start … end - 1 of int64 (length,)."""


@dataclass(frozen=True)
class ScoredText:
    """A text's tokens, int64 (tokens,), and log-probabilities of all but the first, float32 (tokens - 1,)."""

    ids: NDArray[np.int64]
    logprobs: NDArray[np.float32]

    @property
    def perplexity(self) -> float:
        return perplexity(self.logprobs)


#: Tokens whose scores are there at once: 64 rows of a vocabulary of 49,152 are 12.6 MB.
_ROWS = 64


async def token_logprobs(decoder: Reader, ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
    """The logarithm of the probability of each token but the first, after all before it.

    `ids` is int64 (length,); the result float32 (length - 1,), natural logarithms.

    Raises InputError for fewer than two tokens or for more than the model's context, ModelError for scores
    that are no numbers.
    """
    tokens = np.asarray(ids, np.int64)
    if tokens.ndim != 1 or len(tokens) < 2:
        raise InputError(
            "There is nothing to score.",
            expected="at least two tokens: the first one has nothing before it",
            received=f"{tokens.size} token{'s' * (tokens.size != 1)}",
        )
    found = []
    for start in range(0, len(tokens) - 1, _ROWS):
        end = min(start + _ROWS, len(tokens) - 1)
        scores = await decoder.next_scores(tokens, start, end)
        require_scores(scores, end - start, decoder.vocabulary)
        found.append(chosen_logprobs(scores, tokens[start + 1 : end + 1]))
    return np.concatenate(found)


def perplexity(logprobs: NDArray[np.float32]) -> float:
    """exp of the mean of -log p: how many equally likely tokens the model was choosing from, on average.

    >>> round(perplexity(np.log(np.float32([0.5, 0.125]))), 4)
    4.0
    """
    return math.exp(-float(np.mean(logprobs, dtype=np.float64)))
