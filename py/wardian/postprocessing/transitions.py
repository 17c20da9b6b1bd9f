"""Greedy decoding of entities by transitions: each token begins, continues, ends or is one, or is outside.

Which actions there are depends on whether an entity is open; so the scores of all tokens are computed at once
for the case that none is, and only within entities the hidden layer is put together token by token.

Source: `spacy/pipeline/_parser_internals/{ner,_state}.pyx` and `ml/parser_model.pyx` of spaCy 3.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError

__all__ = ["Found", "TransitionDecoder"]

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """An entity: tokens from `start` to before `end`, and its label."""

    start: int
    end: int
    label: str


class TransitionDecoder:
    """Decodes the tokens of one text, part by part.

    Args:
        actions: names of the actions by their scores: B-, I-, L-, U- with a label, and O.
        weight: float32 (actions, hidden), the last layer, for tokens within entities.
        bias: float32 (actions,).

    `feed` takes, of the next tokens, `features` float32 (tokens, 3, 2 * hidden), what a token adds as the
    next one, as an entity's first and as the one before the next; `scores` float32 (tokens, actions) where
    no entity is open; and which are white space. `finish` closes the text.

    >>> actions = ["B-A", "I-A", "L-A", "U-A", "O"]
    >>> decoder = TransitionDecoder(actions, np.zeros((5, 1)), np.float32([0, 1, 2, 0, 0]))
    >>> scores = np.float32([[0, 0, 0, 0, 1], [2, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 2, 1]])
    >>> decoder.feed(np.zeros((4, 3, 2), np.float32), scores, [False] * 4)
    >>> decoder.finish()
    [Found(start=1, end=3, label='A'), Found(start=3, end=4, label='A')]
    """

    def __init__(self, actions: Sequence[str], weight: Array, bias: Array) -> None:
        """Raises ModelError when an action is none of these."""
        index = {action: number for number, action in enumerate(actions)}
        self._labels = [action[2:] for action in actions if action.startswith("B-")]
        names = [f"{letter}-{label}" for letter in "BILU" for label in self._labels] + ["O"]
        missing = [name for name in names if name not in index]
        if missing or np.shape(weight)[0] != len(actions) or len(bias) != len(actions):
            raise ModelError(
                "The actions of the tagger cannot be decoded.",
                expected="B-, I-, L- and U- of each label, O, and a weight for each",
                received=f"{len(actions)} actions without {', '.join(missing) or 'a weight each'}",
            )
        columns = {letter: [index[f"{letter}-{label}"] for label in self._labels] for letter in "BILU"}
        self._begin, self._unit, self._out = columns["B"], columns["U"], index["O"]
        inside = np.array([columns["I"], columns["L"]]).T
        #: float32 (labels, 2, hidden) and (labels, 2): whether to go on, or to end here.
        self._weight = np.asarray(weight, np.float32)[inside]
        self._bias = np.asarray(bias, np.float32)[inside]
        self._found: list[Found] = []
        self._done = 0
        self._open: tuple[int, int, Array] | None = None
        self._last: tuple[Array, Array, Array, bool] | None = None
        self._before: Array | None = None

    def feed(self, features: Array, scores: Array, spaces: Sequence[bool]) -> None:
        """The next tokens of the text. The last one waits: it matters whether a token follows."""
        begin, unit, out = scores[:, self._begin], scores[:, self._unit], scores[:, self._out]
        #: Per token: the best label to begin with, the best for one token, and what these are worth.
        choice = np.stack([begin.argmax(1), unit.argmax(1)], axis=1).tolist()
        worth = np.stack([begin.max(1), unit.max(1), out], axis=1).tolist()
        for at in range(len(scores)):
            self._step(False)
            self._last = (features[at], choice[at], worth[at], spaces[at])

    def finish(self) -> list[Found]:
        """The entities of the whole text."""
        self._step(True)
        return self._found

    def _step(self, is_last: bool) -> None:
        """Decide the token that waits."""
        if self._last is None:
            return
        features, choice, worth, is_space = self._last
        self._last = None
        here, self._done = self._done, self._done + 1
        if self._open is not None:
            start, label, first = self._open
            if is_last or not self._goes_on(features, label, first):
                self._found.append(Found(start, here + 1, self._labels[label]))
                self._open = None
        elif not is_space:
            begin = -np.inf if is_last else worth[0]
            if begin >= worth[1] and begin >= worth[2]:
                self._open = (here, choice[0], features[1])
            elif worth[1] >= worth[2]:
                self._found.append(Found(here, here + 1, self._labels[choice[1]]))
        self._before = features[2]

    def _goes_on(self, features: Array, label: int, first: Array) -> bool:
        """Whether an open entity has a token after this one."""
        assert self._before is not None
        added = features[0] + first + self._before
        half = len(added) // 2
        hidden = np.maximum(added[:half], added[half:])
        scores = self._weight[label] @ hidden + self._bias[label]
        return bool(scores[0] >= scores[1])
