"""Weights beside the ONNX file, in shards: tensors that lie across shards, and more of them than 2 GB.

The large one is run with WARDIAN_LARGE=1: it takes 5 GB of disk, 6 GB of memory and some minutes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from playwright.sync_api import BrowserContext, Page, Playwright
from tests.browser.visiting import CHROME, until

from wardian_build import cache, paths, serve, shards
from wardian_build.chrome_flags import QUIET
from wardian_build.external_data import external_files
from wardian_build.harness import build_harness
from wardian_build.process import run

ROOT = Path(__file__).parent


class Chain:
    """`y = (x + b) · W0 · W1 …` with weights in a file beside; float32 (1, width) in and out."""

    def __init__(self, folder: Path, width: int, layers: int) -> None:
        rng = np.random.default_rng(5)
        self.x: NDArray[np.float32] = np.linspace(-1, 1, width, dtype=np.float32)[None]
        self.weights = 0
        (folder / "onnx").mkdir(parents=True)
        self.data = (folder / "onnx" / "model.onnx_data").open("wb")
        bias = rng.standard_normal((1, width), dtype=np.float32)
        # The bias is first, so that no tensor begins where a shard does.
        self.tensors = [self._beside("b", bias)]
        y = self.x + bias
        for layer in range(layers):
            weight = rng.standard_normal((width, width), dtype=np.float32) / np.float32(width**0.5)
            self.tensors.append(self._beside(f"w{layer}", weight))
            y = y @ weight
        self.y: NDArray[np.float32] = y
        self.data.close()
        names = ["h", *(f"y{layer}" for layer in range(layers - 1)), "y"]
        nodes = [helper.make_node("Add", ["x", "b"], ["h"])]
        nodes += [
            helper.make_node("MatMul", [names[i], f"w{i}"], [names[i + 1]]) for i in range(layers)
        ]  # fmt: skip
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, width]) for name in "xy"]
        graph = helper.make_graph(nodes, "chain", values[:1], values[1:], self.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        (folder / "onnx" / "model.onnx").write_bytes(model.SerializeToString())
        onnx.checker.check_model(str(folder / "onnx" / "model.onnx"))

    def _beside(self, name: str, value: NDArray[np.float32]) -> TensorProto:
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=value.shape)
        tensor.data_location = TensorProto.EXTERNAL
        fields = {"location": "model.onnx_data", "offset": self.data.tell(), "length": value.nbytes}
        for key, text in fields.items():
            tensor.external_data.add(key=key, value=str(text))
        self.data.write(value.tobytes())
        self.weights += value.nbytes
        return tensor


def publish(model: Path, site: Path) -> dict[str, Any]:
    """Put the model's shards on the site and return its manifest."""
    names = ["onnx/model.onnx", *external_files(model / "onnx" / "model.onnx", model)]
    assert names == ["onnx/model.onnx", "onnx/model.onnx_data"]
    for name in names:
        for shard in shards.shards_of(model / name):
            cache.place(shard.path, site / shard.site_path)
    return {
        "id": "chain", "kind": "chain", "license": "none", "default_dtype": "fp32",
        "dtypes": {"fp32": names[0]}, "external_data": {names[0]: names[1:]},
        "files": [shards.file_entry(name, model / name) for name in names],
    }  # fmt: skip


@pytest.fixture
def engine_site(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the site with a page for its engine worker; its cache of shards goes with it."""
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    target = build_harness(site, tmp_path / "site")
    esbuild = paths.NODE_MODULES / ".bin" / "esbuild"
    options = ["--bundle", "--format=esm", "--target=es2022", "--log-level=warning"]
    page = target / "harness" / "engine_page.js"
    run([esbuild, ROOT / "harness" / "engine_page.ts", *options, f"--outfile={page}"], "bundling")
    (target / "harness" / "engine.html").write_text(
        '<!doctype html><title>engine</title><link rel="icon" href="data:,">'
        '<script type="module" src="engine_page.js"></script>'
    )
    return target


def open_and_run(page: Page, manifest: dict[str, Any], chain: Chain) -> dict[str, Any]:
    feed = {"name": "x", "dims": list(chain.x.shape), "data": chain.x[0].tolist()}
    result: dict[str, Any] = page.evaluate("([manifest, feed]) => open(manifest, feed)", [manifest, feed])
    return result


def check(context: BrowserContext, url: str, manifest: dict[str, Any], chain: Chain) -> dict[str, Any]:
    page = context.new_page()
    page.set_default_timeout(0)
    page.goto(f"{url}/harness/engine.html")
    until(page, "window.open.length === 2")
    result = open_and_run(page, manifest, chain)
    assert result["opened"]["type"] == "opened", result["opened"]
    [y] = result["outputs"]
    # Sums of `width` products of float32, in another order than NumPy's, layer after layer.
    np.testing.assert_allclose(np.array(y, np.float32), chain.y[0], rtol=0, atol=1e-4)
    page.close()
    return result


def test_tensors_across_shards(
    context: BrowserContext, engine_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Tensors of 256 KiB, shards of 100 kB: every tensor lies in three or four.
    monkeypatch.setattr(shards, "SHARD_BYTES", 100_000)
    chain = Chain(tmp_path / "model", width=256, layers=5)
    manifest = publish(tmp_path / "model", engine_site)
    assert len(manifest["files"][1]["shards"]) == 14
    server, url = serve.start(engine_site)
    first = check(context, url, manifest, chain)
    assert first["progress"]["loaded"] == first["progress"]["total"] > chain.weights
    asked = len(server.requests)
    check(context, url, manifest, chain)
    assert not [path for path in server.requests[asked:] if "/models/" in path], "from the store"
    server.shutdown()


def test_what_cannot_fit_is_refused_before_it_is_fetched(context: BrowserContext, engine_site: Path) -> None:
    chain = Chain(engine_site / "small", width=8, layers=1)
    manifest = publish(engine_site / "small", engine_site)
    # The manifest alone is asked: a file of external data of 5 GB in one dtype, 1 GB in the other.
    manifest["files"][1]["bytes"] = 5_000_000_000
    manifest["files"] += [
        {"path": "onnx/model_q8.onnx", "bytes": 1000, "sha256": "0" * 64},
        {"path": "onnx/model_q8.onnx_data", "bytes": 1_000_000_000, "sha256": "1" * 64},
    ]
    manifest["dtypes"]["q8"] = "onnx/model_q8.onnx"
    manifest["external_data"]["onnx/model_q8.onnx"] = ["onnx/model_q8.onnx_data"]
    server, url = serve.start(engine_site)
    page = context.new_page()
    page.goto(f"{url}/harness/engine.html")
    until(page, "window.open.length === 2")
    error = open_and_run(page, manifest, chain)["opened"]["error"]
    assert error["kind"] == "ModelError" and "too large" in error["message"]
    assert error["expected"] == "at most 4.3 GB of memory" and error["received"] == "about 5.4 GB"
    assert "q8 would fit" in error["hint"]
    assert not [path for path in server.requests if "/models/" in path]
    server.shutdown()


@pytest.mark.skipif("WARDIAN_LARGE" not in os.environ, reason="needs 5 GB of disk and 6 GB of memory")
def test_more_than_two_gibibytes_of_weights(
    playwright: Playwright, engine_site: Path, tmp_path: Path
) -> None:
    chain = Chain(tmp_path / "model", width=4096, layers=34)
    assert chain.weights > 2 << 30
    manifest = publish(tmp_path / "model", engine_site)
    assert len(manifest["files"][1]["shards"]) > 128
    server, url = serve.start(engine_site)
    # A profile on disk: a private one keeps its caches in memory.
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path / "profile"), executable_path=CHROME, args=QUIET
    )
    first = check(context, url, manifest, chain)
    asked = len(server.requests)
    again = check(context, url, manifest, chain)
    assert not [path for path in server.requests[asked:] if "/models/" in path], "from the store"
    for what, result in (("from the server", first), ("from the store", again)):
        opened, ran = result["milliseconds"]
        print(f"\n{chain.weights / 1e9:.2f} GB {what}: opened in {opened / 1e3:.1f} s, run in {ran:.0f} ms")
    context.close()
    server.shutdown()
