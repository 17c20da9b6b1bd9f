"""Classifiers of texts on texts that they never saw, and on what such models are known to get wrong.

The hard cases of a model (`…_cases.json`) were written for this, before any of them was tried.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from wardian import pipeline
from wardian_build import progress
from wardian_build.evaluate.accuracy import calibration_error, line, wilson
from wardian_build.train.linear_text import Labelled, of_part

if TYPE_CHECKING:
    from wardian.pipelines.pooled_classifiers import PooledClassifiers
    from wardian.pipelines.text_classification import TextClassificationPipeline

__all__ = ["classifier", "hard_cases", "measure", "show"]


def hard_cases(name: str) -> list[dict[str, Any]]:
    """Texts with their truth ("positive") by groups, as they lie beside this file."""
    found: list[dict[str, Any]] = json.loads(
        Path(__file__).with_name(f"{name}_cases.json").read_text("utf-8")
    )
    return found


async def classifier(models_dir: Path, model: str) -> TextClassificationPipeline:
    pipe = await pipeline("text-classification", model, device="cpu", models_dir=models_dir)
    return cast("TextClassificationPipeline", pipe)


async def measure(
    pipe: TextClassificationPipeline | PooledClassifiers,
    hard: list[dict[str, Any]],
    label: str,
    corpora: Mapping[str, Sequence[Labelled]],
) -> dict[str, Any]:
    """Accuracy and calibration on the held-out texts by where they stood, and the `hard` cases one by one."""
    held_out: dict[str, Any] = {}
    for language, texts in corpora.items():
        found = of_part(texts, "held_out")
        with progress.step(f"{len(found)} held-out texts ({language})"):
            scores = await _scores(pipe, label, [one.text for one in found])
        truth = np.array([one.positive for one in found])
        right = (scores > 0.5) == truth
        sources = np.array([one.source for one in found])
        held_out[language] = {
            "all": asdict(wilson(int(right.sum()), len(found))),
            **{
                source: asdict(wilson(int(right[sources == source].sum()), int((sources == source).sum())))
                for source in sorted(set(sources))
            },
            "calibration_error": calibration_error(scores, truth),
        }
    answers = await _scores(pipe, label, [case["text"] for case in hard])
    for case, score in zip(hard, answers, strict=True):
        case["score"] = round(float(score), 3)
        case["right"] = bool((score > 0.5) == case["positive"])
    return {"held_out": held_out, "cases": hard}


async def _scores(pipe: Any, label: str, texts: Sequence[str]) -> NDArray[np.float64]:
    """The probability of a label: float64 (texts,)."""
    answers = await pipe(list(texts), top_k=None, truncation=True)  # as the tasks do
    return np.array(
        [next(one["score"] for one in answer if one["label"] == label) for answer in answers], np.float64
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
