"""What tf2onnx wrote of SavedModels in onnxruntime-web itself, and q8 of the one with a loop."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from test_tensorflow import GOLDEN, unpacked

from wardian_build import process, vendor
from wardian_build.convert.check import compare, require
from wardian_build.convert.dtypes import derive
from wardian_build.runtimes import read_runtimes


def given(value: NDArray[Any]) -> dict[str, Any]:
    data = base64.b64encode(value.tobytes()).decode()
    return {"dtype": value.dtype.name, "dims": value.shape, "data": data}


def test_saved_models_in_wasm(tmp_path: Path) -> None:
    runtimes = read_runtimes()
    for artefact, path in vendor.artefacts(runtimes.group("ort"), runtimes).items():
        if "asyncify" not in artefact.name:
            shutil.copyfile(path, tmp_path / artefact.name)
    jobs, expected = [], []
    for case, one in GOLDEN["cases"].items():
        folder = unpacked(one["files"], tmp_path / case)
        models = {folder / "model.onnx": 1e-5}
        if case == "text":
            (folder / "q8.onnx").write_bytes(derive(folder / "model.onnx", "q8"))
            # Products in int8: what weights of 7 bits leave of numbers up to 0.1.
            models[folder / "q8.onnx"] = 1e-2
        with np.load(folder / "reference.npz") as file:
            arrays = {name: file[name] for name in file.files}
        for model, tolerance in models.items():
            for key, want in arrays.items():
                run, side, output = key.split(":")
                if side == "out":
                    start = f"{run}:in:"
                    inputs = {
                        name.removeprefix(start): given(value)
                        for name, value in arrays.items()
                        if name.startswith(start)
                    }
                    jobs.append({"model": str(model), "inputs": inputs, "output": output})
                    expected.append((want, tolerance))
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    script = Path(__file__).with_name("run_wasm.mjs")
    answer = process.run([process.node(), script, tmp_path, tmp_path / "jobs.json"], "onnxruntime-web")
    for job, numbers, (want, tolerance) in zip(jobs, json.loads(answer), expected, strict=True):
        require([compare(str(job["output"]), [want], [np.array(numbers).reshape(want.shape)])], tolerance)
