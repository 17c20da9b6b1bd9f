"""The sentiment classifier on reviews that it never saw, and on what such models are known to get wrong.

`python build.py eval sentiment`. The hard cases (`sentiment_cases.json`) were written for this, before any of
them was tried.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian import pipeline
from wardian_build import progress
from wardian_build.evaluate.accuracy import line, wilson
from wardian_build.train.reviews import LANGUAGES, load_reviews, of_part

__all__ = ["calibration_error", "evaluate", "show"]

CASES = Path(__file__).with_name("sentiment_cases.json")
BINS = 10


def calibration_error(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """The expected calibration error: how far the score is from the share of positive reviews, over ten bins.

    `scores` float64 (reviews,) in [0, 1], `truth` bool (reviews,). Source: Naeini et al. 2015, AAAI 29:2901.

    >>> calibration_error(np.array([0.25, 0.25, 0.75, 0.75]), np.array([False, False, True, True]))
    0.25
    """
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == number).mean() * abs(scores[bins == number].mean() - truth[bins == number].mean())
        for number in np.unique(bins)
    ]
    return float(sum(gaps))


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """Accuracy and calibration on the held-out reviews by where they stood, and the hard cases one by one."""
    pipe = await pipeline("text-classification", "sentiment-en-zh", device="cpu", models_dir=models_dir)
    held_out: dict[str, Any] = {}
    for language in LANGUAGES:
        found = of_part(load_reviews(language), "held_out")
        with progress.step(f"{len(found)} held-out reviews ({language})"):
            scores = await _scores(pipe, [review.text for review in found])
        truth = np.array([review.positive for review in found])
        right = (scores > 0.5) == truth
        sources = np.array([review.source for review in found])
        held_out[language] = {
            "all": asdict(wilson(int(right.sum()), len(found))),
            **{
                source: asdict(wilson(int(right[sources == source].sum()), int((sources == source).sum())))
                for source in sorted(set(sources))
            },
            "calibration_error": calibration_error(scores, truth),
        }
    cases = json.loads(CASES.read_text("utf-8"))
    answers = await _scores(pipe, [case["text"] for case in cases])
    for case, score in zip(cases, answers, strict=True):
        case["score"] = round(float(score), 3)
        case["right"] = bool((score > 0.5) == case["positive"])
    return {"held_out": held_out, "cases": cases}


async def _scores(pipe: Any, texts: Sequence[str]) -> NDArray[np.float64]:
    """The probability of "positive": float64 (texts,)."""
    answers = await pipe(list(texts), top_k=None)
    return np.array(
        [next(one["score"] for one in answer if one["label"] == "positive") for answer in answers], np.float64
    )


def show(result: dict[str, Any]) -> None:
    for language, by_source in result["held_out"].items():
        for source, entry in by_source.items():
            if source == "calibration_error":
                print(f"{language}: expected calibration error {entry:.3f}")
            else:
                print(f"{language} {source}: {line(entry)}")
    groups = defaultdict(list)
    for case in result["cases"]:
        groups[case["group"]].append(case)
    for group, cases in groups.items():
        print(f"{group}: {sum(case['right'] for case in cases)} of {len(cases)} right")
        for case in cases:
            print(f"  {'right' if case['right'] else 'WRONG'} {case['score']:.2f} {case['text']}")
