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
        self._longest = max(map(len, vocab), default=0)

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
        start = 0
        while start < length:
            prefix = self.continuing_subword_prefix if start else ""
            # No piece is longer than the longest of the vocabulary, so none is tried.
            end = min(length, start + self._longest - len(prefix))
            while end > start:
                token = prefix + word[start:end]
                index = self.vocab.get(token)
                if index is not None:
                    pieces.append((index, token, start, end))
                    break
                end -= 1
            else:
                return self._unknown(length)
            start = end
        return pieces

    def _unknown(self, length: int) -> list[tuple[int, str, int, int]]:
        index = self.vocab.get(self.unk_token)
        if index is None:
            raise ModelError(f"The vocabulary lacks the token {self.unk_token!r} for unknown words.")
        return [(index, self.unk_token, 0, length)]
