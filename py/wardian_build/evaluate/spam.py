"""The spam classifier on mails that it never saw: `python build.py eval spam`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wardian_build.evaluate.linear_text import classifier, hard_cases, measure, show
from wardian_build.train.mails import load_mails

__all__ = ["evaluate", "show"]


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    pipe = await classifier(models_dir, "spam-en")
    return await measure(pipe, hard_cases("spam"), "spam", {"en": load_mails()})
