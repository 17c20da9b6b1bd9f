"""What each token adds to the text of an answer, as bytes: read off the tokenizer's decoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wardian.errors import ModelError
from wardian.tokenizers import Tokenizer
from wardian.tokenizers.decoders import (
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

__all__ = ["TokenBytes", "read_token_bytes"]

#: Takes what a token is so far, and whether it is the first of a text; text, or bytes at the end of it.
_Step = Callable[[str | bytes, bool], str | bytes]


@dataclass(frozen=True, slots=True)
class TokenBytes:
    """The bytes of each token by id: `first` as the first one of a text, `rest` elsewhere.

    Special tokens, which are left out of texts, and ids of no token have b"". Where the two do not differ,
    they are the same list.
    """

    first: list[bytes]
    rest: list[bytes]


def read_token_bytes(tokenizer: Tokenizer) -> TokenBytes:
    """The bytes of a tokenizer's tokens: joined, they are `tokenizer.decode` of the ids, if that is UTF-8.

    >>> from wardian.tokenizers.models import WordLevel
    >>> from wardian.tokenizers.decoders import WordPieceDecoder
    >>> tokenizer = Tokenizer(model=WordLevel({"un": 0, "##do": 1}), decoder=WordPieceDecoder())
    >>> read_token_bytes(tokenizer)
    TokenBytes(first=[b'un', b'##do'], rest=[b' un', b'do'])

    Raises ModelError for decoders whose text of a token depends on other tokens (BPEDecoder, CTC, Replace by
    a pattern, Strip at the end), and where spaces are cleaned up across tokens.
    """
    if tokenizer._settings.clean_up_tokenization_spaces:
        raise _refused("clean_up_tokenization_spaces", "it changes spaces across tokens")
    steps, both = _steps(tokenizer.decoder)
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special}
    count = max(tokenizer.get_vocab().values(), default=-1) + 1
    names = [tokenizer.id_to_token(index) for index in range(count)]
    names = [None if name in special else name for name in names]
    rest = [_bytes(name, steps, first=False) for name in names]
    return TokenBytes([_bytes(name, steps, first=True) for name in names] if both else rest, rest)


def _bytes(token: str | None, steps: list[_Step], first: bool) -> bytes:
    if token is None:
        return b""
    piece: str | bytes = token
    for step in steps:
        piece = step(piece, first)
    if isinstance(piece, str):
        # A vocabulary may hold half a character, which no text ever has.
        return piece.encode("utf-8", "surrogatepass")
    return piece


def _steps(decoder: Decoder | None) -> tuple[list[_Step], bool]:
    """What is done to each token, and whether the first one is treated in another way."""
    if decoder is None:
        return [lambda token, first: token if first else _text(" ", token)], True
    chain = list(decoder.decoders) if isinstance(decoder, DecoderSequence) else [decoder]
    steps, both, fused = [], False, False
    for part in chain:
        steps.append(_step(part, fused))
        both = both or isinstance(part, (Metaspace, WordPieceDecoder, Strip))
        fused = fused or isinstance(part, (Fuse, ByteLevel))
    return steps, both


def _step(part: Decoder, fused: bool) -> _Step:
    """One decoder, token by token; `fused` where those before have made the text one string."""
    if isinstance(part, ByteLevel):
        return lambda token, first: token_bytes(token) if isinstance(token, str) else token
    if isinstance(part, Fuse):
        return lambda token, first: token
    if isinstance(part, ByteFallback) and not fused:
        return _byte_fallback
    if isinstance(part, (Metaspace, WordPieceDecoder)) and not fused:
        return lambda token, first: part.spell(token, first=first) if isinstance(token, str) else token
    if isinstance(part, Replace) and part.pattern and not fused:
        return lambda token, first: part.replace(token) if isinstance(token, str) else token
    # Off the start of the whole text, which the first token is as long as it is no shorter.
    if isinstance(part, Strip) and fused and part.stop == 0 and part.start <= 1:
        return lambda token, first: _stripped(token, part) if first else token
    raise _refused(type(part).__name__, "what a token says may depend on others")


def _byte_fallback(token: str | bytes, first: bool) -> str | bytes:
    byte = byte_of(token) if isinstance(token, str) else None
    return token if byte is None else bytes([byte])


def _stripped(token: str | bytes, part: Strip) -> str | bytes:
    start = part.content if isinstance(token, str) else part.content.encode()
    return token.removeprefix(start) if part.start else token  # type: ignore[arg-type]


def _text(before: str, token: str | bytes) -> str | bytes:
    return before + token if isinstance(token, str) else before.encode() + token


def _refused(name: str, why: str) -> ModelError:
    return ModelError(
        "Answers of this model cannot be constrained: its tokens have no text of their own.",
        value=name,
        expected="a decoder of ByteLevel, Metaspace, WordPiece, or Replace with ByteFallback, Fuse and Strip",
        received=why,
    )
