"""What a path is, by content; and that a conversion is written all or not at all."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wardian_build.convert import conversion
from wardian_build.convert.conversion import staged, write_folder
from wardian_build.convert.sources import read_json, recognise
from wardian_build.errors import ConversionError, UnsupportedError

from .small_onnx import linear

SAFETENSORS = (2).to_bytes(8, "little") + b"{}"
GRAPH = {"format": "graph-model", "modelTopology": {"node": []}, "weightsManifest": []}


def put(folder: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return folder


def test_files_are_told_by_their_content(tmp_path: Path) -> None:
    """Names lie: each is called model.bin."""
    for content, expected in (
        (linear().SerializeToString(), "onnx"),
        (b"GGUF" + b"\3\0\0\0" * 6, "gguf"),
        (json.dumps(GRAPH).encode(), "tfjs-graph"),
        (json.dumps({"modelTopology": {"model_config": {}}, "weightsManifest": []}).encode(), "tfjs-layers"),
    ):
        put(tmp_path, {"model.bin": content})
        assert recognise(tmp_path / "model.bin").format == expected
    put(tmp_path, {"model.bin": SAFETENSORS, "config.json": {}})
    assert recognise(tmp_path / "model.bin").format == "huggingface"


@pytest.mark.parametrize(
    ("files", "expected", "model"),
    [
        ({"config.json": {}, "model.safetensors": SAFETENSORS}, "huggingface", "model.safetensors"),
        (
            {"config.json": {}, "model.safetensors.index.json": {}, "model-00001.safetensors": SAFETENSORS},
            "huggingface",
            "model.safetensors.index.json",
        ),
        # Ready ONNX is taken before weights are converted.
        (
            {"config.json": {}, "model.safetensors": SAFETENSORS, "onnx/model.onnx": b"\x08"},
            "huggingface-onnx",
            "onnx/model.onnx",
        ),
        ({"config.json": {}, "pytorch_model.bin": b"PK\3\4"}, "huggingface", "pytorch_model.bin"),
        ({"onnx/model_quantized.onnx": b"\x08"}, "huggingface-onnx", "onnx/model_quantized.onnx"),
        ({"model.json": GRAPH}, "tfjs-graph", "model.json"),
        ({"tiny.gguf": b"GGUF" + b"\0" * 20, "README.md": b"text"}, "gguf", "tiny.gguf"),
        ({"config.json": {}, "model.bin": b"\6\0\0\0\x0c\0WhisperSpec\0"}, "ctranslate2", "model.bin"),
    ],
)
def test_folders(files: dict[str, Any], expected: str, model: str, tmp_path: Path) -> None:
    found = recognise(put(tmp_path, files))
    assert (found.format, found.model) == (expected, tmp_path / model)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + b"\0" * 20, r"PyTorch's weights without config\.json.*save_pretrained"),
        (b"\x80\x02}q\x00." + b"\0" * 20, r"PyTorch's weights without config\.json"),
        (SAFETENSORS, r"without config\.json"),
    ],
)
def test_known_formats_that_are_not_read_say_what_can_be_done(
    content: bytes, words: str, tmp_path: Path
) -> None:
    put(tmp_path, {"model.onnx": content})
    with pytest.raises(UnsupportedError, match=words):
        recognise(tmp_path / "model.onnx")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "an empty folder"),
        ({"notes.txt": b"hello"}, r"holds no model(?s:.*)notes\.txt"),
        ({"a.onnx": b"\x08", "b.onnx": b"\x08"}, r"several models(?s:.*)a\.onnx, b\.onnx"),
        ({"config.json": {}, "pytorch_model.bin.index.json": {}}, "PyTorch's weights in several files"),
        ({"model.bin": b"\6\0\0\0\x0c\0WhisperSpec\0"}, "CTranslate2"),
        ({"model.json": {"a": 1}}, "JSON, but no model"),
        ({"model.json": b"{"}, r"model\.json is not JSON \(line 1, column 2\)"),
    ],
)
def test_folders_without_a_model_are_explained(files: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=words):
        recognise(put(tmp_path, files))


def test_nothing_and_rubbish(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="does not exist"):
        recognise(tmp_path / "none")
    for content, words in ((b"", "an empty file"), (b"hello world", "begins with b'hello wo'")):
        with pytest.raises(ConversionError, match=words):
            recognise(put(tmp_path, {"x": content}) / "x")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"a": \xff}', r"not UTF-8 \(byte 6\)"),
        (b'{\n "a": }', r"not JSON \(line 2, column 7\)"),
        (b"[1]", r"expected an object(?s:.*)list"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_broken_json_is_placed(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=words):
        read_json(put(tmp_path, {"config.json": content}) / "config.json")


def test_a_folder_is_written_whole(tmp_path: Path) -> None:
    beside = put(tmp_path, {"source.bin": b"copied"}) / "source.bin"
    arrays = (np.arange(3, dtype=">f4"), np.arange(6, dtype=np.uint8).reshape(2, 3).T)
    write_folder({"a.bin": b"bytes", "onnx/b.bin": beside, "onnx/c.bin": arrays}, tmp_path / "out")
    assert (tmp_path / "out" / "a.bin").read_bytes() == b"bytes"
    assert (tmp_path / "out" / "onnx" / "b.bin").read_bytes() == b"copied"
    written = (tmp_path / "out" / "onnx" / "c.bin").read_bytes()
    assert written == np.arange(3, dtype="<f4").tobytes() + bytes([0, 3, 1, 4, 2, 5])
    with pytest.raises(ConversionError, match="exists already"):
        write_folder({"a.bin": b""}, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "source.bin"]


@pytest.mark.parametrize("path", ["../a", "/a", "a/../../b", "a\\b", ""])
def test_files_stay_inside_the_folder(path: str, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="not a path inside"):
        write_folder({path: b""}, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = conversion._write

    def full(path: Path, content: Any) -> None:
        real(path, content)
        if path.name == "b.bin":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(conversion, "_write", full)
    with pytest.raises(ConversionError, match=r"out cannot be written: the disk is full"):
        write_folder({"a.bin": b"1", "b.bin": b"2"}, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), staged({"a.bin": b"1"}, tmp_path / "out") as folder:
        assert (folder / "a.bin").read_bytes() == b"1" and folder.name == "out"
        raise KeyError
    assert list(tmp_path.iterdir()) == []
