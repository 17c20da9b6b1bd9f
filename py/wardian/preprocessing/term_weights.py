"""Texts as bags of weighted terms: scikit-learn's CountVectorizer and TfidfVectorizer, without scikit-learn.

A bag is sparse: the numbers of the terms that a text has, and their weights. Models take both, padded.

Source: `sklearn/feature_extraction/text.py` of scikit-learn 1.9.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wardian.errors import ModelError
from wardian.types import Array

__all__ = ["TermWeights"]

#: Where something stands in a text: the characters from `start` to before `end`.
Place = tuple[int, int]

_SPACES = re.compile(r"\s\s+")
_ANALYZERS = ("word", "char", "char_wb")


class TermWeights:
    """Term weights as `vectorizer.json` describes them.

    >>> part = {"terms": ["a cat", "cat", "sat"], "ngram_range": [1, 2], "token_pattern": r"\\w+"}
    >>> terms = TermWeights([part])
    >>> bag = terms.encode(["A cat sat: a cat!", "No."])
    >>> bag["input_ids"].tolist(), bag["weights"].tolist()
    ([[0, 1, 2], [3, 3, 3]], [[2.0, 2.0, 1.0], [0.0, 0.0, 0.0]])
    """

    def __init__(self, parts: Sequence[Mapping[str, Any]]) -> None:
        self._parts = [_Part(part) for part in parts]
        #: How many terms there are; also the id that pads, of weight 0.
        self.size = sum(len(part.terms) for part in self._parts)

    @classmethod
    def from_file(cls, path: Path | str) -> TermWeights:
        """Read `vectorizer.json`. Raises ModelError naming the file when it is not one."""
        try:
            table = json.loads(Path(path).read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ModelError(f"{path} is no description of term weights: {error}") from None
        return cls.from_table(table, str(path))

    @classmethod
    def from_table(cls, table: Any, name: str) -> TermWeights:
        """Term weights of what stands in `vectorizer.json`. Raises ModelError naming `name` for others."""
        try:
            return cls(table["parts"])
        except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
            raise ModelError(f"{name} is no description of term weights: {error}") from None

    def encode(self, texts: Sequence[str]) -> dict[str, Array]:
        """The bags of some texts.

        Returns `input_ids` int64 (batch, terms), ascending, and `weights` float64 (batch, terms); rows are
        padded with the id `size` and the weight 0. `terms` is 0 where no text has a term.
        """
        bags = [self.bag(text) for text in texts]
        longest = max((len(bag) for bag in bags), default=0)
        ids = np.full((len(bags), longest), self.size, np.int64)
        weights = np.zeros((len(bags), longest))
        for row, bag in enumerate(bags):
            ids[row, : len(bag)] = list(bag)
            weights[row, : len(bag)] = list(bag.values())
        return {"input_ids": ids, "weights": weights}

    def bag(self, text: str) -> dict[int, float]:
        """Weight by the number of the term, ascending."""
        found: dict[int, float] = {}
        start = 0
        for part in self._parts:
            found |= {start + term: weight for term, weight in part.weights(text)}
            start += len(part.terms)
        return found

    def places(self, text: str) -> list[tuple[int, list[Place]]] | None:
        """Every occurrence of a term in a text: the term's number, and where its words stand.

        None where terms are not made of words (`analyzer` "char"), or what is done to the text before it is
        cut loses count of its characters.

        >>> part = {"terms": ["a cat"], "ngram_range": [2, 2], "token_pattern": r"\\w+"}
        >>> TermWeights([part]).places("A cat!")
        [(0, [(0, 1), (2, 5)])]
        """
        found: list[tuple[int, list[Place]]] = []
        start = 0
        for part in self._parts:
            placed = part.places(text)
            if placed is None:
                return None
            found += [(start + term, words) for term, words in placed]
            start += len(part.terms)
        return found


class _Part:
    """One vectorizer: its analyzer, its terms in their order, and how they are weighted."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.terms = {str(term): number for number, term in enumerate(table["terms"])}
        self._lowercase = bool(table.get("lowercase", True))
        self._strip = table.get("strip_accents")
        self._analyzer = table.get("analyzer", "word")
        self._pattern = re.compile(table.get("token_pattern") or r"(?u)\b\w\w+\b")
        self._shortest, self._longest = (int(n) for n in table.get("ngram_range", [1, 1]))
        self._stop = frozenset(table.get("stop_words") or ())
        self._binary, self._sublinear = bool(table.get("binary")), bool(table.get("sublinear_tf"))
        self._idf = _idf(table)
        self._norm = table.get("norm")
        known = self._analyzer in _ANALYZERS and self._norm in (None, "l1", "l2")
        if not known or self._strip not in (None, "ascii", "unicode") or self._pattern.groups > 1:
            raise ValueError("analyzer, norm, strip_accents or token_pattern is not known")
        if self._idf is not None and len(self._idf) != len(self.terms):
            raise ValueError(f"{len(self._idf)} idf for {len(self.terms)} terms")

    def weights(self, text: str) -> list[tuple[int, float]]:
        counts = Counter(self.terms[term] for term in self._analyzed(text) if term in self.terms)
        values = {term: 1.0 if self._binary else float(count) for term, count in sorted(counts.items())}
        if self._sublinear:
            values = {term: math.log(value) + 1.0 for term, value in values.items()}
        if self._idf is not None:
            values = {term: value * self._idf[term] for term, value in values.items()}
        if self._norm is not None and values:
            row = np.array(list(values.values()))
            length = float(np.abs(row).sum() if self._norm == "l1" else np.sqrt(row @ row))
            values = {term: value / length for term, value in values.items()} if length else values
        return list(values.items())

    def places(self, text: str) -> list[tuple[int, list[Place]]] | None:
        """As `TermWeights.places`, numbered from this part's first term."""
        if self._analyzer != "word":
            return None
        prepared = text.lower() if self._lowercase else text
        if self._strip is not None:
            prepared = _STRIPPERS[self._strip](prepared)
        # İ, for one, is two characters in lower case.
        if len(prepared) != len(text):
            return None
        group = self._pattern.groups
        words = [
            (word, match.span(group))
            for match in self._pattern.finditer(prepared)
            if (word := match[group]) not in self._stop
        ]
        found = []
        for length in self._lengths(len(words)):
            for start in range(len(words) - length + 1):
                run = words[start : start + length]
                term = self.terms.get(" ".join(word for word, _ in run))
                if term is not None:
                    found.append((term, [place for _, place in run]))
        return found

    def _analyzed(self, text: str) -> Iterator[str]:
        text = text.lower() if self._lowercase else text
        if self._strip is not None:
            text = _STRIPPERS[self._strip](text)
        if self._analyzer == "word":
            return self._word_ngrams(
                [token for token in self._pattern.findall(text) if token not in self._stop]
            )
        text = _SPACES.sub(" ", text)
        return self._char_ngrams(text) if self._analyzer == "char" else self._inside_words(text)

    def _lengths(self, longest: int) -> range:
        return range(self._shortest, min(self._longest, longest) + 1)

    def _word_ngrams(self, tokens: list[str]) -> Iterator[str]:
        for length in self._lengths(len(tokens)):
            for start in range(len(tokens) - length + 1):
                yield " ".join(tokens[start : start + length])

    def _char_ngrams(self, text: str) -> Iterator[str]:
        for length in self._lengths(len(text)):
            for start in range(len(text) - length + 1):
                yield text[start : start + length]

    def _inside_words(self, text: str) -> Iterator[str]:
        """Words between two spaces; one that is shorter than a length counts once, whole."""
        for bare in text.split():
            word = f" {bare} "
            for length in range(self._shortest, self._longest + 1):
                for start in range(max(len(word) - length, 0) + 1):
                    yield word[start : start + length]
                if len(word) <= length:
                    break


def _idf(table: Mapping[str, Any]) -> list[float] | None:
    """A factor for each term; `idf_values` are the numbers there are, and `idf` then tells which of them."""
    listed, values = table.get("idf"), table.get("idf_values")
    if listed is None or values is None:
        return listed
    if any(not 0 <= place < len(values) for place in listed):
        raise ValueError(f"idf beyond the {len(values)} idf_values")
    return [float(values[place]) for place in listed]


def _without_marks(text: str) -> str:
    """NFKD, without combining marks; ASCII as it is."""
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def _to_ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


_STRIPPERS: dict[str, Callable[[str], str]] = {"unicode": _without_marks, "ascii": _to_ascii}
