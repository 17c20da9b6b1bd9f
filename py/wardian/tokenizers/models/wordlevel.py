"""WordLevel: a word is in the vocabulary, or it is unknown.

With the vocabulary {the: 1, end: 2, [UNK]: 0} "the" is 1 and "ends" is 0.

Source: `WordLevel` of Hugging Face tokenizers.
"""

from __future__ import annotations

from wardian.errors import ModelError

__all__ = ["WordLevel"]


class WordLevel:
    """
    >>> model = WordLevel({"[UNK]": 0, "the": 1, "end": 2}, unk_token="[UNK]")
    >>> model.tokenize("the"), model.tokenize("ends")
    ([(1, 'the', 0, 3)], [(0, '[UNK]', 0, 4)])
    """

    def __init__(self, vocab: dict[str, int], *, unk_token: str = "<unk>") -> None:
        self.vocab = vocab
        self.unk_token = unk_token

    def tokenize(self, word: str) -> list[tuple[int, str, int, int]]:
        """The word as one piece: (id, token, start, end), the range in characters of the word.

        Raises ModelError for an unknown word when `unk_token` is not in the vocabulary.
        """
        index, token = self.vocab.get(word), word
        if index is None:
            index, token = self.vocab.get(self.unk_token), self.unk_token
        if index is None:
            raise ModelError(f"The vocabulary lacks the token {self.unk_token!r} for unknown words.")
        return [(index, token, 0, len(word))]
