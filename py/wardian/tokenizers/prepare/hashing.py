"""Hash tables that the kernel reads in place, filled with NumPy: open addressing, linear probing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fill", "fnv1a", "mix", "pair_table", "size_for"]

U32 = NDArray[np.uint32]


def mix(a: NDArray[Any], b: NDArray[Any]) -> U32:
    """The hash of two numbers each, uint32 (pairs): `mix` of trie.h."""
    h = a.astype(np.uint32) * np.uint32(0x9E3779B1) ^ b.astype(np.uint32) * np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x2C1B3C6D)
    h ^= h >> np.uint32(13)
    return h


def fnv1a(content: NDArray[np.uint8], ends: U32) -> U32:
    """FNV-1a of strings that lie one after another, uint32 (strings): `hash_bytes` of vocabulary.c.

    All strings are hashed at once, character by character; the longest come first, so that those which still
    have a character are always the first ones.
    """
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1].astype(np.int64)])
    lengths = ends.astype(np.int64) - starts
    order = np.argsort(-lengths, kind="stable")
    sorted_starts, sorted_lengths = starts[order], lengths[order]
    h = np.full(len(ends), 0x811C9DC5, np.uint32)
    longest = int(sorted_lengths[0]) if len(ends) else 0
    active = np.searchsorted(-sorted_lengths, -np.arange(longest), side="left")
    for k in range(longest):
        count = int(active[k])
        h[:count] = (h[:count] ^ content[sorted_starts[:count] + k]) * np.uint32(0x01000193)
    result = np.empty_like(h)
    result[order] = h
    return result ^ result >> np.uint32(15)


def size_for(count: int) -> int:
    """Slots for so many entries: a power of two of which they fill at most two thirds.

    >>> size_for(100), size_for(0)
    (256, 2)
    """
    return 1 << max(1, (count * 3 // 2).bit_length())


def fill(hashes: U32, values: NDArray[Any]) -> NDArray[Any]:
    """A table of `values` (none 0) at their hashes; a taken place sends its comer to the next one.

    In every round each that waits tries one slot, and the first of those who want it gets it.
    """
    size = size_for(len(values))
    table = np.zeros(size, values.dtype)
    owner = np.full(size, -1, np.int64)
    waiting = np.arange(len(values))
    place = (hashes & np.uint32(size - 1)).astype(np.int64)
    while len(waiting):
        wanted = place[waiting]
        free = owner[wanted] < 0
        # Written back to front, so that of several the first stays.
        owner[wanted[free][::-1]] = waiting[free][::-1]
        placed = owner[wanted] == waiting
        table[wanted[placed]] = values[waiting[placed]]
        waiting = waiting[~placed]
        place[waiting] = (place[waiting] + 1) & (size - 1)
    return table


def pair_table(
    first: NDArray[Any], second: NDArray[Any], third: NDArray[Any], bits: int
) -> NDArray[np.uint64]:
    """Slots of (first, second of 21 bits, third of `bits` bits), found by the first two."""
    a, b, c = (column.astype(np.uint64) for column in (first, second, third))
    slots = a << np.uint64(21 + bits) | b << np.uint64(bits) | c
    result: NDArray[np.uint64] = fill(mix(first, second), slots)
    return result
