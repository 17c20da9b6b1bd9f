"""The embeddings of the catalogue `vital-articles`: `python build.py train articles`.

They are float32 sums of a neural network, which differ in their last bits from processor to processor, so no
card could pin a hash of what the build would make of them. They are made once, lie beside the card, and a
test compares them with the model.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wardian.pipelines.base import pipeline
from wardian.preprocessing.catalogue import Item, items_from_json
from wardian_build import cache, model_card, models, paths

__all__ = ["CARD", "MODEL", "embed", "main", "packed", "read_items"]

CARD = "vital-articles"
MODEL = "all-MiniLM-L6-v2"


def read_items(models_dir: Path) -> list[Item]:
    """The items of the built catalogue."""
    return items_from_json(json.loads((models_dir / CARD / "items.json").read_bytes()), CARD)


async def embed(
    texts: Sequence[str], models_dir: Path, dtype: str = "fp32", batch_size: int | None = None
) -> NDArray[np.float32]:
    """Normalized embeddings of the shipped model in CPython: float32 (texts, features)."""
    async with await pipeline("feature-extraction", MODEL, dtype=dtype, models_dir=models_dir) as pipe:
        made: NDArray[np.float32] = await pipe(
            list(texts), pooling=pipe.pooling, normalize=True, batch_size=batch_size
        )
    return made


def packed(embeddings: NDArray[np.float32]) -> bytes:
    """Embeddings as a `.npy` of int8 (items, features): each row scaled so that its largest number is 127.

    A row's length says nothing about its direction, so no scale is kept.

    >>> np.load(io.BytesIO(packed(np.float32([[0.5, -0.25]])))).tolist()
    [[127, -64]]
    """
    rows = np.rint(embeddings * (127 / np.abs(embeddings).max(axis=1, keepdims=True))).astype(np.int8)
    stream = io.BytesIO()
    np.save(stream, rows, allow_pickle=False)
    return stream.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `python build.py train articles`: embed all items and write the file beside the card."""
    argparse.ArgumentParser(prog="build.py train articles", description=main.__doc__).parse_args(arguments)
    target = paths.STATIC / "models" / CARD / "embeddings.npy"
    if not target.exists():
        # The card names it among the catalogue's files, of which the items come first.
        cache.write(target, b"")
    cards = {card.id: card for card in model_card.find_cards()}
    for name in (MODEL, CARD):
        models.build_model(cards[name])
    items = read_items(paths.MODELS)
    embeddings = asyncio.run(embed([item.text for item in items], paths.MODELS))
    cache.write(target, packed(embeddings))
    models.build_model(cards[CARD])
    print(f"{target.relative_to(paths.ROOT)}: {len(items)} items, {target.stat().st_size:,} bytes")
    return 0
