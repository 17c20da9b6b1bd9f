"""One number between two named ends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from wardian.components.base import Output, localize
from wardian.errors import ModelError, shorten

__all__ = ["Meter"]


class Meter(Output):
    """A score from 0 to 1 on a scale. The value is a float, or None where there is nothing to go by; the
    payload `{"value": the same}`.

    `low` and `high` name the ends of the scale; `alarming` is the one in the colour of a warning.
    """

    def __init__(
        self,
        label: str | Mapping[str, str] = "Score",
        *,
        low: str | Mapping[str, str] = "0",
        high: str | Mapping[str, str] = "1",
        alarming: Literal["low", "high"] = "low",
    ) -> None:
        super().__init__(label)
        self.low, self.high, self.alarming = localize(low), localize(high), alarming

    def settings(self) -> dict[str, Any]:
        return {"low": self.low, "high": self.high, "alarming": self.alarming}

    def postprocess(self, value: float | None) -> dict[str, Any]:
        """
        >>> Meter().postprocess(0.25)
        {'value': 0.25}

        Raises ModelError for what is no number from 0 to 1.
        """
        if value is None:
            return {"value": None}
        number = float(value)
        if not math.isfinite(number) or not 0 <= number <= 1:
            raise ModelError(
                "The answer is no score.", expected="a number from 0 to 1", received=shorten(value)
            )
        return {"value": number}
