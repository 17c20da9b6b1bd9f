"""From tokens to characters, words and texts, and back: the look-ups of an `Encoding`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.truncation import check_count

__all__ = ["WORDS", "LookUps", "Offsets"]

Offsets = tuple[int, int]

#: The row of `places` that has the words.
WORDS = 2


class LookUps:
    """What an `Encoding` can be asked; it brings the columns."""

    __slots__ = ()

    places: NDArray[np.int32]
    ranges: dict[int, tuple[int, int]]

    def __len__(self) -> int:
        return int(self.places.shape[1])

    @property
    def starts(self) -> NDArray[np.int32]:
        """int32 (tokens,): where tokens start, in characters."""
        column: NDArray[np.int32] = self.places[0]
        return column

    @property
    def ends(self) -> NDArray[np.int32]:
        """int32 (tokens,): where tokens end, in characters."""
        column: NDArray[np.int32] = self.places[1]
        return column

    def _range(self, sequence: int) -> tuple[int, int]:
        return self.ranges.get(sequence, (0, len(self)))

    def token_to_sequence(self, token_index: int) -> int | None:
        """Which text the token is of; None for special tokens."""
        check_count("token_index", token_index)
        if token_index > len(self):
            return None
        if not self.ranges:
            return 0
        return next((name for name, (a, b) in self.ranges.items() if a <= token_index < b), None)

    def token_to_chars(self, token_index: int) -> Offsets | None:
        """The token's range in characters; None for special tokens."""
        if self.token_to_sequence(token_index) is None or token_index >= len(self):
            return None
        return int(self.starts[token_index]), int(self.ends[token_index])

    def token_to_word(self, token_index: int) -> int | None:
        """The number of the token's word; None for special tokens."""
        if self.token_to_sequence(token_index) is None or token_index >= len(self):
            return None
        word = int(self.places[WORDS][token_index])
        return None if word < 0 else word

    def char_to_token(self, char_pos: int, sequence_index: int = 0) -> int | None:
        """The first token that covers the character; None for a character that no token covers."""
        check_count("char_pos", char_pos)
        start, end = self._range(sequence_index)
        found = np.flatnonzero((self.starts[start:end] <= char_pos) & (char_pos < self.ends[start:end]))
        return start + int(found[0]) if len(found) else None

    def char_to_word(self, char_pos: int, sequence_index: int = 0) -> int | None:
        """The number of the word that the first token over the character lies in."""
        token = self.char_to_token(char_pos, sequence_index)
        return None if token is None else self.token_to_word(token)

    def word_to_tokens(self, word_index: int, sequence_index: int = 0) -> Offsets | None:
        """The half-open range of the word's tokens; None for a word without any."""
        check_count("word_index", word_index)
        start, end = self._range(sequence_index)
        words = self.places[WORDS][start:end]
        later = np.flatnonzero(words > word_index)
        found = np.flatnonzero(words[: later[0]] == word_index if len(later) else words == word_index)
        return (start + int(found[0]), start + int(found[-1]) + 1) if len(found) else None

    def word_to_chars(self, word_index: int, sequence_index: int = 0) -> Offsets | None:
        """The word's range in characters; None for a word without tokens."""
        found = self.word_to_tokens(word_index, sequence_index)
        return None if found is None else (int(self.starts[found[0]]), int(self.ends[found[1] - 1]))
