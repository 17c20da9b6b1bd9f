"""A summary, who made it, and, of one that was taken from a document, where each sentence stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from wardian.components.base import Output

__all__ = ["Summary", "SummaryPassage", "SummaryText"]


@dataclass(frozen=True, slots=True)
class SummaryPassage:
    """A passage of the document and the ranges of the sentences in it that were taken, in their order.

    `page` is None and `heading` empty where a document has none.
    """

    text: str
    sentences: Sequence[tuple[int, int]]
    page: int | None = None
    heading: str = ""


@dataclass(frozen=True, slots=True)
class SummaryText:
    """A summary so far.

    `by` is `"extract"` (sentences of the document: `passages`), `"chat"` (written by the model that
    converses) or `"own"` (by a model of the visitor's own), `model` its name. `parts` says in how many
    parts a document was read. `words` are those of the document, `name` and `pages` what it is called and has
    (empty and 0: nothing).
    """

    by: Literal["extract", "chat", "own"]
    model: str
    text: str = ""
    passages: Sequence[SummaryPassage] = field(default=())
    parts: int = 1
    done: bool = True
    name: str = ""
    pages: int = 0
    words: int = 0


class Summary(Output):
    """A summary that says who made it. The value is a `SummaryText`.

    In the payload a passage is cut into pieces of text, each with whether it was taken, so that no place has
    to be counted in other units.
    """

    def __init__(self, label: str | Mapping[str, str] = "Summary") -> None:
        super().__init__(label)

    def postprocess(self, value: SummaryText) -> dict[str, Any]:
        """
        >>> passage = SummaryPassage("Tea. Green tea. Hot.", [(5, 15)], page=3)
        >>> payload = Summary().postprocess(SummaryText("extract", "m", passages=[passage]))
        >>> payload["passages"]
        [{'pieces': [['Tea. ', False], ['Green tea.', True], [' Hot.', False]], 'page': 3, 'heading': ''}]
        """
        return {
            "by": value.by,
            "model": value.model,
            "text": value.text,
            "passages": [
                {"pieces": _pieces(one), "page": one.page, "heading": one.heading} for one in value.passages
            ],
            "parts": int(value.parts),
            "done": bool(value.done),
            "name": value.name,
            "pages": int(value.pages),
            "words": int(value.words),
        }


def _pieces(passage: SummaryPassage) -> list[list[Any]]:
    """The text of a passage, cut where sentences that were taken begin and end."""
    pieces: list[list[Any]] = []
    place = 0
    for start, end in passage.sentences:
        pieces += [[passage.text[place:start], False], [passage.text[start:end], True]]
        place = end
    pieces.append([passage.text[place:], False])
    return [piece for piece in pieces if piece[0]]
