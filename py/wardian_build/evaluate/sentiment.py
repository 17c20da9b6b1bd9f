"""The sentiment classifier on reviews that it never saw: `python build.py eval sentiment`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wardian_build.evaluate.linear_text import classifier, hard_cases, measure, show
from wardian_build.train.reviews import LANGUAGES, load_reviews

__all__ = ["evaluate", "show"]


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    corpora = {language: load_reviews(language) for language in LANGUAGES}
    pipe = await classifier(models_dir, "sentiment-en-zh")
    return await measure(pipe, hard_cases("sentiment"), "positive", corpora)
