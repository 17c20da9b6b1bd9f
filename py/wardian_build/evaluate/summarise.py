"""How near summaries come to papers' abstracts, beside first and random sentences: `build.py eval summarise`.

The papers' bodies are read as the task *Summarise* reads a visitor's file; the abstract is not among what is
read. No setting was chosen by any of these papers.
"""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from wardian import pipeline
from wardian.pipelines.document_search import DocumentIndex
from wardian.pipelines.extracting import extract_sentences
from wardian.preprocessing.documents import read_document
from wardian_build import progress
from wardian_build.evaluate.paper_data import papers
from wardian_build.evaluate.rouge import MEASURES, rouge

__all__ = ["evaluate", "show"]

#: Sentences of a summary. Abstracts have six on average.
LENGTHS = (3, 6)
#: Draws of random sentences, of which the mean counts.
DRAWS = 20


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    """ROUGE of each way of summarising, paper by paper."""
    del data
    scores: dict[str, list[dict[str, float]]] = defaultdict(list)
    found = list(papers("test"))
    async with await pipeline(
        "feature-extraction", "all-MiniLM-L6-v2", device="cpu", models_dir=models_dir
    ) as pipe:
        with progress.step(f"{len(found)} papers"):
            for paper in found:
                index = DocumentIndex(await read_document(paper.text))
                sentences = [
                    passage.text[slice(*span)] for passage in index.passages for span in passage.sentences
                ]
                for count in LENGTHS:
                    chosen = await extract_sentences(index, pipe, count)
                    summaries = {
                        f"extracted {count}": [" ".join(one.text for one in chosen)],
                        f"first {count}": [" ".join(sentences[:count])],
                        f"random {count}": _drawn(sentences, count, paper.id),
                    }
                    for name, texts in summaries.items():
                        rows = [rouge(text, paper.abstract) for text in texts]
                        scores[name].append(
                            {key: float(np.mean([row[key] for row in rows])) for key in MEASURES}
                        )
    return {"papers": len(found), "scores": scores}


def _drawn(sentences: list[str], count: int, seed: str) -> list[str]:
    """Random sentences in the document's order, several times."""
    source = random.Random(seed)
    draws = (sorted(source.sample(range(len(sentences)), min(count, len(sentences)))) for _ in range(DRAWS))
    return [" ".join(sentences[number] for number in numbers) for numbers in draws]


def show(result: dict[str, Any]) -> None:
    print(f"{result['papers']} papers; mean F1, and half of the 95 % interval of the mean")
    for name, rows in result["scores"].items():
        figures = []
        for measure in MEASURES:
            values = np.array([row[measure] for row in rows])
            half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
            figures.append(f"{measure} {100 * values.mean():5.2f} ± {100 * half:.2f}")
        print(f"  {name:<12} " + "  ".join(figures))
