"""How a distribution is changed before something is drawn from it: its temperature, and its tail cut off.

All keep at least the most likely token. Each row is looked at among those tokens that are still possible, so
what comes after top-k costs next to nothing; and of no row more is sorted than what is about where it is cut.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardian.generation.probabilities import Scores, log_softmax
from wardian.generation.processors.base import Ids
from wardian.generation.ranking import leaders

__all__ = ["EpsilonCutoff", "EtaCutoff", "MinP", "Temperature", "TopK", "TopP", "TypicalP"]

_BINS, _PER_UNIT = 1024, 32
"""How finely a row is counted to find where it is cut: the bins reach 32 below the highest score."""


class Temperature:
    """Divides the scores: below 1 makes likely tokens likelier.

    >>> Temperature(0.5)(np.array([[0]]), np.float32([[1, 2]])).tolist()
    [[2.0, 4.0]]
    """

    def __init__(self, temperature: float) -> None:
        self.temperature = np.float32(temperature)

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        return np.asarray(scores / self.temperature, np.float32)


class TopK:
    """Keeps the `k` highest scores, and those equal to the lowest of them (Fan et al. 2018).

    >>> TopK(2)(np.array([[0]]), np.float32([[1, 3, 2]])).tolist()
    [[-inf, 3.0, 2.0]]
    """

    def __init__(self, k: int) -> None:
        self.k = k

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        if self.k >= scores.shape[1]:
            return scores
        changed = np.full_like(scores, -np.inf)
        for row, result in zip(scores, changed, strict=True):
            places = leaders(row, self.k)
            values = row[places]
            stay = places[values >= np.partition(values, len(values) - self.k)[len(values) - self.k]]
            result[stay] = row[stay]
        return changed


class TopP:
    """Keeps the most likely tokens until they have `p` of the probability (nucleus, Holtzman et al. 2019).

    Of equal scores at the cut those that come first stay; in transformers that is left to its sort.

    >>> TopP(0.7)(np.array([[0]]), np.log(np.float32([[1, 5, 4]]))) > -np.inf
    array([[False,  True,  True]])
    """

    def __init__(self, p: float) -> None:
        self.p = p

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        changed = np.full_like(scores, -np.inf)
        for row, result in zip(scores, changed, strict=True):
            tokens = np.flatnonzero(row > -np.inf)
            values = row[tokens]
            kept = tokens[_leading(values, _shares(values), self.p)]
            result[kept] = row[kept]
        return changed


class MinP:
    """Keeps the tokens with at least `p` of the likeliest one's probability (Nguyen et al. 2024).

    >>> MinP(0.5)(np.array([[0]]), np.log(np.float32([[1, 5, 3]]))) > -np.inf
    array([[False,  True,  True]])
    """

    def __init__(self, p: float) -> None:
        self.p = np.float32(p)

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        # Of the probabilities only the ratio to the highest counts, which needs no sum.
        ratios = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.where(ratios < self.p, np.float32(-np.inf), scores)


class TypicalP:
    """Keeps tokens whose information is nearest to the expected, until they have `p` (Meister et al. 2022).

    >>> TypicalP(0.3)(np.array([[0]]), np.log(np.float32([[1, 5, 4]]))) > -np.inf
    array([[False, False,  True]])
    """

    def __init__(self, p: float) -> None:
        self.p = p

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        changed = np.full_like(scores, -np.inf)
        for row, result in zip(scores, changed, strict=True):
            tokens = np.flatnonzero(row > -np.inf)
            information = -log_softmax(row[None, tokens])[0]
            shares = np.exp(-information)
            entropy = (information * shares).sum(dtype=np.float64).astype(np.float32)
            distances = np.abs(information - entropy)
            kept = _leading(-distances, shares.astype(np.float64), self.p)
            farthest = distances[kept].max()
            stay = tokens[distances <= farthest]
            result[stay] = row[stay]
        return changed


class EpsilonCutoff:
    """Keeps tokens with at least this probability (Hewitt et al. 2022).

    >>> EpsilonCutoff(0.2)(np.array([[0]]), np.log(np.float32([[1, 5, 4]]))) > -np.inf
    array([[False,  True,  True]])
    """

    def __init__(self, epsilon: float) -> None:
        self.epsilon = np.float32(epsilon)

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        return _cut(scores, np.exp(log_softmax(scores)), self.epsilon)


class EtaCutoff:
    """Keeps tokens with at least min(ε, √ε · exp(-entropy)) of the probability (Hewitt et al. 2022).

    >>> EtaCutoff(0.3)(np.array([[0]]), np.log(np.float32([[1, 5, 4]]))) > -np.inf
    array([[False,  True,  True]])
    """

    def __init__(self, epsilon: float) -> None:
        self.epsilon = np.float32(epsilon)

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        logs = log_softmax(scores)
        shares = np.exp(logs)
        # What is impossible has no information to add: 0 · -∞ is 0 here.
        terms = np.multiply(shares, logs, where=shares > 0, out=np.zeros_like(shares))
        entropy = -terms.sum(axis=1, keepdims=True, dtype=np.float64)
        eta = np.minimum(self.epsilon, np.sqrt(self.epsilon) * np.exp(-entropy)).astype(np.float32)
        return _cut(scores, shares, eta)


def _cut(scores: Scores, shares: Scores, least: NDArray[np.float32] | np.float32) -> Scores:
    """The scores of tokens with less than a share become -infinity; the highest stays."""
    highest = scores.max(axis=1, keepdims=True)
    return np.where((shares < least) & (scores < highest), np.float32(-np.inf), scores)


def _shares(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities of one row, float64 (tokens,): the tail of 100,000 float32 would not add up."""
    shares = np.exp(values - values.max()).astype(np.float64)
    return np.asarray(shares / shares.sum())


def _leading(keys: NDArray[np.float32], shares: NDArray[np.float64], mass: float) -> NDArray[np.intp]:
    """Those with the highest keys, up to the first with which the shares reach `mass`; int64 (kept,).

    Only the bin in which that happens is sorted.
    """
    bins = np.minimum((keys.max() - keys) * _PER_UNIT, _BINS - 1).astype(np.intp)
    sums = np.cumsum(np.bincount(bins, weights=shares))
    cut = min(int(np.searchsorted(sums, mass)), len(sums) - 1)
    border = np.flatnonzero(bins == cut)
    border = border[np.argsort(-keys[border], kind="stable")]
    rest = mass - (sums[cut - 1] if cut else 0)
    count = int(np.count_nonzero(np.cumsum(shares[border]) < rest)) + 1
    return np.concatenate([np.flatnonzero(bins < cut), border[:count]])
