"""The answer of a language model, as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from wardian.components.base import Output

__all__ = ["Reply", "ReplyText"]

_TIMES = ("seconds", "first_token_seconds")


@dataclass(frozen=True, slots=True)
class ReplyText:
    """All of an answer so far, and what it took.

    `tokens` are those of the answer, `seconds` counts from the beginning of the run, of which
    `first_token_seconds` went by before the first one (None until then). `context_used` of at most
    `context_limit` tokens are the prompt and the answer together. `dropped` counts the oldest messages that
    did not fit and were left out. `finish_reason` is None while the answer goes on.
    """

    text: str
    tokens: int
    seconds: float
    first_token_seconds: float | None
    context_used: int
    context_limit: int
    dropped: int = 0
    finish_reason: Literal["stop", "length"] | None = None


class Reply(Output):
    """An answer that is written into the conversation; beside it how much and how fast.

    The value is a `ReplyText`; the payload has its fields. A task that streams gives one for each new part,
    each with the whole text so far.
    """

    measured: ClassVar[tuple[str, ...]] = _TIMES

    def __init__(self, label: str | Mapping[str, str] = "Answer") -> None:
        super().__init__(label)

    def postprocess(self, value: ReplyText) -> dict[str, Any]:
        """
        >>> reply = ReplyText("Hel", 1, 0.5, 0.4, context_used=12, context_limit=8192)
        >>> sorted(Reply().without_measurements(Reply().postprocess(reply)))
        ['context_limit', 'context_used', 'dropped', 'finish_reason', 'text', 'tokens']
        """
        return {
            "text": value.text,
            "tokens": int(value.tokens),
            "seconds": float(value.seconds),
            "first_token_seconds": _seconds(value.first_token_seconds),
            "context_used": int(value.context_used),
            "context_limit": int(value.context_limit),
            "dropped": int(value.dropped),
            "finish_reason": value.finish_reason,
        }


def _seconds(value: float | None) -> float | None:
    return None if value is None else float(value)
