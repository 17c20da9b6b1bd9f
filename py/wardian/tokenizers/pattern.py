"""What `Split` and `Replace` look for: a string or a regular expression."""

from __future__ import annotations

from collections.abc import Mapping

from wardian.errors import ModelError, shorten
from wardian.tokenizers.oniguruma import Matcher

__all__ = ["Pattern"]


class Pattern:
    """Finds a string, or an expression of Oniguruma. Raises ModelError for a pattern that is neither.

    >>> Pattern({"String": "ab"}).spans("abcab")
    [(0, 2), (3, 5)]
    """

    def __init__(self, config: Mapping[str, str]) -> None:
        """From {"String": …} or {"Regex": …}, as `tokenizer.json` has it."""
        single = isinstance(config, Mapping) and len(config) == 1
        kind, pattern = next(iter(config.items())) if single else ("", "")
        if kind not in ("String", "Regex") or not isinstance(pattern, str):
            raise ModelError(
                "The pattern of the tokenizer is broken.",
                value=shorten(config),
                expected='{"String": "…"} or {"Regex": "…"}',
            )
        self.config = dict(config)
        #: The string to find; None for an expression. The empty string is one: it is found everywhere.
        self.string = pattern if kind == "String" and pattern else None
        self._matcher = Matcher(pattern) if self.string is None else None

    def cover(self, text: str) -> list[str] | None:
        """What an expression finds where that is all of the text; else None."""
        return None if self._matcher is None else self._matcher.cover(text)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it is found, from the left, without overlap."""
        if self._matcher is not None:
            return self._matcher.spans(text)
        assert self.string is not None
        spans, size = [], len(self.string)
        at = text.find(self.string)
        while at >= 0:
            spans.append((at, at + size))
            at = text.find(self.string, at + size)
        return spans
