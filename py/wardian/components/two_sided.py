"""What outputs share whose scores speak for one of two sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from wardian.components.base import Output, localize

__all__ = ["TwoSided"]


class TwoSided(Output):
    """`low` and `high` name the sides; `alarming` is the one in the colour of a warning."""

    def __init__(
        self,
        label: str | Mapping[str, str] = "Score",
        *,
        low: str | Mapping[str, str] = "−",
        high: str | Mapping[str, str] = "+",
        alarming: Literal["low", "high"] = "low",
    ) -> None:
        super().__init__(label)
        self.low, self.high, self.alarming = localize(low), localize(high), alarming

    def settings(self) -> dict[str, Any]:
        return {"low": self.low, "high": self.high, "alarming": self.alarming}
