"""Which words of a text an answer rests on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["WordScore", "word_scores"]


class WordScore(NamedTuple):
    """The characters from `start` to before `end`, and what they add to a label's logit."""

    start: int
    end: int
    score: float


def word_scores(
    places: Sequence[tuple[int, Sequence[tuple[int, int]]]], contributions: Mapping[int, float]
) -> list[WordScore]:
    """What terms add to a sum, shared out among the words that they are made of.

    `places` are the occurrences of terms, each with where its words stand (`TermWeights.places`);
    `contributions` what each term adds by its number. A term's share is the same for each occurrence, and in
    it for each word: the scores of all words add up to those of all terms.

    >>> word_scores([(0, [(0, 3)]), (1, [(0, 3), (4, 8)])], {0: 0.5, 1: -2.0})
    [WordScore(start=0, end=3, score=-0.5), WordScore(start=4, end=8, score=-1.0)]
    """
    often = Counter(term for term, _ in places)
    sums: defaultdict[tuple[int, int], float] = defaultdict(float)
    for term, words in places:
        for word in words:
            sums[word] += contributions[term] / often[term] / len(words)
    return [WordScore(start, end, score) for (start, end), score in sorted(sums.items())]
