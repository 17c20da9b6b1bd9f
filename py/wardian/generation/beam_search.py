"""Beam search as transformers 5 does it (`GenerationMixin._beam_search`), for one prompt.

At each step all beams are continued by all tokens, and the best `candidates` of these are looked at: so many
that `num_beams` of them go on even if each EOS token is among them. Of the best `num_beams`, those that are
whole compete with the finished ones by their score, the sum of log-probabilities divided by length to the
power of `length_penalty`. All is float32, and what is out of the question gets -10⁹, as there.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError
from wardian.generation.config import GenerationConfig
from wardian.generation.probabilities import Scores, log_softmax, require_choice
from wardian.generation.ranking import highest
from wardian.generation.search import Search
from wardian.generation.steps import Generated, Step

__all__ = ["beam_search"]

_OUT = np.float32(-1e9)
"""Added to the score of what is out of the question, in place of nothing."""
_NONE = np.float32(0)


@dataclass(slots=True, eq=False)
class _Beams:
    """Beams or candidates: tokens with the prompt, int64 (beams, length), and scores, float32 (beams,).

    `logprobs` has two values a generated token, of the processed distribution and of the model's: float32
    (beams, tokens, 2). `rows` says which beam of the step before each goes on from, int64 (beams,).
    """

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    logprobs: NDArray[np.float32]
    rows: NDArray[np.int64]

    def take(self, places: NDArray[np.int64], scores: NDArray[np.float32]) -> _Beams:
        return _Beams(self.ids[places], scores[places], self.logprobs[places], self.rows[places])


@dataclass(slots=True, eq=False)
class _Finished:
    """A place among the best: what took it, if anything did."""

    score: np.float32
    ids: NDArray[np.int64] | None = None
    logprobs: NDArray[np.float32] | None = None


async def beam_search(search: Search) -> AsyncGenerator[Step, None]:
    """The beams after each token, and at last the `num_return_sequences` best (`generate` calls this).

    Raises ModelError when scores are no numbers or no token is allowed.
    """
    config, prompt = search.config, search.prompt
    beams = _Beams(
        ids=np.repeat(prompt[None], config.num_beams, axis=0),
        # All beams begin alike: only the first one counts.
        scores=np.where(np.arange(config.num_beams) == 0, np.float32(0), _OUT),
        logprobs=np.empty((config.num_beams, 0, 2), np.float32),
        rows=np.zeros(config.num_beams, np.int64),
    )
    finished = [_Finished(_OUT) for _ in range(config.num_beams)]
    logits = np.repeat(await search.logits(prompt[None]), config.num_beams, axis=0)
    while True:
        candidates = _continued(search, beams, logits)
        whole = search.ended(candidates.ids)
        beams = candidates.take(*_going_on(candidates.scores, whole, config.num_beams))
        length = beams.ids.shape[1] - len(prompt)
        finished = _updated(finished, candidates, whole, length, config)
        improvable = _improvable(finished, beams.scores, length, search)
        full = config.early_stopping is True and all(one.ids is not None for one in finished)
        over = not improvable or full or bool(whole.all())
        yield _step(search, beams, finished if over else [])
        if over:
            return
        logits = await search.logits(beams.ids, beams.rows)


def _continued(search: Search, beams: _Beams, logits: Scores) -> _Beams:
    """The best continuations of all beams by one token, the best first."""
    config, vocabulary = search.config, search.vocabulary
    raw = log_softmax(logits)
    scores = search.process(beams.ids, raw)
    totals = (scores + beams.scores[:, None]).reshape(-1)
    require_choice(totals[None])
    places = highest(totals, max(2, 1 + len(config.eos_token_id)) * config.num_beams)
    rows, tokens = places // vocabulary, places % vocabulary
    # At first all beams are one, and the prompt was run once.
    begun = beams.ids.shape[1] > len(search.prompt)
    logprobs = np.empty((len(places), 1, 2), np.float32)
    if config.output_logprobs:
        logprobs[:, 0, 0] = log_softmax(scores)[rows, tokens]
    if config.output_raw_logprobs:
        logprobs[:, 0, 1] = raw[rows, tokens]
    return _Beams(
        ids=np.concatenate([beams.ids[rows], tokens[:, None]], axis=1),
        scores=totals[places],
        logprobs=np.concatenate([beams.logprobs[rows], logprobs], axis=1),
        rows=rows if begun else np.zeros_like(rows),
    )


def _going_on(
    scores: NDArray[np.float32], whole: NDArray[np.bool_], beams: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which candidates are the next beams, best first, and the scores of all as they count there."""
    counted = scores + np.where(whole, _OUT, _NONE)
    return highest(counted, beams), counted


def _updated(
    finished: list[_Finished],
    candidates: _Beams,
    whole: NDArray[np.bool_],
    length: int,
    config: GenerationConfig,
) -> list[_Finished]:
    """The best of the finished ones and of those candidates that just became whole, best first."""
    # Only the best are looked at: a worse candidate that is whole is neither finished nor goes on.
    counts = whole & (np.arange(len(whole)) < config.num_beams)
    scores = candidates.scores / np.float32(length**config.length_penalty)
    scores = scores + np.where(counts, _NONE, _OUT)
    merged = finished + [
        _Finished(score, ids, logprobs) if count else _Finished(score)
        for score, ids, logprobs, count in zip(
            scores, candidates.ids, candidates.logprobs, counts, strict=True
        )
    ]
    best = highest(np.array([one.score for one in merged], np.float32), config.num_beams)
    return [merged[place] for place in best]


def _improvable(finished: list[_Finished], scores: NDArray[np.float32], length: int, search: Search) -> bool:
    """Whether the best beam may still become better than the worst of the finished ones.

    Without early stopping this is a guess, that it stays as long as it is; "never" reckons with the longest.
    """
    config = search.config
    if config.early_stopping == "never" and config.length_penalty > 0:
        length = search.limit - len(search.prompt)
    possible = scores[0] / np.float32(length**config.length_penalty)
    return bool(possible > min(one.score for one in finished))


def _step(search: Search, beams: _Beams, finished: list[_Finished]) -> Step:
    config, start = search.config, len(search.prompt)
    results = tuple(
        Generated(
            ids=one.ids[start:],
            finish_reason=search.ended.reason(one.ids),
            score=float(one.score),
            logprobs=one.logprobs[:, 0] if config.output_logprobs else None,
            raw_logprobs=one.logprobs[:, 1] if config.output_raw_logprobs else None,
        )
        for one in finished[: config.num_return_sequences]
        if one.ids is not None and one.logprobs is not None
    )
    if finished and not results:
        raise ModelError(
            "The beams came to no end.",
            expected="a sequence that the settings allow to end",
            hint="Forbid less: see bad_words_ids, suppress_tokens, no_repeat_ngram_size and the constraint.",
        )
    return Step(
        rows=beams.rows,
        tokens=beams.ids[:, -1],
        logprobs=beams.logprobs[:, -1, 0] if config.output_logprobs else None,
        raw_logprobs=beams.logprobs[:, -1, 1] if config.output_raw_logprobs else None,
        results=results,
    )
