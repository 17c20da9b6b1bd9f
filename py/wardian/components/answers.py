"""Places of a document that answer a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wardian.components.base import Output

__all__ = ["Answer", "AnswerInWords", "Answers", "FoundAnswers", "SentenceInWords"]


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
class SentenceInWords:
    """A sentence that a model composed, and what it rests on: number `answer` of the answers, and a range of
    its text. None, both, where it is like nothing in them.
    """

    text: str
    answer: int | None = None
    sentence: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class AnswerInWords:
    """An answer that the model of that name composed from the first so many passages."""

    sentences: Sequence[SentenceInWords]
    model: str
    passages: int
    done: bool = True


@dataclass(frozen=True, slots=True)
class FoundAnswers:
    """Answers, best first, and what they were taken from: its name, its pages (0: none), its passages.

    `in_words` is what was composed from them, where that was asked for.
    """

    answers: Sequence[Answer]
    name: str
    pages: int
    passages: int
    in_words: AnswerInWords | None = None


class Answers(Output):
    """Passages with the answering sentence marked, each with its place. The value is a `FoundAnswers`.

    The payload has a passage in three parts, so that no place has to be counted in other units. `composer` is
    the model of the site that composes an answer in words where the visitor asks for it: then a button says
    how large it is, and tells the task's input `Pressed`.
    """

    def __init__(self, label: str | Mapping[str, str] = "Answers", *, composer: str | None = None) -> None:
        super().__init__(label)
        self.composer = composer

    def settings(self) -> dict[str, Any]:
        return {"composer": self.composer}

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
            "in_words": None if value.in_words is None else _in_words(value.in_words, value.answers),
        }


def _in_words(value: AnswerInWords, answers: Sequence[Answer]) -> dict[str, Any]:
    """Each sentence with the number of its passage, and that passage cut where it rests on it."""
    sentences: list[dict[str, Any]] = []
    for one in value.sentences:
        place = None
        if one.answer is not None and one.sentence is not None:
            text, (start, end) = answers[one.answer].text, one.sentence
            place = {
                "answer": one.answer,
                "lead": text[:start],
                "sentence": text[start:end],
                "rest": text[end:],
            }
        sentences.append({"text": one.text, "place": place})
    return {"sentences": sentences, "model": value.model, "passages": value.passages, "done": value.done}
