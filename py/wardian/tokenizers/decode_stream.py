"""Decoding as ids come: text is handed out as soon as it cannot change any more.

Each decoder has a form that takes one token and gives the text that is certain by then, so the cost of a
step does not depend on how much came before. Where a decoder looks at the whole text (after `Fuse`, except
for what `Strip` takes off its start), the last tokens are decoded again, as the reference does with all
decoders.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from wardian.errors import InputError
from wardian.tokenizers.decoders import (
    CTC,
    BPEDecoder,
    ByteFallback,
    ByteLevel,
    Decoder,
    DecoderSequence,
    Fuse,
    Metaspace,
    Replace,
    Strip,
    WordPieceDecoder,
    byte_of,
    token_bytes,
)

if TYPE_CHECKING:
    from wardian.tokenizers.tokenizer import Tokenizer

__all__ = ["DecodeStream"]

#: Takes a token, gives the strings that became certain.
_Step = Callable[[str], Sequence[str]]


class DecodeStream:
    """Turns ids into text one step at a time. No step gives half a character.

    What the steps gave, joined, is `tokenizer.decode` of all ids so far whenever these end with a whole
    character. One thing cannot be so: a run of byte tokens (`ByteFallback`) that is broken only after some of
    its characters were handed out; those stay, and what follows in the run becomes U+FFFD.

    >>> from wardian.tokenizers.models import WordLevel
    >>> from wardian.tokenizers.tokenizer import Tokenizer
    >>> vocab = {"Ġsay": 0, "Ġcaf": 1, "Ã": 2, "©": 3}
    >>> tokenizer = Tokenizer(model=WordLevel(vocab), decoder=ByteLevel())
    >>> stream = DecodeStream(tokenizer)
    >>> [stream.step(index) for index in (0, 1, 2, 3)]
    [' say', ' caf', None, 'é']
    """

    def __init__(self, tokenizer: Tokenizer, skip_special_tokens: bool = False) -> None:
        self._tokenizer = tokenizer
        self._skip = skip_special_tokens
        self._steps = _steps(tokenizer.decoder)
        #: Where all must be decoded again: the tokens in view, how many of them were given out, and as what.
        self._ids: list[int] = []
        self._done = 0
        self._given = ""

    def step(self, id: int | Sequence[int]) -> str | None:
        """The text that one more id, or several, make certain; None for none yet.

        Raises InputError for what is no id.
        """
        ids = list(id) if isinstance(id, Sequence) else [id]
        known = [index for index in ids if self._tokenizer.spell([index], self._skip)]
        if self._steps is None:
            return self._decode_again(known) or None
        row = self._tokenizer.spell(known, skip_special_tokens=False)
        for step in self._steps:
            row = [text for token in row for text in step(token)]
        return "".join(row) or None

    def _decode_again(self, ids: list[int]) -> str:
        """The end of what the last tokens make, less what was given of it.

        Source: `step_decode_stream` of Hugging Face tokenizers.
        """
        if not ids:
            return ""
        self._ids += ids
        text = self._tokenizer.decode(self._ids, skip_special_tokens=False)
        if text.endswith("\ufffd") or len(text) <= len(self._given):
            return ""
        if not text.startswith(self._given):
            raise InputError(
                "The text that was given out changed with a later token.",
                value=repr(self._given[-40:]),
                received=repr(text[-40:]),
                hint="Decode all ids at once with this decoder.",
            )
        new = text[len(self._given) :]
        # What was given last stays in view, so that the next tokens have something before them.
        self._ids = self._ids[self._done :]
        self._done = len(self._ids)
        self._given = self._tokenizer.decode(self._ids, skip_special_tokens=False)
        return new


def _steps(decoder: Decoder | None) -> list[_Step] | None:
    """One step per decoder, or None where one of them must see the whole text."""
    if decoder is None:
        return [_Spaced()]
    chain = list(decoder.decoders) if isinstance(decoder, DecoderSequence) else [decoder]
    if any(isinstance(part, DecoderSequence) for part in chain):
        return None
    steps: list[_Step] = []
    fused = False
    for part in chain:
        step = _fused_step(part) if fused else _step(part)
        if step is None:
            return None
        steps.append(step)
        fused = fused or isinstance(part, (Fuse, ByteLevel))
    return steps


def _step(decoder: Decoder) -> _Step | None:
    """The step of a decoder that gets token after token."""
    if isinstance(decoder, ByteLevel):
        utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        return lambda token: [utf8.decode(token_bytes(token))]
    if isinstance(decoder, (Metaspace, WordPieceDecoder)):
        return _First(decoder)
    if isinstance(decoder, BPEDecoder):
        return _Suffix(decoder.suffix) if decoder.suffix else None
    if isinstance(decoder, CTC):
        return _Repeated(decoder)
    if isinstance(decoder, ByteFallback):
        return _Bytes()
    if isinstance(decoder, Fuse):
        return lambda token: [token]
    if isinstance(decoder, Strip):
        return lambda token: [decoder.spell(token)]
    if isinstance(decoder, Replace):
        return lambda token: [decoder.replace(token)]
    return None


def _fused_step(decoder: Decoder) -> _Step | None:
    """The step of a decoder that gets parts of one single string."""
    if isinstance(decoder, Fuse):
        return lambda part: [part]
    if isinstance(decoder, Strip) and decoder.stop == 0:
        return _StripStart(decoder)
    if isinstance(decoder, Replace) and len(decoder.pattern) == 1:
        return lambda part: [decoder.replace(part)]
    return None


class _Spaced:
    """What a tokenizer without a decoder does: tokens with spaces between."""

    def __init__(self) -> None:
        self._space = ""

    def __call__(self, token: str) -> list[str]:
        text, self._space = self._space + token, " "
        return [text]


class _First:
    """Decoders that treat the first token of a text in a way of its own."""

    def __init__(self, decoder: Metaspace | WordPieceDecoder) -> None:
        self._decoder = decoder
        self._first = True

    def __call__(self, token: str) -> list[str]:
        text, self._first = self._decoder.spell(token, self._first), False
        return [text]


class _Suffix:
    """A suffix becomes a space once another token follows: what is behind it waits for that."""

    def __init__(self, suffix: str) -> None:
        self._suffix = suffix
        self._waiting = ""

    def __call__(self, token: str) -> list[str]:
        before = self._waiting.replace(self._suffix, " ")
        start = token.find(self._suffix)
        start = len(token) if start < 0 else start
        self._waiting = token[start:]
        return [before + token[:start]]


class _Repeated:
    """A token that was just there gives nothing."""

    def __init__(self, decoder: CTC) -> None:
        self._decoder = decoder
        self._last: str | None = None

    def __call__(self, token: str) -> list[str]:
        repeated, self._last = token == self._last, token
        text = "" if repeated else self._decoder.spell(token)
        return [text] if text else []


class _Bytes:
    """Byte tokens wait until they make a character; in a broken run each gives one U+FFFD."""

    def __init__(self) -> None:
        self._waiting = b""
        self._broken = False

    def __call__(self, token: str) -> list[str]:
        byte = byte_of(token)
        if byte is None:
            rest = "\ufffd" * len(self._waiting)
            self._waiting, self._broken = b"", False
            return [rest, token] if rest else [token]
        self._waiting += bytes([byte])
        if not self._broken:
            try:
                text = self._waiting.decode()
                self._waiting = b""
                return [text]
            except UnicodeDecodeError as error:
                if error.end == len(self._waiting) and error.reason == "unexpected end of data":
                    return []
        self._broken = True
        count, self._waiting = len(self._waiting), b""
        return ["\ufffd" * count]


class _StripStart:
    """Takes up to so many characters off the start of one string that comes in parts."""

    def __init__(self, decoder: Strip) -> None:
        self._content = decoder.content
        self._left = decoder.start

    def __call__(self, part: str) -> list[str]:
        while self._left and part:
            if part[0] != self._content:
                self._left = 0
                break
            part = part[1:]
            self._left -= 1
        return [part]
