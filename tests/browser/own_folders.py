"""Model folders as a visitor has them on disk: the shipped MiniLM's, tiny sentence encoders, and broken ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from wardian_build import paths

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


def external(folder: Path) -> Path:
    """An encoder whose weights, of two shards, lie beside the ONNX file."""
    small_files(folder)
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_bytes(encoder(WIDE, WEIGHTS).SerializeToString())
    (folder / "onnx" / WEIGHTS).write_bytes(words(WIDE).tobytes())
    return folder
