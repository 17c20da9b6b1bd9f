"""The spam classifier on mails that it never saw: `python build.py eval spam`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wardian_build.evaluate.linear_text import measure, show
from wardian_build.train.mails import load_mails

__all__ = ["evaluate", "show"]


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    return await measure(models_dir, "spam-en", "spam", {"en": load_mails()})
