"""Converted models that generate, on WebGPU: SwiftShader's, against `transformers` (hf_generation.json)."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Playwright
from tests.browser.visiting import CHROME, until

from golden import hf_models
from wardian_build import vendor
from wardian_build.chrome_flags import SHORT_LIVED, SOFTWARE_WEBGPU
from wardian_build.convert.architectures import build, head_kind
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.conversion import write_folder
from wardian_build.runtimes import read_runtimes

GOLDEN = json.loads(hf_models.GENERATION.read_text("utf-8"))["models"]
#: An encoder-decoder and a decoder: their caches are those of all others.
MODELS = ("whisper", "llama")
STEPS = [[0, 4], [4, 5]]
#: Relative to the larger of 1 and the largest value: float32, but exp and tanh as WGSL has them.
TOLERANCE = 2e-5


class Handler(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}  # noqa: RUF012

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The page, onnxruntime-web, the models, and what to run."""
    runtimes = read_runtimes()
    for artefact, path in vendor.artefacts(runtimes.group("ort"), runtimes).items():
        shutil.copyfile(path, tmp_path / artefact.name)
    shutil.copyfile(Path(__file__).with_name("generation.html"), tmp_path / "index.html")
    requests = []
    for name in MODELS:
        entry = GOLDEN[name]
        config = Config(entry["config"])
        tensors = {key: hf_models.weights(key, tuple(shape)) for key, shape in entry["tensors"].items()}
        built = build(config, tensors, head_kind(config, None), "model.safetensors")
        write_folder(built.files, tmp_path / name)
        inputs = {
            key: {"type": "int64" if value.dtype.kind == "i" else "float32",
                  "data": value.reshape(-1).tolist(), "dims": value.shape}
            for key, value in hf_models.arrays(entry["inputs"]).items()
        }  # fmt: skip
        requests.append({"name": name, "decoder": list(built.parts)[-1], "inputs": inputs, "steps": STEPS})
    (tmp_path / "request.json").write_text(json.dumps(requests))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()


def test_logits_are_those_of_transformers(playwright: Playwright, site: str) -> None:
    """From a cache without length on: kernels that cannot take one, or sums over nothing, would show."""
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*SHORT_LIVED, *SOFTWARE_WEBGPU])
    try:
        page = browser.new_page()
        page.goto(site)
        until(page, "window.logits", seconds=120)
        found = page.evaluate("window.logits")
    finally:
        browser.close()
    assert "error" not in found, found["error"]
    for name in MODELS:
        expected = hf_models.arrays(GOLDEN[name]["outputs"])["logits"]
        steps = [np.reshape(one["data"], one["dims"]) for one in found[name]]
        logits = np.concatenate(steps, axis=1)
        # The first row has no padding.
        wanted = expected[:1, : logits.shape[1]]
        worst = np.abs(logits[:1] - wanted).max()
        print(f"{name}: max abs {worst:.2g}")
        assert worst < TOLERANCE * max(1, np.abs(wanted).max()), name
