"""The encoder in C: `wardian_kernels.tokenizers` over a prepared tokenizer.

It gives what the Python encoder gives: the same tests run with both.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from wardian_kernels import tokenizers as kernels

from wardian.errors import InputError, ModelError
from wardian.tokenizers.pieces import PackedSpellings, Pieces
from wardian.tokenizers.prepare.blob import Section, sections_of
from wardian.tokenizers.texts import check_characters

__all__ = ["NativeEncoder"]

#: Characters that are encoded in one call: enough for a call to cost nothing, and few enough that one
#: encoding which is kept does not keep too much (encodings are views of what a call gives).
_TOGETHER = 1 << 18


class NativeEncoder:
    """Encodes with the kernel. Its `backend` is "native"."""

    backend = "native"

    def __init__(self, blob: bytes) -> None:
        """`blob` is what `wardian.tokenizers.prepare` made.

        Raises ModelError when it is damaged or of another version.
        """
        try:
            self._kernel = kernels.Kernel(blob)
            self._renamed = np.frombuffer(sections_of(blob).get(Section.RENAMED, b""), "<u4").astype(np.int64)
        except ValueError as error:
            raise ModelError("The prepared tokenizer cannot be used.", received=str(error)) from error

    def encode(self, text: str, limit: int | None = None) -> Pieces:
        """The tokens of a text; stops early once there are `limit`.

        Raises InputError when the text is too long, has half of a surrogate pair, or takes a pattern of the
        tokenizer too many steps; ModelError when it has something unknown, and the vocabulary no token for
        that.
        """
        return self._encode([text], limit)[0]

    def encode_many(self, texts: list[str], limit: int | None = None) -> list[Pieces]:
        """The same for several texts. Raises InputError and ModelError."""
        return [pieces for group in _groups(texts) for pieces in self._encode(group, limit)]

    def _encode(self, texts: list[str], limit: int | None) -> list[Pieces]:
        """One call of the kernel; what it gives for all texts in a row, cut into views."""
        try:
            columns, rows, ends, packed = self._kernel.encode(texts, limit)
        except UnicodeError:
            for text in texts:
                check_characters(text)
            raise
        except LookupError as error:
            raise ModelError(
                "The vocabulary lacks a token for unknown words.", received=str(error)
            ) from error
        except (ValueError, OverflowError) as error:
            longest = max(map(len, texts))
            raise InputError(
                "The text cannot be tokenized.", value=f"{longest:,} characters", received=str(error)
            ) from error
        ids = np.frombuffer(columns, np.int64)
        places = np.frombuffer(rows, np.int32).reshape(3, -1)
        spelled: dict[int, Mapping[int, str]] = {text: PackedSpellings(one) for text, one in packed.items()}
        if len(self._renamed):
            self._spell_renamed(ids, ends, spelled)
        starts = [0, *ends[:-1]]
        return [
            Pieces(ids[start:end], places[:, start:end], spelled.get(number, {}))
            for number, (start, end) in enumerate(zip(starts, ends, strict=True))
        ]

    def _spell_renamed(
        self, ids: NDArray[np.int64], ends: Sequence[int], spelled: dict[int, Mapping[int, str]]
    ) -> None:
        """The model's own token, not the added one of the same id, which always comes with its spelling."""
        for at in np.flatnonzero(np.isin(ids, self._renamed)).tolist():
            number = bisect_right(ends, at)
            place = at - (ends[number - 1] if number else 0)
            found = spelled.get(number, {})
            if not isinstance(found, dict):
                found = dict(found)
            found.setdefault(place, self._kernel.token(int(ids[at])))
            spelled[number] = found


def _groups(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in rows of at most `_TOGETHER` characters, or of one text."""
    group: list[str] = []
    characters = 0
    for text in texts:
        characters += len(text)
        if group and characters > _TOGETHER:
            yield group
            group, characters = [], len(text)
        group.append(text)
    if group:
        yield group
