"""Unigram: of all ways to cut a word into pieces of a vocabulary, that with the highest sum of scores.

With the scores ab 2, abc 5, abcd 10, cd 1 and a, b, c, d 0 the word "abcdacd" is read from the left, keeping
for each place the best sum that ends there:

    after   a=0  ab=2  abc=5  abcd=10  abcda=10+0  …c=10  …cd=10+1
    and back from the end:                               abcd | a | cd

Scores are logarithms of probabilities, added in double precision; of equal sums the one found first stays. A
character that no piece covers costs the lowest score minus 10, and neighbours of that kind become one piece.

Source: Kudo, arXiv:1804.10959; `Unigram` of Hugging Face tokenizers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError
from wardian.tokenizers.models.viterbi import HEAD, Columns, PieceFinder, best_cuts

__all__ = ["Unigram"]

_UNKNOWN_PENALTY = 10.0

#: Longer words are not taken together with others.
_LONGEST = 64
#: So many words take about as long one by one as the trie takes to be made (measured in Pyodide: 30 ms).
_TRIE_PAYS = 1_500

Piece = tuple[int, str, int, int]


class Unigram:
    """
    >>> scores = {"<unk>": 0, "a": 0, "b": 0, "c": 0, "d": 0, "cd": 1, "ab": 2, "abc": 5, "abcd": 10}
    >>> model = Unigram(list(scores.items()), unk_id=0)
    >>> [token for _, token, _, _ in model.tokenize("abcdacdxx")]
    ['abcd', 'a', 'cd', 'xx']
    >>> model.tokenize("xx")
    [(0, 'xx', 0, 2)]
    """

    def __init__(
        self, vocab: Sequence[tuple[str, float]], unk_id: int | None = None, byte_fallback: bool = False
    ) -> None:
        """Raises ModelError when `unk_id` is not in the vocabulary."""
        if unk_id is not None and not 0 <= unk_id < len(vocab):
            raise ModelError("The vocabulary lacks the unknown token.", value=f"unk_id={unk_id}")
        self.pieces = [(token, float(score)) for token, score in vocab]
        self.vocab = {token: index for index, (token, _) in enumerate(self.pieces)}
        self.unk_id = unk_id
        self.byte_fallback = byte_fallback
        self.min_score = min((score for _, score in self.pieces), default=float("inf"))
        self._scores = {token: (self.pieces[index][1], index) for token, index in self.vocab.items()}
        self._words_met = 0
        #: By their first characters, up to three: the length of the longest piece that begins so.
        self._longest: dict[str, int] = {}
        for token in self.vocab:
            head = token[:HEAD]
            if len(token) > self._longest.get(head, 0):
                self._longest[head] = len(token)

    def tokenize(self, word: str) -> list[Piece]:
        """The pieces of a non-empty word: (id, token, start, end), the range in characters of the word.

        The token of an unknown piece is its own spelling; without `unk_id` it raises ModelError.
        """
        pieces: list[Piece] = []
        for start, end in self._best_cut(word):
            token = word[start:end]
            index = self.vocab.get(token)
            if index is None and self.byte_fallback:
                spelled = [f"<0x{byte:02X}>" for byte in token.encode()]
                if all(byte in self.vocab for byte in spelled):
                    pieces += [(self.vocab[byte], byte, start, end) for byte in spelled]
                    continue
            if index is None:
                index = self._unknown()
            pieces.append((index, token, start, end))
        return pieces

    def tokenize_many(self, words: Sequence[str]) -> Columns:
        """The pieces of several non-empty words; none for words that are left to `tokenize`.

        These are long ones, as all go on for as long as the longest does, and such as have pieces that are
        unknown, which may be joined or become bytes. It also leaves the first thousands of words to it: to
        make the trie takes as long as to tokenize those.
        """
        self._words_met += len(words)
        if self._words_met < _TRIE_PAYS:
            return Columns.none(len(words))
        short = [word if len(word) <= _LONGEST else "" for word in words]
        edges = self._finder.find(short)
        cuts = best_cuts(short, edges, self._score_of[edges.ids])
        unknown = np.repeat(np.arange(len(words)), cuts.counts)[(cuts.ids < 0) | (cuts.ids == self.unk_id)]
        return cuts.without(unknown)

    @cached_property
    def _finder(self) -> PieceFinder:
        return PieceFinder(self.vocab, self._longest)

    @cached_property
    def _score_of(self) -> NDArray[np.float64]:
        """float64 (pieces + 1,): the scores, the last of unknown characters."""
        return np.array([*(score for _, score in self.pieces), self.min_score - _UNKNOWN_PENALTY])

    def _best_cut(self, word: str) -> list[tuple[int, int]]:
        """The ranges of the best cut, unknown neighbours made one (Viterbi's algorithm)."""
        length = len(word)
        unknown = self.min_score - _UNKNOWN_PENALTY
        best = [0.0] * (length + 1)
        came_from = [-1] * (length + 1)
        ids = [0] * (length + 1)
        scores, longest = self._scores, self._longest
        for start in range(length):
            here = best[start]
            single = False
            # One or two characters may be a piece though no longer one starts with them and the next.
            reach = longest.get(word[start : start + HEAD], HEAD - 1)
            for end in range(start + 1, min(start + reach, length) + 1):
                found = scores.get(word[start:end])
                if found is None:
                    continue
                total = found[0] + here
                if came_from[end] < 0 or total > best[end]:
                    best[end], came_from[end], ids[end] = total, start, found[1]
                if end == start + 1:
                    single = True
            if not single:
                total = unknown + here
                if came_from[start + 1] < 0 or total > best[start + 1]:
                    best[start + 1], came_from[start + 1], ids[start + 1] = total, start, self._unknown()
        return self._backwards(came_from, ids)

    def _backwards(self, came_from: list[int], ids: list[int]) -> list[tuple[int, int]]:
        cut: list[tuple[int, int]] = []
        end = len(came_from) - 1
        fuse = False
        while end > 0:
            start = came_from[end]
            unknown = ids[end] == self.unk_id
            if unknown and fuse:
                cut[-1] = (start, cut[-1][1])
            else:
                cut.append((start, end))
            fuse = unknown
            end = start
        cut.reverse()
        return cut

    def _unknown(self) -> int:
        if self.unk_id is None:
            raise ModelError("A text has characters that the vocabulary lacks, and there is no `unk_id`.")
        return self.unk_id
