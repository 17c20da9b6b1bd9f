"""Replaces what a pattern finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.pattern import Pattern

__all__ = ["Replace"]


class Replace:
    """Every match becomes `content`, all of which shares the place of the match's last character.

    >>> Replace({"String": "''"}, '"').normalize(AlignedText("''a"))
    AlignedText(text='"a', starts=[1, 2], ends=[2, 3], base=0)
    >>> Replace({"Regex": " {2,}"}, " ").normalize(AlignedText("a   b")).text
    'a b'
    """

    independent_at_space: ClassVar[bool] = False

    def __init__(self, pattern: Mapping[str, str], content: str) -> None:
        """`pattern` is {"String": …} or {"Regex": …}, the latter for Oniguruma. Raises ModelError."""
        self._pattern = Pattern(pattern)
        self.pattern = self._pattern.config
        self.content = content

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        string = self._pattern.string
        if string is not None and len(string) == len(self.content) == 1:
            return text.with_text(text.text.replace(string, self.content))
        spans = self._pattern.spans(text.text)
        if not spans:
            return text
        spelled: list[str] = []
        places: list[int] = []
        done = 0
        for start, end in spans:
            spelled += (text.text[done:start], self.content)
            places.extend(range(done, start))
            places += [end - 1] * len(self.content)
            done = end
        spelled.append(text.text[done:])
        places.extend(range(done, len(text.text)))
        return text.moved("".join(spelled), places)

    def to_config(self) -> dict[str, Any]:
        return {"type": "Replace", "pattern": self.pattern, "content": self.content}
