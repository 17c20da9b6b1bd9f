"""Recurrent layers and attention of Keras in onnxruntime-web itself."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import numpy as np
from test_keras import CASES, TOLERANCE, decoded, made

from wardian_build import process, vendor
from wardian_build.convert.check import compare, require
from wardian_build.runtimes import read_runtimes

NAMES = (
    "recurrent",
    "directions",
    "masked",
    "translated",
    "heads",
    "attended",
    "classified",
    "padded",
    "windows",
)


def test_recurrent_layers_and_attention_in_wasm(tmp_path: Path) -> None:
    runtimes = read_runtimes()
    for artefact, path in vendor.artefacts(runtimes.group("ort"), runtimes).items():
        if "asyncify" not in artefact.name:
            shutil.copyfile(path, tmp_path / artefact.name)
    jobs, expected = [], []
    for name in NAMES:
        graph = made(name, "keras")
        (tmp_path / f"{name}.onnx").write_bytes(graph.model)
        inputs = {}
        for key, feed in zip(graph.inputs, CASES[name]["feeds"].values(), strict=True):
            data = base64.b64encode(decoded(feed).tobytes()).decode()
            inputs[key] = {"dtype": "float32", "dims": feed["shape"], "data": data}
        for output, want in zip(graph.outputs, CASES[name]["outputs"], strict=True):
            jobs.append({"model": str(tmp_path / f"{name}.onnx"), "inputs": inputs, "output": output})
            expected.append(decoded(want))
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    script = Path(__file__).with_name("run_wasm.mjs")
    answer = process.run([process.node(), script, tmp_path, tmp_path / "jobs.json"], "onnxruntime-web")
    for job, numbers, want in zip(jobs, json.loads(answer), expected, strict=True):
        require([compare(str(job["output"]), [want], [np.array(numbers).reshape(want.shape)])], TOLERANCE)
