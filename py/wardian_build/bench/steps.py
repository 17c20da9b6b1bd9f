"""What choosing a token costs beside the model: a hundred steps over 49,152 scores, in page and CPython.

The scores are normal with a deviation of 3, flatter than a language model's, so that little of them can be
passed over. The prompt has 500 tokens.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from wardian_build import paths
from wardian_build.bench.browser import chromium, served, until
from wardian_build.bench.report import Row, row
from wardian_build.harness import build_harness

__all__ = ["measure"]

_DRAWN = {"do_sample": True, "seed": 1}
SETTINGS: dict[str, dict[str, Any]] = {
    "greedy": {},
    "greedy, penalty, no 3-gram twice": {"repetition_penalty": 1.1, "no_repeat_ngram_size": 3},
    "drawn from all": {**_DRAWN, "top_k": 0},
    "drawn, temperature, top-k 20, top-p": {**_DRAWN, "temperature": 0.7, "top_k": 20, "top_p": 0.8},
    "drawn, top-p 0.9 alone": {**_DRAWN, "top_k": 0, "top_p": 0.9},
    "drawn, typical-p 0.9 alone": {**_DRAWN, "top_k": 0, "typical_p": 0.9},
    "4 beams": {"num_beams": 4, "eos_token_id": 2},
}

_PREPARE = """
import time
import numpy as np
from wardian.generation import GenerationConfig, collect, generate
class Scores:
    vocabulary = 49152
    def __init__(self):
        drawn = np.random.default_rng(0).standard_normal((4, 4, self.vocabulary)) * 3
        self.scores, self.turn = drawn.astype(np.float32), 0
    async def logits(self, ids):
        self.turn = (self.turn + 1) % 4
        return self.scores[self.turn, : len(ids)]
    def reorder(self, rows):
        pass
async def hundred(settings):
    config = GenerationConfig.from_dict({}, max_new_tokens=100, **settings)
    decoder = Scores()
    began = time.perf_counter()
    await collect(generate(decoder, np.arange(500), config))
    return (time.perf_counter() - began) * 1e3
"""


def measure(rounds: int) -> list[Row]:
    """The first round warms up."""
    samples: dict[tuple[str, str], list[float]] = {}
    scope: dict[str, Any] = {}
    exec(_PREPARE, scope)
    with tempfile.TemporaryDirectory() as folder:
        site = build_harness(paths.SITE, Path(folder) / "site")
        # Playwright's own event loop is in this thread.
        with (
            ThreadPoolExecutor(1) as aside,
            served(site) as url,
            chromium(Path(folder) / "profile") as context,
        ):
            page = context.new_page()
            page.goto(f"{url}/harness/index.html")
            until(page, "window.runPython")
            page.evaluate("(code) => window.runPython(code, {}, [])", _PREPARE + "None")
            for number in range(rounds + 1):
                for what, settings in SETTINGS.items():
                    call = f"import json\nawait hundred(json.loads({json.dumps(settings)!r}))"
                    times = {"Wardian, page": page.evaluate("(code) => window.runPython(code, {}, [])", call)}
                    times["Wardian, CPython"] = aside.submit(asyncio.run, scope["hundred"](settings)).result()
                    for variant, time in times.items():
                        if number > 0:
                            samples.setdefault((what, variant), []).append(time)
    return [row("steps", f"100 × {what}", variant, times) for (what, variant), times in samples.items()]
