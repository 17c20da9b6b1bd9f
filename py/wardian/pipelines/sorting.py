"""Sort texts by topics that a visitor wrote down, with a model of inference or with one of embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError
from wardian.pipelines.embedding_cache import EmbeddingCache
from wardian.postprocessing.likeness import FITS, deviation_scores, deviations, prototype
from wardian.postprocessing.similarity import cosine_similarity

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.zero_shot_classification import ZeroShotClassificationPipeline
    from wardian.preprocessing.topics import Topic

__all__ = ["CACHE_SIZE", "STRICTNESS", "TEMPLATE", "Sorted", "sort_texts"]

#: How well a label must fit, by the name of the choice: the least deviation of embeddings, and the least
#: probability by inference. Without a limit each text goes to the best label.
STRICTNESS: dict[str, tuple[float, float] | None] = {"all": None, "fitting": (FITS, 0.5), "sure": (1.5, 0.8)}

#: Of the label alone, `This example is {}.` and `This text is about {}.`, with the description and without,
#: the one that sorted a quarter of each corpus of `build.py eval sort` best.
TEMPLATE = "This text is about {}."

CACHE_SIZE = 20_000
#: What a model has read, for as long as it is open.
_caches: WeakKeyDictionary[ZeroShotClassificationPipeline, EmbeddingCache] = WeakKeyDictionary()

#: Of nothing in particular: how like to labels texts are that have nothing to do with them.
_PLAIN = (
    "The train leaves at nine.", "She forgot her umbrella.", "Please close the door.",
    "He painted the wall blue.", "We met last summer.", "The meeting lasted an hour.",
    "It is raining outside.", "The soup is too salty.",
    "They moved to another city.", "I lost my keys.", "The phone rang twice.", "A dog barked.",
    "Prices went up again.", "He reads a book.", "The team lost.", "She is learning to drive.",
    "The computer is slow.", "My back hurts.", "The garden is full of weeds.", "They voted against it.",
    "The film was long.", "Send me the report.", "The river is deep.", "He apologised.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sorted:
    """What was found: float32 and bool (texts, labels).

    `scores` are from 0 to 1; `belongs` says which labels a text was given, none of them where nothing fits.
    """

    scores: NDArray[np.float32]
    belongs: NDArray[np.bool_]


async def sort_texts(
    texts: Sequence[str],
    topics: Sequence[Topic],
    pipe: ZeroShotClassificationPipeline,
    *,
    multi_label: bool = False,
    strictness: str = "all",
    progress: Progress | None = None,
) -> Sorted:
    """Sort texts by topics.

    A model of inference is asked for each label by itself whether the text is about it. A model of embeddings
    compares the text with each label's prototype, which its examples make better; what it read once, it does
    not read again.

    Args:
        texts: none of them empty; what is too long for the model is cut.
        topics: one or more.
        multi_label: a text gets every label that fits, and not the best alone.
        strictness: one of STRICTNESS; with "all" each text gets at least one label.
        progress: called as `progress("sort" or "compare", done, all)`.

    Raises:
        InputError: there is but one topic, and every text would get it.
        ModelError: the model tells nothing apart.
    """
    limits = STRICTNESS[strictness]
    if len(topics) == 1 and limits is None:
        raise InputError(
            "One topic alone sorts nothing.",
            value=repr(topics[0].label),
            expected="at least two topics",
            hint="Write a second one, or leave out what does not fit.",
        )
    if pipe.infers:
        scores = await _inferred(texts, topics, pipe, progress)
        return Sorted(scores, _belonging(scores, multi_label, 0.5, limits and limits[1]))
    found = await _compared(texts, topics, pipe, progress)
    # The score of a single label has nothing to sum to 1 with.
    scores = deviation_scores(found, multi_label or len(topics) == 1)
    return Sorted(scores, _belonging(found, multi_label, FITS, limits and limits[0]))


def _belonging(
    found: NDArray[np.float32], multi_label: bool, fits: float, least: float | None
) -> NDArray[np.bool_]:
    best = np.zeros(found.shape, np.bool_)
    best[np.arange(len(found)), found.argmax(axis=1)] = True
    chosen = best | (found >= fits) if multi_label else best
    return chosen if least is None else chosen & (found >= least)


async def _inferred(
    texts: Sequence[str],
    topics: Sequence[Topic],
    pipe: ZeroShotClassificationPipeline,
    progress: Progress | None,
) -> NDArray[np.float32]:
    """The probability that a text is about a label: float32 (texts, labels)."""
    labels = [topic.sentence for topic in topics]
    different = list(dict.fromkeys(texts))
    answers = await pipe(different, labels, hypothesis_template=TEMPLATE, multi_label=True, progress=progress)
    rows = {}
    for answer in answers:
        by_label = dict(zip(answer["labels"], answer["scores"], strict=True))
        rows[answer["sequence"]] = np.array([by_label[label] for label in labels], np.float32)
    return np.stack([rows[text] for text in texts])


async def _compared(
    texts: Sequence[str],
    topics: Sequence[Topic],
    pipe: ZeroShotClassificationPipeline,
    progress: Progress | None,
) -> NDArray[np.float32]:
    """How much more like a label than plain texts a text is: float32 (texts, labels)."""
    described = [TEMPLATE.format(topic.sentence) for topic in topics]
    examples = [example for topic in topics for example in topic.examples]

    cache = _caches.setdefault(pipe, EmbeddingCache(CACHE_SIZE))
    known = await cache.embed([*described, *examples, *_PLAIN], pipe.embed)
    labels, rest = known[: len(topics)], known[len(topics) :]
    prototypes, used = [], 0
    for label, topic in zip(labels, topics, strict=True):
        own = rest[used : used + len(topic.examples)]
        prototypes.append(prototype(label, own))
        used += len(topic.examples)
    stacked = np.stack(prototypes)
    read = await cache.embed(texts, pipe.embed, stage="sort", progress=progress)
    return deviations(cosine_similarity(read, stacked), cosine_similarity(rest[used:], stacked))
