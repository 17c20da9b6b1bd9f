"""Tokens over the text they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wardian.components.base import Output

if TYPE_CHECKING:
    from wardian.tokenizers import Encoding

__all__ = ["Tokenization", "Tokens"]


@dataclass(frozen=True, slots=True)
class Tokenization:
    """A text and its tokens. `milliseconds` is what encoding took, `backend` what did it."""

    text: str
    encoding: Encoding
    milliseconds: float
    backend: str


class Tokens(Output):
    """The tokens of a text as coloured spans over it. The value is a Tokenization.

    The payload has the columns `ids`, `tokens`, `starts`, `ends` (UTF-16 units, as JavaScript counts) and
    `special` of the first `limit` tokens, and the `count` of all.
    """

    measured: ClassVar[tuple[str, ...]] = ("milliseconds",)

    def __init__(self, label: str | Mapping[str, str] = "Tokens", *, limit: int = 4000) -> None:
        super().__init__(label)
        self.limit = limit

    def postprocess(self, value: Tokenization) -> dict[str, Any]:
        encoding, limit = value.encoding, self.limit
        offsets = encoding.offsets_utf16[:limit]
        return {
            "text": value.text,
            "count": len(encoding),
            "ids": encoding.ids[:limit].tolist(),
            "tokens": list(encoding.tokens[:limit]),
            "starts": [int(start) for start, _ in offsets],
            "ends": [int(end) for _, end in offsets],
            "special": encoding.special_tokens_mask[:limit].tolist(),
            "characters": len(value.text),
            "milliseconds": value.milliseconds,
            "backend": value.backend,
        }
