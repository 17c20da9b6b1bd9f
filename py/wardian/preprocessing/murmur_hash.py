"""MurmurHash as spaCy uses it: of strings to 64 bits, and of such numbers to rows of embedding tables.

Source: MurmurHash2 and MurmurHash3 of Austin Appleby (public domain); `hash_utf8` of spaCy's `strings.pyx`
and `MurmurHash3_x86_128_uint64` of Thinc's `numpy_ops.pyx`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["hash_rows", "hash_string"]

_M = 0xC6A4A7935BD1E995
_MASK = 0xFFFFFFFFFFFFFFFF


def hash_string(text: str, seed: int = 1) -> int:
    """MurmurHash64A of a text's UTF-8; lone surrogates count as the three bytes that they would have.

    >>> hash_string("coffee")
    3197928453018144401
    """
    data = text.encode("utf-8", "surrogatepass")
    whole = len(data) & ~7
    value = seed ^ (len(data) * _M & _MASK)
    for place in range(0, whole, 8):
        word = int.from_bytes(data[place : place + 8], "little") * _M & _MASK
        word = (word ^ word >> 47) * _M & _MASK
        value = (value ^ word) * _M & _MASK
    if whole < len(data):
        value = (value ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    value = (value ^ value >> 47) * _M & _MASK
    return value ^ value >> 47


def hash_rows(ids: NDArray[np.uint64], seed: int, rows: int) -> NDArray[np.int32]:
    """The four rows of a table that each id shares with others: 128 bits of hash in four numbers, modulo.

    Args:
        ids: uint64 (ids,).
        seed: of the table.
        rows: of the table.

    Returns:
        int32 (ids, 4), from 0 to rows − 1.

    >>> hash_rows(np.uint64([0, 3197928453018144401]), 8, 5000).tolist()
    [[0, 0, 0, 0], [680, 852, 3520, 1278]]
    """
    seeded = np.uint64(seed ^ 8)
    first = ids * np.uint64(0x87C37B91114253D5)
    first = (first << np.uint64(31)) | (first >> np.uint64(33))
    first = (first * np.uint64(0x4CF5AD432745937F)) ^ seeded
    first = first + seeded
    second = first + seeded
    first, second = _mix(first), _mix(second)
    first = first + second
    second = second + first
    low, high = np.uint64(0xFFFFFFFF), np.uint64(32)
    words = np.stack([first & low, first >> high, second & low, second >> high], axis=-1)
    return (words % np.uint64(rows)).astype(np.int32)


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """MurmurHash3's last step: every bit of the input reaches every bit of the output."""
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))
