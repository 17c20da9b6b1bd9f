"""The larger sentiment classifier on reviews it never saw: `python build.py eval sentiment-multilingual`.

By itself, and together with the built-in one, as the task *Sentiment* asks it. Of the long English reviews it
reads the thousand with the lowest hashes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wardian.tasks import sentiment
from wardian_build.evaluate import linear_text
from wardian_build.evaluate.linear_text import classifier, hard_cases, measure
from wardian_build.train.reviews import load_reviews
from wardian_build.train.sentiment_multilingual import fewer

__all__ = ["evaluate", "show"]


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    corpora = {"en": fewer(load_reviews("en")), "zh": load_reviews("zh")}
    alone = await classifier(models_dir, "sentiment-multilingual")

    async def opened(kind: str, model: str) -> Any:
        return await classifier(models_dir, model)

    both = await sentiment.classifier(alone, opened)
    return {
        name: await measure(pipe, hard_cases("sentiment"), "positive", corpora)
        for name, pipe in (("by itself", alone), ("with the built-in model", both))
    }


def show(result: dict[str, Any]) -> None:
    for name, measured in result.items():
        print(f"{name}:")
        linear_text.show(measured)
