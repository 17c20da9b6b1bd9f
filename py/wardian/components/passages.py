"""Passages of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wardian.components.base import Output

__all__ = ["Passage", "Passages"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text: `text` is what lies between the characters `start` and `end` (code points)."""

    text: str
    score: float
    start: int
    end: int


class Passages(Output):
    """Passages of an input text, best first. The value is a list of Passage; the payload one of objects."""

    def __init__(self, label: str | Mapping[str, str] = "Passages") -> None:
        super().__init__(label)

    def postprocess(self, value: Sequence[Passage]) -> list[dict[str, Any]]:
        return [
            {"text": item.text, "score": float(item.score), "start": item.start, "end": item.end}
            for item in value
        ]
