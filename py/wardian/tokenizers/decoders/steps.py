"""The decoders, each readable alone.

Each takes a row of tokens and gives a row of strings, which the next one takes; at the end they are joined.

Source: `decoders/` of Hugging Face tokenizers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from wardian.tokenizers.byte_level import CHAR_TO_BYTE

__all__ = [
    "CTC",
    "BPEDecoder",
    "ByteFallback",
    "ByteLevel",
    "Decoder",
    "DecoderSequence",
    "Fuse",
    "Metaspace",
    "Replace",
    "Strip",
    "WordPieceDecoder",
    "byte_of",
    "clean_up",
    "clean_up_spaces",
    "token_bytes",
]


class Decoder(Protocol):
    """Joins tokens."""

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """Strings that, joined, are the text of the tokens."""


#: Spaces that English does not write, in this order. Source: `cleanup` of Hugging Face tokenizers.
_CLEAN_UP = (
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
)  # fmt: skip


def clean_up(text: str) -> str:
    """The text without the spaces that tokenizing English brings.

    >>> clean_up("do n't stop , it 's late !")
    "don't stop, it's late!"
    """
    for spaced, plain in _CLEAN_UP:
        text = text.replace(spaced, plain)
    return text


def clean_up_spaces(text: str) -> str:
    """The same as transformers' `clean_up_tokenization_spaces` does it: without " do not".

    >>> clean_up_spaces("they do not stop , it 's late !")
    "they do not stop, it's late!"
    """
    for spaced, plain in _CLEAN_UP:
        if spaced != " do not":
            text = text.replace(spaced, plain)
    return text


@dataclass(frozen=True, slots=True)
class WordPieceDecoder:
    """A space before every token that does not continue a word; then spaces before punctuation go.

    >>> "".join(WordPieceDecoder().decode_chain(["un", "##aff", "##able", ",", "is", "it", "?"]))
    'unaffable, is it?'
    """

    prefix: str = "##"
    cleanup: bool = True

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """Strings that, joined, are the text of the tokens."""
        return [self.spell(token, first=index == 0) for index, token in enumerate(tokens)]

    def spell(self, token: str, first: bool) -> str:
        """One token's text."""
        if not first:
            continues = token.startswith(self.prefix)
            token = token[len(self.prefix) :] if continues else f" {token}"
        # Per token, as the reference does: it never sees two tokens at once.
        return clean_up(token) if self.cleanup else token


_TO_LATIN_1 = str.maketrans({character: chr(byte) for character, byte in CHAR_TO_BYTE.items()})
_BYTE_LEVEL = re.compile("[" + "".join(re.escape(character) for character in CHAR_TO_BYTE) + "]*")


def token_bytes(token: str) -> bytes:
    """The bytes of a byte-level token, or its UTF-8 where a character stands for no byte.

    >>> token_bytes("Ġcaf"), token_bytes("Ã©"), token_bytes("a b")
    (b' caf', b'\\xc3\\xa9', b'a b')
    """
    if _BYTE_LEVEL.fullmatch(token):
        return token.translate(_TO_LATIN_1).encode("latin-1")
    return token.encode()


@dataclass(frozen=True, slots=True)
class ByteLevel:
    """Characters that stand for bytes become text; bytes that are no UTF-8 become U+FFFD.

    >>> ByteLevel().decode_chain(["caf", "Ã", "©", "Ġok"])
    ['café ok']
    """

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """The whole text as one string."""
        return [b"".join(map(token_bytes, tokens)).decode("utf-8", "replace")]


@dataclass(frozen=True, slots=True)
class Metaspace:
    """The replacement becomes a space, and goes from the first token where one was prepended.

    >>> Metaspace().decode_chain(["▁a", "b▁", "▁c"])
    ['a', 'b ', ' c']
    """

    replacement: str = "▁"
    prepend_scheme: str = "always"
    split: bool = True

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """Strings that, joined, are the text of the tokens."""
        return [self.spell(token, first=index == 0) for index, token in enumerate(tokens)]

    def spell(self, token: str, first: bool) -> str:
        """One token's text."""
        return token.replace(self.replacement, "" if first and self.prepend_scheme != "never" else " ")


@dataclass(frozen=True, slots=True)
class BPEDecoder:
    """The suffix that ends a word becomes a space, except in the last token.

    >>> BPEDecoder().decode_chain(["he", "llo</w>", "you</w>"])
    ['he', 'llo ', 'you']
    """

    suffix: str = "</w>"

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """Strings that, joined, are the text of the tokens."""
        last = len(tokens) - 1
        return [token.replace(self.suffix, "" if i == last else " ") for i, token in enumerate(tokens)]


@dataclass(frozen=True, slots=True)
class CTC:
    """Repeated tokens count once, padding not at all.

    >>> CTC().decode_chain(["h", "h", "i", "<pad>", "i", "|", "|"])
    ['h', 'i', 'i', ' ']
    """

    pad_token: str = "<pad>"
    word_delimiter_token: str = "|"
    cleanup: bool = True

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """Strings that, joined, are the text of the tokens."""
        spelled = (self.spell(token) for token, _ in groupby(tokens))
        return [text for text in spelled if text]

    def spell(self, token: str) -> str:
        """One token's text; may be empty."""
        text = token.replace(self.pad_token, "") if self.pad_token else token
        return clean_up(text).replace(self.word_delimiter_token, " ") if self.cleanup else text


#: What the reference reads as a byte: its number parser takes a sign.
_BYTE_TOKEN = re.compile("<0x([0-9A-Fa-f]{2}|\\+[0-9A-Fa-f])>")


def byte_of(token: str) -> int | None:
    """The byte that a token such as <0x0A> stands for.

    >>> byte_of("<0x0A>"), byte_of("<s>")
    (10, None)
    """
    match = _BYTE_TOKEN.fullmatch(token)
    return int(match[1], 16) if match else None


@dataclass(frozen=True, slots=True)
class ByteFallback:
    """Runs of byte tokens become text; a run that is no UTF-8 becomes one U+FFFD a byte.

    >>> ByteFallback().decode_chain(["a", "<0xE4>", "<0xBD>", "<0xA0>", "b", "<0xE4>"])
    ['a', '你', 'b', '\ufffd']
    """

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """Strings that, joined, are the text of the tokens."""
        row: list[str] = []
        for is_byte, run in groupby(tokens, lambda token: byte_of(token) is not None):
            if not is_byte:
                row += run
                continue
            content = bytes(byte for byte in map(byte_of, run) if byte is not None)
            try:
                row.append(content.decode())
            except UnicodeDecodeError:
                row += "\ufffd" * len(content)
        return row


@dataclass(frozen=True, slots=True)
class Fuse:
    """All tokens become one string, for decoders that look across."""

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """The whole text as one string."""
        return ["".join(tokens)]


@dataclass(frozen=True, slots=True)
class Strip:
    """Up to `start` times the character goes from the start of each string, up to `stop` times from its end.

    >>> Strip(" ", 1, 0).decode_chain(["  a ", "b"])
    [' a ', 'b']
    """

    content: str
    start: int
    stop: int

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """Strings that, joined, are the text of the tokens."""
        return [self.spell(token) for token in tokens]

    def spell(self, token: str) -> str:
        """One string, stripped."""
        start, end = 0, len(token)
        while start < min(self.start, len(token)) and token[start] == self.content:
            start += 1
        while len(token) - end < self.stop and end > start and token[end - 1] == self.content:
            end -= 1
        return token[start:end]


@dataclass(frozen=True, slots=True)
class Replace:
    """Every match of a pattern becomes `content`.

    >>> Replace("▁", " ", lambda text: text.replace("▁", " ")).decode_chain(["▁a", "b▁c"])
    [' a', 'b c']
    """

    pattern: str
    content: str
    replace: Callable[[str], str]

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """Strings that, joined, are the text of the tokens."""
        return list(map(self.replace, tokens))


class DecoderSequence:
    """Several decoders, one after the other."""

    def __init__(self, decoders: Sequence[Decoder]) -> None:
        self.decoders = tuple(decoders)

    def decode_chain(self, tokens: Sequence[str]) -> list[str]:
        """What the last one makes."""
        row = list(tokens)
        for decoder in self.decoders:
            row = decoder.decode_chain(row)
        return row
