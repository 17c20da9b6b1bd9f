"""Features of words as spaCy's taggers see them: norm, prefix, suffix and shape, as rows of tables.

Source: `spacy/lang/lex_attrs.py`, `norm_exceptions.py` and `strings.pyx` of spaCy 3.8, `HashEmbed` of Thinc.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError
from wardian.preprocessing.murmur_hash import hash_rows, hash_string
from wardian.preprocessing.spacy_tokenizer import Piece

__all__ = ["WordFeatures", "word_shape"]

_ATTRIBUTES = ["NORM", "PREFIX", "SUFFIX", "SHAPE"]
#: From this length on all words have one shape.
_LONG = 100
#: Of a run of one kind of character, so many are in the shape.
_RUN = 4


def word_shape(word: str) -> str:
    """Capitals as X, other letters as x, digits as d, anything else as it is; of long runs four.

    >>> word_shape("Wardian-1842"), word_shape("naïve"), word_shape("a" * 100)
    ('Xxxxx-dddd', 'xxxx', 'LONG')
    """
    if len(word) >= _LONG:
        return "LONG"
    shape: list[str] = []
    last, run = "", 0
    for character in word:
        if character.isalpha():
            kind = "X" if character.isupper() else "x"
        else:
            kind = "d" if character.isdigit() else character
        run = run + 1 if kind == last else 1
        last = kind
        if run <= _RUN:
            shape.append(kind)
    return "".join(shape)


class WordFeatures:
    """Words to rows of a model's tables.

    Args:
        tables: `{"attribute", "seed", "rows"}` of each table, as `config.json` has them.
        norms: norms by the hash of a word, in decimal.
        strings: `symbols`, strings that have small numbers in place of a hash, and `norms` of marks.
    """

    def __init__(
        self, tables: Sequence[Mapping[str, Any]], norms: Mapping[str, str], strings: Mapping[str, Any]
    ) -> None:
        """Raises ModelError when the tables are others than these features are for."""
        if [table.get("attribute") for table in tables] != _ATTRIBUTES:
            raise ModelError(
                "The tagger has other features.",
                expected=", ".join(_ATTRIBUTES),
                received=", ".join(str(table.get("attribute")) for table in tables),
            )
        self._tables = [(int(table["seed"]), int(table["rows"])) for table in tables]
        self._norms = norms
        self._symbols: Mapping[str, int] = strings["symbols"]
        self._marks: Mapping[str, str] = strings["norms"]
        self._ids: dict[str, int] = {"": 0}

    def rows(self, pieces: Sequence[Piece]) -> NDArray[np.int32]:
        """int32 (tokens, attributes, 4): for each token and table, the rows that are added."""
        distinct = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
        ids = np.array([self._features(piece) for piece in distinct], np.uint64).reshape(-1, len(_ATTRIBUTES))
        hashed = [hash_rows(ids[:, at], *table) for at, table in enumerate(self._tables)]
        rows = np.stack(hashed, axis=1)
        found: NDArray[np.int32] = rows[np.array([distinct[piece] for piece in pieces], np.int64)]
        return found

    def norm(self, piece: Piece) -> str:
        """What an exception, the table of norms, or lower case makes of a word."""
        word, norm = piece
        if norm:
            return norm
        known = self._norms.get(str(self._id(word)))
        return known if known is not None else self._marks.get(word, word.lower())

    def _features(self, piece: Piece) -> tuple[int, int, int, int]:
        word = piece[0]
        return (
            self._id(self.norm(piece)), self._id(word[0]), self._id(word[-3:]), self._id(word_shape(word))
        )  # fmt: skip

    def _id(self, text: str) -> int:
        """A symbol's number, or the hash."""
        found = self._ids.get(text)
        if found is None:
            symbol = self._symbols.get(text)
            found = self._ids[text] = hash_string(text) if symbol is None else symbol
        return found
