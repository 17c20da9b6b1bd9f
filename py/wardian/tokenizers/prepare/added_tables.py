"""Added tokens: `added.c` of the kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from wardian.tokenizers.added_tokens import AddedToken
from wardian.tokenizers.prepare.blob import ABSENT, BlobWriter, Parameter, Section
from wardian.tokenizers.prepare.code_point_sets import ClassTable
from wardian.tokenizers.prepare.tries import build_trie
from wardian.tokenizers.unicode_data import code_points

__all__ = ["add_added_tokens"]

_SINGLE_WORD, _LSTRIP, _RSTRIP = 1, 2, 4


def add_added_tokens(
    writer: BlobWriter,
    classes: ClassTable,
    tokens: Sequence[AddedToken],
    normalized: Mapping[str, str],
    vocab: Mapping[str, int],
) -> None:
    """Write the tokens and the two tries that find them.

    `normalized` gives the normalized spelling of those tokens that are looked for in normalized text; `vocab`
    is the model's.
    """
    spelled = [(normalized.get(t.content, t.content) if t.normalized else t.content) for t in tokens]
    table = [
        # Without a length that fits, what is found is always reported as it is spelled in the text.
        (t.id, _flags(t), len(t.content) if spelling == t.content else ABSENT)
        for t, spelling in zip(tokens, spelled, strict=True)
    ]
    writer.add(Section.ADDED, np.array(table, np.uint32).reshape(-1, 3))
    renamed = [
        t.id
        for t, spelling in zip(tokens, spelled, strict=True)
        if vocab.get(t.content) == t.id and spelling != t.content
    ]
    writer.add(Section.RENAMED, np.array(renamed, np.uint32))
    passes = (
        (False, Section.RAW_TRIE, Section.RAW_SLOTS, Parameter.RAW_FIRST),
        (True, Section.NORMALIZED_TRIE, Section.NORMALIZED_SLOTS, Parameter.NORMALIZED_FIRST),
    )
    for wanted, nodes, slots, first in passes:
        numbers = [i for i, t in enumerate(tokens) if t.normalized == wanted and spelled[i]]
        if not numbers:
            continue
        trie = build_trie([spelled[i] for i in numbers], np.array(numbers, np.int64))
        writer.add(nodes, trie.nodes)
        writer.add(slots, trie.slots)
        heads = {ord(spelled[i][0]) for i in numbers}
        writer.parameters[first] = classes.bit((code, code) for code in heads)
    writer.parameters[Parameter.WHITE_SPACE] = classes.bit(code_points(r"rust:\s").ranges())
    writer.parameters[Parameter.WORD] = classes.bit(code_points(r"rust:\w").ranges())


def _flags(token: AddedToken) -> int:
    return _SINGLE_WORD * token.single_word | _LSTRIP * token.lstrip | _RSTRIP * token.rstrip
