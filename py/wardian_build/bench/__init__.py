"""Measurements in headless Chromium, interleaved with the peer: ``python build.py bench``.

Every figure is a median of runs in which ours and the peer's take turns, in one browser, on the same machine;
absolute times depend on the machine, ratios less so. Nothing here is a test: no assertion depends on time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wardian_build.bench import (
    documents,
    embedding,
    generation,
    overhead,
    sorting,
    startup,
    steps,
    text,
    tokenizers,
    tokenizers_native,
)
from wardian_build.bench.report import Row

__all__ = ["SUITES", "run_suites"]

SUITES: dict[str, Callable[[int], list[Row]]] = {
    "documents": documents.measure,
    "embedding": embedding.measure,
    "generation": generation.measure,
    "overhead": overhead.measure,
    "sorting": sorting.measure,
    "startup": startup.measure,
    "steps": steps.measure,
    "text": text.measure,
    "tokenizers": tokenizers.measure,
    "tokenizers-native": tokenizers_native.measure,
}


def run_suites(names: Sequence[str], rounds: int) -> list[Row]:
    """Run the named suites, ``rounds`` interleaved rounds each."""
    return [row for name in names for row in SUITES[name](rounds)]
