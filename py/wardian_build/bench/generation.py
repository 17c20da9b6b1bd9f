"""Generating with SmolLM2: ours, transformers.js and wllama with the same weights, greedily, in one browser.

transformers.js would unpack the 4-bit blocks on every call on WASM (2 tokens a second); at its best it gets
what ours gets: a graph that unpacks them when it is opened, with the cache that it knows. wllama reads the
GGUF file. All have as many threads as the machine has cores, at most 4.
"""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import BrowserContext, Page

from wardian.tokenizers import Tokenizer
from wardian_build import model_card, paths, vendor
from wardian_build.bench.browser import chromium, served, until
from wardian_build.bench.report import Row, row
from wardian_build.bench.startup import peer_site
from wardian_build.convert.from_gguf import whole_fold
from wardian_build.harness import build_harness
from wardian_build.runtimes import read_runtimes

__all__ = ["measure"]

_MODEL = "SmolLM2-135M-Instruct"
_PAGES = Path(__file__).with_name("pages")
#: Past tokens at which a token is timed.
_PAST = (64, 512)
#: Tokens generated in a round.
_TOKENS = 24
_TEXT = "The Wardian case was an early type of terrarium, a sealed protective container for plants. " * 40

_PREPARE = f"""
import json, time
import numpy as np
from wardian import pipeline
from wardian.generation.generate import generate
prompts = json.loads(open("/bench/prompts.json", encoding="utf-8").read())
pipe = await pipeline("text-generation", "{_MODEL}", device="wasm")
async def timed(name, keep=False):
    if not keep:
        pipe.decoder.forget()
    config = pipe.settings(max_new_tokens={_TOKENS}, min_new_tokens={_TOKENS})
    began, times, ids = time.perf_counter(), [], []
    async for step in generate(pipe.decoder, prompts[name], config, context=pipe.context):
        times.append((time.perf_counter() - began) * 1e3)
        ids.append(int(step.tokens[0]))
    return {{"times": times, "ids": ids}}
async def second_turn():
    # What was said, the answer to it, and a question more.
    first = await timed("512")
    prompts["turn"] = prompts["512"] + first["ids"] + prompts["64"][:30]
    return {{"warm": (await timed("turn", keep=True))["times"][0], "cold": (await timed("turn"))["times"][0]}}
None
"""

#: Bytes a second that one thread reads, by summing what no cache holds.
_BANDWIDTH = """() => {
  const data = new Float64Array(32 << 20).fill(1);
  let best = 0, sum = 0;
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    let a = 0, b = 0, c = 0, d = 0;
    for (let i = 0; i < data.length; i += 4) {
      a += data[i]; b += data[i + 1]; c += data[i + 2]; d += data[i + 3];
    }
    sum += a + b + c + d;
    best = Math.max(best, data.byteLength / (performance.now() - began) * 1e3);
  }
  return sum > 0 ? best : 0;
}"""


def measure(rounds: int) -> list[Row]:
    """Interleaved rounds; the first warms up."""
    samples: dict[tuple[str, str], list[float]] = {}
    texts, prompts = _prompts()
    with tempfile.TemporaryDirectory() as folder:
        site = build_harness(paths.SITE, Path(folder) / "site")
        peer = _peer(Path(folder) / "peer")
        with (
            served(site) as url,
            served(peer, headers="isolation") as peer_url,
            chromium(Path(folder) / "profile") as context,
        ):
            context.set_default_timeout(600_000)
            ours, transformers, wllama = _pages(context, url, peer_url, prompts)
            for number in range(rounds + 1):
                for past in map(str, _PAST):
                    found = {
                        "Wardian (Python)": ours.evaluate(
                            "(code) => window.runPython(code, {}, [])", f"await timed('{past}')"
                        ),
                        "transformers.js": transformers.evaluate(
                            "([ids, count]) => window.generate(ids, count)", [prompts[past], _TOKENS]
                        ),
                        "wllama": wllama.evaluate(
                            "([text, count]) => window.generate(text, count)", [texts[past], _TOKENS]
                        ),
                    }
                    if found["Wardian (Python)"]["ids"] != found["transformers.js"]["ids"]:
                        raise AssertionError("ours and transformers.js generate different tokens")
                    if number > 0:
                        _add(samples, past, found)
                turn = ours.evaluate("(code) => window.runPython(code, {}, [])", "await second_turn()")
                if number > 0:
                    for what, time in turn.items():
                        samples.setdefault(("second turn: to the first token", what), []).append(time)
            bandwidth = float(ours.evaluate(_BANDWIDTH))
    rows = [row("generation", what, name, times) for (what, name), times in samples.items()]
    best = 4 * _weights() / bandwidth * 1e3
    return [*rows, row("generation", "a token at 64: reading the weights once, one thread", "limit", [best])]


def _add(samples: dict[tuple[str, str], list[float]], past: str, found: dict[str, Any]) -> None:
    for name, one in found.items():
        times = one["times"]
        gaps = [later - sooner for sooner, later in pairwise(times)]
        samples.setdefault((f"a token at {past} past tokens", name), []).append(median(gaps))
        samples.setdefault((f"to the first token after {past}", name), []).append(times[0])


def _pages(
    context: BrowserContext, url: str, peer_url: str, prompts: dict[str, list[int]]
) -> tuple[Page, Page, Page]:
    ours = context.new_page()
    ours.goto(f"{url}/harness/index.html")
    until(ours, "window.runPython")
    files = {"/bench/prompts.json": base64.b64encode(json.dumps(prompts).encode()).decode()}
    ours.evaluate("([code, files]) => window.runPython(code, files, [])", [_PREPARE, files])
    others = []
    for name in ("generate.html", "wllama.html"):
        page = context.new_page()
        page.goto(f"{peer_url}/{name}")
        until(page, "window.generate")
        others.append(page)
    return ours, others[0], others[1]


def _prompts() -> tuple[dict[str, str], dict[str, list[int]]]:
    """Texts of so many tokens, and the tokens."""
    tokenizer = Tokenizer.from_file(paths.MODELS / _MODEL / "tokenizer.json")
    ids = list(map(int, tokenizer.encode(_TEXT).ids))
    prompts = {str(past): ids[:past] for past in _PAST}
    return {name: tokenizer.decode(some) for name, some in prompts.items()}, prompts


def _weights() -> int:
    """Numbers of the matrices that a token's scores are made with."""
    config = json.loads((paths.MODELS / _MODEL / "config.json").read_text())
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    queries = config["num_attention_heads"] * config["head_dim"]
    keys = config["num_key_value_heads"] * config["head_dim"]
    layer = 2 * hidden * queries + 2 * hidden * keys + 3 * hidden * inner
    return int(config["num_hidden_layers"] * layer + config["vocab_size"] * hidden)


def _peer(target: Path) -> Path:
    """Both peers with the model, as a static folder."""
    peer_site(target)
    runtimes = read_runtimes()
    for artefact, path in vendor.artefacts(runtimes.group("peer-wllama"), runtimes).items():
        shutil.copy2(path, target / artefact.name)
    for name in ("generate.html", "generate.js", "wllama.html", "wllama_page.js"):
        shutil.copy2(_PAGES / name, target / name)
    [card] = [card for card in model_card.find_cards() if card.id == _MODEL]
    [member] = next(file for file in card.files if file.inputs).inputs
    gguf = vendor.members(member.source, [member.path])[member.path]
    (target / "models").mkdir(exist_ok=True)
    shutil.copy2(gguf, target / "models" / "smollm2.gguf")
    model, source = target / "models" / "smollm2", paths.MODELS / _MODEL
    (model / "onnx").mkdir(parents=True)
    for name in ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy2(source / name, model / name)
    graph, data = whole_fold(gguf)
    (model / "onnx" / "model_q4.onnx").write_bytes(graph)
    with (model / "onnx" / "model_q4.onnx_data").open("wb") as file:
        for array in data:
            file.write(array.tobytes())
    return target
