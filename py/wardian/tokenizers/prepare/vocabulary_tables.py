"""The vocabulary's spellings, both ways: `vocabulary.c` of the kernel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.prepare.blob import BlobWriter, Section
from wardian.tokenizers.prepare.hashing import fill, fnv1a
from wardian.tokenizers.prepare.tries import code_points_of

__all__ = ["add_vocabulary"]


def add_vocabulary(writer: BlobWriter, vocab: Mapping[str, int]) -> None:
    """Write spellings by ascending ids, and the hash table from spelling to place."""
    ids = np.fromiter(vocab.values(), np.int64, len(vocab))
    order = np.argsort(ids, kind="stable")
    tokens = list(vocab)
    ordered = [tokens[i] for i in order.tolist()]
    content = np.frombuffer("".join(ordered).encode("utf-8", "surrogatepass"), np.uint8)
    ends = _byte_ends(ordered)
    writer.add(Section.STRINGS, content)
    writer.add(Section.STRING_ENDS, ends)
    writer.add(Section.IDS, ids[order].astype(np.uint32))
    places = np.arange(1, len(vocab) + 1, dtype=np.uint32)
    writer.add(Section.STRING_HASH, fill(fnv1a(content, ends), places))


def _byte_ends(strings: list[str]) -> NDArray[np.uint32]:
    """Where each string ends when they lie one after another as UTF-8."""
    characters, lengths = code_points_of(strings)
    widths = 1 + (characters >= 0x80) + (characters >= 0x800).astype(np.int64) + (characters >= 0x10000)
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(widths)])[np.cumsum(lengths)]
    return ends.astype(np.uint32)
