"""What TensorFlow.js itself computes: its bundle in Node, fetched from npm when it is first needed."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build import process, vendor
from wardian_build.errors import ConversionError
from wardian_build.runtimes import Source

__all__ = ["TFJS", "run_tfjs"]

TFJS = Source(
    "npm",
    "@tensorflow/tfjs",
    "4.22.0",
    "56505c191e24116787477b3bb5bb1cc0cf1c2bdce8112b9c402a8a2d31cf2f00",
    "the reference for converted TensorFlow.js models; Apache-2.0, never shipped",
)
_BUNDLE = "dist/tf.min.js"
_DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "|b1"}


def run_tfjs(
    jobs: Sequence[tuple[Path, Mapping[str, NDArray[Any]]]],
) -> list[dict[str, NDArray[Any]]]:
    """Outputs by name for pairs of (model.json, inputs by name), on TensorFlow.js' CPU backend.

    Raises ConversionError with TensorFlow.js' own message for a model that it cannot run, BuildError where
    there is
    no Node or npm cannot fetch the package.
    """
    library = vendor.members(TFJS, [_BUNDLE])[_BUNDLE]
    script = Path(__file__).with_name("run.mjs")
    with tempfile.TemporaryDirectory() as folder:
        # The repository's package.json says that a .js file is a module; this one is CommonJS.
        bundle = Path(folder) / "tf.min.cjs"
        shutil.copyfile(library, bundle)
        path = Path(folder) / "jobs.json"
        path.write_text(json.dumps([_job(model, feeds) for model, feeds in jobs]))
        process.run([process.node(), script, bundle, path], "TensorFlow.js")
        results = json.loads(path.read_text())
    found = []
    for (model, _), result in zip(jobs, results, strict=True):
        if "error" in result:
            raise ConversionError(model, "cannot be run by TensorFlow.js", received=result["error"][:500])
        found.append({entry["name"].removesuffix(":0"): _array(entry) for entry in result["outputs"]})
    return found


def _job(model: Path, feeds: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    inputs = {
        name: {
            "dtype": str(value.dtype),
            "shape": list(value.shape),
            "data": base64.b64encode(value.tobytes()).decode(),
        }
        for name, value in feeds.items()
    }
    return {"model": str(model.absolute()), "inputs": inputs}


def _array(entry: Mapping[str, Any]) -> NDArray[Any]:
    content = base64.b64decode(entry["data"])
    return np.frombuffer(content, _DTYPES[entry["dtype"]]).reshape(entry["shape"])
