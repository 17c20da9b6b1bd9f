"""Yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardian.components.base import Input
from wardian.errors import InputError, shorten

__all__ = ["Checkbox"]


class Checkbox(Input):
    """Yes or no. The payload is a boolean; nothing stands for `default`."""

    def __init__(self, label: str | Mapping[str, str], *, default: bool = False) -> None:
        super().__init__(label)
        self.default = default

    def settings(self) -> dict[str, Any]:
        return {"default": self.default}

    def preprocess(self, payload: Any) -> bool:
        """
        >>> Checkbox("Loud", default=True).preprocess(None)
        True
        """
        if payload is None:
            return self.default
        if not isinstance(payload, bool):
            raise InputError(
                f"“{self.label['en']}” is neither yes nor no.",
                value=shorten(payload),
                expected="true or false",
            )
        return payload

    def read(self, argument: str) -> bool:
        if argument not in ("yes", "no"):
            raise InputError(f"“{self.label['en']}” is wrong.", value=argument, expected="yes or no")
        return argument == "yes"
