"""What an answer rests on, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wardian.components.base import Localized, Output
from wardian.components.two_sided import TwoSided

__all__ = ["Reason", "Reasons", "Turn", "WhatIf"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was said (`label`: `value`), and what it adds to the answer."""

    label: Localized
    value: Localized
    score: float


class Reasons(TwoSided):
    """Reasons as bars to either side, the weightiest first. The value is a list of Reason.

    `low` and `high` name what a score below and above 0 speaks for; scores are in percentage points of 1.
    """

    def postprocess(self, value: Sequence[Reason]) -> list[dict[str, Any]]:
        """
        >>> from wardian.components.base import localize
        >>> weak = Reason(localize("Age"), localize("30"), 0.1)
        >>> strong = Reason(localize("Pets"), localize("3"), -0.2)
        >>> [(found["label"]["en"], found["score"]) for found in Reasons().postprocess([weak, strong])]
        [('Pets', -0.2), ('Age', 0.1)]
        """
        ranked = sorted(value, key=lambda reason: -abs(reason.score))
        return [
            {"label": reason.label, "value": reason.value, "score": round(float(reason.score), 6)}
            for reason in ranked
        ]


@dataclass(frozen=True, slots=True)
class Turn:
    """What would turn an answer: (label, value now, value then) of each change, and the score then."""

    changes: Sequence[tuple[Localized, Localized, Localized]]
    score: float


class WhatIf(Output):
    """The smallest change that would turn the answer. The value is a Turn, or None where there is none."""

    def __init__(self, label: str | Mapping[str, str] = "What would change it") -> None:
        super().__init__(label)

    def postprocess(self, value: Turn | None) -> dict[str, Any]:
        """
        >>> WhatIf().postprocess(None)
        {'changes': [], 'score': None}
        """
        if value is None:
            return {"changes": [], "score": None}
        changes = [{"label": label, "before": now, "after": then} for label, now, then in value.changes]
        return {"changes": changes, "score": round(float(value.score), 6)}
