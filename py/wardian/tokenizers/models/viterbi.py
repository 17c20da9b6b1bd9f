"""Viterbi's algorithm for many words at once.

What `Unigram.tokenize` does word by word, place by place, is done here for all words together: first all
pieces are found that lie in them, then the best sums are carried forward from the first places of all words,
from the second ones, and so on. The pieces that begin at one place of a word end at different ones, so no
step sets a sum twice, and the order of additions and comparisons is the same.

The places of the words lie in a row of cells, one more a word than it has characters:

    words   a b | c d e
    cells   0 1 2 | 3 4 5 6
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

__all__ = ["HEAD", "Columns", "Edges", "PieceFinder", "best_cuts"]

Ints = NDArray[np.intp]

_CODE_BITS = 21

#: So many characters of a place tell that hardly any longer piece begins there.
HEAD = 3


@dataclass(slots=True)
class Edges:
    """The pieces that lie in words: intp (pieces,), the cells where they begin and end, and their ids."""

    sources: Ints
    targets: Ints
    ids: Ints


@dataclass(slots=True)
class Columns:
    """The pieces of words in order: intp (pieces,) their ids and ranges, intp (words,) how many each has."""

    ids: Ints
    starts: Ints
    ends: Ints
    counts: Ints

    @classmethod
    def none(cls, words: int) -> Columns:
        """No pieces of so many words."""
        nothing = np.zeros(0, np.intp)
        return cls(nothing, nothing, nothing, np.zeros(words, np.intp))

    def without(self, words: Ints) -> Columns:
        """The same without the pieces of these words."""
        counts = self.counts.copy()
        counts[words] = 0
        kept = np.repeat(counts > 0, self.counts)
        return Columns(self.ids[kept], self.starts[kept], self.ends[kept], counts)


class PieceFinder:
    """Finds the pieces of a vocabulary that lie in words: a shallow trie, a level of which is an array.

    A node is the number of its row in its level. A row's key is its parent's number and its character, so
    that the keys of a level are in order when the heads are; a level ends with a key greater than all. Few
    places have a piece that is longer than a head: those are looked up as strings.

    >>> edges = PieceFinder({"a": 0, "ab": 1, "abab": 2}, {"a": 1, "ab": 2, "aba": 4}).find(["ababb", "b"])
    >>> list(zip(edges.sources.tolist(), edges.targets.tolist(), edges.ids.tolist()))[6:]
    [(0, 2, 1), (2, 4, 1), (0, 4, 2)]
    """

    def __init__(self, vocab: Mapping[str, int], longest: Mapping[str, int]) -> None:
        """`longest` has the length of the longest piece by its head: its first characters, up to `HEAD`."""
        self._vocab = vocab
        heads = sorted(longest)
        ids = np.fromiter((vocab.get(head, -1) for head in heads), np.intp, len(heads))
        codes = _codes(heads)
        lengths = np.fromiter(map(len, heads), np.intp, len(heads))
        firsts = np.cumsum(lengths) - lengths
        node = np.zeros(len(heads), np.int64)
        #: By length of heads the keys, and the piece that ends at each or −1.
        self._levels: list[tuple[NDArray[np.int64], Ints]] = []
        for size in range(1, HEAD + 1):
            rows = np.flatnonzero(lengths >= size)
            keys = node[rows] << _CODE_BITS | codes[firsts[rows] + size - 1]
            is_new = np.append(True, keys[1:] != keys[:-1])[: len(keys)]
            node[rows] = number = np.cumsum(is_new) - 1
            piece_of = np.full(int(is_new.sum()) + 1, -1, np.intp)
            ended = lengths[rows] == size
            piece_of[number[ended]] = ids[rows[ended]]
            self._levels.append((np.append(keys[is_new], np.iinfo(np.int64).max), piece_of))
        # The last level's rows are the heads of that length in order.
        self._longest = np.array([longest[head] for head in heads if len(head) == HEAD], np.intp)

    def find(self, words: Sequence[str]) -> Edges:
        """All pieces in words; id −1 stands for a character that is none."""
        codes = _codes(words)
        lengths = np.fromiter(map(len, words), np.intp, len(words))
        cells = np.arange(len(codes)) + np.repeat(np.arange(len(words)), lengths)
        left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(codes))
        places, node = np.arange(len(codes)), np.zeros(len(codes), np.int64)
        found: list[tuple[Ints, Ints, Ints]] = []

        def take(places: Ints, size: int, ids: Ints) -> None:
            kept = ids >= 0 if size > 1 else np.ones(len(ids), bool)
            sources = cells[places[kept]]
            found.append((sources, sources + size, ids[kept]))

        for size, (keys, piece_of) in enumerate(self._levels, 1):
            longer = left[places] >= size
            places, node = places[longer], node[longer]
            wanted = node << _CODE_BITS | codes[places + size - 1]
            node = np.searchsorted(keys, wanted).astype(np.int64)
            is_there = keys[node] == wanted
            take(places, size, np.where(is_there, piece_of[node], -1))
            places, node = places[is_there], node[is_there]
        text = "".join(words)
        reach = np.minimum(self._longest[node], left[places])
        while len(places := places[reach > size]):
            reach = reach[reach > size]
            size += 1
            pieces = [text[place : place + size] for place in places.tolist()]
            take(places, size, np.fromiter(map(self._vocab.get, pieces, repeat(-1)), np.intp, len(pieces)))
        return Edges(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _codes(texts: Sequence[str]) -> NDArray[np.int64]:
    """The code points of all texts in a row."""
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)


def best_cuts(words: Sequence[str], edges: Edges, scores: NDArray[np.float64]) -> Columns:
    """The best cut of each word, `scores`: float64 (pieces,) of the edges; of equal sums the first found.

    >>> edges = Edges(*np.array([[0, 0, 1], [1, 2, 2], [7, 8, 9]]))
    >>> best_cuts(["ab"], edges, np.array([1.0, 3.0, 1.0])).ids.tolist()
    [8]
    """
    lengths = np.fromiter(map(len, words), np.intp, len(words))
    firsts = np.cumsum(lengths + 1) - lengths - 1
    first_of = np.repeat(firsts, lengths + 1)
    best = np.zeros(len(first_of))
    came_from = np.full(len(first_of), -1, np.intp)
    ids = np.full(len(first_of), -1, np.intp)
    # Few different numbers of two bytes are sorted in no time.
    depth = (edges.sources - first_of[edges.sources]).astype(np.uint16)
    order = np.argsort(depth, kind="stable")
    sources, targets, edge_ids = (column[order] for column in (edges.sources, edges.targets, edges.ids))
    scores = scores[order]
    end = 0
    for count in np.bincount(depth).tolist():
        step = slice(end, end + count)
        end += count
        source, target = sources[step], targets[step]
        sums = scores[step] + best[source]
        better = (sums > best[target]) | (came_from[target] < 0)
        target = target[better]
        best[target], came_from[target], ids[target] = sums[better], source[better], edge_ids[step][better]
    ends = _path(came_from, (firsts + lengths)[lengths > 0])
    counts = np.diff(np.searchsorted(ends, np.append(firsts, len(first_of))))
    return Columns(ids[ends], came_from[ends] - first_of[ends], ends - first_of[ends], counts)


def _path(came_from: Ints, cells: Ints) -> Ints:
    """The cells where pieces end, on the way back from the last cells of words to the first ones."""
    on_path = np.zeros(len(came_from), bool)
    while len(cells):
        on_path[cells] = True
        cells = came_from[cells]
        cells = cells[came_from[cells] >= 0]
    return np.flatnonzero(on_path)
