"""A text with marked parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wardian.components.two_sided import TwoSided

__all__ = ["Highlight", "HighlightedText", "Highlights"]


@dataclass(frozen=True, slots=True)
class Highlight:
    """What lies between the characters `start` and `end` (code points), and how much it weighs: below 0
    towards the low end, above 0 towards the high one.
    """

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Highlights:
    """A text and its marked parts, which do not overlap, by their place."""

    text: str
    parts: Sequence[Highlight]


class HighlightedText(TwoSided):
    """A text whose parts are marked by what they weigh. The value is Highlights.

    The payload has the `text` and the columns `starts`, `ends` (UTF-16 units, as JavaScript counts) and
    `scores`. `low` and `high` name what the scores tend to; `alarming` is the one in the
    colour of a warning.
    """

    def postprocess(self, value: Highlights) -> dict[str, Any]:
        """
        >>> HighlightedText().postprocess(Highlights("🙂 fine", [Highlight(2, 6, 0.5)]))
        {'text': '🙂 fine', 'starts': [3], 'ends': [7], 'scores': [0.5]}
        """
        # Imported late: few tasks mark text, and all import components.
        from wardian.tokenizers.utf16 import utf16_positions

        positions = utf16_positions(value.text)
        places = range(len(value.text) + 1) if positions is None else positions.tolist()
        return {
            "text": value.text,
            "starts": [places[part.start] for part in value.parts],
            "ends": [places[part.end] for part in value.parts],
            "scores": [round(float(part.score), 6) for part in value.parts],
        }
