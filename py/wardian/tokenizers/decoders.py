"""Decoders: join tokens to text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from wardian.errors import ModelError

__all__ = ["Decoder", "WordPieceDecoder", "load_decoder"]


class Decoder(Protocol):
    """Joins tokens."""

    def decode(self, tokens: Sequence[str]) -> str: ...


#: Spaces that English does not write, in this order. Source: `cleanup` of Hugging Face tokenizers.
_CLEAN_UP = (
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
)  # fmt: skip


class WordPieceDecoder:
    """A space before every token that does not continue a word; then spaces before punctuation go.

    >>> WordPieceDecoder().decode(["un", "##aff", "##able", ",", "is", "it", "?"])
    'unaffable, is it?'
    """

    def __init__(self, prefix: str = "##", cleanup: bool = True) -> None:
        self.prefix = prefix
        self.cleanup = cleanup

    def decode(self, tokens: Sequence[str]) -> str:
        """The text of the tokens."""
        return "".join(self._spell(token, first=index == 0) for index, token in enumerate(tokens))

    def _spell(self, token: str, first: bool) -> str:
        if not first:
            continues = token.startswith(self.prefix)
            token = token[len(self.prefix) :] if continues else f" {token}"
        if self.cleanup:
            # Per token, as the reference does: it never sees two tokens at once.
            for spaced, plain in _CLEAN_UP:
                token = token.replace(spaced, plain)
        return token


class _Spaced:
    """What a tokenizer without a decoder does: tokens with spaces between."""

    def decode(self, tokens: Sequence[str]) -> str:
        return " ".join(tokens)


def load_decoder(config: Mapping[str, Any] | None) -> Decoder:
    """The decoder that `tokenizer.json` describes. Raises ModelError for an unknown one."""
    if config is None:
        return _Spaced()
    if config.get("type") != "WordPiece":
        raise ModelError(
            f"The decoder {config.get('type')!r} is not supported.", expected="WordPiece or none"
        )
    return WordPieceDecoder(str(config.get("prefix", "##")), bool(config.get("cleanup", True)))
