"""scikit-learn's pipelines in onnxruntime-web itself: float64 and trees run there as they do natively."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import numpy as np
from test_sklearn import CASES, GOLDEN, HERE, TOLERANCE, decoded, made

from wardian_build import process, vendor
from wardian_build.convert.check import compare, require
from wardian_build.convert.sklearn import _shaped
from wardian_build.runtimes import read_runtimes


def test_all_pipelines_in_wasm(tmp_path: Path) -> None:
    runtimes = read_runtimes()
    for artefact, path in vendor.artefacts(runtimes.group("ort"), runtimes).items():
        if "asyncify" not in artefact.name:
            shutil.copyfile(path, tmp_path / artefact.name)
    models = {name: made(name) for name in CASES}
    jobs = []
    for name, model in models.items():
        (tmp_path / f"{name}.onnx").write_bytes(model.onnx)
        feeds = model.feeds(HERE, GOLDEN["rows"][CASES[name]["rows"]])
        inputs = {
            key: {
                "dtype": str(value.dtype),
                "dims": list(value.shape),
                "data": base64.b64encode(np.ascontiguousarray(value).tobytes()).decode(),
            }
            for key, value in feeds.items()
        }
        jobs.append({"model": str(tmp_path / f"{name}.onnx"), "inputs": inputs, "output": model.output[0]})
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    script = Path(__file__).with_name("run_wasm.mjs")
    answer = process.run([process.node(), script, tmp_path, tmp_path / "jobs.json"], "onnxruntime-web")
    found = json.loads(answer)
    assert len(found) == len(models)
    for (name, model), numbers in zip(models.items(), found, strict=True):
        expected = _shaped(decoded(CASES[name]["outputs"]), model.output)
        values = np.array(numbers).reshape(expected.shape)
        require([compare(name, [expected], [values])], TOLERANCE)
