"""Model folders on disk: manifests, hashes, plain Hugging Face folders. Pyodide has the site instead."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from support import run
from wardian.errors import InputError, IntegrityError, ModelError, UnknownNameError
from wardian.hub import ModelFolder, find_models_dir, list_models, open_model

ONNX = b"an onnx file, as far as the hub knows"


def write_model(root: Path, model_id: str, manifest: bool) -> Path:
    folder = root / model_id
    (folder / "onnx").mkdir(parents=True)
    contents = {"config.json": b'{"a": 1}', "onnx/model.onnx": ONNX, "onnx/model_quantized.onnx": ONNX + b"q"}
    for path, content in contents.items():
        (folder / path).write_bytes(content)
    if manifest:
        files = [
            {"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in contents.items()
        ]
        described = {
            "id": model_id,
            "kind": "feature-extraction",
            "license": "MIT",
            "default_dtype": "fp32",
            "dtypes": {"fp32": "onnx/model.onnx", "q8": "onnx/model_quantized.onnx"},
            "files": files,
        }
        (folder / "manifest.json").write_text(json.dumps(described))
    return folder


def test_a_folder_with_a_manifest(tmp_path: Path) -> None:
    write_model(tmp_path, "m", manifest=True)
    folder = run(open_model("m", models_dir=tmp_path))
    assert (folder.id, folder.default_dtype, sorted(folder.dtypes)) == ("m", "fp32", ["fp32", "q8"])
    assert run(folder.read("config.json")) == b'{"a": 1}' and run(folder.read_json("config.json")) == {"a": 1}
    file = run(folder.onnx("q8"))
    assert (file.model_id, file.path, file.bytes) == ("m", "onnx/model_quantized.onnx", len(ONNX) + 1)
    assert file.local is not None and file.local.read_bytes() == ONNX + b"q"
    assert run(folder.onnx()).path == run(folder.onnx("auto")).path == "onnx/model.onnx"


def test_a_model_that_is_not_built_says_so(tmp_path: Path) -> None:
    write_model(tmp_path / ".build" / "models", "m", manifest=True)
    (tmp_path / "static" / "models" / "mood").mkdir(parents=True)
    (tmp_path / "static" / "models" / "mood" / "README.md").write_text("a card")
    with pytest.raises(ModelError, match=r"'mood' is not built.*build\.py site"):
        run(open_model("mood", models_dir=tmp_path / ".build" / "models"))
    with pytest.raises(UnknownNameError, match="moot"):
        run(open_model("moot", models_dir=tmp_path / ".build" / "models"))


@pytest.mark.parametrize("model_id", ["plain", "Owner/plain"])
def test_a_plain_folder_of_transformers_js(tmp_path: Path, model_id: str) -> None:
    write_model(tmp_path, model_id, manifest=False)
    folder = run(open_model(model_id, models_dir=tmp_path))
    assert folder.default_dtype == "q8"
    assert run(folder.onnx("q8")).path == "onnx/model_quantized.onnx" and run(folder.onnx("q8")).sha256 == ""
    assert list_models(tmp_path) == [model_id]


def test_a_folder_with_an_encoder_and_a_decoder(tmp_path: Path) -> None:
    """As exported for transformers.js; what only one of them has is no dtype of the model."""
    names = ("encoder_model.onnx", "encoder_model_quantized.onnx", "encoder_model_fp16.onnx",
             "decoder_model_merged.onnx", "decoder_model_merged_int8.onnx")  # fmt: skip
    (tmp_path / "m" / "onnx").mkdir(parents=True)
    for name in names:
        (tmp_path / "m" / "onnx" / name).write_bytes(name.encode())
    folder = run(open_model("m", models_dir=tmp_path))
    assert (sorted(folder.dtypes), folder.default_dtype) == (["fp32", "q8"], "q8")
    assert run(folder.onnx()).path == "onnx/encoder_model_quantized.onnx"
    file = run(folder.onnx("fp32", "decoder_model_merged"))
    assert file.path == "onnx/decoder_model_merged.onnx" and file.bytes == len(names[3])
    assert run(folder.onnx("q8", "decoder_model_merged")).path == "onnx/decoder_model_merged_int8.onnx"
    with pytest.raises(UnknownNameError, match="decoder_model_merged"):
        run(folder.onnx("fp32", "decoder"))


def test_a_decoder_that_stands_alone_under_an_older_name(tmp_path: Path) -> None:
    (tmp_path / "m" / "onnx").mkdir(parents=True)
    for name in ("decoder_model.onnx", "decoder_model_merged.onnx", "decoder_model_merged_quantized.onnx"):
        (tmp_path / "m" / "onnx" / name).write_bytes(b"")
    folder = run(open_model("m", models_dir=tmp_path))
    assert folder.dtypes == {
        "fp32": "onnx/decoder_model_merged.onnx",
        "q8": "onnx/decoder_model_merged_quantized.onnx",
    }
    assert folder.parts == {}


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    folder_path = write_model(tmp_path, "m", manifest=True)
    folder = run(open_model("m", models_dir=tmp_path))
    run(folder.onnx())
    (folder_path / "onnx/model.onnx").write_bytes(ONNX[::-1])
    (folder_path / "config.json").write_bytes(b'{"a": 2}')
    for work in (folder.onnx(), folder.read("config.json")):
        with pytest.raises(IntegrityError, match="SHA-256") as caught:
            run(work)
        assert caught.value.expected != caught.value.received
    (folder_path / "onnx/model.onnx").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        run(folder.onnx())


def test_unknown_names(tmp_path: Path) -> None:
    write_model(tmp_path, "all-MiniLM", manifest=True)
    with pytest.raises(UnknownNameError, match="Did you mean 'all-MiniLM'"):
        run(open_model("all-miniLM", models_dir=tmp_path))
    folder = run(open_model("all-MiniLM", models_dir=tmp_path))
    with pytest.raises(UnknownNameError, match="dtype"):
        run(folder.onnx("fp8"))
    with pytest.raises(UnknownNameError, match=r"confg\.json"):
        run(folder.read("confg.json"))


@pytest.mark.parametrize("model_id", ["..", "../m", "/etc", "a/b/c", "", "a/..", "a\\b"])
def test_ids_that_leave_the_directory(tmp_path: Path, model_id: str) -> None:
    with pytest.raises(InputError):
        run(open_model(model_id, models_dir=tmp_path))


@pytest.mark.parametrize("manifest", ["", "[]", "{}", "3", "{"])
def test_broken_manifests(tmp_path: Path, manifest: str) -> None:
    (write_model(tmp_path, "m", manifest=False) / "manifest.json").write_text(manifest)
    with pytest.raises(ModelError, match=r"manifest\.json"):
        run(open_model("m", models_dir=tmp_path))


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="no ONNX model"):
        run(open_model("empty", models_dir=tmp_path))


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff"])
def test_broken_json(tmp_path: Path, content: bytes) -> None:
    (write_model(tmp_path, "m", manifest=False) / "config.json").write_bytes(content)
    folder = run(open_model("m", models_dir=tmp_path))
    with pytest.raises(ModelError, match=r"config\.json"):
        run(folder.read_json("config.json"))


def test_where_models_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WARDIAN_MODELS", raising=False)
    (tmp_path / ".build" / "models").mkdir(parents=True)
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert find_models_dir() == tmp_path / ".build" / "models"
    monkeypatch.setenv("WARDIAN_MODELS", str(tmp_path))
    assert find_models_dir() == tmp_path
    assert find_models_dir(tmp_path / "a") == tmp_path / "a"
    with pytest.raises(ModelError, match="nowhere"):
        find_models_dir(tmp_path / "nowhere")


def test_a_device_may_have_a_default_of_its_own() -> None:
    manifest = {
        "dtypes": {"q4": "a", "q4_fold": "b"},
        "default_dtype": "q4_fold",
        "device_dtypes": {"webgpu": "q4"},
    }
    folder = ModelFolder("tiny", manifest, None)
    assert [folder.resolve_dtype(None, device) for device in ("auto", "wasm", "webgpu")] == [
        "q4_fold", "q4_fold", "q4",
    ]  # fmt: skip
    assert folder.resolve_dtype("q4_fold", "webgpu") == "q4_fold"
