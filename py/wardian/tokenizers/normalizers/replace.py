"""Replaces what a pattern finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from wardian.errors import ModelError, shorten
from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.oniguruma import Matcher

__all__ = ["Replace", "read_pattern"]


def read_pattern(config: object) -> tuple[str, str]:
    """The kind ("String" or "Regex") and the text of a pattern of `tokenizer.json`. Raises ModelError."""
    if isinstance(config, Mapping) and len(config) == 1:
        [(kind, pattern)] = config.items()
        if kind in ("String", "Regex") and isinstance(pattern, str):
            return kind, pattern
    raise ModelError(
        "The pattern of the tokenizer is broken.",
        value=shorten(config),
        expected='{"String": "…"} or {"Regex": "…"}',
    )


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
        self.pattern = dict(pattern)
        self.content = content
        kind, text = read_pattern(pattern)
        self._string = text if kind == "String" and text else None
        self._matcher = Matcher(text) if self._string is None else None

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text."""
        if self._string is not None and len(self._string) == 1 == len(self.content):
            return text.with_text(text.text.replace(self._string, self.content))
        spans = self._spans(text.text)
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

    def _spans(self, text: str) -> list[tuple[int, int]]:
        if self._matcher is not None:
            return self._matcher.spans(text)
        assert self._string is not None
        spans, size = [], len(self._string)
        at = text.find(self._string)
        while at >= 0:
            spans.append((at, at + size))
            at = text.find(self._string, at + size)
        return spans

    def to_config(self) -> dict[str, Any]:
        return {"type": "Replace", "pattern": self.pattern, "content": self.content}
