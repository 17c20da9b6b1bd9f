"""What perplexity is measured on: summaries of Wikipedia's vital articles (see the card of vital-articles).

`make_perplexity.py` and the tests both use this file; the golden has what came out, and a hash of the tokens.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

GOLDEN = Path(__file__).with_name("perplexity.json")
#: Tokens in a window, each read by itself, and how many windows: 20,440 tokens that have one before them.
LENGTH, COUNT = 512, 40
#: Every so many-eth article: of all topics.
STRIDE = 12


def windows(items: Path, encode: Callable[[str], Sequence[int]]) -> list[list[int]]:
    """The tokens of the windows; `items` is items.json of vital-articles."""
    articles = json.loads(items.read_text("utf-8"))["items"][::STRIDE]
    ids = list(encode("\n\n".join(f"{one['title']}\n{one['description']}" for one in articles)))
    assert len(ids) >= LENGTH * COUNT, len(ids)
    return [ids[start : start + LENGTH] for start in range(0, LENGTH * COUNT, LENGTH)]


def digest(found: list[list[int]]) -> str:
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()
