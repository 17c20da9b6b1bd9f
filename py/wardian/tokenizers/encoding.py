"""What a tokenizer gives: columns of ids and of everything that runs beside them.

`Pieces` are the tokens of one text as an encoder finds them; an `Encoding` is what the model and the user
get: with type ids, masks and special tokens. Both are columns (NumPy arrays), so that no Python object is
made per token unless somebody asks for `tokens` or `offsets`.

Source: `Encoding` of Hugging Face tokenizers, whose names, arguments and results the methods have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.lookups import WORDS, LookUps, Offsets
from wardian.tokenizers.pieces import Pieces
from wardian.tokenizers.truncation import DIRECTIONS, check_choice, check_count, windows

__all__ = ["Encoding", "Offsets", "Pieces", "Texts"]

#: The texts an encoding came from, by sequence: a string, or the words of a pre-tokenized text.
Texts = Mapping[int, str | Sequence[str]]

#: Rows of the marks of an Encoding.
_TYPE_IDS, _SPECIAL, _ATTENTION = range(3)
_COLUMNS = ("ids", "type_ids", "attention_mask", "special_tokens_mask")


class Encoding(LookUps):
    """An encoded text, or pair of texts.

    `ids`, `type_ids`, `attention_mask` and `special_tokens_mask` are int64 (tokens,); `tokens` are their
    spellings; `offsets` their half-open ranges in characters of the text they came from ((0, 0) for special
    tokens and padding).
    """

    __slots__ = ("_ids", "_lists", "_marks", "_overflow", "places", "ranges", "spell", "surfaces", "texts")

    def __init__(
        self,
        ids: NDArray[np.int64],
        places: NDArray[np.int32],
        surfaces: Mapping[int, str],
        spell: Callable[[int], str],
        ranges: dict[int, tuple[int, int]] | None = None,
        type_id: int = 0,
    ) -> None:
        """Made by a tokenizer: tokens that are all of one type, none of them special or padding.

        Args:
            ids: int64 (tokens,).
            places: int32 (3, tokens): starts, ends, words (-1 for none). Neither is ever written to; both
                may be views of the arrays of a whole batch.
            surfaces: spellings that are not the vocabulary's, by position.
            spell: gives the vocabulary's spelling of an id.
            ranges: the tokens of each text that was put in, by its number.
            type_id: the type of the tokens.
        """
        self._ids = ids
        #: The marks, or the type id as long as nobody asked for them: most callers want ids and places.
        self._marks: NDArray[np.int64] | int = type_id
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
        return cls(pieces.ids, pieces.places, pieces.surfaces, spell, type_id=type_id)

    def copy(self) -> Encoding:
        """Another encoding that is equal; the arrays are shared."""
        twin = Encoding(self._ids, self.places, dict(self.surfaces), self.spell, dict(self.ranges))
        twin._marks = self._marks
        overflow = self._overflow
        twin._overflow = overflow if callable(overflow) else [part.copy() for part in overflow]
        twin.texts = self.texts
        return twin

    def __len__(self) -> int:
        return len(self._ids)

    def __repr__(self) -> str:
        return f"Encoding(num_tokens={len(self)}, n_sequences={self.n_sequences})"

    # -------------------------------------------------------------------------------------------- columns

    @property
    def ids(self) -> NDArray[np.int64]:
        """int64 (tokens,): the ids."""
        return self._ids

    @property
    def marks(self) -> NDArray[np.int64]:
        """int64 (3, tokens): type ids, special tokens mask, attention mask. Made when they are asked for."""
        if isinstance(self._marks, int):
            marks = np.empty((3, len(self)), np.int64)
            self.write_marks(marks)
            self._marks = marks
        return self._marks

    def write_marks(self, to: NDArray[np.int64]) -> None:
        """Write the marks into an array, int64 (3, tokens)."""
        if isinstance(self._marks, int):
            to[_TYPE_IDS] = self._marks
            to[_SPECIAL] = 0
            to[_ATTENTION] = 1
        else:
            to[:] = self._marks

    def set_marks(self, marks: NDArray[np.int64]) -> None:
        """Replace the type ids and both masks, int64 (3, tokens); the array is never written to."""
        self._marks = marks

    @property
    def type_ids(self) -> NDArray[np.int64]:
        """int64 (tokens,): 0 for the first text, 1 for the second, or what the post-processor says."""
        column: NDArray[np.int64] = self.marks[_TYPE_IDS]
        return column

    @property
    def special_tokens_mask(self) -> NDArray[np.int64]:
        """int64 (tokens,): 1 for special tokens and padding."""
        column: NDArray[np.int64] = self.marks[_SPECIAL]
        return column

    @property
    def attention_mask(self) -> NDArray[np.int64]:
        """int64 (tokens,): 0 for padding."""
        column: NDArray[np.int64] = self.marks[_ATTENTION]
        return column

    def int32(self, name: str) -> NDArray[np.int32]:
        """A column as int32 (tokens,): "ids", "type_ids", "attention_mask" or "special_tokens_mask"."""
        check_choice("column", name, _COLUMNS)
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
        return [None if word < 0 else word for word in self.places[WORDS].tolist()]

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
        elif later:
            _with_texts(later, texts)

    def set_overflowing(self, overflow: list[Encoding] | Callable[[], list[Encoding]]) -> None:
        """Set what was cut away, or how to find it when it is asked for."""
        self._overflow = overflow

    # -------------------------------------------------------------------------------------------- changes

    def set_sequence_id(self, sequence_id: int) -> None:
        """Say that all tokens are of text `sequence_id`."""
        check_count("sequence_id", sequence_id)
        self.ranges[sequence_id] = (0, len(self._ids))

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
        part = Encoding(self._ids[start:end], self.places[:, start:end], surfaces, self.spell)
        part._marks = self._marks if isinstance(self._marks, int) else self._marks[:, start:end]
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
        filler.marks[_ATTENTION] = 0
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
        self.places = np.stack([starts, ends, self.places[WORDS]])
        self._lists = {}

    def set_type_ids(self, type_id: int) -> None:
        """Say that all tokens are of one type."""
        if isinstance(self._marks, int):
            self._marks = type_id
            return
        self._marks = self._marks.copy()
        self._marks[_TYPE_IDS] = type_id

    def set_special(self, places: Sequence[int]) -> None:
        """Say which tokens are the special ones, and that all tokens count."""
        self._marks = marks = self.marks.copy()
        marks[_SPECIAL] = 0
        marks[_SPECIAL, list(places)] = 1
        marks[_ATTENTION] = 1

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
