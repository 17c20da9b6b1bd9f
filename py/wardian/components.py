"""Components of a task's form: what the page draws, and how values cross between page and Python.

Each class describes itself with `info()` (ComponentInfo of `app/shared/site.ts`; the class's name in lower
case chooses the renderer in `app/page/components/`). An input's `preprocess(payload)` turns what the page
sent into a Python value, and checks it; an output's `postprocess(value)` turns a Python value into what the
page draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from wardian.errors import InputError, ModelError, shorten
from wardian.payloads import draw_strokes, image_from_payload

if TYPE_CHECKING:
    from wardian.preprocessing import Image as Pixels

__all__ = [
    "Component",
    "Image",
    "Label",
    "Localized",
    "Passage",
    "Passages",
    "Sketchpad",
    "Textbox",
    "localize",
]

Localized = dict[str, str]
"""A text in the languages of the page: `{"en": …, "zh": …}`."""


def localize(text: str | Mapping[str, str]) -> Localized:
    """A text for every language; one string stands for all.

    >>> localize({"en": "Text", "zh": "文本"})["zh"], localize("Text")["zh"]
    ('文本', 'Text')
    """
    if isinstance(text, str):
        return {"en": text, "zh": text}
    return {"en": text["en"], "zh": text.get("zh", text["en"])}


class Component:
    """The base of all components. `name` is the parameter of the task's function; Task fills it in."""

    #: Whether the command line reads the value from a file instead of taking it as it is.
    from_file: ClassVar[bool] = False

    def __init__(self, label: str | Mapping[str, str]) -> None:
        self.label = localize(label)
        self.name = ""

    def settings(self) -> dict[str, Any]:
        """What the page needs to know beyond type, name and label."""
        return {}

    def info(self) -> dict[str, Any]:
        """The component as ComponentInfo of `app/shared/site.ts`.

        >>> Textbox("Query").info()["type"]
        'textbox'
        """
        return {
            "type": type(self).__name__.lower(),
            "name": self.name,
            "label": self.label,
            **self.settings(),
        }

    def preprocess(self, payload: Any) -> Any:
        """What the page sent, as a Python value. Raises InputError when it cannot be used."""
        raise NotImplementedError(f"{type(self).__name__} is no input")

    def postprocess(self, value: Any) -> Any:
        """A Python value, as the page draws it."""
        raise NotImplementedError(f"{type(self).__name__} is no output")

    def read(self, argument: str) -> Any:
        """The payload for an argument of the command line."""
        return argument


class Textbox(Component):
    """Text of one line or several. The payload is the text.

    `max_length` counts characters (code points); an empty text is refused unless `required` is False.
    """

    def __init__(
        self,
        label: str | Mapping[str, str] = "Text",
        *,
        lines: int = 1,
        max_length: int = 2000,
        placeholder: str | Mapping[str, str] = "",
        required: bool = True,
    ) -> None:
        super().__init__(label)
        self.lines = lines
        self.max_length = max_length
        self.placeholder = localize(placeholder)
        self.required = required

    def settings(self) -> dict[str, Any]:
        return {"lines": self.lines, "max_length": self.max_length, "placeholder": self.placeholder}

    def preprocess(self, payload: Any) -> str:
        """
        >>> Textbox("Query", max_length=3).preprocess("a b c")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        wardian.errors.InputError: “Query” is too long. Got 'a b c'; expected at most 3 characters; ...
        """
        label = self.label["en"]
        text = "" if payload is None else payload
        if not isinstance(text, str):
            raise InputError(
                f"“{label}” is not a text.",
                value=shorten(payload),
                expected="text",
                received=type(payload).__name__,
            )
        if len(text) > self.max_length:
            raise InputError(
                f"“{label}” is too long.",
                value=shorten(text, 60),
                expected=f"at most {self.max_length:,} characters",
                received=f"{len(text):,} characters",
            )
        if self.required and not text.strip():
            raise InputError(
                f"“{label}” is empty.",
                value=shorten(text, 60),
                expected="some text",
                received="only white space" if text else "nothing",
            )
        return text

    def postprocess(self, value: Any) -> str:
        return str(value)


class Image(Component):
    """An image file. The payload is `{"file": bytes, "name": str}`, or pixels: `{"width", "height", "data"}`
    with RGBA bytes. The value is uint8 (height, width, channels).
    """

    from_file: ClassVar[bool] = True

    def __init__(self, label: str | Mapping[str, str] = "Image") -> None:
        super().__init__(label)

    def preprocess(self, payload: Any) -> Pixels:
        if payload is None:
            raise InputError(f"“{self.label['en']}” is empty.", expected="an image", received="nothing")
        return image_from_payload(payload)

    def read(self, argument: str) -> dict[str, Any]:
        path = Path(argument)
        try:
            return {"file": path.read_bytes(), "name": path.name}
        except OSError as error:
            raise InputError(
                "The file cannot be read.", value=argument, expected="an image file", received=error.strerror
            ) from error


class Sketchpad(Image):
    """A drawing. The payload is as that of Image, or a list of strokes, each a flat list x, y, x, y … in
    units of a square of 320: that is what an example holds and the page can draw again.
    """

    def __init__(self, label: str | Mapping[str, str] = "Drawing") -> None:
        super().__init__(label)

    def preprocess(self, payload: Any) -> Pixels:
        if isinstance(payload, (list, tuple)):
            return draw_strokes(payload)
        return super().preprocess(payload)


class Label(Component):
    """Classes with their scores as bars. The value is `[{"label", "score"}, …]` or `{label: score}`; the
    payload `{"label": the best, "confidences": [{"label", "score"}, …]}`.

    `labels` fixes the order of the bars; else they are drawn best first. `top_k` limits their number.
    """

    def __init__(
        self,
        label: str | Mapping[str, str] = "Answer",
        *,
        labels: Sequence[str] = (),
        top_k: int | None = None,
    ) -> None:
        super().__init__(label)
        self.labels = list(labels)
        self.top_k = top_k

    def settings(self) -> dict[str, Any]:
        return {"labels": self.labels, "top_k": self.top_k}

    def postprocess(self, value: Any) -> dict[str, Any]:
        """
        >>> Label().postprocess({"cat": 0.25, "dog": 0.75})["label"]
        'dog'
        """
        pairs = (
            value.items()
            if isinstance(value, Mapping)
            else ((item["label"], item["score"]) for item in value)
        )
        scores = {str(label): float(score) for label, score in pairs}
        if not scores or not all(map(math.isfinite, scores.values())):
            raise ModelError("The answer has no scores.", expected="finite numbers", received=shorten(scores))
        ranked = sorted(scores, key=lambda label: -scores[label])[: self.top_k]
        shown = [label for label in self.labels if label in ranked] if self.labels else ranked
        return {
            "label": ranked[0],
            "confidences": [{"label": label, "score": scores[label]} for label in shown],
        }


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text: `text` is what lies between the characters `start` and `end` (code points)."""

    text: str
    score: float
    start: int
    end: int


class Passages(Component):
    """Passages of an input text, best first. The value is a list of Passage; the payload one of objects."""

    def __init__(self, label: str | Mapping[str, str] = "Passages") -> None:
        super().__init__(label)

    def postprocess(self, value: Sequence[Passage]) -> list[dict[str, Any]]:
        return [
            {"text": item.text, "score": float(item.score), "start": item.start, "end": item.end}
            for item in value
        ]
