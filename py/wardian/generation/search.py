"""What greedy search, sampling and beams have in common: one prompt, its limits, and the scores after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, shorten
from wardian.generation.config import GenerationConfig
from wardian.generation.decoder import Decoder
from wardian.generation.probabilities import Scores, require_scores
from wardian.generation.processors import Processor, build_processors
from wardian.generation.stopping import Decode, Stopping

if TYPE_CHECKING:
    from wardian.generation.constraints import Constraint

__all__ = ["Search"]


class Search:
    """One prompt, int64 (length,), with a decoder and settings that fit each other.

    Raises InputError for a prompt that is empty or leaves no room, and for tokens that the vocabulary does
    not have.
    """

    def __init__(
        self,
        decoder: Decoder,
        prompt: Sequence[int] | NDArray[np.int64],
        config: GenerationConfig,
        *,
        context: int | None = None,
        processors: Iterable[Processor] = (),
        decode: Decode | None = None,
        constraint: Constraint | None = None,
    ) -> None:
        self.decoder, self.config, self.vocabulary = decoder, config, decoder.vocabulary
        self.prompt = _prompt(prompt, self.vocabulary)
        self.limit = config.limit(len(self.prompt), context)
        own = [*processors, *self._constrained(constraint)]
        self.process = build_processors(
            config, vocabulary=self.vocabulary, prompt=len(self.prompt), limit=self.limit, own=own
        )
        self.ended = Stopping(config, len(self.prompt), self.limit, decode)

    def _constrained(self, constraint: Constraint | None) -> list[Processor]:
        """Last of all that changes scores: what it allows, nothing else may take back or bring in."""
        if constraint is not None:
            from wardian.generation.processors.constrained import Constrained

            return [Constrained(constraint, len(self.prompt), self.limit)]
        if not self.config.constrained:
            return []
        raise InputError(
            "A constraint needs the text of tokens.",
            hint="Give generate() a constraint: constraint_of(config, tokenizer, decoder.vocabulary).",
        )

    async def logits(self, ids: NDArray[np.int64], rows: NDArray[np.int64] | None = None) -> Scores:
        """The model's scores after `ids`, made sure to be numbers; `rows` as `Decoder.reorder` takes them."""
        if rows is not None:
            self.decoder.reorder(rows)
        logits = await self.decoder.logits(ids)
        require_scores(logits, len(ids), self.vocabulary)
        return logits


def _prompt(given: Sequence[int] | NDArray[np.int64], vocabulary: int) -> NDArray[np.int64]:
    try:
        prompt = np.asarray(given)
    except ValueError:  # lists of different lengths
        prompt = np.empty((0, 0))
    if prompt.ndim != 1 or not len(prompt) or prompt.dtype.kind not in "iu":
        raise InputError(
            "The prompt is wrong.",
            value=shorten(given, 80),
            expected="the ids of one prompt's tokens: integers (length,), at least one",
        )
    if prompt.min() < 0 or prompt.max() >= vocabulary:
        raise InputError(
            "The prompt has tokens that the model does not know.",
            expected=f"ids from 0 to {vocabulary - 1}",
            received=f"{prompt.min()} to {prompt.max()}",
            hint="Is the tokenizer this model's?",
        )
    return prompt.astype(np.int64)
