"""A text in another language, as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wardian.components.base import Output

__all__ = ["TranslatedText", "Translation"]


@dataclass(frozen=True, slots=True)
class TranslatedText:
    """A translation so far, by the model of that name: the first `done` of so many sentences."""

    text: str
    model: str
    done: int
    sentences: int


class Translation(Output):
    """A translation with the paragraphs of its source. The value is a `TranslatedText`; a task that streams
    gives one for each sentence, each with the whole text so far.
    """

    def __init__(self, label: str | Mapping[str, str] = "Translation") -> None:
        super().__init__(label)

    def postprocess(self, value: TranslatedText) -> dict[str, Any]:
        """
        >>> Translation().postprocess(TranslatedText("Guten Tag.", "opus-mt", 1, 2))["done"]
        1
        """
        return {
            "text": value.text,
            "model": value.model,
            "done": int(value.done),
            "sentences": int(value.sentences),
        }
