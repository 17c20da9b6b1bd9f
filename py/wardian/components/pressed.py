"""What a visitor pressed in an answer, and what the next run is asked for because of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardian.components.base import Input
from wardian.errors import InputError, shorten

__all__ = ["Pressed"]


class Pressed(Input):
    """Nothing to be seen in the form: a button of an output is pressed, and the task runs once more with True
    here. All other runs have False.
    """

    def __init__(self, label: str | Mapping[str, str]) -> None:
        super().__init__(label)

    def preprocess(self, payload: Any) -> bool:
        """
        >>> Pressed("In words").preprocess(None), Pressed("In words").preprocess(True)
        (False, True)

        Raises InputError for anything but true, false and null.
        """
        if payload is None or isinstance(payload, bool):
            return bool(payload)
        raise InputError(f"“{self.label['en']}” is wrong.", value=shorten(payload), expected="true or false")

    def read(self, argument: str) -> bool:
        return argument == "true"
