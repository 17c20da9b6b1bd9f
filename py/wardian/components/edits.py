"""Edits of a text, for the visitor to accept or reject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardian.components.base import Output

if TYPE_CHECKING:
    from wardian.postprocessing.edits import Edit

__all__ = ["EditedText", "Edits"]


@dataclass(frozen=True, slots=True)
class EditedText:
    """A text and what should be changed in it: edits by their place that do not overlap."""

    text: str
    edits: Sequence[Edit]


class Edits(Output):
    """A text with edits in their place; the page lets each be accepted or rejected. The value is EditedText.

    The payload has the `text` and the columns `starts`, `ends` (UTF-16 units, as JavaScript counts) and
    `replacements`.
    """

    def __init__(self, label: str | Mapping[str, str] = "Edits") -> None:
        super().__init__(label)

    def postprocess(self, value: EditedText) -> dict[str, Any]:
        """
        >>> from wardian.postprocessing.edits import Edit
        >>> Edits().postprocess(EditedText("🙂 its", [Edit(2, 5, "it's")]))
        {'text': '🙂 its', 'starts': [3], 'ends': [6], 'replacements': ["it's"]}
        """
        # Imported late: few tasks edit text, and all import components.
        from wardian.tokenizers.utf16 import utf16_positions

        positions = utf16_positions(value.text)
        places = range(len(value.text) + 1) if positions is None else positions.tolist()
        return {
            "text": value.text,
            "starts": [places[edit.start] for edit in value.edits],
            "ends": [places[edit.end] for edit in value.edits],
            "replacements": [edit.replacement for edit in value.edits],
        }
