"""Text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardian.components.base import Input, Output, localize
from wardian.errors import InputError, shorten

__all__ = ["Textbox"]


class Textbox(Input, Output):
    """Text of one line or several. The payload is the text.

    `max_length` counts characters (code points); an empty text is refused unless `required` is False. One
    that is `aside` is a setting: alone it is nothing to run on.
    """

    def __init__(
        self,
        label: str | Mapping[str, str] = "Text",
        *,
        lines: int = 1,
        max_length: int = 2000,
        placeholder: str | Mapping[str, str] = "",
        required: bool = True,
        aside: bool = False,
    ) -> None:
        super().__init__(label)
        self.lines = lines
        self.max_length = max_length
        self.placeholder = localize(placeholder)
        self.required = required
        self.aside = aside

    def settings(self) -> dict[str, Any]:
        return {
            "lines": self.lines, "max_length": self.max_length, "placeholder": self.placeholder,
            **({"aside": True} if self.aside else {}), **({} if self.required else {"required": False}),
        }  # fmt: skip

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
                value=shorten(text, 60) if text else None,
                expected="some text",
                received="only white space" if text else "nothing",
            )
        return text

    def postprocess(self, value: Any) -> str:
        return str(value)
