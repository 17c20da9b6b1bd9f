"""Which tokens may come next, so that the whole answer is one of those that are wanted."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError
from wardian.generation.constraints.automaton import Automaton
from wardian.generation.constraints.shortest import NEVER, tokens_needed
from wardian.generation.constraints.vocabulary import Vocabulary

__all__ = ["Constraint"]

_KEPT = 64
"""States whose tokens are remembered: 0.2 MB each of a vocabulary of 50,000."""
_START = -2
"""The state before the first token, whose bytes may be others than later ones'."""


class Constraint:
    """The texts of an automaton, in the tokens of a vocabulary.

    A state is `constraint.start` before the first token and then what `after` gives. What a state allows is
    found by one walk through all tokens, and remembered.

    >>> from wardian.generation.constraints import TokenBytes, automaton_of, parse_regex
    >>> tokens = [b"a", b"ab", b"c", b""]
    >>> vocabulary = Vocabulary.of_tokens(TokenBytes(tokens, tokens), 4)
    >>> constraint = Constraint(automaton_of(parse_regex("abc?")), vocabulary, eos=[3])
    >>> constraint.allowed(constraint.start).tolist()
    [False, True, False, False]
    >>> constraint.allowed(constraint.after(constraint.start, 1)).tolist()
    [False, False, True, True]

    Raises InputError where the vocabulary has no tokens for any of the texts, or no token ends an answer.
    """

    start = _START

    def __init__(
        self, automaton: Automaton, vocabulary: Vocabulary, eos: list[int] | tuple[int, ...]
    ) -> None:
        self.automaton, self.vocabulary = automaton, vocabulary
        self.eos = np.array([token for token in eos if token < vocabulary.rest.vocabulary], np.int64)
        if not len(self.eos):
            raise InputError(
                "A constraint needs a token that ends the answer.",
                expected="eos_token_id, with an id of the model's vocabulary",
                received=f"{list(eos)}",
            )
        self._needed = tokens_needed(automaton, vocabulary.rest)
        self._rows: OrderedDict[int, NDArray[np.int32]] = OrderedDict()
        self.least = int(self._row(_START).min())
        if self.least >= NEVER:
            raise InputError(
                "The model has no tokens for a text that satisfies the constraint.",
                expected="a constraint that some row of the model's tokens satisfies",
                hint="Allow other characters: this vocabulary does not have all.",
            )

    def allowed(self, state: int, left: int | None = None) -> NDArray[np.bool_]:
        """bool (vocabulary,): whether the answer can still be whole with a token more.

        `left` is how many tokens may come, this one and the EOS token included; None for any number.
        """
        limit = NEVER - 1 if left is None else left
        mask: NDArray[np.bool_] = self._row(state) <= limit
        return mask

    def after(self, state: int, token: int) -> int:
        """The state after one more token; -1 for one that is not allowed, and after the EOS token."""
        tokens = self.vocabulary.tokens.first if state == _START else self.vocabulary.tokens.rest
        text = tokens[token] if token < len(tokens) else b""
        return self.automaton.step(max(state, 0), text) if text and state != -1 else -1

    def _row(self, state: int) -> NDArray[np.int32]:
        """int32 (vocabulary,): how many tokens an answer takes with each of them, it and EOS included."""
        known = self._rows.get(state)
        if known is not None:
            self._rows.move_to_end(state)
            return known
        trie = self.vocabulary.first if state == _START else self.vocabulary.rest
        at = 0 if state == _START else state
        reached = trie.walk(self.automaton, at)
        # Place -1 is the last one: what leads nowhere.
        needed = np.append(np.minimum(self._needed, NEVER - 2) + 2, NEVER).astype(np.int32)
        needed[:-1][self._needed >= NEVER] = NEVER
        row: NDArray[np.int32] = needed[reached]
        if at >= 0 and self.automaton.accepting[at]:
            row[self.eos] = 1
        self._rows[state] = row
        if len(self._rows) > _KEPT:
            self._rows.popitem(last=False)
        return row
