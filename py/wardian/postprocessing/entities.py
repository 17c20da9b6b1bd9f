"""From the scores of tokens to named entities: words made whole, neighbours of one kind put together.

Source: `TokenClassificationPipeline` of transformers 5.23, whose strategies and results these are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["STRATEGIES", "TokenScores", "entities_of", "merge_windows"]

#: How tokens become entities: each its own; neighbours together; and words as their first token, as the mean
#: of all, or as the most certain one says.
STRATEGIES = ("none", "simple", "first", "average", "max")

Entity = dict[str, Any]
Spell = Callable[[list[str]], str]
"""Tokens to text."""


@dataclass(frozen=True, slots=True)
class TokenScores:
    """A token: its spelling, float32 (labels,) probabilities, its characters, its number among the tokens,
    and whether it continues the word before it."""

    word: str
    scores: NDArray[np.float32]
    start: int
    end: int
    index: int
    is_subword: bool = False


def entities_of(
    tokens: Sequence[TokenScores], labels: Sequence[str], strategy: str, spell: Spell
) -> list[Entity]:
    """The entities of a text by one of STRATEGIES, labels that mean nothing included.

    For "none" `entity`, `score`, `index`, `word`, `start` and `end` of each token; else `entity_group`,
    `score` (the mean of its parts), `word`, `start` and `end` of each run of one kind. Labels may have the
    prefixes B- and I-: an entity ends where a B- begins another.

    >>> rows = np.float32([[0.1, 0.9, 0], [0.2, 0, 0.8], [1, 0, 0]])
    >>> words = [("New", 0, 3), ("York", 4, 8), ("now", 9, 12)]
    >>> tokens = [TokenScores(*word[:1], rows[n], *word[1:], n) for n, word in enumerate(words)]
    >>> found = entities_of(tokens, ["O", "B-LOC", "I-LOC"], "simple", " ".join)
    >>> [(one["entity_group"], one["word"], round(one["score"], 3)) for one in found]
    [('LOC', 'New York', 0.85), ('O', 'now', 1.0)]
    """
    if strategy in ("none", "simple"):
        parts = [_labelled(token.scores, labels) | _places(token) for token in tokens]
    else:
        parts = [_word(group, labels, strategy, spell) for group in _words(tokens)]
    return parts if strategy == "none" else [_group(run, spell) for run in _runs(parts)]


def merge_windows(entities: Iterable[Entity]) -> list[Entity]:
    """Of entities that overlap, found in windows that share tokens, the longest; of equals the surest.

    >>> one = {"entity_group": "LOC", "score": 0.5, "word": "New", "start": 0, "end": 3}
    >>> [found["word"] for found in merge_windows([one, one | {"word": "New York", "end": 8}])]
    ['New York']
    """
    merged: list[Entity] = []
    for entity in sorted(entities, key=lambda one: int(one["start"])):
        last = merged[-1] if merged else None
        if last is None or not last["start"] <= entity["start"] < last["end"]:
            merged.append(entity)
        elif (_length(entity), entity["score"]) > (_length(last), last["score"]):
            merged[-1] = entity
    return merged


def _length(entity: Entity) -> int:
    return int(entity["end"] - entity["start"])


def _labelled(scores: NDArray[np.float32], labels: Sequence[str]) -> Entity:
    best = int(scores.argmax())
    return {"entity": labels[best], "score": float(scores[best])}


def _places(token: TokenScores) -> Entity:
    return {"index": token.index, "word": token.word, "start": token.start, "end": token.end}


def _words(tokens: Sequence[TokenScores]) -> list[list[TokenScores]]:
    """Tokens by word; a text may begin in the middle of one."""
    groups: list[list[TokenScores]] = []
    for token in tokens:
        if token.is_subword and groups:
            groups[-1].append(token)
        else:
            groups.append([token])
    return groups


def _word(group: Sequence[TokenScores], labels: Sequence[str], strategy: str, spell: Spell) -> Entity:
    """One word, labelled as `strategy` says."""
    if strategy == "first":
        scores = group[0].scores
    elif strategy == "max":
        scores = max(group, key=lambda token: float(token.scores.max())).scores
    else:
        scores = np.mean([token.scores for token in group], axis=0, dtype=np.float32)
    word = spell([token.word for token in group])
    return _labelled(scores, labels) | {"word": word, "start": group[0].start, "end": group[-1].end}


def _tag(label: str) -> tuple[bool, str]:
    """Whether a label begins an entity, and the entity's kind."""
    return label.startswith("B-"), label[2:] if label.startswith(("B-", "I-")) else label


def _runs(parts: Sequence[Entity]) -> list[list[Entity]]:
    """Neighbours of one kind."""
    runs: list[list[Entity]] = []
    for part in parts:
        begins, kind = _tag(part["entity"])
        if runs and not begins and kind == _tag(runs[-1][-1]["entity"])[1]:
            runs[-1].append(part)
        else:
            runs.append([part])
    return runs


def _group(run: Sequence[Entity], spell: Spell) -> Entity:
    return {
        "entity_group": run[0]["entity"].split("-", 1)[-1],
        "score": float(np.mean([part["score"] for part in run])),
        "word": spell([part["word"] for part in run]),
        "start": run[0]["start"],
        "end": run[-1]["end"],
    }
