"""The processors that a configuration asks for, in transformers' order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wardian.generation.config import GenerationConfig
from wardian.generation.probabilities import Scores, log_softmax
from wardian.generation.processors.base import Ids, Processor, Processors
from wardian.generation.processors.forbidden import (
    NoBadWords,
    NoRepeatNGram,
    SuppressTokens,
    SuppressTokensAtBegin,
)
from wardian.generation.processors.lengths import ForcedToken, MinLength
from wardian.generation.processors.penalties import PresenceFrequencyPenalty, RepetitionPenalty
from wardian.generation.processors.truncation import (
    EpsilonCutoff,
    EtaCutoff,
    MinP,
    Temperature,
    TopK,
    TopP,
    TypicalP,
)

__all__ = ["build_processors"]


def build_processors(
    config: GenerationConfig, *, vocabulary: int, prompt: int, limit: int, own: Iterable[Processor] = ()
) -> Processors:
    """What changes scores before a token is chosen, for a prompt of `prompt` tokens.

    `limit` is the longest that a sequence becomes (`GenerationConfig.limit`). `own` are further ones, such
    as a constraint; they come before the distribution is cut, as in transformers.

    >>> config = GenerationConfig(do_sample=True, temperature=0.7, repetition_penalty=1.1)
    >>> built = build_processors(config, vocabulary=99, prompt=3, limit=10)
    >>> [type(one).__name__ for one in built.steps]
    ['RepetitionPenalty', 'Temperature', 'TopK']

    Raises InputError for tokens that the vocabulary does not have, where that matters.
    """
    steps = [*_constraints(config, vocabulary, prompt, limit), *own]
    if config.do_sample:
        steps += _warpers(config)
    if config.renormalize_logits:
        steps.append(_renormalize)
    return Processors(steps)


def _constraints(config: GenerationConfig, vocabulary: int, prompt: int, limit: int) -> Iterator[Processor]:
    if config.repetition_penalty != 1:
        yield RepetitionPenalty(config.repetition_penalty)
    if config.presence_penalty or config.frequency_penalty:
        yield PresenceFrequencyPenalty(config.presence_penalty, config.frequency_penalty, prompt)
    if config.no_repeat_ngram_size:
        yield NoRepeatNGram(config.no_repeat_ngram_size)
    if config.bad_words_ids:
        yield NoBadWords(config.bad_words_ids, vocabulary, config.eos_token_id)
    # As in transformers min_new_tokens replaces min_length, and without EOS neither has any effect.
    least = prompt + config.min_new_tokens if config.min_new_tokens else config.min_length
    if least and config.eos_token_id:
        yield MinLength(least, config.eos_token_id, vocabulary)
    if config.forced_bos_token_id is not None:
        yield ForcedToken("forced_bos_token_id", [config.forced_bos_token_id], vocabulary, 1)
    if config.forced_eos_token_id:
        yield ForcedToken("forced_eos_token_id", config.forced_eos_token_id, vocabulary, limit - 1)
    if config.suppress_tokens:
        yield SuppressTokens(config.suppress_tokens, vocabulary)
    if config.begin_suppress_tokens:
        forced = prompt == 1 and config.forced_bos_token_id is not None
        yield SuppressTokensAtBegin(config.begin_suppress_tokens, vocabulary, prompt + forced)


def _warpers(config: GenerationConfig) -> Iterator[Processor]:
    if config.temperature != 1:
        yield Temperature(config.temperature)
    if config.top_k:
        yield TopK(config.top_k)
    if config.top_p < 1:
        yield TopP(config.top_p)
    if config.min_p:
        yield MinP(config.min_p)
    if config.typical_p < 1:
        yield TypicalP(config.typical_p)
    if config.epsilon_cutoff:
        yield EpsilonCutoff(config.epsilon_cutoff)
    if config.eta_cutoff:
        yield EtaCutoff(config.eta_cutoff)


def _renormalize(ids: Ids, scores: Scores) -> Scores:
    return log_softmax(scores)
