"""Byte-pair encoding: start from single characters, merge the pair that was learned first, again and again.

With the merges (h e), (l l), (he ll), (hell o) in this order the word "hello" goes

    h e l l o  →  he l l o  →  he ll o  →  hell o  →  hello

and where two places would merge the same pair, the left one comes first. Characters that the vocabulary lacks
become `unk_token`, or with `byte_fallback` the tokens <0x00> … <0xFF> of their UTF-8 bytes; without either
they are dropped, as in the reference.

Source: Sennrich, Haddow and Birch, arXiv:1508.07909; `BPE` of Hugging Face tokenizers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from operator import add

from wardian.errors import ModelError, shorten
from wardian.tokenizers.models.merging import merge_blocks, merge_long, merge_short

__all__ = ["BPE"]

#: Up to so many symbols the simple way of merging is the faster one (measured in CPython).
_SHORT = 200

Piece = tuple[int, str, int, int]


class BPE:
    """
    >>> vocab = {token: i for i, token in enumerate(["h", "e", "l", "o", "he", "ll", "hell", "hello"])}
    >>> model = BPE(vocab, [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o")])
    >>> model.tokenize("hellohe")
    [(7, 'hello', 0, 5), (4, 'he', 5, 7)]
    >>> model.tokenize("ox!l")  # no unk_token: what is unknown is dropped, and offsets close up
    [(3, 'o', 0, 1), (2, 'l', 1, 2)]
    """

    def __init__(
        self,
        vocab: dict[str, int],
        merges: Iterable[tuple[str, str]],
        *,
        unk_token: str | None = None,
        continuing_subword_prefix: str | None = None,
        end_of_word_suffix: str | None = None,
        fuse_unk: bool = False,
        byte_fallback: bool = False,
        ignore_merges: bool = False,
    ) -> None:
        """Raises ModelError when a merge makes, or is made of, a token that the vocabulary lacks.

        `byte_fallback` together with an affix is refused: the reference gives the affix's bytes offsets
        outside the text.
        """
        if byte_fallback and (continuing_subword_prefix or end_of_word_suffix):
            raise ModelError(
                "A BPE model with `byte_fallback` and a prefix or suffix of words is not supported.",
                expected="one or the other",
            )
        self.vocab = vocab
        self.merges = list(merges)
        self.unk_token = unk_token
        self.continuing_subword_prefix = continuing_subword_prefix
        self.end_of_word_suffix = end_of_word_suffix
        self.fuse_unk = fuse_unk
        self.byte_fallback = byte_fallback
        self.ignore_merges = ignore_merges
        #: By rank: the id that the merge makes. By pair of ids: the rank of the merge.
        self._results, self._ranks = _numbered(vocab, self.merges, continuing_subword_prefix or "")
        self._spellings = {index: token for token, index in vocab.items()}
        self._plain = not continuing_subword_prefix and not end_of_word_suffix

    @cached_property
    def break_before(self) -> re.Pattern[str] | None:
        """Places in a word where no merge can reach across, so that its parts can be tokenized apart.

        They are before a "▁" that follows a character after which no merged token has "▁". None where
        splitting would not be exact: where whole words are looked up first, where unknown characters are
        dropped and shift all offsets after them, or merges know the unknown token or bytes.
        """
        bytes_ = [self.vocab.get(f"<0x{byte:02X}>") for byte in range(256)]
        drops = self.unk_token is None and not (self.byte_fallback and None not in bytes_)
        if "▁" not in self.vocab or not self._plain or self.ignore_merges or drops:
            return None
        merging = {side for pair in self._ranks for side in pair}
        if merging & {self.vocab.get(self.unk_token or ""), *bytes_} - {None}:
            return None
        made = [self._spellings[index] for index in self._results]
        inner = [token for token in made if "▁" in token[1:]]
        before = {a for token in inner for a, b in pairwise(token) if b == "▁"}
        inside = "".join(map(re.escape, sorted(before)))
        return re.compile(f"(?<=[^{inside}])(?=▁)" if inside else "(?<=.)(?=▁)", re.DOTALL)

    def tokenize(self, word: str) -> list[Piece]:
        """The pieces of a non-empty word: (id, token, start, end), the range in characters of the word.

        Raises ModelError for an unknown character when `unk_token` is not in the vocabulary.
        """
        vocab = self.vocab
        if self.ignore_merges:
            whole = vocab.get(word)
            if whole is not None:
                return [(whole, word, 0, len(word))]
        if self._plain:
            try:
                symbols = [vocab[character] for character in word]
            except KeyError:
                pass
            else:
                return self._pieces(*self._merge(symbols, [1] * len(symbols)))
        symbols, lengths = self._slow_symbols(word)
        symbols, lengths = self._merge(symbols, lengths)
        pieces = self._pieces(symbols, lengths)
        return pieces if word.isascii() else _in_characters(pieces, word)

    def _merge(self, symbols: list[int], lengths: list[int]) -> tuple[list[int], list[int]]:
        if len(symbols) <= _SHORT:
            return merge_short(symbols, lengths, self._ranks, self._results)
        merged = merge_blocks(symbols, lengths, self._ranks, self._results)
        return merged or merge_long(symbols, lengths, self._ranks, self._results)

    def _pieces(self, symbols: Sequence[int], lengths: Sequence[int]) -> list[Piece]:
        spellings, pieces, start = self._spellings, [], 0
        for index, length in zip(symbols, lengths, strict=True):
            pieces.append((index, spellings[index], start, start + length))
            start += length
        return pieces

    def _slow_symbols(self, word: str) -> tuple[list[int], list[int]]:
        """Ids of the characters and their lengths in UTF-8 bytes, where some are unknown or get affixes.

        The reference keeps an unknown token back until a known character comes, even when bytes of another
        character are written meanwhile; so bytes may overtake it, and so they do here.
        """
        symbols: list[int] = []
        lengths: list[int] = []
        unknown: int | None = None  # the length of the unknown token that is kept back
        prefix, suffix = self.continuing_subword_prefix or "", self.end_of_word_suffix or ""
        for position, character in enumerate(word):
            spelling = prefix + character if position else character
            if position == len(word) - 1:
                spelling += suffix
            length = len(character.encode())
            index = self.vocab.get(spelling)
            if index is None and self.byte_fallback:
                fallback = [self.vocab.get(f"<0x{byte:02X}>") for byte in spelling.encode()]
                if None not in fallback:
                    symbols += [byte for byte in fallback if byte is not None]
                    lengths += [1] * len(fallback)
                    continue
            if index is None and self.unk_token is None:
                continue
            if unknown is not None and not (index is None and self.fuse_unk):
                symbols.append(self._unknown())
                lengths.append(unknown)
                unknown = None
            if index is None:
                self._unknown()
                unknown = (unknown or 0) + length
            else:
                symbols.append(index)
                lengths.append(length)
        if unknown is not None:
            symbols.append(self._unknown())
            lengths.append(unknown)
        return symbols, lengths

    def _unknown(self) -> int:
        index = self.vocab.get(self.unk_token or "")
        if index is None:
            raise ModelError(f"The vocabulary lacks the token {self.unk_token!r} for unknown characters.")
        return index


def _numbered(
    vocab: dict[str, int], merges: Sequence[tuple[str, str]], prefix: str
) -> tuple[list[int], dict[tuple[int, int], int]]:
    """Per merge the id it makes, and the rank of each pair of ids (the last, if it is there twice)."""
    lefts = [left for left, _ in merges]
    rights = [right for _, right in merges]
    # The reference cuts as many bytes off the right side as the prefix has, whatever they are.
    cut = len(prefix.encode())
    try:
        ends = [right.encode()[cut:].decode() for right in rights] if cut else rights
        results = list(map(vocab.__getitem__, map(add, lefts, ends)))
        pairs = zip(map(vocab.__getitem__, lefts), map(vocab.__getitem__, rights), strict=True)
        return results, dict(zip(pairs, range(len(results)), strict=True))
    except (KeyError, UnicodeDecodeError) as error:
        raise ModelError(
            "A merge has a token that the vocabulary lacks.", received=shorten(str(error))
        ) from error


def _in_characters(pieces: Sequence[Piece], word: str) -> list[Piece]:
    """Ranges in UTF-8 bytes made ranges of the characters that hold the first and the last byte."""
    character_of = [place for place, character in enumerate(word) for _ in character.encode()]
    last = len(character_of) - 1
    return [
        (index, token, character_of[min(start, last)], character_of[min(max(end, 1) - 1, last)] + 1)
        for index, token, start, end in pieces
    ]
