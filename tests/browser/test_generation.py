"""SmolLM2 in the page: `transformers`' own tokens, and a stop within a token that leaves the engine; a small
decoder on WebGPU, whose cache stays there.

`WARDIAN_ALL_TEXTS=1` generates for 24 prompts, and not for two; `WARDIAN_PERPLEXITY=1` scores 2,044 tokens of
real text, and not 95.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny_llama
from playwright.sync_api import Browser, Playwright
from tests.browser.visiting import CHROME, Harness, open_harness

from golden.perplexity_texts import GOLDEN as PERPLEXITY_FILE
from golden.perplexity_texts import LENGTH, windows
from wardian.generation import perplexity
from wardian.tokenizers import Tokenizer
from wardian_build import paths
from wardian_build.chrome_flags import SHORT_LIVED, SOFTWARE_WEBGPU
from wardian_build.convert.architectures.llama import llama_graph
from wardian_build.convert.architectures.llama_gguf import GGUFLlama, llama_config
from wardian_build.convert.read.gguf import GGUFFile

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "smollm2.json").read_text())
CASES = GOLDEN["cases"]
PERPLEXITY = json.loads(PERPLEXITY_FILE.read_text())
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

DECODE = """
import numpy as np
from wardian.generation.causal import CausalDecoder
from wardian.generation.config import GenerationConfig
from wardian.generation.generate import generate
from wardian.generation.steps import collect
from wardian.session import open_session

async def decode(model, device):
    session = await open_session(model, device=device, owner="tiny")
    decoder = CausalDecoder(session, {"max_position_embeddings": 64})
    found = {}
    for name, options in {"greedy": {}, "beams": {"num_beams": 3}}.items():
        config = GenerationConfig(max_new_tokens=6, no_repeat_ngram_size=1, **options)
        [result] = await collect(generate(decoder, [5, 17, 44, 3, 29], config))
        found[name] = [int(token) for token in result.ids]
    assert session.device == device
    await session.close()
    return found
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


def test_a_text_is_as_likely_as_in_float32(harness: Harness) -> None:
    """Each token's log-probability, and so perplexity, is that of `transformers`."""
    run(harness, OPEN)
    whole = "WARDIAN_PERPLEXITY" in os.environ
    tokenizer = Tokenizer.from_file(paths.MODELS / "SmolLM2-135M-Instruct" / "tokenizer.json")
    items = paths.MODELS / "vital-articles" / "items.json"
    texts = windows(items, lambda text: tokenizer.encode(text, add_special_tokens=False).ids.tolist())
    known = np.frombuffer(base64.b64decode(PERPLEXITY["logprobs"]), "<f4").reshape(-1, LENGTH - 1)
    code = "from wardian.generation import token_logprobs\n(await token_logprobs(pipe.decoder, ids)).tolist()"
    found, expected = [], []
    for ids, row in zip(texts if whole else [texts[0][:96]], known, strict=False):
        found += run(harness, code, ids=ids)
        expected += row[: len(ids) - 1].tolist()
    ours, theirs = (perplexity(np.array(values, np.float32)) for values in (found, expected))
    worst = np.abs(np.array(found) - expected).max()
    print(f"{len(found)} tokens: {ours:.5f}, transformers {theirs:.5f}; a token differs by {worst:.1e}")
    assert worst < 1e-3 and abs(ours - theirs) < 1e-3 * theirs


def test_a_cache_stays_on_the_gpu(playwright: Playwright, harness_url: str, tmp_path: Path) -> None:
    """SwiftShader's: tokens of a small decoder, greedily and by beams, are those of native onnxruntime."""
    (tmp_path / "tiny.gguf").write_bytes(tiny_llama.tiny_gguf("q4_1"))
    file = GGUFFile(tmp_path / "tiny.gguf")
    config = llama_config(file)
    graph, inputs, outputs = llama_graph(config, GGUFLlama(file, config), webgpu=True)
    model = graph.build_external(inputs, outputs, "data")
    proto = onnx.load_from_string(model[0])
    data = b"".join(array.tobytes() for array in model[1])
    for tensor in proto.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            facts = {entry.key: entry.value for entry in tensor.external_data}
            start = int(facts.get("offset", 0))
            tensor.raw_data = data[start : start + int(facts["length"])]
            del tensor.external_data[:]
            tensor.data_location = onnx.TensorProto.DEFAULT
    whole = proto.SerializeToString()
    scope: dict[str, Any] = {}
    exec(compile(DECODE, "decode", "exec"), scope)
    # In another thread: Playwright keeps an event loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        expected = pool.submit(lambda: asyncio.run(scope["decode"](whole, "cpu"))).result()
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*SHORT_LIVED, *SOFTWARE_WEBGPU])
    try:
        harness = open_harness(browser.new_context(), harness_url)
        files = {"/given/model.onnx": base64.b64encode(whole).decode()}
        code = f"{DECODE}\nawait decode(open('/given/model.onnx', 'rb').read(), 'webgpu')"
        found = harness.run(code, files)
    finally:
        browser.close()
    assert found == expected and len(set(expected["greedy"])) > 2


@pytest.mark.alone  # a token that takes longer than a cancel may wait costs the engine
def test_a_stop_leaves_the_engine_and_what_it_knows(harness: Harness) -> None:
    found = harness._page.evaluate(STOP)
    assert found["stopped"] == "CancelledError" and found["engines"] == 0
    assert len(found["parts"]) <= 3 + 10, "it went on long after it was stopped"
    again = found["again"]
    assert again["text"].startswith(found["parts"][2]) and len(again["text"]) > len(found["parts"][2])
    assert again["finish_reason"] in ("stop", "length") and again["dropped"] == 0
    assert again["context_used"] > again["tokens"] > 3
