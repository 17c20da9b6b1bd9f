"""What was found out, as a short list of names and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from wardian.components.base import Output, localize

__all__ = ["Fact", "Facts"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One value and what it is; `tone` says whether it is as it should be, where that can be said."""

    label: str | Mapping[str, str]
    value: str | Mapping[str, str]
    tone: Literal["", "good", "warning"] = ""


class Facts(Output):
    """Names with values. The value is a list of `Fact`, the first of which is shown large where nothing large
    stands above; the payload `[{"label", "value", "tone"}, …]` with texts in the languages of the page.
    """

    def __init__(self, label: str | Mapping[str, str] = "Answer") -> None:
        super().__init__(label)

    def postprocess(self, value: Sequence[Fact]) -> list[dict[str, Any]]:
        """
        >>> Facts().postprocess([Fact("Size", "3 kB")])[0]["value"]["zh"]
        '3 kB'
        """
        return [
            {"label": localize(fact.label), "value": localize(fact.value), "tone": fact.tone}
            for fact in value
        ]
