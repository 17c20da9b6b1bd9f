"""The folded form in onnxruntime-web itself: WASM, with a cache that is appended outside of the graph."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
import tiny_llama

from wardian_build import process
from wardian_build.convert.conversion import Options, write_folder
from wardian_build.convert.from_gguf import convert
from wardian_build.convert.sources import recognise

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "llama.json").read_text())["tiny"]
RMS = 2e-5


@pytest.mark.parametrize("name", ["q4_1", "mixed"])
def test_the_folded_form_in_wasm(name: str, runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(tiny_llama.tiny_gguf(name))
    write_folder(convert(recognise(tmp_path / "tiny.gguf"), Options()).files, tmp_path / "model")
    cases = [case for case in GOLDEN[name]["cases"] if len(case["ids"]) > 5]
    request = {
        "heads": tiny_llama.GROUPS,
        "width": tiny_llama.WIDTH,
        "tokens": [case["ids"] for case in cases],
    }
    script = Path(__file__).with_name("decoder_wasm.mjs")
    model = tmp_path / "model" / "onnx" / "model_q4_fold.onnx"
    command: list[str | Path] = [process.node(), script, runtime, model, json.dumps(request)]
    results = json.loads(process.run(command, "onnxruntime-web"))
    assert len(results) == len(cases) == 2
    for found, case in zip(results, cases, strict=True):
        expected = np.frombuffer(base64.b64decode(case["logits"]), "<f4")
        assert len(found) == expected.size
        assert np.sqrt(np.mean((np.array(found) - expected) ** 2)) < RMS
