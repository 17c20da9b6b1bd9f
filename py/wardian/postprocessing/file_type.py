"""From a model's scores to what is said of a file: thresholds, fall-backs, and what each type is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wardian.errors import ModelError

__all__ = ["ContentType", "ContentTypes", "Decision", "Thresholds"]


@dataclass(frozen=True, slots=True)
class ContentType:
    """A type of files: its label, what it is called, its MIME type, and the usual endings of names."""

    label: str
    description: str
    mime_type: str
    group: str
    extensions: tuple[str, ...]
    is_text: bool


class ContentTypes:
    """All types by label, as Magika's `content_types_kb.min.json` describes them.

    >>> types = ContentTypes({"txt": {"mime_type": None, "group": "text", "description": "Text",
    ...                               "extensions": ["txt"], "is_text": True}})
    >>> types["txt"].mime_type
    'text/plain'
    """

    def __init__(self, described: Mapping[str, Any]) -> None:
        """Raises ModelError when a description has another form."""
        self._types: dict[str, ContentType] = {}
        for label, facts in described.items():
            try:
                is_text = bool(facts["is_text"])
                self._types[label] = ContentType(
                    label,
                    str(facts["description"] or label),
                    str(facts["mime_type"] or ("text/plain" if is_text else "application/octet-stream")),
                    str(facts["group"] or "unknown"),
                    tuple(map(str, facts["extensions"])),
                    is_text,
                )
            except (KeyError, TypeError) as error:
                raise ModelError(
                    f"The description of the type {label!r} is broken.",
                    expected="description, mime_type, group, extensions and is_text",
                    received=repr(error),
                ) from error

    def __getitem__(self, label: str) -> ContentType:
        try:
            return self._types[label]
        except KeyError:
            raise ModelError("Nothing describes this type of files.", value=repr(label)) from None

    def with_extension(self, extension: str) -> list[ContentType]:
        """The types for which an ending of names (without its dot, in lower case) is usual."""
        return [one for one in self._types.values() if extension in one.extensions]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a file is said to be, and why it is not what the model held for most likely.

    `reason` is "none", "low_confidence" or "overwrite_map", as Magika names them; `threshold` is what the
    score of the model's label had to reach.
    """

    label: str
    reason: str
    threshold: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure the model has to be for each label, and what stands in the place of labels of its own."""

    usual: float
    by_label: Mapping[str, float] = field(default_factory=dict)
    overwrites: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Thresholds:
        """From Magika's `config.min.json`. Raises ModelError when it has another form."""
        try:
            by_label = {str(label): float(value) for label, value in config["thresholds"].items()}
            overwrites = {str(label): str(other) for label, other in config["overwrite_map"].items()}
            return cls(float(config["medium_confidence_threshold"]), by_label, overwrites)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(
                "config.json does not say how sure the model has to be.",
                expected="medium_confidence_threshold, thresholds and overwrite_map",
                received=repr(error),
            ) from error

    def decide(self, label: str, score: float, types: ContentTypes) -> Decision:
        """Magika's mode of high confidence: an unsure model says only whether it is text.

        >>> types = ContentTypes({name: {"mime_type": None, "group": None, "description": None,
        ...                              "extensions": [], "is_text": True} for name in ("sql", "txt")})
        >>> Thresholds(0.5, {"sql": 0.9}).decide("sql", 0.7, types)
        Decision(label='txt', reason='low_confidence', threshold=0.9)
        """
        threshold = self.by_label.get(label, self.usual)
        output = self.overwrites.get(label, label)
        if score >= threshold:
            return Decision(output, "none" if output == label else "overwrite_map", threshold)
        output = "txt" if types[output].is_text else "unknown"
        return Decision(output, "none" if output == label else "low_confidence", threshold)
