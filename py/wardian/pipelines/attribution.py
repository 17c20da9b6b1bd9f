"""Which words an answer of a text classifier rests on: exact for sums, else by leaving words out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from wardian.errors import UnknownNameError
from wardian.pipelines.base import Progress
from wardian.postprocessing.attribution import WordScore, word_scores

if TYPE_CHECKING:
    from wardian.pipelines.pooled_classifiers import PooledClassifiers
    from wardian.pipelines.text_classification import TextClassificationPipeline
    from wardian.postprocessing.classification import LabelScore

__all__ = ["exact_scores", "occlusion_scores"]

#: The output of a converted linear model that tells what each term adds.
_CONTRIBUTIONS = "contributions"

#: A word, or one character of a script that has no spaces.
_WORD = re.compile(r"[㐀-鿿぀-ヿ]|[^\W㐀-鿿぀-ヿ]+(?:['’]\w+)*")

_LEAST = 1e-6


async def exact_scores(pipe: TextClassificationPipeline, text: str, label: str) -> list[WordScore] | None:
    """What each word of a text adds to a label's logit, for a model that is a sum over terms: the scores add
    up to the logit less the model's constant.

    None where the model is no such sum, does not tell its parts, or its terms are not made of words.

    Raises:
        UnknownNameError: there is no such label.
    """
    if label not in pipe.labels:
        raise UnknownNameError("label", label, pipe.labels)
    if pipe.terms is None or all(spec.name != _CONTRIBUTIONS for spec in pipe.session.outputs):
        return None
    places = pipe.terms.places(text)
    if places is None:
        return None
    feeds = pipe.terms.encode([text])
    parts = np.asarray((await pipe.session.run(feeds, fetches=[_CONTRIBUTIONS]))[_CONTRIBUTIONS])[0]
    number = pipe.labels.index(label)
    # Between two labels one number decides, and speaks for the second.
    column = parts[:, number] if parts.shape[1] > 1 else parts[:, 0] * (1 if number else -1)
    return word_scores(places, dict(zip(feeds["input_ids"][0].tolist(), column.tolist(), strict=True)))


async def occlusion_scores(
    pipe: TextClassificationPipeline | PooledClassifiers,
    text: str,
    score: Callable[[Sequence[LabelScore]], float],
    *,
    most: int = 60,
    progress: Progress | None = None,
) -> list[WordScore]:
    """What each of the first `most` words adds to the logit of a score, for any model.

    `score` makes a probability of the answer (`top_k=None`) for one text. Each word is left out once: what
    the logit loses is the word's. Unlike exact scores, these need not add up.

    Source: Zeiler and Fergus 2014, arXiv:1311.2901, for words.
    """
    words = [match.span() for match in _WORD.finditer(text)][:most]
    texts = [text, *(text[:start] + text[end:] for start, end in words)]
    answers = [score(answer) for answer in await pipe(texts, top_k=None, truncation=True, progress=progress)]
    whole = _logit(answers[0])
    return [
        WordScore(*place, whole - _logit(answer)) for place, answer in zip(words, answers[1:], strict=True)
    ]


def _logit(probability: float) -> float:
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))
