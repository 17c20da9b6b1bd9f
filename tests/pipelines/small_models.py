"""The small models of `hf_pipelines.json` as folders that transformers.js would take, and their pipelines."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from golden import hf_pipelines
from support import run
from wardian import pipeline
from wardian_build.convert.architectures import build, head_kind
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.read.safetensors import open_safetensors


@functools.cache
def golden() -> dict[str, Any]:
    return hf_pipelines.read_golden()


def write(name: str, models: Path) -> None:
    """`onnx/model.onnx` by our own builder, and the JSON files as transformers saved them."""
    folder = models / name
    for path, content in hf_pipelines.folder_files(name, golden()["models"][name]).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    weights = folder / "model.safetensors"
    config = Config(json.loads((folder / "config.json").read_text("utf-8")))
    built = build(config, open_safetensors(weights), head_kind(config, None), weights.name)
    for part in built.parts.values():
        (folder / "onnx").mkdir()
        (folder / part["fp32"]).write_bytes(built.model("model"))
    weights.unlink()


@contextmanager
def opened(name: str, models: Path, kind: str | None = None) -> Iterator[Any]:
    """The pipeline of a model, over native onnxruntime."""
    if not (models / name).is_dir():
        write(name, models)
    wanted = kind or hf_pipelines.MODELS[name][1]
    pipe = run(pipeline(wanted, name, models_dir=models, threads=1))
    try:
        yield pipe
    finally:
        run(pipe.close())
