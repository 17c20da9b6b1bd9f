"""What a path is that somebody wants to convert: told by content, never by the name alone."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian_build.convert.read.ctranslate2 import is_ctranslate2
from wardian_build.convert.read.saved_model import FILE as SAVED_MODEL
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["FORMATS", "Source", "read_json", "recognise"]

#: Formats that `recognise` tells apart, in words for messages.
FORMATS = {
    "onnx": "an ONNX file",
    "huggingface-onnx": "a Hugging Face folder with ONNX files",
    "huggingface": "a Hugging Face folder with safetensors or PyTorch's weights",
    "gguf": "a GGUF file",
    "ctranslate2": "a Whisper model of CTranslate2",
    "tfjs-graph": "a TensorFlow.js graph model",
    "tfjs-layers": "a TensorFlow.js layers model",
    "sklearn": "a scikit-learn pipeline, pickled",
    "tflite": "a TensorFlow Lite file",
    "keras": "a Keras model (.keras, .h5)",
    "tensorflow": "a TensorFlow SavedModel (a folder with saved_model.pb, or folder:signature)",
    "torch": "a PyTorch program (.pt2) or module (file.py:function)",
}

#: What is recognised, but not read: what to do instead.
_PICKLE = "PyTorch's weights without config.json, or a module"
_PICKLES = "PyTorch's weights in several files"
_INSTEAD = {
    _PICKLE: "put config.json beside it, or `model.save_pretrained(folder)`; export modules to ONNX",
    _PICKLES: "save it again with `model.save_pretrained(folder)`, which writes safetensors",
    "a CTranslate2 model without config.json": "put the model's config.json and tokenizer.json beside it",
    "a safetensors file without config.json": "put the model's config.json beside it",
}

_PEEK = 4096
#: How joblib's compressed files begin: zlib, gzip, bz2, xz, lzma, lz4.
_COMPRESSED = (b"\x78", b"\x1f\x8b", b"BZ", b"\xfd7zXZ", b"\x5d\x00", b"\x04\x22\x4d\x18")
_LARGEST_JSON = 64 << 20
"""A configuration is kilobytes; the graph of a TensorFlow.js model a few megabytes."""


@dataclass(frozen=True)
class Source:
    """A recognised source.

    `path` is what the user named; `format` one of FORMATS; `model` the file to begin with (the ONNX or GGUF
    file, `model.json`, `model.safetensors` or its index); `folder` where configuration and tokenizer lie,
    None for a file that stands alone.
    """

    path: Path
    format: str
    model: Path
    folder: Path | None = None

    @property
    def config(self) -> dict[str, Any]:
        """`config.json` of the folder; empty where there is none. Raises ConversionError."""
        file = self.folder / "config.json" if self.folder else None
        return read_json(file) if file is not None and file.is_file() else {}


def recognise(path: Path) -> Source:
    """What lies at a path.

    Raises ConversionError when there is nothing, or nothing known; UnsupportedError for a format that is
    known but not read, with what can be done.
    """
    file, colon, function = str(path).rpartition(":")
    if colon and file.endswith(".py") and function.isidentifier() and Path(file).is_file():
        return Source(path, "torch", Path(file), _folder_of(Path(file)))
    if colon and function and not path.exists() and (Path(file) / SAVED_MODEL).is_file():
        return Source(path, "tensorflow", Path(file) / SAVED_MODEL, Path(file))
    if not path.exists():
        raise ConversionError(path, "does not exist", expected="a file or folder with a model")
    return _recognise_folder(path) if path.is_dir() else _recognise_file(path)


def _recognise_folder(folder: Path) -> Source:
    if (folder / "config.json").is_file() or (folder / "onnx").is_dir():
        for where in (folder / "onnx", folder):
            models = sorted(where.glob("*.onnx"))
            if models:
                best = next((file for file in models if file.name == "model.onnx"), models[0])
                return Source(folder, "huggingface-onnx", best, folder)
        for name in ("model.safetensors.index.json", "model.safetensors", "pytorch_model.bin"):
            if (folder / name).is_file():
                return Source(folder, "huggingface", folder / name, folder)
    if (folder / SAVED_MODEL).is_file():
        return Source(folder, "tensorflow", folder / SAVED_MODEL, folder)
    if (folder / "model.json").is_file():
        return _tfjs(folder, folder / "model.json")
    known = [file for pattern in ("*.gguf", "*.onnx") for file in sorted(folder.glob(pattern))]
    if len(known) == 1:
        found = _recognise_file(known[0])
        return Source(folder, found.format, found.model, folder)
    if len(known) > 1:
        names = ", ".join(file.name for file in known)
        raise ConversionError(folder, "holds several models", received=names, hint="Name one of the files.")
    if (folder / "model.bin").is_file():
        found = _recognise_file(folder / "model.bin")
        return Source(folder, found.format, found.model, folder)
    if (folder / "pytorch_model.bin.index.json").is_file():
        raise _unsupported(folder, _PICKLES)
    raise ConversionError(
        folder,
        "holds no model that is known",
        expected="; ".join(FORMATS.values()),
        received=_listing(folder),
    )


def _recognise_file(path: Path) -> Source:
    with path.open("rb") as file:
        head = file.read(_PEEK)
    start = head[:16]
    if start[:4] == b"GGUF":
        return Source(path, "gguf", path, _folder_of(path))
    if start[:4] == b"PK\x03\x04":
        if path.suffix == ".keras":
            return Source(path, "keras", path, _folder_of(path))
        if _is_exported(path):
            return Source(path, "torch", path, _folder_of(path))
        if not (path.parent / "config.json").is_file():
            raise _unsupported(path, _PICKLE)
        return Source(path, "huggingface", path, path.parent)
    if is_ctranslate2(start):
        if not (path.parent / "config.json").is_file():
            raise _unsupported(path, "a CTranslate2 model without config.json")
        return Source(path, "ctranslate2", path, path.parent)
    if start[:8] == b"\x89HDF\r\n\x1a\n":
        return Source(path, "keras", path, _folder_of(path))
    if start[4:8] == b"TFL3":
        return Source(path, "tflite", path, _folder_of(path))
    if _is_sklearn(path, head):
        return Source(path, "sklearn", path)
    if start[:2] == b"\x80\x02":
        raise _unsupported(path, _PICKLE)
    if len(start) > 9 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") < _LARGEST_JSON:
        if not (path.parent / "config.json").is_file():
            raise _unsupported(path, "a safetensors file without config.json")
        return Source(path, "huggingface", path, path.parent)
    if start.lstrip()[:1] == b"{":
        return _tfjs(path, path)
    # Begins like ONNX of a version that never was; TensorFlow opens it under no other name.
    if path.name == SAVED_MODEL:
        return Source(path, "tensorflow", path, path.parent)
    # ONNX begins with a protobuf field of ModelProto: ir_version (1), producer (2, 3), graph (7), opset (8).
    if start and start[0] in (0x08, 0x12, 0x1A, 0x3A, 0x42):
        return Source(path, "onnx", path, _folder_of(path))
    if path.suffix == ".py":
        raise ConversionError(
            path, "is Python code", expected=f"{path.name}:FUNCTION, which gives a PyTorch module"
        )
    raise ConversionError(
        path,
        "is no model that is known",
        expected="; ".join(FORMATS.values()),
        received=f"a file that begins with {start[:8]!r}" if start else "an empty file",
    )


def _is_sklearn(path: Path, head: bytes) -> bool:
    """A pickle that names scikit-learn early on; a compressed one has only its ending to tell."""
    if head[:1] == b"\x80" and head[1:2] <= b"\x05":
        return b"sklearn" in head or head[1:2] > b"\x02"
    return path.suffix in (".joblib", ".pkl", ".pickle") and head.startswith(_COMPRESSED)


def _is_exported(path: Path) -> bool:
    """Whether a zip file is one of `torch.export.save`."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    known = ("serialized_exported_program.json", "models/model.json", "archive_format")
    return any(name == end or name.endswith(f"/{end}") for name in names for end in known)


def _tfjs(path: Path, file: Path) -> Source:
    """`model.json` of TensorFlow.js: `format` says which of the two, older files by what they hold."""
    table = read_json(file)
    if file.name == "config.json" and "modelTopology" not in table:
        return _recognise_folder(file.parent)
    topology = table.get("modelTopology")
    if not isinstance(topology, dict) or "weightsManifest" not in table:
        raise ConversionError(
            file,
            "is JSON, but no model",
            expected="modelTopology and weightsManifest, as TensorFlow.js writes them",
            received=", ".join(list(table)[:8]) or "an empty object",
        )
    graph = table.get("format") == "graph-model" or "node" in topology
    return Source(path, "tfjs-graph" if graph else "tfjs-layers", file, file.parent)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file whose top level is an object.

    Raises ConversionError naming file, line and column when it is too large, not UTF-8, not JSON, not an
    object, or nested beyond what Python parses.
    """
    size = path.stat().st_size
    if size > _LARGEST_JSON:
        raise ConversionError(
            path, "is too large", expected=f"at most {_LARGEST_JSON:,} bytes", received=f"{size:,}"
        )
    try:
        table = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConversionError(path, "is not UTF-8", place=f"byte {error.start}") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConversionError(path, "is not JSON", place=place, received=error.msg) from None
    except RecursionError:
        raise ConversionError(path, "is nested too deeply") from None
    if not isinstance(table, dict):
        raise ConversionError(path, "has the wrong form", expected="an object", received=type(table).__name__)
    return table


def _folder_of(path: Path) -> Path | None:
    """The Hugging Face folder around a file: where config.json is, the file's own folder or the one above."""
    return next(
        (folder for folder in path.absolute().parents[:2] if (folder / "config.json").is_file()), None
    )


def _unsupported(path: Path, what: str) -> UnsupportedError:
    return UnsupportedError(path, [(what, _INSTEAD[what])])


def _listing(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir())
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "") if names else "an empty folder"
