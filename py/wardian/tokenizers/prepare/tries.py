"""Tries as the kernel has them: all edges in one hash table, built level by level with NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.prepare.errors import NotPreparable
from wardian.tokenizers.prepare.hashing import pair_table

__all__ = ["LEAF", "Trie", "build_trie", "code_points_of"]

LEAF = np.uint32(1 << 31)
"""Marks a node without children."""
_LIMIT = 1 << 21


class Trie:
    """`slots` uint64 (power of two): node, character, child; `values` uint32 (nodes): value + 1, or 0, and
    `LEAF` where a node has no children."""

    def __init__(self, slots: NDArray[np.uint64], values: NDArray[np.uint32], path: list[int]) -> None:
        self.slots = slots
        self.values = values
        self.path = path
        """The nodes along `follow` of build_trie, as far as the trie has it."""


def code_points_of(strings: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """All characters of the strings one after another, and the lengths.

    >>> [part.tolist() for part in code_points_of(["ab", "", "c"])]
    [[97, 98, 99], [2, 0, 1]]
    """
    characters = np.frombuffer("".join(strings).encode("utf-32-le", "surrogatepass"), "<u4")
    return characters, np.fromiter(map(len, strings), np.int64, len(strings))


def build_trie(strings: Sequence[str], values: NDArray[np.int64], follow: str = "") -> Trie:
    """The trie of non-empty strings; of equal ones the last counts."""
    characters, lengths = code_points_of(strings)
    starts = np.cumsum(lengths) - lengths
    node = np.zeros(len(strings), np.int64)
    active = np.flatnonzero(lengths > 0)
    nodes, path, edges = 1, [0], []
    ends: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    depth = 0
    while len(active):
        keys = node[active] << 21 | characters[starts[active] + depth]
        found, inverse = np.unique(keys, return_inverse=True)
        children = nodes + np.arange(len(found))
        edges.append(np.stack([found >> 21, found & (_LIMIT - 1), children]))
        if depth < len(follow) and len(path) == depth + 1:
            at = np.flatnonzero(found == (path[-1] << 21 | ord(follow[depth])))
            path += (nodes + at).tolist()
        node[active] = children[inverse]
        nodes += len(found)
        depth += 1
        done = lengths[active] == depth
        ends.append((node[active[done]], values[active[done]]))
        active = active[~done]
    if nodes > _LIMIT:
        raise NotPreparable("vocabulary", f"its trie has {nodes:,} nodes; the kernel has room for {_LIMIT:,}")
    table = np.zeros(nodes, np.uint32)
    for at, value in ends:
        table[at] = value + 1
    columns = np.concatenate(edges, axis=1) if edges else np.zeros((3, 0), np.int64)
    has_children = np.zeros(nodes, bool)
    has_children[columns[0]] = True
    table[~has_children] |= LEAF
    return Trie(pair_table(columns[0], columns[1], columns[2], 21), table, path)
