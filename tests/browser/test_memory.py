"""Memory: runs do not leak, a leak would be seen, and disposing of a pipeline gives back what it took.

Measured is the memory of the process of one page for all; `WARDIAN_SOAK=1` runs each task 1,000
times on a page of its own.
"""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright
from tests.browser.drawing import png_of_seven
from tests.browser.test_cancel import open_page
from tests.browser.visiting import CHROME

from wardian.tasks import task_ids
from wardian_build.chrome_flags import QUIET

SOAK = bool(os.environ.get("WARDIAN_SOAK"))
#: Runs before the first measurement, and between both.
RUNS = (200, 800) if SOAK else (40, 60)
#: Of the memory of page and workers together.
MOST_GROWTH = 0.05
#: Runs that keep a megabyte each.
LEAKS = 150
#: Tells the processes of this test's browser from those of others: each has it in its command line.
PROFILE = f"--user-agent=wardian-memory-{os.getpid()}"

#: Inputs by task. A long run takes all tasks, the others with the first of their golden.
TASKS: dict[str, dict[str, Any]] = {
    "digits": {"drawing": {"png": base64.b64encode(png_of_seven()).decode()}},
    "search": {"text": "A cat sleeps.\n\nStocks fell.", "query": "pets"},
    "tokenizer": {"text": "Tokens of a text.", "tokenizer": {"model": "qwen3-tokenizer"}, "special": True},
}
if SOAK:
    GOLDENS = Path(__file__).parents[1] / "golden" / "tasks"
    TASKS["grammar"] = {"text": "Its late."}
    # A thousand answers of a language model: short ones.
    question = {"role": "user", "content": "What is the capital of France?"}
    greedy = {"do_sample": False, "repetition_penalty": 1.0, "max_new_tokens": 4}
    TASKS["chat"] = {"dialogue": {"messages": [question], "settings": greedy}}
    form = {"type": "object", "properties": {"date": {"type": "string", "format": "date", "title": "Date"}}}
    TASKS["fill"] = {"text": "Closed on 3 May 2025.", "form": form}
    # A task that takes a visitor's model alone has no golden.
    for task_id in (one for one in task_ids() if (GOLDENS / f"{one}.json").is_file()):
        if task_id not in TASKS:
            golden = json.loads((GOLDENS / f"{task_id}.json").read_text("utf-8"))
            TASKS[task_id] = golden["cases"][0]["inputs"]

RUN = """async ([task, inputs, times]) => {
  if (inputs.drawing?.png) {
    const file = Uint8Array.from(atob(inputs.drawing.png), (character) => character.charCodeAt(0));
    inputs.drawing = { file, name: "seven.png" };
  }
  for (let time = 0; time < times; time++) await window.runtime.request({ op: "run_task", task, inputs });
}"""

#: What DevTools collect is the page's own garbage: a worker's would be taken for a leak until V8 collects it.
COLLECTS = "--js-flags=--expose-gc"

OPEN = {
    "op": "open_pipeline", "pipeline": "p", "kind": "feature-extraction", "model": "all-MiniLM-L6-v2",
    "device": "wasm", "dtype": "q8", "threads": 1,
}  # fmt: skip


def run_task(page: Page, task: str, inputs: dict[str, Any], times: int) -> None:
    page.evaluate(RUN, [task, inputs, times])


def memory(page: Page) -> float:
    """MB of the largest renderer process below this one, at rest: what page and workers can reach is left."""
    for thread in (page, *(worker for worker in page.workers if "/harness" in worker.url)):
        # Gives back what is not used, too. (onnxruntime's threads wait for work, and answer nobody.)
        thread.evaluate("() => gc({ type: 'major', flavor: 'last-resort' })")
    sizes = []
    for _ in range(5):
        page.wait_for_timeout(400)
        sizes.append(max(_resident(status) for status in Path("/proc").glob("[0-9]*/status")))
    return min(sizes)


def _resident(status: Path) -> float:
    try:
        command = (status.parent / "cmdline").read_text()
        if "--type=renderer" not in command or PROFILE not in command:
            return 0
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status.read_text())[0]) / 1e3
    except (OSError, IndexError):
        return 0  # it ended meanwhile


@pytest.fixture(scope="module")
def measured(playwright: Playwright, harness_url: str) -> dict[str, float]:
    """MB at each step of one page's life."""
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*QUIET, PROFILE, COLLECTS])
    page = open_page(browser, harness_url)
    first, then = RUNS
    found: dict[str, float] = {}
    for task, inputs in TASKS.items():
        run_task(page, task, inputs, first)
    found["warm"] = memory(page)
    for task, inputs in TASKS.items():
        run_task(page, task, inputs, then)
    found["run"] = memory(page)
    page.evaluate("(request) => window.runtime.request(request)", OPEN)
    run = {"op": "run_pipeline", "pipeline": "p", "input": ["a text"], "options": {}}
    page.evaluate("(request) => window.runtime.request(request).then(() => null)", run)
    found["opened"] = memory(page)
    page.evaluate("window.runtime.endEngine('p')")
    page.evaluate("window.runtime.request({ op: 'close_pipeline', pipeline: 'p' })")
    found["closed"] = memory(page)
    run_task(page, "leaks", {"text": ""}, LEAKS)
    found["leaked"] = memory(page)
    browser.close()
    print("\n" + ", ".join(f"{name} {size:.0f} MB" for name, size in found.items()))
    return found


def test_runs_do_not_leak(measured: dict[str, float]) -> None:
    assert measured["run"] / measured["warm"] - 1 < MOST_GROWTH


def test_a_leak_is_seen(measured: dict[str, float]) -> None:
    assert measured["leaked"] / measured["closed"] - 1 > MOST_GROWTH


def test_disposing_gives_the_memory_back(measured: dict[str, float]) -> None:
    taken = measured["opened"] - measured["run"]
    # The model alone is 23 MB, and it lies in an engine of its own.
    assert taken > 30
    assert measured["closed"] - measured["run"] < 0.2 * taken


@pytest.mark.skipif(not SOAK, reason="1,000 runs a task: set WARDIAN_SOAK=1")
@pytest.mark.parametrize("task", TASKS)
def test_a_thousand_runs_do_not_leak(playwright: Playwright, harness_url: str, task: str) -> None:
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*QUIET, PROFILE, COLLECTS])
    page = open_page(browser, harness_url)
    first, then = RUNS
    run_task(page, task, TASKS[task], first)
    before = memory(page)
    run_task(page, task, TASKS[task], then)
    after = memory(page)
    browser.close()
    print(f"\n{task}: {before:.0f} MB after {first} runs, {after:.0f} MB after {first + then}")
    assert after / before - 1 < MOST_GROWTH
