"""SmolLM2 in the page: `transformers`' own tokens, and a stop within a token that leaves the engine.

`WARDIAN_ALL_TEXTS=1` generates for 24 prompts, and not for two.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.browser.visiting import Harness, open_harness

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "smollm2.json").read_text())
CASES = GOLDEN["cases"]
#: Of both kinds, questions and beginnings.
CHOSEN = range(0, 96, 4) if os.environ.get("WARDIAN_ALL_TEXTS") else (0, 57)

OPEN = """
import json
from wardian import pipeline
from wardian.pipelines.text_generation import Prompt
pipe = await pipeline("text-generation", "SmolLM2-135M-Instruct", device="wasm")
async def tokens(ids, **options):
    [result] = await pipe.generate(Prompt(ids), pipe.settings(**options))
    return [int(token) for token in result.ids]
pipe.context
"""

#: Asks for a long answer, stops at the third part, and asks again.
STOP = """async () => {
  const ask = (signal, onAnswer) => window.runtime.request({
    op: "run_task", task: "chat",
    inputs: { dialogue: {
      messages: [{ role: "user", content: "Count from one to one hundred." }],
      settings: { do_sample: false, max_new_tokens: 40 },
    } },
  }, { signal, onAnswer });
  const open = { op: "open_task", task: "chat", model: null, device: "wasm", dtype: null, threads: 0 };
  await window.runtime.request(open);
  const engines = window.engineCount, parts = [], controller = new AbortController();
  let stopped;
  try {
    await ask(controller.signal, ({ type, value }) => {
      if (type !== "partial") return;
      parts.push(value.outputs[0].text);
      if (parts.length === 3) controller.abort();
    });
  } catch (error) { stopped = error.wire.kind; }
  const again = await ask(new AbortController().signal, () => undefined);
  return { stopped, parts, engines: window.engineCount - engines, again: again.outputs[0] };
}"""


@pytest.fixture(scope="module")
def harness(browser: Browser, harness_url: str) -> Iterator[Harness]:
    opened = open_harness(browser.new_context(), harness_url)
    yield opened
    opened._page.context.close()


def run(harness: Harness, code: str, **values: Any) -> Any:
    files = {
        f"/given/{name}.json": base64.b64encode(json.dumps(value).encode()).decode()
        for name, value in values.items()
    }
    read = "".join(f"{name} = json.load(open('/given/{name}.json'))\n" for name in values)
    return harness.run(f"import json\n{read}{code}", files)


def test_tokens_are_those_of_transformers(harness: Harness) -> None:
    assert run(harness, OPEN) == 8192
    for number in CHOSEN:
        case = CASES[number]
        assert run(harness, "await tokens(ids, max_new_tokens=32)", ids=case["ids"]) == case["greedy"], number
    beams = CASES[CHOSEN[0]]
    code = f"await tokens(ids, max_new_tokens=16, num_beams={GOLDEN['num_beams']})"
    assert run(harness, code, ids=beams["ids"]) == beams["beams"]


def test_a_stop_leaves_the_engine_and_what_it_knows(harness: Harness) -> None:
    found = harness._page.evaluate(STOP)
    assert found["stopped"] == "CancelledError" and found["engines"] == 0
    assert len(found["parts"]) <= 3 + 10, "it went on long after it was stopped"
    again = found["again"]
    assert again["text"].startswith(found["parts"][2]) and len(again["text"]) > len(found["parts"][2])
    assert again["finish_reason"] in ("stop", "length") and again["dropped"] == 0
    assert again["context_used"] > again["tokens"] > 3
