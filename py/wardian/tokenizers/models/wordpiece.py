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
        self._tails = {
            token[len(prefix) :]: index for token, index in vocab.items() if token.startswith(prefix)
        }
        self._head_reach, self._tail_reach = _reach(vocab), _reach(self._tails)

    def tokenize(self, word: str) -> list[tuple[int, str, int, int]]:
        """The pieces of a non-empty word: (id, token, start, end), the range in characters of the word.

        Raises ModelError for an unknown word when `unk_token` is not in the vocabulary.
        """
        whole = self.vocab.get(word)
        length = len(word)
        if whole is not None and length <= self.max_input_chars_per_word:
            return [(whole, word, 0, length)]
        if length > self.max_input_chars_per_word:
            return self._unknown(length)
        pieces: list[tuple[int, str, int, int]] = []
        start, prefix, known, reach = 0, "", self.vocab, self._head_reach
        while start < length:
            end = min(length, start + reach.get(word[start], 0))
            while end > start:
                index = known.get(word[start:end])
                if index is not None:
                    pieces.append((index, prefix + word[start:end], start, end))
                    break
                end -= 1
            else:
                return self._unknown(length)
            start, prefix, known, reach = end, self.continuing_subword_prefix, self._tails, self._tail_reach
        return pieces

    def _unknown(self, length: int) -> list[tuple[int, str, int, int]]:
        index = self.vocab.get(self.unk_token)
        if index is None:
            raise ModelError(f"The vocabulary lacks the token {self.unk_token!r} for unknown words.")
        return [(index, self.unk_token, 0, length)]


def _reach(pieces: Iterable[str]) -> dict[str, int]:
    """The length of the longest piece by first character: nothing longer need be tried."""
    longest: dict[str, int] = {}
    for piece in pieces:
        if len(piece) > longest.get(piece[:1], 0):
            longest[piece[0]] = len(piece)
    return longest
