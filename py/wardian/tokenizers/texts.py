"""Checks of what callers give: texts, words, batches, ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from wardian.errors import InputError, shorten

__all__ = ["check_batch", "check_characters", "check_ids", "check_sequence", "check_text"]


def check_text(text: object) -> None:
    """Raises InputError for what is no string."""
    if not isinstance(text, str):
        raise InputError(
            "This is not a text.", value=shorten(text), expected="str", received=type(text).__name__
        )


def check_characters(text: str) -> None:
    """Raises InputError for half of a surrogate pair. It costs a copy: the kernel looks itself."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                "The text has half of a surrogate pair, which stands for no character.",
                value=f"U+{ord(text[error.start]):04X} at position {error.start}",
                hint="Decode the text as UTF-16 or UTF-8 before it is given here.",
            ) from error


def check_sequence(sequence: Any, is_pretokenized: bool) -> None:
    """Raises InputError for what is no text, or no row of words where that is wanted."""
    if not is_pretokenized:
        if type(sequence) is not str:  # most are
            check_text(sequence)
        return
    if isinstance(sequence, str) or not isinstance(sequence, (list, tuple, np.ndarray)):
        raise InputError(
            "A pre-tokenized text is a list of words.",
            value=shorten(sequence),
            expected="list of str",
            received=type(sequence).__name__,
        )
    for word in sequence:
        check_text(word)


def check_batch(batch: Any, is_pretokenized: bool) -> list[tuple[Any, ...]]:
    """The items of a batch as (text,) or (text, second text). Raises InputError for what is no batch.

    As in the reference, a tuple or list of two is a pair: of texts, or where `is_pretokenized` of lists of
    words.

    >>> check_batch(["a", ("b", "c")], False)
    [('a',), ('b', 'c')]
    """
    if isinstance(batch, str) or not isinstance(batch, (Sequence, np.ndarray)):
        raise InputError("A batch is a list of texts.", value=shorten(batch), received=type(batch).__name__)
    items: list[tuple[Any, ...]] = []
    for item in batch:
        if type(item) is str and not is_pretokenized:  # most are
            items.append((item,))
            continue
        is_row = isinstance(item, (tuple, list))
        if is_pretokenized:
            paired = is_row and len(item) == 2 and not isinstance(item[0], str)
        else:
            paired = is_row
            if is_row and len(item) != 2:
                raise InputError("A pair has two texts.", value=shorten(item), received=f"{len(item)} items")
        items.append((item[0], item[1]) if paired else (item,))
    return items


def check_ids(ids: Iterable[Any]) -> list[int]:
    """Token ids as integers. Raises InputError for a negative one, or for what is no integer.

    >>> check_ids(np.array([1, 2]))
    [1, 2]
    """
    if isinstance(ids, np.ndarray) and ids.dtype.kind in "iu" and ids.ndim == 1:
        checked = ids.tolist()
    else:
        checked = list(ids)
        for index in checked:
            if not isinstance(index, (int, np.integer)):
                raise InputError(
                    "This is no token id.",
                    value=shorten(index),
                    expected="an integer ≥ 0",
                    received=type(index).__name__,
                )
    if checked and min(checked) < 0:
        raise InputError("A token id is negative.", value=str(min(checked)), expected="an integer ≥ 0")
    return [int(index) for index in checked]
