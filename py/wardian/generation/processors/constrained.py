"""Only those tokens with which the answer can still satisfy a constraint."""

from __future__ import annotations

import numpy as np

from wardian.errors import InputError
from wardian.generation.constraints.constraint import Constraint
from wardian.generation.probabilities import Scores
from wardian.generation.processors.base import Ids

__all__ = ["Constrained"]


class Constrained:
    """Keeps each sequence within a constraint, and leads it to its end before `limit` tokens are there.

    When as many tokens are left as the shortest way to an end needs, only tokens on such a way are allowed.
    So a generation that begins always ends whole.

    >>> from wardian.generation.constraints import TokenBytes, Vocabulary, automaton_of, parse_regex
    >>> tokens = [b"a", b"b", b""]
    >>> vocabulary = Vocabulary.of_tokens(TokenBytes(tokens, tokens), 3)
    >>> constraint = Constraint(automaton_of(parse_regex("a*b")), vocabulary, eos=[2])
    >>> keep = Constrained(constraint, prompt=1, limit=4)
    >>> keep(np.array([[9]]), np.float32([[5, 5, 5]])).tolist()
    [[5.0, 5.0, -inf]]
    >>> keep(np.array([[9, 0]]), np.float32([[5, 5, 5]])).tolist()
    [[-inf, 5.0, -inf]]

    Raises InputError where `limit` is too small for any answer, and, when it is called, where the other
    settings leave no token of those that are allowed.
    """

    def __init__(self, constraint: Constraint, prompt: int, limit: int) -> None:
        self._constraint, self._prompt, self._limit = constraint, prompt, limit
        if limit - prompt < constraint.least:
            raise InputError(
                "An answer that satisfies the constraint does not fit.",
                expected=f"room for {constraint.least} tokens, the one at the end included",
                received=f"room for {limit - prompt}",
                hint="Set max_new_tokens higher, or shorten the prompt.",
            )
        #: The states of the sequences of the last call, by their tokens.
        self._states: dict[bytes, int] = {}

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        answers = ids[:, self._prompt :]
        states = [self._state(answer) for answer in answers]
        self._states = {answer.tobytes(): state for answer, state in zip(answers, states, strict=True)}
        changed = np.full_like(scores, -np.inf)
        for place, state in enumerate(states):
            if state == -1:  # a beam that stands for nothing
                continue
            mask = self._constraint.allowed(state, self._limit - ids.shape[1])
            changed[place, mask] = scores[place, mask]
            if not changed[place].max() > -np.inf:
                raise InputError(
                    "The constraint and the other settings leave no token to come next.",
                    expected="settings that go with the constraint",
                    received=f"none of {int(mask.sum())} tokens is left after {answers.shape[1]}",
                    hint="Leave out bad_words_ids, suppress_tokens, no_repeat_ngram_size and least lengths.",
                )
        return changed

    def _state(self, answer: Ids) -> int:
        """The state after these tokens: one step from that of the call before, if it was of the same text."""
        if not len(answer):
            return self._constraint.start
        known = self._states.get(answer[:-1].tobytes())
        if known is not None:
            return self._constraint.after(known, int(answer[-1]))
        state = self._constraint.start
        for token in answer.tolist():
            state = self._constraint.after(state, token)
        return state
