"""A conversation of many turns, as the task Chat has it: run natively, and as text in a page's Python."""

from __future__ import annotations

from typing import Any


async def converse(
    pipe: Any, messages: list[dict[str, str]], turns: int, question: str, most: int
) -> list[int]:
    """Ask so many times; how many of the oldest messages each prompt left out."""
    dropped = []
    for _ in range(turns):
        messages.append({"role": "user", "content": question})
        prompt = await pipe.prompt(messages, pipe.settings(max_new_tokens=most))
        text = ""
        async for delta in pipe.stream(prompt, max_new_tokens=most, min_new_tokens=most):
            text += delta.text
        messages.append({"role": "assistant", "content": text})
        dropped.append(prompt.dropped)
    return dropped
