"""Recommendations from a catalogue, learned from one visitor's likes. Nothing is kept here: whoever calls has
the history of judgements, gives all of it each time, and is answered from it alone.

`wardian.postprocessing.preference` has the arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, TensorError
from wardian.postprocessing.preference import (
    Vectors,
    centred,
    contributions,
    diversify,
    judgement_weights,
    preference,
)
from wardian.postprocessing.similarity import rank
from wardian.preprocessing.catalogue import Item

__all__ = ["Judgement", "Part", "Recommendation", "Recommender"]

#: Candidates among which variety is looked for, for each item that is shown.
_POOL = 6

#: Of so many items, taken evenly from the catalogue, a beginning and something different are chosen.
_SAMPLE = 200

#: From this cosine on two items are of a kind.
_ALIKE = 0.3

#: Likes that a reason names.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a visitor said of the item of that title: a like, or less of this."""

    title: str
    liked: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What one judgement added to a score: `share` of all that added, or of all that took away, in [0, 1]."""

    title: str
    share: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An item, and why it is here.

    `liked` are the likes that raised its score most, `less` the judgements that lowered it most; `tags` and
    `words` are what it shares with those likes. `different`: it is here because it is unlike all that was
    judged, to find out about.
    """

    item: Item
    score: float
    liked: tuple[Part, ...] = ()
    less: tuple[Part, ...] = ()
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    different: bool = False


class Recommender:
    """A catalogue with the embeddings of its items.

    >>> items = [Item("Emma"), Item("Jaws"), Item("Persuasion"), Item("Orca")]
    >>> recommender = Recommender(items, np.float32([[1, 0.1], [0, 1], [1, 0], [0.1, 1]]))
    >>> [found.item.title for found in recommender.recommend([Judgement("Emma", True)], 2)]
    ['Persuasion', 'Orca']

    Raises TensorError when there is not one embedding for each item.
    """

    def __init__(self, items: Sequence[Item], embeddings: NDArray[np.floating] | NDArray[np.integer]) -> None:
        self.items = list(items)
        self._vectors: Vectors = centred(embeddings)
        if len(self._vectors) != len(self.items):
            raise TensorError(
                "Items and embeddings are not the same in number.",
                expected=str(len(self.items)),
                received=str(len(self._vectors)),
            )
        self._places = {item.title: place for place, item in enumerate(self.items)}
        self._lower = [item.title.casefold() for item in self.items]

    def recommend(self, judgements: Sequence[Judgement], k: int = 10) -> list[Recommendation]:
        """The `k` items to show next, best first: what was judged is not among them.

        `judgements` are in their order, the oldest first; of several on one item the last counts, and those
        on items that are not in the catalogue count nothing. Without a like, and without any judgement, the
        items are as different from each other as can be. The last place is for something different as soon
        as there are likes and five places or more.

        Raises InputError for a `k` below 1.
        """
        if k < 1:
            raise InputError("Too few items are asked for.", value=str(k), expected="1 or more")
        places, liked = self._judged(judgements)
        rest = np.setdiff1d(np.arange(len(self.items)), places)
        if not len(rest):
            return []
        judged, weights = self._vectors[places], judgement_weights(liked)
        scores = self._vectors[rest] @ preference(judged, weights)
        if not any(liked):
            return self._beginning(rest, judged, k)
        explored = k >= 5 and len(rest) > k
        pool = rest[rank(scores, _POOL * k)]
        pooled = self._vectors[pool]
        parts = contributions(pooled, judged, weights)
        totals = parts.sum(axis=1)
        chosen = diversify(totals, pooled, k - explored)
        found = [self._explained(pool[i], float(totals[i]), parts[i], places, liked) for i in chosen]
        if explored:
            found.append(self._different(rest, scores, judged, {int(pool[i]) for i in chosen}))
        return found

    def find(self, query: str, k: int = 20) -> list[Item]:
        """Items whose title has all words of the query: first the title itself, then whole words, then titles
        that begin with it; at most `k`.

        >>> catalogue = [Item("Sea"), Item("The sea wolf"), Item("Seal"), Item("Emma")]
        >>> [item.title for item in Recommender(catalogue, np.eye(4)).find("SEA", 2)]
        ['Sea', 'The sea wolf']
        """
        words = query.casefold().split()
        if not words:
            return []
        whole = " ".join(words)
        hits = [i for i, title in enumerate(self._lower) if all(word in title for word in words)]

        def order(i: int) -> tuple[bool, bool, bool, int]:
            title = self._lower[i]
            return title != whole, not set(words) <= set(title.split()), not title.startswith(whole), i

        hits.sort(key=order)
        return [self.items[i] for i in hits[:k]]

    def _judged(self, judgements: Sequence[Judgement]) -> tuple[list[int], list[bool]]:
        """Places of the judged items and whether each was liked; the oldest first, each item once."""
        last: dict[int, bool] = {}
        for judgement in judgements:
            place = self._places.get(judgement.title)
            if place is not None:
                last.pop(place, None)
                last[place] = judgement.liked
        return list(last), list(last.values())

    def _beginning(self, rest: NDArray[np.intp], judged: Vectors, k: int) -> list[Recommendation]:
        """Items that have little in common, away from those of which there should be less.

        Always from the same sample, so that a judgement does not turn all of it over.
        """
        step = max(1, len(self.items) // max(_SAMPLE, 2 * k))
        some = rest[rest % step == 0]
        if len(judged):
            some = some[(self._vectors[some] @ judged.T).max(axis=1) < _ALIKE]
        rest = some if len(some) >= min(k, len(rest)) else rest
        vectors = self._vectors[rest]
        chosen = diversify(np.zeros(len(rest), np.float32), vectors, k)
        return [Recommendation(self.items[rest[i]], 0.0) for i in chosen]

    def _different(
        self, rest: NDArray[np.intp], scores: Vectors, judged: Vectors, shown: set[int]
    ) -> Recommendation:
        """Of some that are not shown, the least like anything judged; of others after each judgement."""
        step = max(1, len(rest) // _SAMPLE)
        some = [i for i in range(len(judged) % step, len(rest), step) if int(rest[i]) not in shown]
        some = some or [i for i, place in enumerate(rest) if int(place) not in shown]
        likeness = (self._vectors[rest[some]] @ judged.T).max(axis=1)
        best = some[int(likeness.argmin())]
        return Recommendation(self.items[rest[best]], float(scores[best]), different=True)

    def _explained(
        self, place: int, score: float, parts: Vectors, places: Sequence[int], liked: Sequence[bool]
    ) -> Recommendation:
        """`parts` float32 (judgements,): what each added to the score of the item at `place`."""
        item = self.items[place]
        raised, lowered = np.maximum(parts, 0), np.maximum(-parts, 0)
        raised[~np.asarray(liked)] = 0
        best = [i for i in rank(raised, _NAMED) if raised[i] > 0]
        worst = [i for i in rank(lowered, 1) if lowered[i] > 0 and not liked[i]]
        likes = [self.items[places[i]] for i in best]

        def parts_of(side: Vectors, which: Sequence[int]) -> tuple[Part, ...]:
            total = float(side.sum())
            return tuple(Part(self.items[places[i]].title, float(side[i]) / total) for i in which)

        return Recommendation(
            item,
            score,
            parts_of(raised, best),
            parts_of(lowered, worst),
            tuple(tag for tag in item.tags if any(tag in like.tags for like in likes)),
            tuple(word for word in item.keywords if any(word in like.keywords for like in likes)),
        )
