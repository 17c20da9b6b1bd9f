"""What a generation gives: a step after each token, and the sequences at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError

__all__ = ["FinishReason", "Generated", "Step", "collect"]

FinishReason: TypeAlias = Literal["eos", "stop_string", "length"]


@dataclass(frozen=True, slots=True, eq=False)
class Generated:
    """One sequence: the tokens that came after the prompt, int64 (tokens,), the EOS token included.

    `score` is a beam's: the sum of its log-probabilities by its length, as the length penalty has it.
    `logprobs` (of the processed distribution) and `raw_logprobs` (of the model's) are float32 (tokens,) where
    the configuration asks for them.
    """

    ids: NDArray[np.int64]
    finish_reason: FinishReason
    score: float | None = None
    logprobs: NDArray[np.float32] | None = None
    raw_logprobs: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One token more for every sequence that goes on.

    `tokens` is int64 (sequences,). Greedy search and sampling: token i was added to sequence `rows[i]`.
    Beams: those that go on, best first; beam i goes on from what was beam `rows[i]`, so earlier tokens may
    change. `logprobs` and `raw_logprobs` are float32 (sequences,) where asked for. `results` is empty until
    the last step, which has all sequences, the best first.
    """

    rows: NDArray[np.int64]
    tokens: NDArray[np.int64]
    logprobs: NDArray[np.float32] | None = None
    raw_logprobs: NDArray[np.float32] | None = None
    results: tuple[Generated, ...] = ()


async def collect(steps: AsyncIterator[Step]) -> tuple[Generated, ...]:
    """The sequences at the end of a generation.

    Raises InputError where it has none, as it was closed before.
    """
    results: tuple[Generated, ...] = ()
    async for step in steps:
        results = step.results
    if not results:
        raise InputError(
            "The generation has no result.", hint="It was closed before its end: start it again."
        )
    return results
