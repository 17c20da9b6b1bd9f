"""The scikit-learn pipelines of `sklearn.json` as model folders, and what scikit-learn answered."""

from __future__ import annotations

import base64
import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from support import TESTS
from wardian_build.convert.sklearn import Made, _shaped, make

GOLDEN = json.loads((TESTS / "golden" / "sklearn.json").read_text("utf-8"))


def made(name: str) -> Made:
    """The converted pipeline of a case."""
    case = GOLDEN["cases"][name]
    with np.load(io.BytesIO(zlib.decompress(base64.b64decode(case["arrays"])))) as file:
        return make(Path("net.joblib"), case["table"], {key: file[key] for key in file.files})


MADE = {name: made(name) for name in GOLDEN["cases"]}


def expected_of(name: str) -> Any:
    """What scikit-learn answered: (rows, outputs)."""
    entry = GOLDEN["cases"][name]["outputs"]
    found = np.frombuffer(base64.b64decode(entry["data"]), entry["dtype"]).reshape(entry["shape"])
    return _shaped(found, MADE[name].output)


def asked(name: str) -> Any:
    """What it was asked: values by column, or texts."""
    return GOLDEN["rows"][GOLDEN["cases"][name]["rows"]]


def files_of(name: str) -> dict[str, Any]:
    """The files of its model folder beside the ONNX file."""
    model = MADE[name]
    given = {"config.json": model.config, "vectorizer.json": model.vectorizer}
    return {path: content for path, content in given.items() if content is not None}
