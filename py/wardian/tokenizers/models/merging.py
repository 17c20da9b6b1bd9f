"""The merging of byte-pair encoding: the simple way for words, in blocks for long ones, and one for any.

All repeat one step: of all neighbouring pairs take the one of lowest rank (of equals the leftmost), and put
the merge's result in its place.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import accumulate, pairwise

__all__ = ["NEVER", "merge_blocks", "merge_long", "merge_short"]

#: The rank of a pair that does not merge.
NEVER = 1 << 40

#: Symbols of a block, how many at its end are behind the seam at least, and of the largest block.
_BLOCK, _BEHIND, _MOST = 40, 8, 320

Ranks = dict[tuple[int, int], int]


def merge_short(
    symbols: list[int], lengths: list[int], ranks: Ranks, results: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Search all pairs before each merge: quadratic, and the fastest up to some hundred symbols.

    Args:
        symbols, lengths: the ids and how much of the text each stands for; both are changed.
        ranks: for a pair of ids the number of its merge.
        results: for the number of a merge the id it makes.

    >>> merge_short([1, 2, 1, 2, 3], [1] * 5, {(1, 2): 0, (4, 4): 1}, [4, 5])
    ([5, 3], [4, 1])
    """
    rank_of = ranks.get
    row = [rank_of(pair, NEVER) for pair in pairwise(symbols)]
    while row:
        best = min(row)
        if best == NEVER:
            break
        place = row.index(best)
        symbol = symbols[place] = results[best]
        lengths[place] += lengths[place + 1]
        del symbols[place + 1], lengths[place + 1], row[place]
        if place:
            row[place - 1] = rank_of((symbols[place - 1], symbol), NEVER)
        if place < len(row):
            row[place] = rank_of((symbol, symbols[place + 1]), NEVER)
    return symbols, lengths


def merge_blocks(
    symbols: list[int], lengths: list[int], ranks: Ranks, results: Sequence[int]
) -> tuple[list[int], list[int]] | None:
    """The same for long words whose tokens are short: block by block; None where that goes wrong.

    Of a block's tokens those before a seam are kept; there the next block begins. Tokens are right if each
    two neighbours stay apart when their symbols alone are merged: the first merge across a border would be
    the lowest of those two as well, for until then nothing came into them from outside. In a block that
    holds. At a seam it holds too if the token behind the seam is the same in both blocks; else the end of
    the first one had a say that far back, and it is done again with more symbols.

    >>> word = [1, 2, 3] * 50
    >>> merge_blocks(word, [1] * 150, {(1, 2): 0}, [4]) == ([4, 3] * 50, [2, 1] * 50)
    True
    """
    tokens: list[int] = []
    widths: list[int] = []  # how many symbols each token is of
    size = tried = _BLOCK  # of this block, and of the last one
    # Of both: where it begins, behind how many tokens, and the token that is expected there.
    now = last = (0, 0, (-1, -1))
    while size <= _MOST:
        begin, kept, expected = now
        block = symbols[begin : begin + size]
        found, counts = merge_short(block, [1] * len(block), ranks, results)
        ends = list(accumulate(counts))
        if begin and expected != (found[0], counts[0]):
            del tokens[last[1] :], widths[last[1] :]
            now, tried = last, 2 * tried
            size = tried
            continue
        if begin + size >= len(symbols):
            places = list(accumulate(lengths, initial=0))
            bounds = [places[end] for end in accumulate(widths + counts, initial=0)]
            return tokens + found, [b - a for a, b in pairwise(bounds)]
        seam = bisect_left(ends, size - _BEHIND) + 1
        if seam >= len(found):
            size *= 2
            continue
        tokens += found[:seam]
        widths += counts[:seam]
        last, now = now, (begin + ends[seam - 1], kept + seam, (found[seam], counts[seam]))
        size, tried = _BLOCK, size
    return None


def merge_long(
    symbols: list[int], lengths: list[int], ranks: Ranks, results: Sequence[int]
) -> tuple[list[int], list[int]]:
    """The same for any length: places wait in one queue per rank, symbols are a linked list.

    Each merge removes a symbol and makes at most two new pairs, so there are less than 3 n entries; each
    queue is in order of place. A word of 10 MB takes some tens of seconds, in proportion to its length.

    >>> merge_long([1, 2, 1, 2, 3], [1] * 5, {(1, 2): 0, (4, 4): 1}, [4, 5])
    ([5, 3], [4, 1])
    """
    count = len(symbols)
    following = array("i", range(1, count + 1))
    before = array("i", range(-1, count - 1))
    queues: dict[int, _Queue] = {}
    waiting: list[int] = []  # heap of ranks that have a queue
    for place, pair in enumerate(pairwise(symbols)):
        rank = ranks.get(pair)
        if rank is not None:
            _put(queues, waiting, rank, place)
    while waiting:
        rank = waiting[0]
        queue = queues[rank]
        place = queue.take()
        if place < 0:
            heappop(waiting)
            del queues[rank]
            continue
        after = following[place]
        # An entry is out of date when one of its symbols was merged meanwhile.
        if not lengths[place] or after >= count or ranks.get((symbols[place], symbols[after])) != rank:
            continue
        symbol = symbols[place] = results[rank]
        lengths[place] += lengths[after]
        lengths[after] = 0
        after = following[place] = following[after]
        left = before[place]
        if after < count:
            before[after] = place
            new = ranks.get((symbol, symbols[after]))
            if new is not None:
                _put(queues, waiting, new, place)
        if left >= 0:
            new = ranks.get((symbols[left], symbol))
            if new is not None:
                _put(queues, waiting, new, left)
    kept = [place for place in range(count) if lengths[place]]
    return [symbols[place] for place in kept], [lengths[place] for place in kept]


def _put(queues: dict[int, _Queue], waiting: list[int], rank: int, place: int) -> None:
    queue = queues.get(rank)
    if queue is None:
        queue = queues[rank] = _Queue()
        heappush(waiting, rank)
    queue.put(place)


class _Queue:
    """Places, taken in ascending order. Nearly always they are put in that order too: then it is an array."""

    __slots__ = ("_heap", "_next", "_places")

    def __init__(self) -> None:
        self._places = array("i")
        self._next = 0
        self._heap: list[int] = []

    def put(self, place: int) -> None:
        if self._places and place < self._places[-1]:
            heappush(self._heap, place)
        else:
            self._places.append(place)

    def take(self) -> int:
        """The least place, or -1 when none is left."""
        has_more = self._next < len(self._places)
        if self._heap and not (has_more and self._places[self._next] <= self._heap[0]):
            return heappop(self._heap)
        if not has_more:
            return -1
        self._next += 1
        return self._places[self._next - 1]
