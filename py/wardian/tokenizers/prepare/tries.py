"""Tries as the kernel has them (`wasm/kernels/tokenizers/trie.h`), built level by level with NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.prepare.errors import NotPreparable
from wardian.tokenizers.prepare.hashing import pair_table

__all__ = ["Trie", "build_trie", "code_points_of", "trie_levels"]

_LIMIT = 1 << 21
_MOST_VALUES = 1 << 22
_NARROW = 8


class Trie:
    """`nodes` uint64 (nodes + 1): where the children begin, the character that leads here (21 bits each), and
    value + 1, or 0; `slots` uint64 (power of two): node, character and child, for nodes of many children."""

    def __init__(self, nodes: NDArray[np.uint64], slots: NDArray[np.uint64], path: list[int]) -> None:
        self.nodes = nodes
        self.slots = slots
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
    table, *columns, path = trie_levels(strings, values, follow)
    if len(table) >= _LIMIT:
        raise NotPreparable(
            "vocabulary", f"its trie has {len(table):,} nodes; the kernel has room for {_LIMIT:,}"
        )
    return Trie(*_packed(table, *columns), path)


def trie_levels(
    strings: Sequence[str], values: NDArray[np.int64], follow: str = ""
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], list[int]]:
    """A trie, its nodes numbered level by level: int64 (nodes,) value + 1, or 0; of the edges, in order of
    both ends, int64 (edges,) parents, characters and children; and the path along `follow`."""
    characters, lengths = code_points_of(strings)
    starts = np.cumsum(lengths) - lengths
    node = np.zeros(len(strings), np.int64)
    active = np.flatnonzero(lengths > 0)
    nodes, path, edges = 1, [0], [np.zeros((3, 0), np.int64)]
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
    if len(values) and int(values.max()) + 1 >= _MOST_VALUES:
        raise NotPreparable(
            "vocabulary", f"an id of {values.max():,}; the kernel has room for {_MOST_VALUES:,}"
        )
    table = np.zeros(nodes, np.int64)
    for at, value in ends:
        table[at] = value + 1
    return table, *np.concatenate(edges, axis=1), path


def _packed(
    values: NDArray[np.int64],
    parents: NDArray[np.int64],
    characters: NDArray[np.int64],
    children: NDArray[np.int64],
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Nodes and slots. Edges are in order of both ends, so that edge i leads to node i + 1."""
    firsts = 1 + np.searchsorted(parents, np.arange(len(values) + 1))
    nodes = firsts.astype(np.uint64)
    nodes[1:-1] |= characters.astype(np.uint64) << np.uint64(21)
    nodes[:-1] |= values.astype(np.uint64) << np.uint64(42)
    wide = np.diff(firsts)[parents] > _NARROW
    return nodes, pair_table(parents[wide], characters[wide], children[wide], 21)
