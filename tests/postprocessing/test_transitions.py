"""Decoding by transitions, against one that asks for every action whether it is allowed, as spaCy does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wardian.errors import ModelError
from wardian.postprocessing.transitions import Found, TransitionDecoder

LABELS = ("A", "B", "C")
#: In an order that is no alphabet's.
ACTIONS = [f"{letter}-{label}" for letter in "BILU" for label in LABELS] + ["U-", "O"]
HIDDEN = 5


def plainly(features: Any, scores: Any, spaces: list[bool], weight: Any, bias: Any) -> list[Found]:
    """One action after the other, of those that are allowed the best."""
    found: list[Found] = []
    start, label = -1, ""
    for at in range(len(scores)):
        last = at == len(scores) - 1
        if start < 0:
            allowed = {"O": True, "B": not last and not spaces[at], "U": not spaces[at]}
            worth = scores[at]
        else:
            allowed = {"I": not last, "L": True}
            added = features[at][0] + features[start][1] + features[at - 1][2]
            worth = weight @ np.maximum(added[:HIDDEN], added[HIDDEN:]) + bias
        fits = [
            n for n, action in enumerate(ACTIONS)
            if action != "U-" and allowed.get(action[0]) and (start < 0 or action[2:] == label)
        ]  # fmt: skip
        action = ACTIONS[max(fits, key=lambda n: worth[n])]
        if action[0] == "B":
            start, label = at, action[2:]
        elif action[0] == "U":
            found.append(Found(at, at + 1, action[2:]))
        elif action[0] == "L":
            found.append(Found(start, at + 1, label))
            start = -1
    return found


@pytest.mark.parametrize("tokens", [0, 1, 2, 7, 60])
def test_equal_to_one_action_after_the_other(tokens: int) -> None:
    chance = np.random.default_rng(tokens)
    entities = 0
    for _ in range(20):
        weight = chance.normal(size=(len(ACTIONS), HIDDEN)).astype(np.float32)
        bias = chance.normal(size=len(ACTIONS)).astype(np.float32)
        features = chance.normal(size=(tokens, 3, 2 * HIDDEN)).astype(np.float32)
        scores = chance.normal(size=(tokens, len(ACTIONS))).astype(np.float32)
        spaces = [bool(one) for one in chance.random(tokens) < 0.2]
        expected = plainly(features, scores, spaces, weight, bias)
        cut = int(chance.integers(0, tokens + 1))
        decoder = TransitionDecoder(ACTIONS, weight, bias)
        decoder.feed(features[:cut], scores[:cut], spaces[:cut])
        decoder.feed(features[cut:], scores[cut:], spaces[cut:])
        assert decoder.finish() == expected
        entities += len(expected)
    assert entities >= tokens


def test_the_last_token_begins_nothing() -> None:
    scores = np.zeros((1, len(ACTIONS)), np.float32)
    scores[0, [ACTIONS.index("B-A"), ACTIONS.index("U-B")]] = 9, 5
    decoder = TransitionDecoder(ACTIONS, np.zeros((len(ACTIONS), HIDDEN)), np.zeros(len(ACTIONS)))
    decoder.feed(np.zeros((1, 3, 2 * HIDDEN), np.float32), scores, [False])
    assert decoder.finish() == [Found(0, 1, "B")]


def test_actions_that_are_not_whole_are_refused() -> None:
    with pytest.raises(ModelError, match="L-C"):
        TransitionDecoder([a for a in ACTIONS if a != "L-C"], np.zeros((13, 2)), np.zeros(13))
    with pytest.raises(ModelError, match="14 actions"):
        TransitionDecoder(ACTIONS, np.zeros((3, 2)), np.zeros(3))
