"""What a visitor waits for in the tasks over texts: a keystroke's answer, and a search among many passages.

A *keystroke* is timed in the app itself, from the event to the answer on the page: two threads, Python, the
model, and what is drawn. The *search* is what is left to do once texts are embedded.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page

from wardian_build import paths
from wardian_build.bench.browser import chromium, served, until
from wardian_build.bench.report import Row, row
from wardian_build.harness import build_harness

__all__ = ["measure"]

#: Characters typed in a round.
_KEYS = 40
_PASSAGES = 10_000
_TEXT = (
    "The first hour drags and the jokes fall flat, but the ending is wonderful, and the music is worth it. "
    * 5
)

_TASKS = {"sentiment": "Sentiment, a keystroke in 500 characters", "spam": "Is it spam?, the same"}

#: Types the next characters of a text, each when the one before is answered: milliseconds of each.
_TYPE = """async ([text, from, count]) => {
  const field = document.querySelector("#input-text"), shown = document.querySelector(".marked-text");
  const times = [];
  for (let end = from + 1; end <= from + count; end++) {
    field.value = text.slice(0, end);
    const began = performance.now();
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    await new Promise((resolve) => {
      const look = new MutationObserver(() => {
        if (shown.textContent === field.value) { look.disconnect(); resolve(); }
      });
      look.observe(shown, { childList: true, subtree: true });
    });
    times.push(performance.now() - began);
  }
  return times;
}"""

_PREPARE = f"""
import time, numpy as np
from wardian.postprocessing.similarity import cosine_similarity, rank
generator = np.random.default_rng(1)
def embedded(count):
    rows = generator.normal(size=(count, 384)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
passages = embedded({_PASSAGES})
def timed():
    question = embedded(1)
    began = time.perf_counter()
    rank(cosine_similarity(question, passages)[0], 10)
    return (time.perf_counter() - began) * 1e3
None
"""


def measure(rounds: int) -> list[Row]:
    """The tasks take turns; the first round warms up."""
    samples: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        site = build_harness(paths.SITE, Path(folder) / "site")
        with served(site) as url, chromium(Path(folder) / "profile") as context:
            pages = {task: _opened(context.new_page(), url, task) for task in _TASKS}
            search = context.new_page()
            search.goto(f"{url}/harness/index.html")
            until(search, "window.runPython")
            search.evaluate("(code) => window.runPython(code, {}, [])", _PREPARE)
            for number in range(rounds + 1):
                found = {
                    task: page.evaluate(_TYPE, [_TEXT, len(_TEXT) - _KEYS, _KEYS])
                    for task, page in pages.items()
                }
                found["search"] = [
                    search.evaluate("() => window.runPython('timed()', {}, [])") for _ in range(_KEYS)
                ]
                if number > 0:
                    for name, times in found.items():
                        samples.setdefault(name, []).extend(times)
    rows = [row("text", what, "Wardian", samples[task]) for task, what in _TASKS.items()]
    what = f"search among {_PASSAGES:,} embedded passages"
    return [*rows, row("text", what, "Wardian (Python)", samples["search"])]


def _opened(page: Page, url: str, task: str) -> Page:
    page.goto(f"{url}/#/{task}")
    until(page, f"document.querySelector(\"#task-{task} .status[data-state='ready']\")")
    return page
