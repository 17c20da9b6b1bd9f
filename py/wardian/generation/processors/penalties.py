"""Tokens that were there before get lower scores."""

from __future__ import annotations

import numpy as np

from wardian.generation.probabilities import Scores
from wardian.generation.processors.base import Ids

__all__ = ["PresenceFrequencyPenalty", "RepetitionPenalty"]


class RepetitionPenalty:
    """Divides positive scores of tokens that were there, in the prompt too, and multiplies negative ones.

    CTRL (Keskar et al. 2019), section 4.1; transformers' `RepetitionPenaltyLogitsProcessor`.

    >>> RepetitionPenalty(2.0)(np.array([[0, 1, 1]]), np.float32([[4, -4, 4]])).tolist()
    [[2.0, -8.0, 4.0]]
    """

    def __init__(self, penalty: float) -> None:
        self.penalty = np.float32(penalty)

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        seen = np.take_along_axis(scores, ids, axis=1)
        seen = np.where(seen < 0, seen * self.penalty, seen / self.penalty)
        changed = scores.copy()
        np.put_along_axis(changed, ids, seen, axis=1)
        return changed


class PresenceFrequencyPenalty:
    """Takes `frequency` off the score for each time that a token was generated, `presence` once.

    As OpenAI defines both, and vLLM counts: what was generated, not the prompt, which has `prompt` tokens.

    >>> PresenceFrequencyPenalty(0.5, 0.25, prompt=1)(np.array([[2, 1, 1]]), np.float32([[3, 3, 3]])).tolist()
    [[3.0, 2.0, 3.0]]
    """

    def __init__(self, presence: float, frequency: float, prompt: int) -> None:
        self.presence, self.frequency, self.prompt = presence, frequency, prompt

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        changed = scores.copy()
        for row, generated in zip(changed, ids[:, self.prompt :], strict=True):
            tokens, counts = np.unique(generated, return_counts=True)
            row[tokens] -= (self.presence + self.frequency * counts).astype(np.float32)
        return changed
