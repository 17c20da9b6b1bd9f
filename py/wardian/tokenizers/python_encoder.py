"""The encoder in Python: added tokens, normalizer, pre-tokenizer and model in a row, with a memory of words.

Where the row begins with splitters (pre-tokenizers that change no character), what follows them is a function
of the word alone; where normalizer and pre-tokenizer treat what is between spaces apart, the whole row is.
Such units are tokenized once and remembered (`RowMemory`), and those that several texts have new are
tokenized together: what a unit costs is then a share of a few calls over all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.oniguruma import in_basic_plane
from wardian.tokenizers.pieces import Pieces
from wardian.tokenizers.pre_tokenizers import Stages
from wardian.tokenizers.python_output import Output
from wardian.tokenizers.python_rows import (
    Block,
    Odd,
    Packed,
    RowMemory,
    cut_rows,
    odd_rows,
    starts_of,
)
from wardian.tokenizers.python_words import Words

if TYPE_CHECKING:
    from wardian.tokenizers.models import Model
    from wardian.tokenizers.normalizers import Normalizer
    from wardian.tokenizers.pre_tokenizers import PreTokenizer
    from wardian.tokenizers.vocabulary import Vocabulary

__all__ = ["PythonEncoder"]

#: Units of a text and whose rows they have, or an added token: its id, surface, start and end.
_Part = tuple[Block, RowMemory] | tuple[int, str, int, int]

#: Texts of more characters are not tokenized together with others.
_TOGETHER = 1_000_000


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
        self._vocabulary = vocabulary
        self._stages = stages = Stages.of(pre_tokenizer)
        self._by_chunk = (
            not vocabulary.has_normalized
            and not stages.rest
            and pre_tokenizer is not None
            and pre_tokenizer.independent_at_space
            and (normalizer is None or normalizer.independent_at_space)
        )
        self._words = Words(model, vocabulary)
        self._units: RowMemory = self._words
        if self._by_chunk:
            self._units = RowMemory(self._learn_chunks)
        elif stages.rest:
            self._units = RowMemory(self._learn_units)

    # -------------------------------------------------------------------------------------------- texts

    def encode(self, text: str, limit: int | None = None) -> Pieces:
        """The tokens of a text, added tokens among them; may stop early once there are `limit`."""
        size = 1 << 30 if limit is None else max(limit, 64)
        return self._tokens(self._parts(text, size), limit)

    def encode_many(self, texts: Sequence[str], limit: int | None = None) -> list[Pieces]:
        """The same for several texts; what is new in them is tokenized together."""
        if limit is not None or sum(map(len, texts)) > _TOGETHER:
            return [self.encode(text, limit) for text in texts]
        parts = [list(self._parts(text, 1 << 30)) for text in texts]
        # Patterns are faster for texts of the basic plane: one emoji is not to slow down all others.
        together: dict[bool, list[str]] = {True: [], False: []}
        for text, found in zip(texts, parts, strict=True):
            for block in (part[0] for part in found if part[1] is self._units):
                together[in_basic_plane(text)] += block.units
        for units in together.values():
            self._units.meet(units)
        return [self._tokens(part, None) for part in parts]

    def _tokens(self, parts: Iterable[_Part], limit: int | None) -> Pieces:
        out = Output(limit)
        for part in parts:
            if len(part) == 2:
                block, memory = part
                found, odd = memory.find(block.units)
                rows, counts = block.place(found)
                out.add(rows, *odd_rows(rows, counts, block.units, odd))
            else:
                index, surface, start, end = part
                spelled = {} if self._vocabulary.spell(index) == surface else {0: surface}
                out.add(np.array([[index, start, end, 1]], np.int32), spelled, 0)
            if out.full:
                break
        return out.pieces()

    # -------------------------------------------------------------------------------------------- units

    def _parts(self, text: str, size: int) -> Iterator[_Part]:
        """What a text consists of: added tokens, and between them blocks of at most `size` units."""
        for start, end, token in self._vocabulary.find_raw(text):
            if token is not None:
                yield token.id, text[start:end], start, end
            elif self._by_chunk:
                # What is between spaces and newlines; the reference's components know no other
                # boundary that is always one.
                chunks = text[start:end].replace("\n", " ").split(" ")
                block = Block(chunks, starts_of(chunks, 1) + np.int32(start))
                yield from ((part, self._units) for part in block.cut(size))
            else:
                yield from self._segment(AlignedText(text[start:end], base=start), size)

    def _segment(self, aligned: AlignedText, size: int) -> Iterator[_Part]:
        """Text between raw added tokens: normalize it, then find the other added tokens."""
        if self._normalizer is not None:
            aligned = self._normalizer.normalize(aligned)
        if not self._vocabulary.has_normalized:
            yield from self._normalized(aligned, size)
            return
        for start, end, token in self._vocabulary.find_normalized(aligned.text):
            if token is None:
                yield from self._normalized(aligned.slice(start, end), size)
            else:
                yield token.id, aligned.text[start:end], *aligned.original_span(start, end)

    def _normalized(self, aligned: AlignedText, size: int) -> Iterator[_Part]:
        """Normalized text without added tokens, cut into units."""
        stages = self._stages
        pieces = [aligned] if aligned.text else []
        for head in stages.heads:
            pieces = head.pre_tokenize(pieces)
        if stages.rest and not (stages.splitters and stages.independent):
            for splitter in stages.splitters:
                pieces = splitter.pre_tokenize(pieces)
            pieces = self._rest(pieces)
            yield from ((block, self._words) for block in Block.of_pieces(pieces).cut(size))
            return
        for piece in pieces:
            block = Block.of(piece, *self._split(piece.text))
            yield from ((part, self._units) for part in block.cut(size))

    def _split(self, text: str) -> tuple[Sequence[str], NDArray[np.int32]]:
        """The words that the splitters cut, and where they begin."""
        splitters = self._stages.splitters
        if not splitters:
            return [text], np.zeros(1, np.int32)
        first, *others = splitters
        if not others and (words := first.cover(text)) is not None:
            return words, starts_of(words)
        places = first.split(text)
        for splitter in others:
            places = [(a + c, a + d) for a, b in places for c, d in splitter.split(text[a:b])]
        return [text[a:b] for a, b in places], np.array(places, np.int32).reshape(-1, 2)[:, 0]

    def _rest(self, pieces: list[AlignedText]) -> list[AlignedText]:
        """What the pre-tokenizers after the splitters make of words."""
        for part in self._stages.rest:
            pieces = part.pre_tokenize(pieces)
        return pieces

    # ----------------------------------------------------------------------------------------- new units

    def _learn_chunks(self, chunks: list[str]) -> tuple[list[Packed], dict[str, Odd]]:
        """What is between spaces, through the whole row of components."""
        aligned = AlignedText("\n".join(chunks))
        if self._normalizer is not None:
            aligned = self._normalizer.normalize(aligned)
        return self._learn(chunks, starts_of(chunks, 1), Block.of(aligned, *self._split(aligned.text)))

    def _learn_units(self, units: list[str]) -> tuple[list[Packed], dict[str, Odd]]:
        """Words that further pre-tokenizers change, or leave alone: then they are words of the model."""
        kept = list(filter(self._stages.keep, units))
        if len(kept) == len(units):
            return self._words.find(units)
        rows_of: dict[str, Packed] = {}
        odd: dict[str, Odd] = {}
        if kept:
            found, odd = self._words.find(kept)
            rows_of.update(zip(kept, found, strict=True))
        changed = [unit for unit in units if unit not in rows_of]
        starts = starts_of(changed)
        pieces = map(AlignedText, changed, repeat(None), repeat(None), starts.tolist())
        found, odd_changed = self._learn(changed, starts, Block.of_pieces(self._rest(list(pieces))))
        rows_of.update(zip(changed, found, strict=True))
        return [rows_of[unit] for unit in units], odd | odd_changed

    def _learn(
        self, units: list[str], starts: NDArray[np.int32], block: Block
    ) -> tuple[list[Packed], dict[str, Odd]]:
        """The rows of units, by the words that became of them: a block that lies in the units in a row."""
        words = block.units
        found, odd_words = self._words.find(words)
        rows, per_word = block.place(found)
        unit_of_word = np.searchsorted(starts, block.original_starts(), side="right") - 1
        counts = np.bincount(unit_of_word, per_word, len(units)).astype(np.intp)
        rows[:, 1:3] -= np.repeat(starts, counts)[:, None]
        odd: dict[str, Odd] = {}
        for unit in {int(unit_of_word[place]) for place, word in enumerate(words) if word in odd_words}:
            first, end = np.searchsorted(unit_of_word, [unit, unit + 1])
            start = int(per_word[:first].sum())
            odd[units[unit]] = odd_rows(rows[start:], per_word[first:end], words[first:end], odd_words)
        return cut_rows(rows, counts), odd
