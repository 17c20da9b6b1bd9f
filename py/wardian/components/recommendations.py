"""Recommended items as cards, each with its reasons and the visitor's verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from wardian.components.base import Output, localize
from wardian.pipelines.recommendation import Part, Recommendation

__all__ = ["Recommendations", "Recommended"]


@dataclass(frozen=True, slots=True)
class Recommended:
    """What to show: `mode` says whether it is a beginning, learned from likes, or found by its title.

    `verdicts` are those of judged items by title; `size` is the number of items of the catalogue, `own` the
    name of the visitor's list, and `more` says whether there are further items.
    """

    mode: Literal["beginning", "learned", "found"]
    items: Sequence[Recommendation]
    verdicts: Mapping[str, bool]
    size: int
    own: str | None = None
    more: bool = False


class Recommendations(Output):
    """Items with like, "less of this" and "why". The value is Recommended.

    A verdict in the payload is 1 for a like, -1 for less of this, 0 for none. What is pressed in the page
    goes to the task's input `Likes`, which asks again.
    """

    def __init__(
        self, label: str | Mapping[str, str] = "Recommendations", *, source: str | Mapping[str, str] = ""
    ) -> None:
        """`source`: what the shipped catalogue is and its licence, said below the cards."""
        super().__init__(label)
        self.source = source

    def settings(self) -> dict[str, Any]:
        return {"source": localize(self.source)}

    def postprocess(self, value: Recommended) -> dict[str, Any]:
        """
        >>> from wardian.preprocessing.catalogue import Item
        >>> found = Recommended("found", [Recommendation(Item("Emma"), 0.0)], {"Emma": True}, size=1)
        >>> [(item["title"], item["verdict"]) for item in Recommendations().postprocess(found)["items"]]
        [('Emma', 1)]
        """
        return {
            "mode": value.mode,
            "size": value.size,
            "own": value.own,
            "more": value.more,
            "items": [_card(found, value.verdicts.get(found.item.title)) for found in value.items],
        }


def _card(found: Recommendation, verdict: bool | None) -> dict[str, Any]:
    item = found.item
    return {
        "title": item.title,
        "description": item.description,
        "tags": list(item.tags),
        "link": item.link,
        "verdict": 0 if verdict is None else 1 if verdict else -1,
        "score": round(found.score, 6),
        "liked": _parts(found.liked),
        "less": _parts(found.less),
        "shared_tags": list(found.tags),
        "shared_words": list(found.words),
        "different": found.different,
    }


def _parts(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [{"title": part.title, "share": round(part.share, 6)} for part in parts]
