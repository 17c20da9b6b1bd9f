"""The encoder in Python: added tokens, normalizer, pre-tokenizer and model in a row, with a cache of words.

Where the row begins with splitters (pre-tokenizers that change no character), what follows them is a function
of the word alone; where normalizer and pre-tokenizer treat what is between spaces apart, the whole row is.
Such units are tokenized once and kept, packed as rows of int32: then a text costs one scan, one look-up a
unit, and one join of bytes.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.pieces import Pieces
from wardian.tokenizers.pre_tokenizers import Stages
from wardian.tokenizers.python_output import COLUMNS, Output

if TYPE_CHECKING:
    from wardian.tokenizers.models import Model
    from wardian.tokenizers.normalizers import Normalizer
    from wardian.tokenizers.pre_tokenizers import PreTokenizer
    from wardian.tokenizers.vocabulary import Vocabulary

__all__ = ["PythonEncoder"]

#: What is between spaces and newlines; the reference's components know no other boundary that is always one.
_CHUNKS = re.compile("[^ \n]+")

#: Longer units are hardly met twice.
_LONGEST_CACHED = 64
_CACHE_SIZE = 50_000

#: A unit's tokens: four int32 each: id, start and end in the unit, and how many words it is after the last.
_Rows = bytes


class PythonEncoder:
    """Encodes with the components themselves: the readable reference, and what runs without the kernel.

    Its `backend` is "python".
    """

    backend = "python"

    def __init__(
        self,
        normalizer: Normalizer | None,
        pre_tokenizer: PreTokenizer | None,
        model: Model,
        vocabulary: Vocabulary,
    ) -> None:
        self._normalizer = normalizer
        self._model = model
        self._vocabulary = vocabulary
        self._stages = stages = Stages.of(pre_tokenizer)
        self._words: dict[str, _Rows] = {}
        #: Units with more to say: other spellings than the vocabulary's, and words without tokens at the end.
        self._odd: dict[str, tuple[dict[int, str], int]] = {}
        self._by_chunk = (
            not vocabulary.has_normalized
            and not stages.rest
            and pre_tokenizer is not None
            and pre_tokenizer.independent_at_space
            and (normalizer is None or normalizer.independent_at_space)
        )
        self._units: dict[str, _Rows] = {} if stages.rest or self._by_chunk else self._words

    # -------------------------------------------------------------------------------------------- a text

    def encode(self, text: str, limit: int | None = None) -> Pieces:
        """The tokens of a text, added tokens among them; may stop early once there are `limit`."""
        out = Output(limit)
        for start, end, token in self._vocabulary.find_raw(text):
            if token is not None:
                self._added(out, token.id, text[start:end], start, end)
            elif self._by_chunk:
                self._chunks(out, text, start, end)
            else:
                self._segment(out, text[start:end], start)
            if out.full:
                break
        return out.pieces()

    def _added(self, out: Output, index: int, surface: str, start: int, end: int) -> None:
        odd = {} if self._vocabulary.spell(index) == surface else {0: surface}
        out.add(np.array([[index, start, end, 1]], np.int32), odd, 0)

    def _chunks(self, out: Output, text: str, start: int, end: int) -> None:
        """Text whose parts between spaces are independent, normalizer included."""
        size = out.block
        places = [match.span() for match in _CHUNKS.finditer(text, start, end)]
        for first in range(0, len(places), size):
            block = places[first : first + size]
            units = [text[a:b] for a, b in block]
            self._join(out, units, np.array(block, np.int32)[:, 0], self._rows_of_chunk, None)
            if out.full:
                return

    def _rows_of_chunk(self, chunk: str) -> _Rows:
        aligned = _normalize(self._normalizer, AlignedText(chunk))
        if len(chunk) > _LONGEST_CACHED or self._stages.heads:
            inner = Output(None)
            self._normalized(inner, aligned, cached=False)
            return self._keep(chunk, inner)
        return self._rows_of_short_chunk(chunk, aligned)

    def _rows_of_short_chunk(self, chunk: str, aligned: AlignedText) -> _Rows:
        """The same without NumPy, whose calls cost more than the few tokens of a chunk."""
        text, starts, ends = aligned.text, aligned.starts, aligned.ends
        spell, tokenize = self._vocabulary.spell, self._model.tokenize
        row: list[int] = []
        odd: dict[int, str] = {}
        step = 1
        for a, b in self._split(text):
            for index, token, first, last in tokenize(text[a:b]):
                if spell(index) != token:
                    odd[len(row) // COLUMNS] = token
                first, last = a + first, a + last
                if starts is not None and ends is not None:
                    first, last = starts[first], ends[max(last - 1, 0)]
                row += (index, first, last, step)
                step = 0
            step += 1
        if odd or step > 1:
            self._odd[chunk] = (odd, step - 1)
        packed = array("i", row).tobytes()
        self._remember(self._units, chunk, packed)
        return packed

    def _segment(self, out: Output, text: str, base: int) -> None:
        """Text between raw added tokens: normalize it, then find the other added tokens."""
        aligned = _normalize(self._normalizer, AlignedText(text, None, None, base))
        if not self._vocabulary.has_normalized:
            self._normalized(out, aligned)
            return
        for start, end, token in self._vocabulary.find_normalized(aligned.text):
            if token is None:
                self._normalized(out, aligned.slice(start, end))
            else:
                span = aligned.original_span(start, end)
                self._added(out, token.id, aligned.text[start:end], *span)
            if out.full:
                return

    def _normalized(self, out: Output, aligned: AlignedText, cached: bool = True) -> None:
        """Normalized text without added tokens: split it into words and tokenize them."""
        pieces = [aligned] if aligned.text else []
        for head in self._stages.heads:
            pieces = head.pre_tokenize(pieces)
        for piece in pieces:
            if not self._stages.splitters and self._stages.rest:
                self._pieces(out, self._rest([piece]))
            elif not self._stages.independent:
                self._pieces(out, self._rest(piece.slices(self._split(piece.text))))
            else:
                self._split_piece(out, piece, cached)
            if out.full:
                return

    def _split(self, text: str) -> Sequence[tuple[int, int]]:
        """The ranges of the words that the splitters cut."""
        if not self._stages.splitters:
            return [(0, len(text))]
        first, *others = self._stages.splitters
        places = first.split(text)
        for splitter in others:
            places = [(a + c, a + d) for a, b in places for c, d in splitter.split(text[a:b])]
        return places

    def _rest(self, pieces: list[AlignedText]) -> list[AlignedText]:
        """What the pre-tokenizers after the splitters make of words."""
        for part in self._stages.rest:
            pieces = part.pre_tokenize(pieces)
        return pieces

    def _split_piece(self, out: Output, piece: AlignedText, cached: bool) -> None:
        text = piece.text
        places = self._split(text)
        rows_of = self._rows_of_unit if self._stages.rest else self._rows_of_word
        size = out.block
        for first in range(0, len(places), size):
            block = places[first : first + size]
            units = [text[a:b] for a, b in block]
            starts = np.array(block, np.int32)[:, 0]
            self._join(out, units, starts, rows_of, piece, None if cached else self._words)
            if out.full:
                return

    def _pieces(self, out: Output, pieces: Sequence[AlignedText]) -> None:
        """Words that a pre-tokenizer made which changes characters."""
        size = out.block
        place = 0
        while place < len(pieces) and not out.full:
            if pieces[place].starts is not None:
                piece = pieces[place]
                self._join(out, [piece.text], np.zeros(1, np.int32), self._rows_of_word, piece, self._words)
                place += 1
                continue
            end = place
            while end < len(pieces) and pieces[end].starts is None and end - place < size:
                end += 1
            block = pieces[place:end]
            bases = np.array([piece.base for piece in block], np.int32)
            self._join(out, [piece.text for piece in block], bases, self._rows_of_word, None, self._words)
            place = end

    # -------------------------------------------------------------------------------------------- units

    def _join(
        self,
        out: Output,
        units: Sequence[str],
        starts: NDArray[np.int32],
        rows_of: Callable[[str], _Rows],
        aligned: AlignedText | None,
        cache: dict[str, _Rows] | None = None,
    ) -> None:
        """Add the tokens of units that begin at `starts`, of `aligned`'s text or else of the original."""
        found: list[Any] = list(map((self._units if cache is None else cache).get, units))
        if None in found:
            found = [rows_of(unit) if rows is None else rows for unit, rows in zip(units, found, strict=True)]
        rows = np.frombuffer(b"".join(found), np.int32).reshape(-1, COLUMNS)
        counts = np.fromiter(map(len, found), np.int32, len(found)) // (4 * COLUMNS)
        rows = rows.copy()
        rows[:, 1:3] += np.repeat(starts, counts)[:, None]
        if aligned is not None:
            _to_original(rows, aligned)
        odd: dict[int, str] = {}
        skipped = 0
        if self._odd:
            odd, skipped = self._oddities(rows, units, counts)
        out.add(rows, odd, skipped)

    def _oddities(
        self, rows: NDArray[np.int32], units: Sequence[str], counts: NDArray[np.int32]
    ) -> tuple[dict[int, str], int]:
        """Surfaces by position; words without tokens are counted to the next token, the last are returned."""
        odd: dict[int, str] = {}
        place = skipped = 0
        for unit, count in zip(units, counts.tolist(), strict=True):
            if skipped and count:
                rows[place, 3] += skipped
                skipped = 0
            surfaces, more = self._odd.get(unit, ({}, 0))
            if surfaces:
                odd.update((place + inner, surface) for inner, surface in surfaces.items())
            skipped += more
            place += count
        return odd, skipped

    def _rows_of_unit(self, unit: str) -> _Rows:
        """The tokens of a word that further pre-tokenizers change."""
        inner = Output(None)
        self._pieces(inner, self._rest([AlignedText(unit)]))
        return self._keep(unit, inner)

    def _rows_of_word(self, word: str) -> _Rows:
        """The tokens that the model makes of a word."""
        if len(word) > _LONGEST_CACHED:
            break_before: re.Pattern[str] | None = getattr(self._model, "break_before", None)
            parts = [] if break_before is None else break_before.split(word)
            if len(parts) > 1:
                return self._rows_of_parts(word, parts)
        inner = Output(None)
        tokens = self._model.tokenize(word)
        spell = self._vocabulary.spell
        odd = {place: token for place, (index, token, _, _) in enumerate(tokens) if spell(index) != token}
        packed = array("i", [0]) * (len(tokens) * COLUMNS)
        packed[0::COLUMNS] = array("i", [token[0] for token in tokens])
        packed[1::COLUMNS] = array("i", [token[2] for token in tokens])
        packed[2::COLUMNS] = array("i", [token[3] for token in tokens])
        if tokens:
            packed[3] = 1
        inner.add(np.frombuffer(packed, np.int32).reshape(-1, COLUMNS), odd, 0 if tokens else 1)
        return self._keep(word, inner, self._words)

    def _rows_of_parts(self, word: str, parts: list[str]) -> _Rows:
        """The tokens of a long word that can be tokenized in parts."""
        inner = Output(None)
        lengths = np.array([0, *map(len, parts)], np.int32)
        starts = np.cumsum(lengths, dtype=np.int32)[:-1]
        self._join(inner, parts, starts, self._rows_of_word, None, self._words)
        rows = np.concatenate(inner.rows)
        rows[:, 3] = 0
        if len(rows):
            rows[0, 3] = 1
        inner.rows = [rows]
        return self._keep(word, inner, self._words)

    def _keep(self, unit: str, inner: Output, cache: dict[str, _Rows] | None = None) -> _Rows:
        """Pack a unit's tokens; keep them for the next time, unless it is long."""
        packed = b"".join(rows.tobytes() for rows in inner.rows)
        if inner.surfaces or inner.skipped:
            self._odd[unit] = (inner.surfaces, inner.skipped)
        if len(unit) <= _LONGEST_CACHED:
            self._remember(self._units if cache is None else cache, unit, packed)
        return packed

    @staticmethod
    def _remember(cache: dict[str, _Rows], unit: str, packed: _Rows) -> None:
        if len(cache) >= _CACHE_SIZE:
            cache.clear()
        cache[unit] = packed


def _normalize(normalizer: Normalizer | None, aligned: AlignedText) -> AlignedText:
    return aligned if normalizer is None else normalizer.normalize(aligned)


def _to_original(rows: NDArray[np.int32], aligned: AlignedText) -> None:
    """Ranges in normalized text become ranges in the original."""
    if aligned.starts is None or aligned.ends is None:
        rows[:, 1:3] += np.int32(aligned.base)
        return
    starts, ends = np.asarray(aligned.starts, np.int32), np.asarray(aligned.ends, np.int32)
    rows[:, 1] = starts[rows[:, 1]]
    rows[:, 2] = ends[np.maximum(rows[:, 2] - 1, 0)]
