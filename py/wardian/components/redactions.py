"""A text with what should not be passed on, for the visitor to review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardian.components.base import Output, localize

if TYPE_CHECKING:
    from wardian.postprocessing.redaction import Redaction

__all__ = ["RedactedText", "Redactions"]


@dataclass(frozen=True, slots=True)
class RedactedText:
    """A text and what should be replaced in it: spans by their place that do not overlap."""

    text: str
    spans: Sequence[Redaction]


class Redactions(Output):
    """A text whose marked spans are replaced by placeholders; the page lets each be kept or redacted, and
    further ones be marked. The value is RedactedText.

    Args:
        label: what stands above it.
        kinds: for each kind of span its name, for the visitor.
        placeholders: for each kind what stands in its place, with a number: `[PERSON 1]`.
        own: the kind that the visitor's own marks have at first.
        note: what to mind before the result is passed on.

    The payload has the `text` and the columns `starts`, `ends` (UTF-16 units, as JavaScript counts), `kinds`
    (indices into `kinds`) and `numbers`.
    """

    def __init__(
        self,
        label: str | Mapping[str, str] = "Redactions",
        *,
        kinds: Mapping[str, str | Mapping[str, str]],
        placeholders: Mapping[str, str],
        own: str,
        note: str | Mapping[str, str] = "",
    ) -> None:
        super().__init__(label)
        self.kinds = list(kinds)
        self._names = {kind: localize(name) for kind, name in kinds.items()}
        self._placeholders = placeholders
        self._own = own
        self._note = localize(note)

    def settings(self) -> dict[str, Any]:
        kinds = [
            {"id": kind, "name": self._names[kind], "placeholder": self._placeholders[kind]}
            for kind in self.kinds
        ]
        return {"kinds": kinds, "own": self.kinds.index(self._own), "note": self._note}

    def postprocess(self, value: RedactedText) -> dict[str, Any]:
        """
        >>> from wardian.postprocessing.redaction import Redaction
        >>> output = Redactions(kinds={"person": "Person"}, placeholders={"person": "PERSON"}, own="person")
        >>> output.postprocess(RedactedText("🙂 Ada", [Redaction(2, 5, "person", 1)]))
        {'text': '🙂 Ada', 'starts': [3], 'ends': [6], 'kinds': [0], 'numbers': [1]}
        """
        # Imported late: few tasks redact, and all import components.
        from wardian.tokenizers.utf16 import utf16_positions

        positions = utf16_positions(value.text)
        places = range(len(value.text) + 1) if positions is None else positions.tolist()
        return {
            "text": value.text,
            "starts": [places[span.start] for span in value.spans],
            "ends": [places[span.end] for span in value.spans],
            "kinds": [self.kinds.index(span.kind) for span in value.spans],
            "numbers": [span.number for span in value.spans],
        }
