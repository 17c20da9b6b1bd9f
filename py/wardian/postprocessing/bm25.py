"""Which documents have a query's words: BM25, beside which embeddings stand for its meaning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["bm25", "terms"]

_TERM = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_]+")

#: Words that say nothing of what a question is about.
_STOP_WORDS = frozenset(
    """
    a an and are as at be by can did do does for from had has have he her his how i if in is it its me
    my no not of on or our she that the their them they this to was we were what when where which who
    whom why will with you your 的 了 是 在 吗 呢 和 与 我 你 他 她 它 这 那 有 不
    """.split()  # noqa: SIM905
)


def terms(text: str) -> list[str]:
    """The words of a text as they are compared: in small letters, without a plural's "s"; ideographs singly.

    >>> terms("The cats of Zürich, 北京"), terms("Who was it?")
    (['cat', 'zürich', '北', '京'], [])
    """
    words = (word for word in _TERM.findall(text.lower()) if word not in _STOP_WORDS)
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words]


def bm25(
    query: Sequence[str], documents: Sequence[Sequence[str]], k1: float = 1.2, b: float = 0.75
) -> NDArray[np.float32]:
    """How well each document's terms fit those of a query: float32 (documents,), 0 for none in common.

    Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", with the
    inverse document frequency of Lucene, which is never negative.

    >>> [f"{score:.2f}" for score in bm25(["tea"], [["tea", "tea"], ["tea", "pot"], ["pot"]])]
    ['0.61', '0.43', '0.00']
    """
    counts = [Counter(document) for document in documents]
    lengths = np.array([len(document) for document in documents], np.float32)
    relative = lengths / max(float(lengths.mean()) if len(lengths) else 0.0, 1e-9)
    scores = np.zeros(len(counts), np.float32)
    for term in dict.fromkeys(query):
        found = np.array([count[term] for count in counts], np.float32)
        having = float(np.count_nonzero(found))
        if having:
            rarity = np.log1p((len(counts) - having + 0.5) / (having + 0.5))
            scores += rarity * found * (k1 + 1) / (found + k1 * (1 - b + b * relative))
    return scores
