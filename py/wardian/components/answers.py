"""Places of a document that answer a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wardian.components.base import Output

__all__ = ["Answer", "Answers", "FoundAnswers"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A passage and the range of the sentence in it that answers; what stands before it and after it.

    `page` is None and `heading` empty where a document has none.
    """

    text: str
    sentence: tuple[int, int]
    score: float
    page: int | None = None
    heading: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class FoundAnswers:
    """Answers, best first, and what they were taken from: its name, its pages (0: none), its passages."""

    answers: Sequence[Answer]
    name: str
    pages: int
    passages: int


class Answers(Output):
    """Passages with the answering sentence marked, each with its place. The value is a `FoundAnswers`.

    The payload has a passage in three parts, so that no place has to be counted in other units.
    """

    def __init__(self, label: str | Mapping[str, str] = "Answers") -> None:
        super().__init__(label)

    def postprocess(self, value: FoundAnswers) -> dict[str, Any]:
        """
        >>> found = FoundAnswers([Answer("It is. Tea. Yes.", (7, 11), 0.5, 3)], "a.pdf", 9, 20)
        >>> list(Answers().postprocess(found)["answers"][0].values())
        ['It is. ', 'Tea.', ' Yes.', 0.5, 3, '', '', '']
        """
        return {
            "answers": [
                {
                    "lead": one.text[: one.sentence[0]],
                    "sentence": one.text[one.sentence[0] : one.sentence[1]],
                    "rest": one.text[one.sentence[1] :],
                    "score": float(one.score),
                    "page": one.page,
                    "heading": one.heading,
                    "before": one.before,
                    "after": one.after,
                }
                for one in value.answers
            ],
            "name": value.name,
            "pages": value.pages,
            "passages": value.passages,
        }
