"""Conversations that are longer than a model's context: which turns still fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wardian.errors import InputError

__all__ = ["fit_turns"]

Message = Mapping[str, Any]


def fit_turns(
    messages: Sequence[Message], encode: Callable[[Sequence[Message]], Sequence[int]], room: int
) -> tuple[list[int], int]:
    """The tokens of a conversation, without its oldest turns where they do not fit, and how many messages go.

    System messages stay, and so does the last message. A turn leaves whole: after a question its answer goes
    too, so that what is left begins with a question.

    >>> talk = [{"role": role, "content": "x" * 10} for role in ("system", "user", "assistant", "user")]
    >>> ids, dropped = fit_turns(talk, lambda some: range(10 * len(some)), room=25)
    >>> len(ids), dropped
    (20, 2)

    Raises InputError where not even the last message fits.
    """
    kept, dropped = list(messages), 0
    while True:
        ids = list(encode(kept))
        if len(ids) <= room:
            return ids, dropped
        oldest = next((i for i, one in enumerate(kept[:-1]) if one["role"] != "system"), None)
        if oldest is None:
            raise InputError(
                "The message is too long for the model.",
                expected=f"at most {room} tokens, with room for an answer",
                received=f"{len(ids)} tokens",
                hint="Shorten the message or the system prompt.",
            )
        while True:
            del kept[oldest]
            dropped += 1
            if oldest >= len(kept) - 1 or kept[oldest]["role"] == "user":
                break
