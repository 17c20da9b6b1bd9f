"""A trie as a double array, in which each step is one look-up (`wasm/kernels/tokenizers/double_array.h`).

Characters have codes from 1 on. The child of a node by code c is the unit at `base ^ c`, where the node has
that base, if the unit says c. So the children of two nodes may lie among each other, as long as no two nodes
have the same base. Unit 0 is the root.

Source: Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array Structure" (1989), with the
exclusive or of Darts-clone. Here all nodes of about as many children are placed together, with NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.prepare.code_point_sets import CODE_POINTS
from wardian.tokenizers.prepare.errors import NotPreparable
from wardian.tokenizers.prepare.tries import trie_levels

__all__ = ["DoubleArray", "build_double_array"]

Ints = NDArray[np.int64]

_BASE_BITS, _CODE_BITS = 22, 20
#: The kernel's table of codes has 16 bits a character; one code is kept for those that are in no string.
_MOST_CODES = (1 << 16) - 2
#: Nodes that are placed together, by their number of children: the fewest of each group.
_FEWEST = (256, 32, 8, 3, 2, 1)
#: After so many rounds in a group the array is made longer.
_ROUNDS = 40


class DoubleArray:
    """`units` uint64: base (22 bits), code that leads here (20), value + 1, or 0 (22); `codes` uint16 (code
    points,): those of the characters, `nobody` for the others."""

    def __init__(self, units: NDArray[np.uint64], codes: NDArray[np.uint16], nobody: int) -> None:
        self.units = units
        self.codes = codes
        self.nobody = nobody


def build_double_array(strings: Sequence[str], values: Ints) -> DoubleArray:
    """The trie of non-empty strings; of equal ones the last counts.

    Raises NotPreparable when there are too many of them, or too many different characters.
    """
    table, parents, characters, children, _ = trie_levels(strings, values)
    codes = _codes_of(characters)
    nobody = int(codes.max(initial=0)) + 1 if len(characters) else 1
    code_of_edge = codes[characters].astype(np.int64)
    bases, slots = _Placing(parents, code_of_edge, len(table), nobody).place()
    units = np.zeros(len(slots), np.uint64)
    place = np.zeros(len(table), np.int64)
    place[children] = np.bitwise_xor(bases[parents], code_of_edge)
    units[place] = bases.astype(np.uint64) | (table.astype(np.uint64) << np.uint64(_BASE_BITS + _CODE_BITS))
    units[place[children]] |= code_of_edge.astype(np.uint64) << np.uint64(_BASE_BITS)
    codes[codes == 0] = nobody
    return DoubleArray(units, codes, nobody)


def _codes_of(characters: NDArray[Any]) -> NDArray[np.uint16]:
    """uint16 (code points,): 1 for the character that most edges have, and so on; 0 for those of none."""
    counts = np.bincount(characters.astype(np.int64), minlength=CODE_POINTS)
    known = np.flatnonzero(counts)
    if len(known) > _MOST_CODES:
        raise NotPreparable(
            "vocabulary", f"{len(known):,} characters; the kernel has room for {_MOST_CODES:,}"
        )
    codes = np.zeros(CODE_POINTS, np.uint16)
    codes[known[np.argsort(-counts[known], kind="stable")]] = np.arange(1, len(known) + 1)
    return codes


class _Placing:
    """Looks for a base of each node, so that all children have a unit of their own."""

    def __init__(self, parents: Ints, codes: Ints, nodes: int, nobody: int) -> None:
        """`parents` and `codes` of the edges, int64 (edges,), in order of the parents."""
        self._parents, self._codes = parents, codes
        self._children = np.bincount(parents, minlength=nodes)
        self._firsts = np.cumsum(self._children) - self._children
        self._bases = np.zeros(nodes, np.int64)
        # A base changes those bits alone that codes have.
        self._step = max(1 << nobody.bit_length(), 256)
        self._taken = np.zeros(0, bool)
        self._used = np.zeros(0, bool)
        self._lengthen(nodes + nodes // 32)
        self._taken[0] = self._used[0] = True  # the root's unit, and the base of leaves

    def place(self) -> tuple[Ints, NDArray[np.bool_]]:
        """int64 (nodes,) the bases, and which units are taken."""
        most = len(self._codes) + 1
        for fewest in _FEWEST:
            waiting = np.flatnonzero((self._children >= fewest) & (self._children < most))
            most = fewest
            rounds = 0
            while len(waiting):
                rounds += 1
                if rounds % _ROUNDS == 0:
                    self._lengthen(len(waiting) * fewest)
                waiting = self._round(waiting, rounds)
        return self._bases, self._taken

    def _lengthen(self, units: int) -> None:
        more = -(-units // self._step) * self._step
        if len(self._taken) + more > 1 << _BASE_BITS:
            raise NotPreparable("vocabulary", f"its trie has more than {1 << _BASE_BITS:,} units")
        self._taken = np.append(self._taken, np.zeros(more, bool))
        self._used = np.append(self._used, np.zeros(more, bool))

    def _round(self, nodes: Ints, number: int) -> Ints:
        """Each node tries one base, by which its first child lies in a free unit; those that get none."""
        free = np.flatnonzero(~self._taken)
        stride = max(len(free) // len(nodes), 1)
        tried = free[(np.arange(len(nodes)) * stride + number * 7919) % len(free)]
        bases = tried ^ self._codes[self._firsts[nodes]]
        counts = self._children[nodes]
        owner = np.repeat(np.arange(len(nodes)), counts)
        ends = np.cumsum(counts)
        edges = np.arange(len(owner)) + np.repeat(self._firsts[nodes] - (ends - counts), counts)
        units = bases[owner] ^ self._codes[edges]
        lost = np.bincount(owner[self._taken[units]], minlength=len(nodes)) > 0
        lost |= self._used[bases]
        # Of those who still may have them, the first one gets a base and a unit.
        lost |= _later(bases, np.arange(len(nodes)), ~lost, len(self._taken), len(nodes))
        lost |= _later(units, owner, ~lost[owner], len(self._taken), len(nodes))
        placed = ~lost
        self._bases[nodes[placed]] = bases[placed]
        self._used[bases[placed]] = True
        self._taken[units[placed[owner]]] = True
        return nodes[lost]


def _later(wanted: Ints, owner: Ints, may: NDArray[np.bool_], size: int, owners: int) -> NDArray[np.bool_]:
    """Which owners want something, of those who may, that one before them wants, too."""
    first = np.full(size, owners, np.int64)
    # Written back to front, so that of several the first stays.
    first[wanted[may][::-1]] = owner[may][::-1]
    found: NDArray[np.bool_] = np.bincount(owner[may][first[wanted[may]] != owner[may]], minlength=owners) > 0
    return found
