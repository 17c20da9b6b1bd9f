"""One generation from beginning to end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wardian.generation.beam_search import beam_search
from wardian.generation.config import GenerationConfig
from wardian.generation.decoder import Decoder
from wardian.generation.probabilities import Scores, chosen_logprobs, require_choice
from wardian.generation.processors import Processor
from wardian.generation.sampling import Sampler
from wardian.generation.search import Search
from wardian.generation.steps import Generated, Step
from wardian.generation.stopping import Decode

if TYPE_CHECKING:
    from wardian.generation.constraints import Constraint

__all__ = ["generate"]


def generate(
    decoder: Decoder,
    prompt: Sequence[int] | NDArray[np.int64],
    config: GenerationConfig | None = None,
    *,
    context: int | None = None,
    processors: Iterable[Processor] = (),
    decode: Decode | None = None,
    constraint: Constraint | None = None,
) -> AsyncGenerator[Step, None]:
    """Tokens after one prompt, a step each: greedy, drawn (`do_sample`), or by beams (`num_beams`).

    `prompt` is int64 (length,), of one text; an encoder-decoder's is its start token. `context` is how long a
    sequence the model takes. `processors` are added to those of the configuration (`build_processors`).
    `decode` gives the text of tokens, for `stop_strings`; `constraint` is what an answer has to satisfy, such
    as `constraint_of` makes of a configuration. The last step has the results; to stop sooner, `aclose()`
    the generator.

    Raises InputError for a prompt and settings that do not fit, ModelError when scores are no numbers or no
    token is allowed.
    """
    settings = config if config is not None else GenerationConfig()
    search = Search(
        decoder, prompt, settings,
        context=context, processors=processors, decode=decode, constraint=constraint,
    )  # fmt: skip
    return beam_search(search) if settings.num_beams > 1 else _one_by_one(search)


class _Sequences:
    """The sequences of a greedy search or of sampling, and the tokens that each of them has got."""

    def __init__(self, search: Search) -> None:
        config = search.config
        self._search = search
        #: Those that go on, and their tokens: int64 (sequences, length).
        self.active = list(range(config.num_return_sequences))
        self.ids = np.repeat(search.prompt[None], len(self.active), axis=0)
        self._results: list[Generated | None] = [None] * len(self.active)
        self._logprobs: list[list[float]] = [[] for _ in self.active]
        self._raw: list[list[float]] = [[] for _ in self.active]

    def add(
        self, tokens: NDArray[np.int64], logits: Scores, scores: Scores
    ) -> tuple[Step, NDArray[np.bool_]]:
        """Adds a token to each that goes on: the step, and which of them go on further, bool (sequences,)."""
        config = self._search.config
        logprobs = chosen_logprobs(scores, tokens) if config.output_logprobs else None
        raw = chosen_logprobs(logits, tokens) if config.output_raw_logprobs else None
        for values, lists in ((logprobs, self._logprobs), (raw, self._raw)):
            for sequence, value in zip(self.active, values if values is not None else (), strict=False):
                lists[sequence].append(float(value))
        self.ids = np.concatenate([self.ids, tokens[:, None]], axis=1)
        ended = self._search.ended(self.ids)
        for place in np.flatnonzero(ended):
            self._results[self.active[place]] = self._result(self.active[place], self.ids[place])
        rows = np.array(self.active, np.int64)
        self.active = [sequence for sequence, over in zip(self.active, ended, strict=True) if not over]
        self.ids = self.ids[~ended]
        results = () if self.active else tuple(result for result in self._results if result is not None)
        return Step(rows, tokens, logprobs, raw, results), ~ended

    def _result(self, sequence: int, ids: NDArray[np.int64]) -> Generated:
        config = self._search.config
        return Generated(
            ids=ids[len(self._search.prompt) :].copy(),
            finish_reason=self._search.ended.reason(ids),
            logprobs=np.array(self._logprobs[sequence], np.float32) if config.output_logprobs else None,
            raw_logprobs=np.array(self._raw[sequence], np.float32) if config.output_raw_logprobs else None,
        )


async def _one_by_one(search: Search) -> AsyncGenerator[Step, None]:
    """Greedy search, or sampling of one sequence or several."""
    sequences = _Sequences(search)
    config = search.config
    sampler = Sampler(config.seed, len(sequences.active)) if config.do_sample else None
    # The prompt is run once, for all.
    logits = np.repeat(await search.logits(search.prompt[None]), len(sequences.active), axis=0)
    rows = np.zeros(len(sequences.active), np.int64)
    while True:
        scores = search.process(sequences.ids, logits)
        require_choice(scores)
        tokens = sampler.draw(scores, sequences.active) if sampler else scores.argmax(axis=1)
        step, going_on = sequences.add(tokens, logits, scores)
        yield step
        if step.results:
            return
        rows = rows[going_on]
        moved = None if np.array_equal(rows, np.arange(len(going_on))) else rows
        logits = await search.logits(sequences.ids, moved)
        rows = np.arange(len(rows))
