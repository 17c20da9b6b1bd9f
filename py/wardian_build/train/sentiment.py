"""Train the sentiment classifier of `static/models/sentiment-en-zh`: linear, on groups of words.

`python build.py train sentiment --extra sklearn` fits all reviews but the held-out ones, and converts the
result as it would anybody's pipeline; `--validate` fits fewer and reports the accuracy on the others, which
is how every setting below was chosen. Only `python build.py eval sentiment` touches the held-out reviews.
"""

from __future__ import annotations

from collections.abc import Sequence

from wardian_build import paths
from wardian_build.train import reviews
from wardian_build.train.linear_text import Language, Settings, train_command

__all__ = ["SETTINGS", "main"]

SETTINGS = Settings(
    # Words, Chinese characters, and marks right after either.
    token_pattern=r"[a-zà-ÿ0-9]+(?:['’][a-z]+)?|[㐀-鿿]|(?<=[a-zà-ÿ0-9㐀-鿿])[！？!?…，。,.~～、；;]+",
    labels=("negative", "positive"),
    c=8.0,
    languages={"en": Language(2, 3, 27_000, 10.0), "zh": Language(3, 2, 20_000, 4.0)},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `python build.py train sentiment`."""
    corpora = {language: reviews.load_reviews(language) for language in reviews.LANGUAGES}
    data = [reviews.ENGLISH.label, reviews.CHINESE.label]
    folder = paths.STATIC / "models" / "sentiment-en-zh"
    return train_command("sentiment", folder, corpora, SETTINGS, data, arguments)
