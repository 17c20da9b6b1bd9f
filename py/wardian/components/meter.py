"""One number between two named ends."""

from __future__ import annotations

import math
from typing import Any

from wardian.components.two_sided import TwoSided
from wardian.errors import ModelError, shorten

__all__ = ["Meter"]


class Meter(TwoSided):
    """A score from 0 to 1 on a scale. The value is a float, or None where there is nothing to go by; the
    payload `{"value": the same}`.

    `low` and `high` name the ends of the scale; `alarming` is the one in the colour of a warning.
    """

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
