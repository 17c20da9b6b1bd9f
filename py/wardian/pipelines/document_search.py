"""The passages of a document that answer a question, and in each the sentence that does.

What writes an answer of its own from passages takes them from here, too: they say where they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from wardian.pipelines.embedding_cache import EmbeddingCache
from wardian.postprocessing.bm25 import bm25, terms
from wardian.postprocessing.similarity import rank
from wardian.preprocessing.documents.document import Document
from wardian.preprocessing.documents.passages import DocumentPassage, cut_passages

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.feature_extraction import FeatureExtractionPipeline

__all__ = ["DocumentIndex", "FoundPassage", "embed_passages", "find_passages"]

#: How much a passage's best sentence counts beside all of it, and the words that it shares with the question
#: beside their meaning. Round numbers: `build.py eval ask` finds little difference around them.
SENTENCE_WEIGHT, TERM_WEIGHT = 0.5, 0.1

#: What sharing all words of the question adds to a sentence when the one that answers is looked for.
SHARED_WEIGHT = 0.2

#: Tokens of a passage that are read. MiniLM was trained with 128, and finds more of a passage with more.
MAX_LENGTH = 256

#: Passages that are kept embedded: some 9 kB each with their sentences.
CACHE_SIZE = 10_000

_caches: WeakKeyDictionary[FeatureExtractionPipeline, EmbeddingCache] = WeakKeyDictionary()


class DocumentIndex:
    """A document with its passages: made once, asked often."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.passages: list[DocumentPassage] = cut_passages(document)
        self.terms: list[list[str]] = [terms(passage.text) for passage in self.passages]


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that answers: number `index` of its document's, with the sentence that answers best.

    `sentence` is its range within the passage's text; `score` is a cosine similarity, raised by at most
    TERM_WEIGHT for words in common. `page` is None and `heading` empty where there are none.
    """

    index: int
    passage: DocumentPassage
    sentence: tuple[int, int]
    score: float
    page: int | None
    heading: str


async def embed_passages(
    index: DocumentIndex, pipe: FeatureExtractionPipeline, progress: Progress | None = None
) -> list[NDArray[np.float32]]:
    """For each passage float32 (1 + sentences, features), rows of length 1: the passage, then its sentences
    as they read in it. What was embedded before is not run again.

    Calls `progress("embed", passages done, passages)` for new ones.
    """
    cache = _caches.setdefault(pipe, EmbeddingCache(CACHE_SIZE))
    sentences = {passage.text: passage.sentences for passage in index.passages}

    async def embed(texts: list[str]) -> list[NDArray[np.float32]]:
        spans = [sentences[text] for text in texts]
        prompt = "passage" if "passage" in pipe.prompts else None
        return await pipe.embed_spans(texts, spans, max_length=MAX_LENGTH, prompt_name=prompt)

    return await cache.rows([passage.text for passage in index.passages], embed, progress=progress)


async def find_passages(
    index: DocumentIndex,
    question: str,
    pipe: FeatureExtractionPipeline,
    *,
    top_k: int = 10,
    progress: Progress | None = None,
) -> list[FoundPassage]:
    """The `top_k` passages that answer `question` best, best first.

    A passage's score is the mean of its own similarity to the question and that of its most similar sentence,
    plus a little for rare words that both have (BM25). Passages are embedded once: another question about a
    document embeds itself alone. Calls `progress("embed", passages done, passages)` for new ones.
    """
    rows = await embed_passages(index, pipe, progress)
    prompt = "query" if "query" in pipe.prompts else None
    asked = (await pipe(question, pooling=pipe.pooling, normalize=True, prompt_name=prompt))[0]
    similar = [row @ asked for row in rows]
    words = terms(question)
    shared = bm25(words, index.terms)
    scores = (
        (1 - SENTENCE_WEIGHT) * np.array([one[0] for one in similar], np.float32)
        + SENTENCE_WEIGHT * np.array([one[1:].max(initial=-1) for one in similar], np.float32)
        + TERM_WEIGHT * shared / max(float(shared.max(initial=0)), 1e-9)
    )
    found = []
    for number in rank(scores, top_k):
        passage = index.passages[number]
        sentence = _best_sentence(passage, similar[number][1:], words)
        position = passage.start + sentence[0]
        place = index.document.page(position), index.document.heading(position)
        found.append(FoundPassage(number, passage, sentence, float(scores[number]), *place))
    return found


def _best_sentence(
    passage: DocumentPassage, similarities: NDArray[np.float32], words: Sequence[str]
) -> tuple[int, int]:
    """The sentence most like the question; what it shares of the question's `words` counts, too."""
    wanted = set(words)
    shared = [
        len(wanted.intersection(terms(passage.text[start:end]))) / max(1, len(wanted))
        for start, end in passage.sentences
    ]
    best = rank(similarities + SHARED_WEIGHT * np.array(shared, np.float32), 1)
    return passage.sentences[best[0]] if best else (0, len(passage.text))
