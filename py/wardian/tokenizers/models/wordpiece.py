"""WordPiece: greedily take the longest piece of the vocabulary, from the left.

With the vocabulary {un, ##aff, ##able, ##a} the word "unaffable" is tried as

    unaffable, unaffabl, … un        → "un"
    ##affable, ##affabl, … ##aff     → "##aff"
    ##able                           → "##able"

and a word with a part that is in no piece becomes one [UNK].

Source: Schuster and Nakajima, "Japanese and Korean voice search" (2012); Wu et al., arXiv:1609.08144;
`WordPiece` of Hugging Face tokenizers.
"""

from __future__ import annotations

from collections.abc import Iterable

from wardian.errors import ModelError

__all__ = ["WordPiece"]

_ONE = (1,)


class WordPiece:
    """
    >>> model = WordPiece({"[UNK]": 0, "un": 1, "##aff": 2, "##able": 3, "##a": 4})
    >>> [token for _, token, _, _ in model.tokenize("unaffable")]
    ['un', '##aff', '##able']
    >>> model.tokenize("unx")
    [(0, '[UNK]', 0, 3)]
    """

    def __init__(
        self,
        vocab: dict[str, int],
        *,
        unk_token: str = "[UNK]",
        continuing_subword_prefix: str = "##",
        max_input_chars_per_word: int = 100,
    ) -> None:
        self.vocab = vocab
        self.unk_token = unk_token
        self.continuing_subword_prefix = continuing_subword_prefix
        self.max_input_chars_per_word = max_input_chars_per_word
        prefix = continuing_subword_prefix
        tails = {token[len(prefix) :]: index for token, index in vocab.items() if token.startswith(prefix)}
        #: Pieces at the start of a word and further on, each with the lengths by first two characters.
        self._heads = vocab, _lengths(vocab)
        self._tails = tails, _lengths(tails)

    def tokenize(self, word: str) -> list[tuple[int, str, int, int]]:
        """The pieces of a non-empty word: (id, token, start, end), the range in characters of the word.

        Raises ModelError for an unknown word when `unk_token` is not in the vocabulary.
        """
        length = len(word)
        if length > self.max_input_chars_per_word:
            return self._unknown(length)
        whole = self.vocab.get(word)
        if whole is not None:
            return [(whole, word, 0, length)]
        pieces: list[tuple[int, str, int, int]] = []
        start, prefix = 0, ""
        known, lengths = self._heads
        while start < length:
            for size in lengths.get(word[start : start + 2], _ONE):
                # Near the end the slice is shorter than `size`: what was found is its own length.
                piece = word[start : start + size]
                index = known.get(piece)
                if index is not None:
                    break
            else:
                return self._unknown(length)
            end = start + len(piece)
            pieces.append((index, prefix + piece, start, end))
            start, prefix = end, self.continuing_subword_prefix
            known, lengths = self._tails
        return pieces

    def _unknown(self, length: int) -> list[tuple[int, str, int, int]]:
        index = self.vocab.get(self.unk_token)
        if index is None:
            raise ModelError(f"The vocabulary lacks the token {self.unk_token!r} for unknown words.")
        return [(index, self.unk_token, 0, length)]


def _lengths(pieces: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The lengths of pieces by their first two characters, descending, and 1: no others need be tried."""
    found: dict[str, set[int]] = {}
    for piece in pieces:
        if len(piece) > 1:
            found.setdefault(piece[:2], {1}).add(len(piece))
    return {pair: tuple(sorted(lengths, reverse=True)) for pair, lengths in found.items()}
