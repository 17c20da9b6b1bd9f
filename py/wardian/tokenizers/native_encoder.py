"""The encoder in C: `wardian_kernels.tokenizers` over a prepared tokenizer.

It gives what the Python encoder gives: the same tests run with both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from wardian_kernels import tokenizers as kernels

from wardian.errors import InputError, ModelError, WardianError
from wardian.tokenizers.pieces import Pieces
from wardian.tokenizers.prepare.blob import Section, sections_of

__all__ = ["NativeEncoder"]


class NativeEncoder:
    """Encodes with the kernel. Its `backend` is "native"."""

    backend = "native"

    def __init__(self, blob: bytes) -> None:
        """`blob` is what `wardian.tokenizers.prepare` made.

        Raises ModelError when it is damaged or of another version.
        """
        try:
            self._kernel = kernels.Kernel(blob)
            self._renamed = np.frombuffer(sections_of(blob).get(Section.RENAMED, b""), "<u4").astype(np.int32)
        except ValueError as error:
            raise ModelError("The prepared tokenizer cannot be used.", received=str(error)) from error

    def encode(self, text: str, limit: int | None = None) -> Pieces:
        """The tokens of a text; stops early once there are `limit`.

        Raises InputError when the text is too long, or takes a pattern of the tokenizer too many steps;
        ModelError when it has something unknown, and the vocabulary no token for that.
        """
        try:
            return self._pieces(*self._kernel.encode(text, limit))
        except (ValueError, LookupError, OverflowError) as error:
            raise _refused(error, text) from error

    def encode_many(self, texts: list[str], limit: int | None = None) -> list[Pieces]:
        """The same for several texts. Raises InputError and ModelError."""
        try:
            return [self._pieces(*found) for found in self._kernel.encode_many(texts, limit)]
        except (ValueError, LookupError, OverflowError) as error:
            raise _refused(error, max(texts, key=len, default="")) from error

    def _pieces(self, columns: bytes, surfaces: dict[int, str] | None) -> Pieces:
        """`columns` is int32 (4, tokens): ids, starts, ends, words."""
        ids, starts, ends, words = np.frombuffer(columns, np.int32).reshape(4, -1)
        found = surfaces or {}
        if len(self._renamed):
            # The model's own token, not the added one of the same id, which always comes with its spelling.
            for at in np.flatnonzero(np.isin(ids, self._renamed)).tolist():
                found.setdefault(at, self._kernel.token(int(ids[at])))
        return Pieces(ids, starts, ends, words, found)


def _refused(error: Exception, text: Any) -> WardianError:
    if isinstance(error, LookupError):
        return ModelError("The vocabulary lacks a token for unknown words.", received=str(error))
    return InputError("The text cannot be tokenized.", value=f"{len(text):,} characters", received=str(error))
