"""What our path costs over raw onnxruntime-web: the same tensors, build, threads and browser.

*Ours* is ``await session.run(feeds)`` in Python: NumPy arrays in, across two threads, NumPy arrays out.
*Raw* is ``session.run`` in a worker of its own that has nothing else to do, with tensors made beforehand.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from pathlib import Path
from typing import Any

from onnx import TensorProto, helper
from playwright.sync_api import Page

from wardian_build import paths
from wardian_build.bench.browser import chromium, served, until
from wardian_build.bench.report import Row, row
from wardian_build.harness import build_harness

__all__ = ["measure"]

_PAGES = Path(__file__).parent / "pages"
_CALLS_PER_ROUND = 20
_TOKENS = 64

_PREPARE = f"""
import time, numpy as np
from wardian import hub
from wardian.session import open_session
image_session = await open_session(open("/bench/image.onnx", "rb").read(), device="wasm", owner="bench:image")
folder = await hub.open_model("all-MiniLM-L6-v2")
text_session = await open_session(await folder.onnx("q8"), device="wasm", owner="bench:text")
image_feeds = dict(image=np.linspace(0, 1, 3 * 224 * 224, dtype=np.float32).reshape(1, 3, 224, 224))
ids = (np.arange({_TOKENS}, dtype=np.int64) * 37 % 20000 + 1000).reshape(1, -1)
text_feeds = dict(input_ids=ids, attention_mask=np.ones_like(ids), token_type_ids=np.zeros_like(ids))
async def timed(session, feeds, calls):
    samples = []
    for _ in range(calls):
        began = time.perf_counter()
        await session.run(feeds)
        samples.append((time.perf_counter() - began) * 1e3)
    return samples
None
"""


def measure(rounds: int) -> list[Row]:
    """Interleaved rounds of raw and ours for an image-sized tensor and for MiniLM at 64 tokens."""
    with tempfile.TemporaryDirectory() as folder:
        site = build_harness(paths.SITE, Path(folder) / "site")
        for name in ("raw_page.html", "raw_page.js", "raw_worker.js"):
            shutil.copy2(_PAGES / name, site / "harness" / name)
        with served(site) as url, chromium(Path(folder) / "profile") as context:
            ours, raw = context.new_page(), context.new_page()
            return _measure(ours, raw, url, rounds)


def _measure(ours: Page, raw: Page, url: str, rounds: int) -> list[Row]:
    model = base64.b64encode(_image_model()).decode()
    raw.goto(f"{url}/harness/raw_page.html")
    until(raw, "window.measure")
    raw.evaluate("([model, tokens]) => window.prepare(model, tokens)", [model, _TOKENS])
    ours.goto(f"{url}/harness/index.html")
    until(ours, "window.runPython")
    _python(ours, _PREPARE, {"/bench/image.onnx": model})
    samples: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds + 1):
        for kind in ("image", "text"):
            code = f"await timed({kind}_session, {kind}_feeds, {_CALLS_PER_ROUND})"
            pair = {
                "ours": _python(ours, code, {}),
                "raw": raw.evaluate("([kind, n]) => window.measure(kind, n)", [kind, _CALLS_PER_ROUND]),
            }
            # The first round warms caches and compilers up.
            if number > 0:
                for variant, values in pair.items():
                    samples.setdefault((kind, variant), []).extend(values)
    what = {"image": "224×224×3 float32 → sum", "text": f"MiniLM q8, {_TOKENS} tokens"}
    name = {"ours": "Wardian (Python)", "raw": "onnxruntime-web in a worker"}
    return [row("overhead", what[k], name[v], samples[k, v]) for k in what for v in name]


def _python(page: Page, code: str, files: dict[str, str]) -> Any:
    return page.evaluate("([code, files]) => window.runPython(code, files, [])", [code, files])


def _image_model() -> bytes:
    """The cheapest model that reads every pixel: the time is that of moving the tensor."""
    graph = helper.make_graph(
        [helper.make_node("ReduceSum", ["image"], ["sum"], keepdims=0)],
        "sum",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 224, 224])],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, [])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())
