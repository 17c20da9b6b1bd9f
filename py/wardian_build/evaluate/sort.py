"""Sorting by one's own topics, on texts that no model was fitted to: `python build.py eval sort`.

A quarter of each corpus served to choose the sentence that is made of a label, the weight of examples and the
limits of "leave out"; the figures are of the other three.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian import pipeline
from wardian.pipelines.sorting import STRICTNESS, Sorted, sort_texts
from wardian.preprocessing.topics import Topic, read_topics
from wardian_build import progress
from wardian_build.evaluate.accuracy import line, wilson
from wardian_build.evaluate.topic_data import CORPORA, Known, is_held_out

__all__ = ["evaluate", "macro_f1", "show"]

#: What each model is asked: whole articles take the second one very long, and the first one reads English.
_ASKED = {
    "all-MiniLM-L6-v2": ("news", "headlines", "definitions"),
    "multilingual-e5-small": ("headlines", "headlines, labels in Chinese", "definitions"),
}
_EXAMPLES = (1, 3, 5, 10)
#: Draws of examples whose accuracies are averaged.
_DRAWS = 10
_WORD = re.compile(r"[a-z]+")


def macro_f1(answers: NDArray[np.int64], truth: NDArray[np.int64], labels: int) -> float:
    """The mean over labels of the harmonic mean of precision and recall; int (texts,), -1 for no answer.

    >>> round(macro_f1(np.array([0, 0, 1, -1]), np.array([0, 1, 1, 1]), 2), 3)
    0.583
    """
    scores = []
    for label in range(labels):
        both = int(((answers == label) & (truth == label)).sum())
        scores.append(2 * both / max(int((answers == label).sum() + (truth == label).sum()), 1))
    return float(np.mean(scores))


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """The figures of each model, by corpus."""
    result: dict[str, Any] = {}
    for model, corpora in _ASKED.items():
        pipe = await pipeline("zero-shot-classification", model, device="cpu", models_dir=models_dir)
        result[model] = {}
        async with pipe:
            for name in corpora:
                labels, load = CORPORA[name]
                known, topics = load(), read_topics(labels)
                with progress.step(f"{model}, {name}: {len(known)} texts"):
                    result[model][name] = await _measure(pipe, topics, known)
    return result


async def _measure(pipe: Any, topics: Sequence[Topic], known: Sequence[Known]) -> dict[str, Any]:
    held_out = [one for one in known if is_held_out(one.text)]
    texts, truth = [one.text for one in held_out], _truth(held_out, topics)
    found = await sort_texts(texts, topics, pipe)
    names = [replace(topic, description="") for topic in topics]
    majority = np.full(len(texts), Counter(truth.tolist()).most_common(1)[0][0])
    answers = {
        "described": found.scores.argmax(axis=1),
        "labels_alone": (await sort_texts(texts, names, pipe)).scores.argmax(axis=1),
        "word_overlap": _overlap(texts, topics, int(majority[0])),
        "majority": majority,
    }
    return {
        "texts": len(texts),
        "labels": len(topics),
        **{
            name: {
                **asdict(wilson(int((given == truth).sum()), len(truth))),
                "macro_f1": macro_f1(given, truth, len(topics)),
            }
            for name, given in answers.items()
        },
        "examples": await _with_examples(pipe, topics, known),
        "left_out": await _left_out(pipe, topics, texts, truth),
        "several": _several(await sort_texts(texts, topics, pipe, multi_label=True), truth),
    }


def _truth(known: Sequence[Known], topics: Sequence[Topic]) -> NDArray[np.int64]:
    places = {topic.label: place for place, topic in enumerate(topics)}
    return np.array([places[one.label] for one in known])


def _overlap(texts: Sequence[str], topics: Sequence[Topic], otherwise: int) -> NDArray[np.int64]:
    """The label with most of whose words a text has in common; `otherwise` where it has none."""
    wanted = [set(_WORD.findall(topic.sentence.lower())) for topic in topics]
    answers = []
    for text in texts:
        words = set(_WORD.findall(text.lower()))
        shared = [len(words & one) for one in wanted]
        answers.append(int(np.argmax(shared)) if any(shared) else otherwise)
    return np.array(answers)


async def _with_examples(pipe: Any, topics: Sequence[Topic], known: Sequence[Known]) -> dict[str, float]:
    """The mean accuracy on held-out texts with so many examples a label, drawn from the other quarter."""
    held_out = [one for one in known if is_held_out(one.text)]
    rest = [one for one in known if not is_held_out(one.text)]
    texts, truth = [one.text for one in held_out], _truth(held_out, topics)
    accuracies: dict[str, float] = {}
    for count in _EXAMPLES:
        right = []
        for draw in range(_DRAWS):
            chosen = random.Random(draw).sample(rest, len(rest))
            taught = [
                replace(t, examples=tuple([o.text for o in chosen if o.label == t.label][:count]))
                for t in topics
            ]
            found = await sort_texts(texts, taught, pipe)
            right.append(float((found.scores.argmax(axis=1) == truth).mean()))
        accuracies[str(count)] = float(np.mean(right))
    return accuracies


async def _left_out(
    pipe: Any, topics: Sequence[Topic], texts: Sequence[str], truth: NDArray[np.int64]
) -> dict[str, dict[str, float]]:
    """By strictness: the share of texts that is sorted, how many of these are right, how many are left out
    where their label is missing."""
    figures = {}
    for strictness in [name for name, limits in STRICTNESS.items() if limits is not None]:
        found = await sort_texts(texts, topics, pipe, strictness=strictness)
        sorted_ = found.belongs.any(axis=1)
        refused = []
        for place in range(len(topics)):
            others = [topic for number, topic in enumerate(topics) if number != place]
            own = [text for text, label in zip(texts, truth, strict=True) if label == place]
            without = await sort_texts(own, others, pipe, strictness=strictness)
            refused.append(1 - without.belongs.any(axis=1).mean())
        figures[strictness] = {
            "sorted": float(sorted_.mean()),
            "right": float((found.scores.argmax(axis=1) == truth)[sorted_].mean()),
            "refused_without_label": float(np.mean(refused)),
        }
    return figures


def _several(found: Sorted, truth: NDArray[np.int64]) -> dict[str, float]:
    """Of texts that may have several labels: how often the right one is among them, and how many they get."""
    among = found.belongs[np.arange(len(truth)), truth]
    return {"right_among": float(among.mean()), "labels_a_text": float(found.belongs.sum(axis=1).mean())}


def show(result: dict[str, Any]) -> None:
    for model, corpora in result.items():
        for name, corpus in corpora.items():
            print(f"{model}, {name}: {corpus['texts']} held-out texts, {corpus['labels']} labels")
            _show(corpus)


def _show(corpus: dict[str, Any]) -> None:
    for way in ("described", "labels_alone", "word_overlap", "majority"):
        print(f"  {way}: {line(corpus[way])}, macro F1 {corpus[way]['macro_f1']:.3f}")
    examples = ", ".join(f"{count}: {share:.1%}" for count, share in corpus["examples"].items())
    print(f"  with so many examples a label: {examples}")
    for strictness, entry in corpus["left_out"].items():
        print(
            f"  {strictness}: {entry['sorted']:.1%} sorted, {entry['right']:.1%} of them right; "
            f"{entry['refused_without_label']:.1%} left out where their label is missing"
        )
    several = corpus["several"]
    print(f"  several: the right one among {several['labels_a_text']:.2f}: {several['right_among']:.1%}")
