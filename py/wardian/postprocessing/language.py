"""Which language a text is in: naive Bayes over n-grams of bytes, with models of py3langid.

The method is langid.py's (Lui and Baldwin 2012, ACL demo): a finite automaton walks over the bytes of a text
and counts n-grams that tell languages apart; each language adds up what these say for it. py3langid 0.4
dampens counts (log(1 + n)) and divides by the square root of the length before it makes probabilities.
"""

from __future__ import annotations

import io
import lzma
import math
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError, UnknownNameError

__all__ = ["LanguageIdentifier"]

_ARRAYS = ("ptc", "pc", "classes", "nextmove", "nextmove_row", "out_feat")


class LanguageIdentifier:
    """A model of py3langid, opened from its file `model.npz.xz`."""

    def __init__(self, content: bytes) -> None:
        """Raises ModelError when the content is no such model."""
        try:
            with np.load(io.BytesIO(lzma.decompress(content)), allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in _ARRAYS}
        except (lzma.LZMAError, EOFError, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise ModelError(
                "The language model cannot be read.",
                expected=f"an .npz of {', '.join(_ARRAYS)}, packed with xz",
                received=str(error) or type(error).__name__,
            ) from error
        #: float16 (n-grams, columns) and float32 (columns): logarithms of likelihoods and of priors.
        self._table: NDArray[np.float16] = found["ptc"]
        self._prior: NDArray[np.float32] = found["pc"]
        #: Language of each column; some have several, for several scripts.
        self._columns: list[str] = [str(code) for code in found["classes"]]
        # Memory views give plain integers, which array elements are not: the walk takes a third of the time.
        self._next = memoryview(found["nextmove"])
        self._rows = memoryview(found["nextmove_row"].astype(np.int64) << 8)
        self._features = memoryview(found["out_feat"])

    @property
    def labels(self) -> list[str]:
        """All languages, by their ISO 639 codes; `zxx` is what is none."""
        return list(dict.fromkeys(self._columns))

    def rank(
        self, text: str, among: Collection[str] | None = None, prior: Mapping[str, float] | None = None
    ) -> list[tuple[str, float]]:
        """All languages with their probabilities, best first; equal ones keep the order of `labels`.

        Args:
            text: any text; lone surrogates count as their three bytes.
            among: the languages to choose from; None for all.
            prior: how many times as likely as the model holds these languages are before the text is read,
                above 0; the others stay as they are.

        Returns an empty list when the text has nothing that the model knows. Raises UnknownNameError for a
        language that it does not have, InputError for a factor that is none.
        """
        content = _encoded(text)
        visits = self._visits(content)
        if not visits:
            return []
        columns = self._chosen(among)
        factors = self._factors(prior or {})[columns]
        indices = np.fromiter(visits.keys(), np.intp, len(visits))
        counts = np.fromiter(visits.values(), np.float32, len(visits))
        logits = np.log1p(counts) @ self._table[indices][:, columns] + self._prior[columns]
        logits = logits / np.float32(math.sqrt(len(content)))
        scores = np.exp(logits - logits.max()) * factors
        scores /= scores.sum()
        merged: dict[str, float] = {}
        for column, score in zip(columns, scores.tolist(), strict=True):
            label = self._columns[column]
            merged[label] = merged.get(label, 0.0) + score
        return sorted(merged.items(), key=lambda item: -item[1])

    def _chosen(self, among: Collection[str] | None) -> list[int]:
        if among is None:
            return list(range(len(self._columns)))
        for label in among:
            if label not in self._columns:
                raise UnknownNameError("language", label, self.labels)
        return [column for column, label in enumerate(self._columns) if label in among]

    def _factors(self, prior: Mapping[str, float]) -> NDArray[np.float32]:
        """float32 (columns,): what each column's likelihood is multiplied by."""
        for label, factor in prior.items():
            if label not in self._columns:
                raise UnknownNameError("language", label, self.labels)
            if not 0 < factor < math.inf:
                raise InputError(
                    "A language cannot be so likely.",
                    value=f"{label}: {factor}",
                    expected="a finite factor above 0",
                )
        return np.array([prior.get(label, 1) for label in self._columns], np.float32)

    def _visits(self, content: bytes) -> Counter[int]:
        """How often the automaton comes to each n-gram on its walk over the bytes."""
        following, rows, features = self._next, self._rows, self._features
        state, found = 0, []
        for byte in content:
            state = following[rows[state] + byte]
            feature = features[state]
            if feature >= 0:
                found.append(feature)
        return Counter(found)


def _encoded(text: str) -> bytes:
    """The bytes that are walked over: composed, and in lower case where all letters are capitals.

    >>> _encoded("E\\u0301TE\\u0301").decode()
    'été'
    """
    lowered = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", lowered).encode("utf-8", "surrogatepass")
