"""A number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from wardian.components.base import Input, localize
from wardian.errors import InputError, shorten

__all__ = ["Number"]


class Number(Input):
    """A number from `minimum` to `maximum`, both included. The payload is the number, or null for none."""

    def __init__(
        self,
        label: str | Mapping[str, str],
        *,
        minimum: float,
        maximum: float,
        default: float,
        step: float = 1,
        unit: str | Mapping[str, str] = "",
    ) -> None:
        super().__init__(label)
        self.minimum, self.maximum, self.default, self.step = minimum, maximum, default, step
        self.unit = localize(unit)

    def settings(self) -> dict[str, Any]:
        return {
            "minimum": self.minimum, "maximum": self.maximum, "default": self.default, "step": self.step,
            "unit": self.unit,
        }  # fmt: skip

    def preprocess(self, payload: Any) -> float:
        """
        >>> Number("Months", minimum=4, maximum=72, default=12).preprocess(90)
        Traceback (most recent call last):
        wardian.errors.InputError: “Months” is out of range. Got 90; expected a number from 4 to 72.
        """
        expected = f"a number from {self.minimum:.10g} to {self.maximum:.10g}"
        if payload is None:
            raise InputError(f"“{self.label['en']}” is empty.", expected=expected, received="nothing")
        if isinstance(payload, bool) or not isinstance(payload, (int, float)):
            raise InputError(
                f"“{self.label['en']}” is no number.",
                value=shorten(payload),
                expected=expected,
                received=type(payload).__name__,
            )
        if not math.isfinite(payload) or not self.minimum <= payload <= self.maximum:
            raise InputError(
                f"“{self.label['en']}” is out of range.", value=f"{payload:.10g}", expected=expected
            )
        return float(payload)

    def read(self, argument: str) -> float:
        try:
            return float(argument)
        except ValueError:
            raise InputError(
                f"“{self.label['en']}” is no number.", value=argument, expected="a number"
            ) from None
