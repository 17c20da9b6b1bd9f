"""The larger sentiment classifier on reviews it never saw: `python build.py eval sentiment-multilingual`.

Of the long English reviews it reads the thousand with the lowest hashes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wardian_build.evaluate.linear_text import measure, show
from wardian_build.train.reviews import load_reviews
from wardian_build.train.sentiment_multilingual import fewer

__all__ = ["evaluate", "show"]


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    corpora = {"en": fewer(load_reviews("en")), "zh": load_reviews("zh")}
    return await measure(models_dir, "sentiment-multilingual", "positive", corpora)
