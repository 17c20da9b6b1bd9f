"""Classes and their scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from wardian.components.base import Output
from wardian.errors import ModelError, shorten

__all__ = ["Label"]


class Label(Output):
    """Classes with their scores as bars. The value is `[{"label", "score"}, …]` or `{label: score}`; the
    payload `{"label": the best, "confidences": [{"label", "score"}, …]}`.

    `labels` fixes the order of the bars; else they are drawn best first. `top_k` limits their number. With
    `bars_only` the best label is not shown large: another output says what the answer is. There may be no
    label at all then. With `languages` the labels are codes of languages, which the page shows by name; there
    may be none of these, too.
    """

    def __init__(
        self,
        label: str | Mapping[str, str] = "Answer",
        *,
        labels: Sequence[str] = (),
        top_k: int | None = None,
        bars_only: bool = False,
        languages: bool = False,
    ) -> None:
        super().__init__(label)
        self.labels = list(labels)
        self.top_k = top_k
        self.bars_only = bars_only
        self.languages = languages

    def settings(self) -> dict[str, Any]:
        return {
            "labels": self.labels, "top_k": self.top_k, "bars_only": self.bars_only,
            "languages": self.languages,
        }  # fmt: skip

    def postprocess(self, value: Any) -> dict[str, Any]:
        """
        >>> Label().postprocess({"cat": 0.25, "dog": 0.75})["label"]
        'dog'
        """
        pairs = (
            value.items()
            if isinstance(value, Mapping)
            else ((item["label"], item["score"]) for item in value)
        )
        scores = {str(label): float(score) for label, score in pairs}
        if not scores and (self.bars_only or self.languages):
            return {"label": "", "confidences": []}
        if not scores or not all(map(math.isfinite, scores.values())):
            raise ModelError("The answer has no scores.", expected="finite numbers", received=shorten(scores))
        ranked = sorted(scores, key=lambda label: -scores[label])[: self.top_k]
        shown = [label for label in self.labels if label in ranked] if self.labels else ranked
        return {
            "label": ranked[0],
            "confidences": [{"label": label, "score": scores[label]} for label in shown],
        }
