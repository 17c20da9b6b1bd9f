"""Every pipeline over texts and tables in the page: the golden answers of transformers and of scikit-learn,
computed by onnxruntime-web.

One page, one engine, and another architecture for each pipeline; `tests/pipelines` has all of them natively.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser
from tests.browser.visiting import open_harness

from golden import hf_pipelines
from pipelines import scikit_learn, small_models
from wardian.postprocessing.classification import top_k

MODELS = (
    "bert-fill-mask",
    "minilm-feature-extraction",
    "distilbert-text-classification",
    "roberta-question-answering",
    "xlm-roberta-token-classification",
    "deberta-v2-zero-shot-classification",
)


def classified(name: str) -> list[dict[str, Any]]:
    """Rows, or texts, and the scores of their labels as scikit-learn gave them."""
    labels = list(scikit_learn.MADE[name].config["id2label"].values())
    answer = [top_k(np.float32(scores), labels) for scores in scikit_learn.expected_of(name)]
    return [{"inputs": scikit_learn.asked(name), "options": {"top_k": None}, "answer": answer}]


def predicted(name: str) -> list[dict[str, Any]]:
    numbers = [float(row[0]) for row in scikit_learn.expected_of(name)]
    return [{"inputs": scikit_learn.asked(name), "options": {}, "answer": numbers}]


#: A pipeline of scikit-learn → kind, and its one call, with 30 rows or some texts.
TABLES: dict[str, tuple[str, Callable[[str], list[dict[str, Any]]]]] = {
    "logistic": ("tabular-classification", classified),
    "histogram": ("tabular-classification", classified),
    "ridge": ("tabular-regression", predicted),
    "words": ("text-classification", classified),
}

RUN = """
import json, sys
from importlib import import_module
from pathlib import Path
sys.path.insert(0, "/tests")
from pipelines.comparing import difference
from support import MemoryFolder
from wardian.pipelines.base import KINDS
from wardian.session import open_session

async def opened(kind, folder):
    module, name, _ = KINDS[kind]
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix == ".json"]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    model = (folder / "onnx/model.onnx").read_bytes()
    session = await open_session(model, device="wasm", threads=1, owner="small")
    pipe = getattr(import_module(f"wardian.pipelines.{module}"), name)(MemoryFolder(files), session, "fp32")
    await pipe._prepare()
    return pipe

said = {}
for folder in sorted(Path("/tests/models").iterdir()):
    asked = json.loads((folder / "asked").read_text())
    pipe = await opened(asked["kind"], folder)
    for call in asked["calls"]:
        found = difference(await pipe(call["inputs"], **call["options"]), call["answer"])
        if found:
            said[folder.name] = f"{call['inputs']!r:.200} {call['options']} {found}"
    said.setdefault(folder.name, f"{len(asked['calls'])} equal")
    await pipe.close()
said
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The models' folders with what they are asked, and how answers are compared: path to base64."""
    here = Path(__file__).parents[1]
    found = {name: (here / name).read_bytes() for name in ("support.py", "pipelines/comparing.py")}
    models = tmp_path_factory.mktemp("models")
    for name in MODELS:
        entry, kind = small_models.golden()["models"][name], hf_pipelines.MODELS[name][1]
        calls: list[dict[str, Any]] = entry.get("calls") or [
            {**call, "options": {}} for call in entry["similar"]
        ]
        asked = {"kind": "sentence-similarity" if "similar" in entry else kind, "calls": calls}
        small_models.write(name, models)
        found |= {
            f"models/{path.relative_to(models).as_posix()}": path.read_bytes()
            for path in (models / name).rglob("*")
            if path.is_file()
        }
        found[f"models/{name}/asked"] = json.dumps(asked).encode()
    for name, (kind, calls) in TABLES.items():
        found[f"models/{name}/onnx/model.onnx"] = scikit_learn.MADE[name].onnx
        for path, content in scikit_learn.files_of(name).items():
            encoded = content if isinstance(content, bytes) else json.dumps(content).encode()
            found[f"models/{name}/{path}"] = encoded
        found[f"models/{name}/asked"] = json.dumps({"kind": kind, "calls": calls(name)}).encode()
    return {f"/tests/{path}": base64.b64encode(content).decode() for path, content in found.items()}


def test_answers_in_the_page_equal_transformers(
    browser: Browser, harness_url: str, files: dict[str, str]
) -> None:
    context = browser.new_context()
    said: dict[str, str] = open_harness(context, harness_url).run(RUN, files)
    context.close()
    assert set(said) == {*MODELS, *TABLES}
    assert all(found.endswith("equal") for found in said.values()), said
    assert all(int(said[name].split()[0]) > 50 for name in MODELS)
