"""Model folders as a visitor has them on disk: the shipped MiniLM's, tiny encoders, and broken ones."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tiny_llama import tiny_gguf

from wardian_build import paths
from wardian_build.convert.conversion import Options, write_folder
from wardian_build.convert.from_gguf import convert
from wardian_build.convert.sources import recognise

MINILM = "all-MiniLM-L6-v2"
#: Entries of MiniLM's vocabulary.
WORDS = 30_522
#: Features: the table of words takes two shards.
WIDE, NARROW = 160, 4
#: Where a file of external data is written, and what the model says of it.
WEIGHTS = "model.onnx_data"


def minilm(folder: Path, *dtypes: str) -> Path:
    """What transformers.js' export of MiniLM looks like; `dtypes` are endings of `onnx/model….onnx`."""
    source = paths.MODELS / MINILM
    (folder / "onnx").mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copy(source / name, folder / name)
    for ending in dtypes:
        name = f"model{ending}.onnx"
        shutil.copy(source / "onnx" / name.replace("quantized", "q8"), folder / "onnx" / name)
    return folder


def encoder(features: int = NARROW, location: str | None = None, seed: int = 1) -> onnx.ModelProto:
    """A sentence encoder that looks words up: input_ids (batch, length) → last_hidden_state (…, features).

    `location` names a file of external data that holds the table; the caller writes `table(...)` there.
    """
    table = numpy_helper.from_array(words(features, seed), "table")
    if location is not None:
        size = len(table.raw_data)
        table.ClearField("raw_data")
        table.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", "0"), ("length", str(size))):
            table.external_data.add(key=key, value=value)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch_size", "sequence_length"])
    hidden = helper.make_tensor_value_info(
        "last_hidden_state", TensorProto.FLOAT, ["batch_size", "sequence_length", features]
    )
    node = helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])
    graph = helper.make_graph([node], "encoder", [ids], [hidden], [table])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def words(features: int, seed: int = 1) -> np.ndarray:
    """float32 (words, features)."""
    return np.random.default_rng(seed).standard_normal((WORDS, features)).astype(np.float32)


def small_files(folder: Path) -> Path:
    """The files beside the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "max_position_embeddings": 128}))
    shutil.copy(paths.MODELS / MINILM / "tokenizer.json", folder / "tokenizer.json")
    return folder


def tiny(folder: Path, seed: int = 1) -> Path:
    """A flat folder of an encoder of half a megabyte."""
    small_files(folder)
    (folder / "model.onnx").write_bytes(encoder(seed=seed).SerializeToString())
    return folder


def generator(folder: Path) -> Path:
    """A decoder of two layers as `build.py convert` makes it of GGUF, with its graph for WASM: it babbles."""
    gguf = folder.with_suffix(".gguf")
    gguf.write_bytes(tiny_gguf("q4_1"))
    write_folder(convert(recognise(gguf), Options()).files, folder)
    gguf.unlink()
    (folder / "onnx" / "model_q4.onnx").unlink()
    return folder


def external(folder: Path) -> Path:
    """An encoder whose weights, of two shards, lie beside the ONNX file."""
    small_files(folder)
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_bytes(encoder(WIDE, WEIGHTS).SerializeToString())
    (folder / "onnx" / WEIGHTS).write_bytes(words(WIDE).tobytes())
    return folder


def large(folder: Path, size: int) -> Path:
    """An encoder with so many bytes of weights, all zero: a sparse file, but stored like any other."""
    small_files(folder)
    (folder / "model.onnx").write_bytes(encoder(NARROW, WEIGHTS).SerializeToString())
    with (folder / WEIGHTS).open("wb") as file:
        os.truncate(file.fileno(), size)
    return folder


def unknown_operator(folder: Path) -> Path:
    """A whole ONNX file that no engine can run."""
    model = encoder()
    model.graph.node[0].op_type = "Gathr"
    small_files(folder)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    return folder


def _external_in_a_branch() -> bytes:
    """A constant within a branch of an If lies in a file that is not there."""
    table = encoder(NARROW, "branch.bin").graph.initializer[0]
    constant = helper.make_node("Constant", [], ["then"], value=table)
    value = helper.make_tensor_value_info("then", TensorProto.FLOAT, [WORDS, NARROW])
    branch = helper.make_graph([constant], "branch", [], [value])
    node = helper.make_node("If", ["flag"], ["out"], then_branch=branch, else_branch=branch)
    flag = helper.make_tensor_value_info("flag", TensorProto.BOOL, [])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [WORDS, NARROW])
    return bytes(helper.make_model(helper.make_graph([node], "g", [flag], [out])).SerializeToString())


def _files(contents: dict[str, bytes]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for path, content in contents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)

    return write


def _located(location: str) -> Callable[[Path], None]:
    return _files({"model.onnx": encoder(NARROW, location).SerializeToString()})


def _of_size(path: str, size: int) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        large(folder, 100)
        with (folder / path).open("r+b") as file:
            os.truncate(file.fileno(), size)

    return write


_ONNX = encoder().SerializeToString()
_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 90302533\n"

BROKEN: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "no model": (_files({"config.json": b"{}", "notes.txt": b"x"}), "config.json", "no ONNX model"),
    "another format": (_files({"config.json": b"{}", "model.safetensors": b"x"}), "safetensors", "optimum"),
    "config cut off": (_files({"config.json": b'{"a": ', "model.onnx": _ONNX}), "config.json", "not JSON"),
    "config a number": (_files({"config.json": b"12", "model.onnx": _ONNX}), "config.json", "JSON object"),
    "a pointer": (_files({"onnx/model.onnx": _POINTER}), "onnx/model.onnx", "git lfs pull"),
    "cut off": (_files({"onnx/model.onnx": _ONNX[:5000]}), "onnx/model.onnx", "only 5000 bytes"),
    "text": (_files({"model.onnx": b"this is not a model"}), "model.onnx", "a complete ONNX model"),
    "empty": (_files({"model.onnx": b""}), "model.onnx", "empty file"),
    "no graph": (_files({"model.onnx": b"\x08\x08"}), "model.onnx", "no graph"),
    "weights missing": (_located("far.bin"), "far.bin", "weights is missing"),
    "missing in a branch": (_files({"m.onnx": _external_in_a_branch()}), "branch.bin", "weights is missing"),
    "weights above": (_located("../secret.bin"), "../secret.bin", "outside of its own folder"),
    "weights by a detour": (_located("a/../../secret.bin"), "a/../../secret.bin", "outside of its own"),
    "weights anywhere": (_located("/etc/passwd"), "/etc/passwd", "outside of its own folder"),
    "weights on C": (_located("C:\\secret.bin"), "C:\\secret.bin", "outside of its own folder"),
    "weights nowhere": (_located(""), "no name", "outside of its own folder"),
    "weights too short": (_of_size(WEIGHTS, 99), "99 bytes", "too short"),
    "no name is a model's": (_files({"a.onnx": _ONNX, "b.onnx": _ONNX}), "a.onnx, b.onnx", "several ONNX"),
    "two models": (_files({"x/model.onnx": _ONNX, "y/onnx/model.onnx": _ONNX}), "y/", "several models"),
    "an ONNX file of 3 GB": (_of_size("model.onnx", 3 << 30), "3221225472", "external data"),
    "weights of 6 GB": (_of_size(WEIGHTS, 6 << 30), "6.9 GB", "too large"),
    "a tokenizer of 300 MB": (_of_size("tokenizer.json", 300 << 20), "314572800", "tokenizer.json"),
}
"""What a folder has, and words of the error: what was found, and what is wrong."""
