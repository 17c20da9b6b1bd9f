"""All tokens of a vocabulary as one tree of bytes, so that an automaton reads them all in one walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardian.generation.constraints.automaton import Automaton

__all__ = ["TokenTrie"]


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """The nodes of one depth, in the order of their texts.

    `bytes_` and `parents`, places in the level before, are (nodes,). Token `ids[k]` ends at node `ends[k]`.
    All have the type of indices, so that none is converted in a walk: that would be most of it in a browser.
    """

    bytes_: NDArray[np.intp]
    parents: NDArray[np.intp]
    ids: NDArray[np.intp]
    ends: NDArray[np.intp]


class TokenTrie:
    """A vocabulary's tokens by their bytes; those without any are in none of its texts.

    >>> from wardian.generation.constraints.regex import parse_regex
    >>> from wardian.generation.constraints.automaton import automaton_of
    >>> trie = TokenTrie([b"a", b"ab", b"b", b""], 4)
    >>> trie.walk(automaton_of(parse_regex("ab?")), 0).tolist()
    [1, 2, -1, -1]
    """

    def __init__(self, tokens: Sequence[bytes], vocabulary: int) -> None:
        """`vocabulary` is how many tokens the model has scores for."""
        self.vocabulary = vocabulary
        #: The first id of each text.
        self.by_text: dict[bytes, int] = {}
        for index, text in enumerate(tokens[:vocabulary]):
            if text:
                self.by_text.setdefault(text, index)
        self.longest = max(map(len, self.by_text), default=0)
        self._levels = _levels(tokens[:vocabulary])

    def walk(self, automaton: Automaton, state: int) -> NDArray[np.int32]:
        """int32 (vocabulary,): the state that each token leads to from `state`, or -1.

        A level at a time; dead ends are carried along, which costs less than to leave them out.
        """
        width = automaton.table.shape[1]
        dead = len(automaton) * width
        found = np.full(self.vocabulary, dead, np.intp)
        places = np.array([dead if state < 0 else state * width], np.intp)
        classes = automaton.classes.astype(np.intp)
        for level in self._levels:
            places = automaton.places.take(places.take(level.parents) + classes.take(level.bytes_))
            if places.min() == dead:
                break
            found[level.ids] = places.take(level.ends)
        states = np.asarray(found // width, np.int32)
        states[found == dead] = -1
        return states


def _levels(tokens: Sequence[bytes]) -> list[_Level]:
    """The tree, level by level, without its root."""
    order = sorted((index for index, text in enumerate(tokens) if text), key=tokens.__getitem__)
    lengths = np.array([len(tokens[index]) for index in order], np.int64)
    joined = np.frombuffer(b"".join(tokens[index] for index in order), np.uint8)
    starts = np.cumsum(lengths) - lengths
    ids = np.array(order, np.int64)
    rows = np.arange(len(order))
    node = np.zeros(len(order), np.int64)
    #: Whether a text is, up to here, the one before it in order.
    same = np.ones(len(order), np.bool_)
    levels = []
    for depth in range(int(lengths.max(initial=0))):
        rows = rows[lengths[rows] > depth]
        bytes_ = joined[starts[rows] + depth]
        adjacent = np.zeros(len(rows), np.bool_)
        adjacent[1:] = (rows[1:] - rows[:-1] == 1) & (bytes_[1:] == bytes_[:-1])
        same[rows] &= adjacent
        new = ~same[rows]
        parents = node[rows][new]
        node[rows] = np.cumsum(new) - 1
        ending = rows[lengths[rows] == depth + 1]
        parts = (bytes_[new], parents, ids[ending], node[ending])
        levels.append(_Level(*(part.astype(np.intp) for part in parts)))
    return levels
