"""How much each test takes of what all are tried with: its share, or with WARDIAN_ALL_TEXTS=1 everything."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TypeVar

__all__ = ["ALL_TEXTS", "share"]

ALL_TEXTS = os.environ.get("WARDIAN_ALL_TEXTS") == "1"
Thing = TypeVar("Thing")


def share(things: Sequence[Thing], names: Iterable[str], name: str, parts: int) -> Sequence[Thing]:
    """One in so many of the things; neighbours among the names take others, together they take all."""
    return things if ALL_TEXTS else things[list(names).index(name) % parts :: parts]
