"""Embedding texts of mixed length: ours, and transformers.js with the same MiniLM weights.

Both get the texts in one call's order and may batch as they like: ours sorts them into buckets by cost, the
peer is measured one by one and in batches, since it pads each batch to its longest text. The peer's file is
the one that the weights were published in, which multiplies them as float32; it is measured with ours, too.
"""

from __future__ import annotations

import base64
import json
import random
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from wardian_build import paths
from wardian_build.bench.browser import chromium, served, until
from wardian_build.bench.report import Row, row
from wardian_build.bench.startup import peer_site
from wardian_build.harness import build_harness

__all__ = ["measure", "prepare", "texts"]

_TEXTS = 1000
#: The peer's models, what is said of them, and how many texts at once they are given.
_PEERS = (("minilm", "", (1, 8, 32)), ("minilm-rows", " with our file", (1, 8)))

_PREPARE = """
import json, time
from wardian import pipeline
texts = json.loads(open("/bench/texts.json", encoding="utf-8").read())
pipe = await pipeline("feature-extraction", "all-MiniLM-L6-v2", device="wasm")
async def timed():
    began = time.perf_counter()
    rows = await pipe(texts, pooling="mean", normalize=True)
    assert len(rows) == len(texts)
    return (time.perf_counter() - began) * 1e3
None
"""


def texts() -> list[str]:
    """Invented texts of 3 to 60 words of the model's vocabulary, short ones most often; always the same."""
    table = json.loads((paths.MODELS / "all-MiniLM-L6-v2" / "tokenizer.json").read_text("utf-8"))
    words = sorted(
        word for word in table["model"]["vocab"] if word.isascii() and word.isalpha() and len(word) > 2
    )
    source = random.Random(7)
    return [
        " ".join(source.choices(words, k=min(60, 3 + int(source.expovariate(1 / 12))))) for _ in range(_TEXTS)
    ]


def measure(rounds: int) -> list[Row]:
    """Interleaved rounds of ours and the peer in each batch size; the first warms up."""
    samples: dict[str, list[float]] = {}
    given = texts()
    with tempfile.TemporaryDirectory() as folder:
        site = build_harness(paths.SITE, Path(folder) / "site")
        peer = peer_site(Path(folder) / "peer")
        with (
            served(site) as url,
            served(peer, headers="isolation") as peer_url,
            chromium(Path(folder) / "profile") as context,
        ):
            ours = context.new_page()
            prepare(ours, url, given)
            peers = [(context.new_page(), *peer) for peer in _PEERS]
            for theirs, model, _, _ in peers:
                theirs.goto(f"{peer_url}/embed.html?model={model}")
                until(theirs, "window.embed")
            for number in range(rounds + 1):
                found = {"Wardian (Python)": ours.evaluate("() => window.runPython('await timed()', {}, [])")}
                for theirs, _, what, batches in peers:
                    for size in batches:
                        name = f"transformers.js{what}, {size} at a time"
                        found[name] = theirs.evaluate(
                            "([texts, size]) => window.embed(texts, size)", [given, size]
                        )
                if number > 0:
                    for name, time in found.items():
                        samples.setdefault(name, []).append(time)
    return [row("embedding", f"MiniLM q8, {_TEXTS:,} texts", name, times) for name, times in samples.items()]


def prepare(page: Page, url: str, given: list[str]) -> None:
    """Open a page in which `await timed()` embeds the texts and gives the milliseconds that it took."""
    page.goto(f"{url}/harness/index.html")
    until(page, "window.runPython")
    files = {"/bench/texts.json": base64.b64encode(json.dumps(given).encode()).decode()}
    page.evaluate("([code, files]) => window.runPython(code, files, [])", [_PREPARE, files])
