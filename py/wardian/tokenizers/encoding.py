"""What a tokenizer gives: columns of ids and of everything that runs beside them.

`Pieces` are the tokens of one text as an encoder finds them; an `Encoding` is what the model and the user
get: with type ids, masks and special tokens. Both are columns (NumPy arrays), so that no Python object is
made per token unless somebody asks for `tokens` or `offsets`.

Source: `Encoding` of Hugging Face tokenizers, whose names, arguments and results the methods have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.truncation import DIRECTIONS, check_choice, check_count, windows

__all__ = ["Encoding", "Offsets", "Pieces", "Texts"]

Offsets = tuple[int, int]

#: The texts an encoding came from, by sequence: a string, or the words of a pre-tokenized text.
Texts = Mapping[int, str | Sequence[str]]

#: Rows of the two tables of an Encoding.
_IDS, _TYPE_IDS, _SPECIAL, _ATTENTION = range(4)
_STARTS, _ENDS, _WORDS = range(3)
_MASKS = ("ids", "type_ids", "attention_mask", "special_tokens_mask")


def _no_tokens() -> NDArray[np.int32]:
    return np.zeros(0, np.int32)


@dataclass(slots=True)
class Pieces:
    """The tokens of one text, before special tokens: columns of int32 (tokens,).

    `starts` and `ends` are half-open ranges in characters of the text, `words` the number of the word each
    token lies in (-1 for none); `surfaces` maps a token's position to its spelling where that is not the
    vocabulary's: an added token found with white space around it, a piece unknown to a Unigram model.
    """

    ids: NDArray[np.int32] = field(default_factory=_no_tokens)
    starts: NDArray[np.int32] = field(default_factory=_no_tokens)
    ends: NDArray[np.int32] = field(default_factory=_no_tokens)
    words: NDArray[np.int32] = field(default_factory=_no_tokens)
    surfaces: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


class Encoding:
    """An encoded text, or pair of texts.

    `ids`, `type_ids`, `attention_mask` and `special_tokens_mask` are int64 (tokens,); `tokens` are their
    spellings; `offsets` their half-open ranges in characters of the text they came from ((0, 0) for special
    tokens and padding).
    """

    __slots__ = ("_lists", "_overflow", "places", "ranges", "spell", "surfaces", "table", "texts")

    def __init__(
        self,
        table: NDArray[np.int64],
        places: NDArray[np.int32],
        surfaces: dict[int, str],
        spell: Callable[[int], str],
        ranges: dict[int, tuple[int, int]] | None = None,
    ) -> None:
        """Made by a tokenizer.

        Args:
            table: int64 (4, tokens): ids, type ids, special tokens mask, attention mask.
            places: int32 (3, tokens): starts, ends, words (-1 for none). Neither is ever written to.
            surfaces: spellings that are not the vocabulary's, by position.
            spell: gives the vocabulary's spelling of an id.
            ranges: the tokens of each text that was put in, by its number.
        """
        self.table = table
        self.places = places
        self.surfaces = surfaces
        self.spell = spell
        self.ranges = ranges or {}
        self._overflow: list[Encoding] | Callable[[], list[Encoding]] = []
        self._lists: dict[str, Any] = {}
        self.texts: Texts = {}

    @classmethod
    def from_pieces(cls, pieces: Pieces, type_id: int, spell: Callable[[int], str]) -> Encoding:
        """The pieces of one text as an encoding of its own; `spell` gives the vocabulary's spelling."""
        count = len(pieces.ids)
        table = np.empty((4, count), np.int64)
        table[_IDS] = pieces.ids
        table[_TYPE_IDS] = type_id
        table[_SPECIAL] = 0
        table[_ATTENTION] = 1
        places = np.empty((3, count), np.int32)
        places[_STARTS] = pieces.starts
        places[_ENDS] = pieces.ends
        places[_WORDS] = pieces.words
        return cls(table, places, pieces.surfaces, spell)

    def copy(self) -> Encoding:
        """Another encoding that is equal; the arrays are shared."""
        twin = Encoding(self.table, self.places, dict(self.surfaces), self.spell, dict(self.ranges))
        overflow = self._overflow
        twin._overflow = overflow if callable(overflow) else [part.copy() for part in overflow]
        twin.texts = self.texts
        return twin

    def __len__(self) -> int:
        return int(self.table.shape[1])

    def __repr__(self) -> str:
        return f"Encoding(num_tokens={len(self)}, n_sequences={self.n_sequences})"

    # -------------------------------------------------------------------------------------------- columns

    @property
    def ids(self) -> NDArray[np.int64]:
        """int64 (tokens,): the ids."""
        column: NDArray[np.int64] = self.table[_IDS]
        return column

    @property
    def type_ids(self) -> NDArray[np.int64]:
        """int64 (tokens,): 0 for the first text, 1 for the second, or what the post-processor says."""
        column: NDArray[np.int64] = self.table[_TYPE_IDS]
        return column

    @property
    def special_tokens_mask(self) -> NDArray[np.int64]:
        """int64 (tokens,): 1 for special tokens and padding."""
        column: NDArray[np.int64] = self.table[_SPECIAL]
        return column

    @property
    def attention_mask(self) -> NDArray[np.int64]:
        """int64 (tokens,): 0 for padding."""
        column: NDArray[np.int64] = self.table[_ATTENTION]
        return column

    @property
    def starts(self) -> NDArray[np.int32]:
        """int32 (tokens,): where tokens start, in characters."""
        column: NDArray[np.int32] = self.places[_STARTS]
        return column

    @property
    def ends(self) -> NDArray[np.int32]:
        """int32 (tokens,): where tokens end, in characters."""
        column: NDArray[np.int32] = self.places[_ENDS]
        return column

    def int32(self, name: str) -> NDArray[np.int32]:
        """A column as int32 (tokens,): "ids", "type_ids", "attention_mask" or "special_tokens_mask"."""
        check_choice("column", name, _MASKS)
        column: NDArray[np.int64] = getattr(self, name)
        return column.astype(np.int32)

    @property
    def tokens(self) -> list[str]:
        """The tokens' spellings."""
        found: list[str] | None = self._lists.get("tokens")
        if found is None:
            found = list(map(self.spell, self.ids.tolist()))
            for position, surface in self.surfaces.items():
                found[position] = surface
            self._lists["tokens"] = found
        return found

    @property
    def offsets(self) -> list[Offsets]:
        """Each token's half-open range in characters of its text (of its word, if that was given apart)."""
        found: list[Offsets] | None = self._lists.get("offsets")
        if found is None:
            found = list(zip(self.starts.tolist(), self.ends.tolist(), strict=True))
            self._lists["offsets"] = found
        return found

    @property
    def offsets_utf16(self) -> list[Offsets]:
        """The same in UTF-16 code units: what JavaScript counts.

        Raises InputError when the texts are not known: in an encoding that was merged with others.
        """
        from wardian.tokenizers.utf16 import utf16_offsets

        if "utf16" not in self._lists:
            self._lists["utf16"] = utf16_offsets(self)
        return self._lists["utf16"]  # type: ignore[no-any-return]

    @property
    def word_ids(self) -> list[int | None]:
        """The number of each token's word in its text; None for special tokens and padding."""
        return [None if word < 0 else word for word in self.places[_WORDS].tolist()]

    @property
    def words(self) -> list[int | None]:
        """The older name of `word_ids`."""
        return self.word_ids

    @property
    def sequence_ids(self) -> list[int | None]:
        """Which text each token is of: 0, 1, or None for special tokens and padding."""
        found: list[int | None] = [None] * len(self)
        for sequence in range(self.n_sequences):
            start, end = self._range(sequence)
            found[start:end] = [sequence] * (end - start)
        return found

    @property
    def n_sequences(self) -> int:
        """How many texts were put together."""
        return len(self.ranges) or 1

    @property
    def overflowing(self) -> list[Encoding]:
        """What truncation cut away, as further encodings of at most the same length."""
        if callable(self._overflow):
            self._overflow = self._overflow()
        return self._overflow

    def set_texts(self, texts: Texts) -> None:
        """Say which texts the offsets are in, also of what overflowed."""
        self.texts = texts
        later = self._overflow
        if callable(later):
            self._overflow = lambda: _with_texts(later(), texts)
        else:
            _with_texts(later, texts)

    def set_overflowing(self, overflow: list[Encoding] | Callable[[], list[Encoding]]) -> None:
        """Set what was cut away, or how to find it when it is asked for."""
        self._overflow = overflow

    # ------------------------------------------------------------------------------------------- look-ups

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
        word = int(self.places[_WORDS][token_index])
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
        words = self.places[_WORDS][start:end]
        later = np.flatnonzero(words > word_index)
        found = np.flatnonzero(words[: later[0]] == word_index if len(later) else words == word_index)
        return (start + int(found[0]), start + int(found[-1]) + 1) if len(found) else None

    def word_to_chars(self, word_index: int, sequence_index: int = 0) -> Offsets | None:
        """The word's range in characters; None for a word without tokens."""
        found = self.word_to_tokens(word_index, sequence_index)
        return None if found is None else (int(self.starts[found[0]]), int(self.ends[found[1] - 1]))

    # -------------------------------------------------------------------------------------------- changes

    def set_sequence_id(self, sequence_id: int) -> None:
        """Say that all tokens are of text `sequence_id`."""
        check_count("sequence_id", sequence_id)
        self.ranges[sequence_id] = (0, len(self))

    def truncate(self, max_length: int, stride: int = 0, direction: str = "right") -> None:
        """Keep `max_length` tokens; the rest goes to `overflowing`, in windows that share `stride` tokens.

        Which text a token is of is forgotten. Raises InputError unless stride < max_length.
        """
        check_choice("direction", direction, DIRECTIONS)
        check_count("max_length", max_length)
        check_count("stride", stride)
        if max_length >= len(self):
            return
        if max_length == 0:
            whole = self.copy()
            self._become(self.cut(0, 0))
            self._overflow = [whole]
            return
        parts = [self.cut(a, b) for a, b in windows(len(self), max_length, stride, direction)]
        self._become(parts[0])
        self._overflow = parts[1:]

    def cut(self, start: int, end: int) -> Encoding:
        """The tokens [start, end) alone."""
        surfaces = {place - start: text for place, text in self.surfaces.items() if start <= place < end}
        part = Encoding(self.table[:, start:end], self.places[:, start:end], surfaces, self.spell)
        part.texts = self.texts
        return part

    def pad(
        self,
        length: int,
        direction: str = "right",
        pad_id: int = 0,
        pad_type_id: int = 0,
        pad_token: str = "[PAD]",
    ) -> None:
        """Pad to `length` tokens on the right or left, the overflowing ones too; longer ones stay."""
        check_choice("direction", direction, DIRECTIONS)
        check_count("length", length)
        settings = (length, direction, pad_id, pad_type_id, pad_token)
        later = self._overflow
        if callable(later):
            self._overflow = lambda: _padded(later(), settings)
        else:
            _padded(later, settings)
        missing = length - len(self)
        if missing <= 0:
            return
        from wardian.tokenizers.joining import join, unplaced

        filler = unplaced(self.spell, [pad_token] * missing, [pad_id] * missing, pad_type_id)
        filler.table[_ATTENTION] = 0
        overflow, texts = self._overflow, self.texts
        self._become(join([self, filler] if direction == "right" else [filler, self], False))
        self._overflow, self.texts = overflow, texts

    @staticmethod
    def merge(encodings: Iterable[Encoding], growing_offsets: bool = True) -> Encoding:
        """Put encodings one after the other; with `growing_offsets` each one's offsets follow the last."""
        from wardian.tokenizers.joining import merge

        return merge(encodings, growing_offsets)

    def set_offsets(self, starts: NDArray[np.int32], ends: NDArray[np.int32]) -> None:
        """Replace the offsets, int32 (tokens,) each."""
        self.places = np.stack([starts, ends, self.places[_WORDS]])
        self._lists = {}

    def set_type_ids(self, type_id: int) -> None:
        """Say that all tokens are of one type."""
        self.table = self.table.copy()
        self.table[_TYPE_IDS] = type_id

    def set_special(self, places: Sequence[int]) -> None:
        """Say which tokens are the special ones, and that all tokens count."""
        self.table = self.table.copy()
        self.table[_SPECIAL] = 0
        self.table[_SPECIAL, list(places)] = 1
        self.table[_ATTENTION] = 1

    def _become(self, other: Encoding) -> None:
        for name in Encoding.__slots__:
            setattr(self, name, getattr(other, name))


def _padded(encodings: list[Encoding], settings: tuple[int, str, int, int, str]) -> list[Encoding]:
    for encoding in encodings:
        encoding.pad(*settings)
    return encodings


def _with_texts(encodings: list[Encoding], texts: Texts) -> list[Encoding]:
    for encoding in encodings:
        encoding.set_texts(texts)
    return encodings
