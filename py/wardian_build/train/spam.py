"""Train the spam classifier of `static/models/spam-en`: linear, on groups of words.

`python build.py train spam --extra sklearn` fits all mails but the held-out ones; `--validate` fits fewer and
reports the accuracy on the others. Only `python build.py eval spam` touches the held-out mails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wardian_build import paths
from wardian_build.train.linear_text import Labelled, Language, Settings, of_part, train_command
from wardian_build.train.mails import SOURCE, load_mails
from wardian_build.train.reviews import ENGLISH, load_reviews

__all__ = ["SETTINGS", "main"]

SENTENCES = 3_000
SETTINGS = Settings(
    # Words, amounts, and marks that are shouted.
    token_pattern=r"[a-zà-ÿ]+(?:['’][a-z]+)?|[$€£]|\d+%?|!+",
    labels=("ham", "spam"),
    c=8.0,
    languages={"en": Language(2, 3, 15_000, 8.0)},
)


def everyday_words() -> list[Labelled]:
    """Sentences of film reviews, as what is no spam. The harmless mails are those of engineers' mailing lists
    in 2002: everyday words would be known from spam alone.
    """
    reviews = of_part([review for review in load_reviews("en") if review.source == "short"], "fitting")
    return [replace(review, positive=False, source="reviews") for review in reviews[:SENTENCES]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `python build.py train spam`."""
    folder = paths.STATIC / "models" / "spam-en"
    corpora = {"en": [*load_mails(), *everyday_words()]}
    return train_command("spam", folder, corpora, SETTINGS, [SOURCE.label, ENGLISH.label], arguments)
