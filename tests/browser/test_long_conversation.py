"""Fifty turns with SmolLM2 in a page: `WARDIAN_SOAK=1`. Its memory is that after ten, and none of it is lost.

The context is cut to 512 tokens, so that it is full after ten turns: with all 8,192 a turn takes a minute
once everything is read anew because the oldest left.
"""

from __future__ import annotations

import inspect
import json
import os

import pytest
from playwright.sync_api import Playwright
from tests.browser import test_memory
from tests.browser.visiting import CHROME, open_harness
from tests.generation import conversing

from wardian_build.chrome_flags import QUIET

TURNS = (10, 30, 50)
#: Of the memory after ten turns.
MOST_GROWTH = 0.05
QUESTION = "Tell me one more thing about plants in glass cases, and why sailors took them along."

SET_UP = f"""
from wardian import pipeline
{inspect.getsource(conversing.converse).replace("pipe: Any", "pipe")}
pipe = await pipeline("text-generation", "SmolLM2-135M-Instruct", device="wasm")
pipe.decoder._config = {{**pipe.decoder._config, "max_position_embeddings": 512}}
messages = []
pipe.context
"""


@pytest.mark.skipif("WARDIAN_SOAK" not in os.environ, reason="fifty turns of SmolLM2: set WARDIAN_SOAK=1")
def test_fifty_turns_take_no_more_memory_than_ten(playwright: Playwright, harness_url: str) -> None:
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*QUIET, test_memory.PROFILE])
    harness = open_harness(browser.new_context(), harness_url)
    assert harness.run(SET_UP) == 512
    sizes, dropped, before = {}, [], 0
    for turn in TURNS:
        code = f"import json\njson.dumps(await converse(pipe, messages, {turn - before}, {QUESTION!r}, 24))"
        dropped += json.loads(harness.run(code))
        before, sizes[turn] = turn, test_memory.memory(harness._page)
    browser.close()
    told = ", ".join(f"{size:.0f} MB after {turn}" for turn, size in sizes.items())
    print(f"\n{told}; {dropped[-1]} messages had left")
    assert 0 < dropped[9] < dropped[49]
    assert max(sizes.values()) / sizes[10] - 1 < MOST_GROWTH
