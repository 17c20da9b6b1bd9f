"""The sentences of a document that say what it is about, each in its place: a summary without inventions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wardian.pipelines.document_search import DocumentIndex, embed_passages
from wardian.postprocessing.extractive import central_sentences
from wardian.preprocessing.text import count_words

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.feature_extraction import FeatureExtractionPipeline

__all__ = ["ExtractedSentence", "extract_sentences"]

#: How much a sentence has to differ from those chosen before: a round number, not tuned to any texts.
DIVERSITY = 0.3

#: Sentences with fewer or more words are chosen last: captions and items of lists say too little, and what is
#: longer is mostly a table or a list that was read as one sentence.
FEWEST_WORDS, MOST_WORDS = 6, 60


@dataclass(frozen=True, slots=True)
class ExtractedSentence:
    """Sentence `span`, in characters of passage number `passage`; in the document it begins at `start`."""

    passage: int
    span: tuple[int, int]
    start: int
    text: str


async def extract_sentences(
    index: DocumentIndex,
    pipe: FeatureExtractionPipeline,
    count: int,
    *,
    progress: Progress | None = None,
) -> list[ExtractedSentence]:
    """The `count` sentences nearest to what all of the document says, in its order; see `central_sentences`.

    Calls `progress("embed", passages done, passages)` for passages that are new to the pipeline.
    """
    rows = await embed_passages(index, pipe, progress)
    found = [
        ExtractedSentence(number, span, passage.start + span[0], passage.text[slice(*span)])
        for number, passage in enumerate(index.passages)
        for span in passage.sentences
    ]
    if not found:
        return []
    embeddings = np.concatenate([row[1:] for row in rows])
    weights = np.array([_weight(one.text) for one in found], np.float32)
    if not weights.any():
        weights[:] = 1
    chosen = central_sentences(embeddings, count, diversity=DIVERSITY, weights=weights)
    return [found[number] for number in chosen]


def _weight(text: str) -> float:
    return float(FEWEST_WORDS <= count_words(text, 0, len(text)) <= MOST_WORDS)
