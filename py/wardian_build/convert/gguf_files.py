"""The files of a model folder that `from_gguf` makes, one at a time, as model cards name their builders."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from wardian_build import paths
from wardian_build.convert.conversion import Options, write_folder
from wardian_build.convert.from_gguf import convert
from wardian_build.convert.sources import recognise

__all__ = ["config", "data_q4", "fold_q4", "generation_config", "model_q4", "tokenizer", "tokenizer_config"]

Sources = Mapping[str, bytes]

#: The files of the last source, by its SHA-256: a card asks for one at a time.
_made: dict[str, dict[str, bytes]] = {}


def _builder(path: str) -> Callable[[Sources], bytes]:
    def build(sources: Sources) -> bytes:
        [gguf] = sources.values()
        digest = hashlib.sha256(gguf).hexdigest()
        if path not in _made.get(digest, {}):
            _made.clear()
            _made[digest] = _files(gguf)
        return _made[digest].pop(path)

    return build


def _files(gguf: bytes) -> dict[str, bytes]:
    paths.BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.BUILD) as folder:
        file, made = Path(folder) / "model.gguf", Path(folder) / "made"
        file.write_bytes(gguf)
        write_folder(convert(recognise(file), Options()).files, made)
        return {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*.*")}


config = _builder("config.json")
generation_config = _builder("generation_config.json")
tokenizer = _builder("tokenizer.json")
tokenizer_config = _builder("tokenizer_config.json")
model_q4 = _builder("onnx/model_q4.onnx")
fold_q4 = _builder("onnx/model_q4_fold.onnx")
data_q4 = _builder("onnx/model_q4.onnx_data")
