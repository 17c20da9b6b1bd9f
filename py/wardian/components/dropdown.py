"""One of several values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardian.components.base import Input, Localized, localize
from wardian.errors import InputError, shorten

__all__ = ["Dropdown"]


class Dropdown(Input):
    """One of several values; `choices` says how each is called on the page. The payload is the value; nothing
    stands for `default`, which is the first unless it is given. One that is `aside` is a setting: alone it is
    nothing to run on. `own` is the value that the page chooses when a visitor gives a model of their own.
    """

    def __init__(
        self,
        label: str | Mapping[str, str],
        choices: Mapping[str, str | Mapping[str, str]],
        *,
        default: str | None = None,
        aside: bool = False,
        own: str | None = None,
    ) -> None:
        super().__init__(label)
        self.choices: dict[str, Localized] = {value: localize(name) for value, name in choices.items()}
        self.aside = aside
        self.own = own
        self.default = default if default is not None else next(iter(self.choices))
        if self.default not in self.choices:
            raise TypeError(f"{self.default!r} is none of the choices of “{self.label['en']}”")

    def settings(self) -> dict[str, Any]:
        choices = [{"value": value, "label": name} for value, name in self.choices.items()]
        extra = {"aside": True} if self.aside else {}
        own = {} if self.own is None else {"own": self.own}
        return {"choices": choices, "default": self.default, **extra, **own}

    def preprocess(self, payload: Any) -> str:
        """
        >>> Dropdown("Size", {"s": "small", "l": "large"}).preprocess("m")
        Traceback (most recent call last):
        wardian.errors.InputError: “Size” is none of the choices. Got 'm'; expected one of s, l.
        """
        if payload is None:
            return self.default
        if not isinstance(payload, str) or payload not in self.choices:
            raise InputError(
                f"“{self.label['en']}” is none of the choices.",
                value=shorten(payload),
                expected="one of " + ", ".join(self.choices),
            )
        return payload
