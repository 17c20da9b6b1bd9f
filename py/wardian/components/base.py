"""What every component is, what inputs and outputs are, and texts in the languages of the page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = ["Component", "Input", "Localized", "Output", "localize"]

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

        >>> Component("Query").info()["type"]
        'component'
        """
        return {
            "type": type(self).__name__.lower(),
            "name": self.name,
            "label": self.label,
            **self.settings(),
        }

    def read(self, argument: str) -> Any:
        """The payload for an argument of the command line."""
        return argument


class Input(Component, ABC):
    """A component that the visitor fills in."""

    @abstractmethod
    def preprocess(self, payload: Any) -> Any:
        """What the page sent, as a Python value. Raises InputError when it cannot be used."""


class Output(Component, ABC):
    """A component that shows an answer."""

    #: Fields of an output's payload that are measured anew in every run, such as times.
    measured: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def postprocess(self, value: Any) -> Any:
        """A Python value, as the page draws it."""

    def without_measurements(self, payload: Any) -> Any:
        """An output's payload as it is the same in every run: what goldens hold and parity compares."""
        if not self.measured:
            return payload
        return {name: value for name, value in payload.items() if name not in self.measured}
