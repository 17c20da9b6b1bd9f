"""Model folders by id: files, their hashes, and which of them is the ONNX model of a dtype.

A folder has the Hugging Face layout (`config.json`, `tokenizer.json`, `onnx/model.onnx` …). One built by
`build.py` also has `manifest.json`, and every file is checked against it; one exported for transformers.js
loads as it is. In CPython folders lie in a directory, in Pyodide on the site, or, with an id that begins with
`local/`, in the store of the browser of the visitor who gave them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from wardian import _platform
from wardian.errors import InputError, IntegrityError, ModelError, UnknownNameError

__all__ = [
    "LOCAL",
    "ModelFile",
    "ModelFolder",
    "find_models_dir",
    "list_models",
    "open_model",
]

#: What the ids of a visitor's own models begin with.
LOCAL = "local/"

#: Endings of `onnx/model….onnx` by dtype, in the names of transformers.js; the first that exists is taken.
_SUFFIXES = {
    "fp32": ("",),
    "fp16": ("_fp16",),
    "q8": ("_q8", "_quantized", "_int8"),
    "q4": ("_q4",),
    "q4f16": ("_q4f16",),
    # A decoder for the CPU beside the one of the same weights for WebGPU, as `build.py convert` makes them.
    "q4_fold": ("_q4_fold",),
    "q8_fold": ("_q8_fold",),
    "fp32_fold": ("_fold",),
}

#: Names of ONNX files in transformers.js' folders: what a model begins with, and what belongs to an encoder.
_FIRST = ("model", "encoder_model")
_PARTS = ("decoder_model_merged",)

#: Which dtype to take where nobody says: the smallest that loses little comes first.
_PREFERENCE = ("q4_fold", "q8_fold", "fp32_fold", "q8", "fp32", "fp16", "q4", "q4f16")

#: Files of this process whose content was compared with their hash: (path, size, mtime) → sha256.
_verified: dict[tuple[str, int, int], str] = {}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model folder.

    `sha256` is empty where no manifest states it; `local` is its path in CPython.
    """

    model_id: str
    path: str
    bytes: int
    sha256: str
    local: Path | None = None


class ModelFolder:
    """An opened model folder: `id`, `manifest`, and its files."""

    def __init__(self, model_id: str, manifest: dict[str, Any], directory: Path | None) -> None:
        self.id = model_id
        self.manifest = manifest
        self._directory = directory
        self._files = {str(file["path"]): file for file in manifest.get("files", ())}

    @property
    def dtypes(self) -> dict[str, str]:
        """Path of the ONNX file by dtype."""
        return dict(self.manifest["dtypes"])

    @property
    def default_dtype(self) -> str:
        return str(self.manifest["default_dtype"])

    def has(self, path: str) -> bool:
        """Whether the folder has a file of this path."""
        return path in self._files

    async def read(self, path: str) -> bytes:
        """The content of a file, verified where the manifest states its hash.

        Raises UnknownNameError when there is no such file, IntegrityError when its content is another one.
        """
        if not self.has(path):
            raise UnknownNameError(f"file of model {self.id!r}", path, self._files)
        if self._directory is None:
            return await _platform.read_model_file(self.id, path)
        return await asyncio.to_thread(_read_verified, self._file(path))

    async def read_json(self, path: str) -> dict[str, Any]:
        """The content of a JSON file whose top level is an object.

        Raises ModelError when it is not JSON, besides what `read` raises.
        """
        content = await self.read(path)
        try:
            value = json.loads(content)
        except ValueError as error:
            raise ModelError(f"{path} of model {self.id!r} is not JSON.", received=str(error)) from error
        if not isinstance(value, dict):
            raise ModelError(
                f"{path} of model {self.id!r} has the wrong form.",
                expected="an object",
                received=type(value).__name__,
            )
        return value

    @property
    def parts(self) -> dict[str, dict[str, str]]:
        """Path by dtype of each further ONNX file of a model that has several (`decoder_model_merged`)."""
        return {name: dict(paths) for name, paths in (self.manifest.get("parts") or {}).items()}

    def depends_on_batch(self, dtype: str) -> bool:
        """Whether what a model of that dtype makes of one input depends on the others of its run.

        It does where a graph quantises activations by one scale for all of a run. The build looks into each
        graph; of folders that it did not make, only the name of the dtype is known.
        """
        known = self.manifest.get("batch_dependent")
        return dtype == "q8" if known is None else dtype in known

    async def onnx(self, dtype: str | None = None, part: str | None = None) -> ModelFile:
        """The ONNX file of a dtype (`fp32`, `fp16`, `q8`, `q4`, `q4f16`); None or `"auto"` for the default.

        Args:
            dtype: one of `dtypes`.
            part: one of `parts`; None for the first file, which is the encoder of an encoder-decoder.

        Raises UnknownNameError when the model has no file of that dtype, or no such part.
        """
        dtype = self.resolve_dtype(dtype)
        if part is not None and part not in self.parts:
            raise UnknownNameError(f"part of model {self.id!r}", part, self.parts)
        file = self._file((self.dtypes if part is None else self.parts[part])[dtype])
        if file.local is not None:
            await asyncio.to_thread(_verify, file)
        return file

    def resolve_dtype(self, dtype: str | None = None, device: str = "auto") -> str:
        """The dtype that `onnx(dtype)` takes; the default is another one on some devices of some models."""
        default = (self.manifest.get("device_dtypes") or {}).get(device, self.default_dtype)
        chosen = str(default) if dtype in (None, "auto") else str(dtype)
        if chosen not in self.dtypes:
            raise UnknownNameError(f"dtype of model {self.id!r}", chosen, self.dtypes)
        return chosen

    def _file(self, path: str) -> ModelFile:
        if path not in self._files:
            raise UnknownNameError(f"file of model {self.id!r}", path, self._files)
        facts = self._files[path]
        local = None if self._directory is None else self._directory / path
        return ModelFile(self.id, path, int(facts["bytes"]), str(facts.get("sha256", "")), local)


async def open_model(model_id: str, *, models_dir: Path | str | None = None) -> ModelFolder:
    """Open a model folder.

    Args:
        model_id: name of the folder, such as `all-MiniLM-L6-v2` or `Xenova/all-MiniLM-L6-v2`; in the
            browser also `local/…`, a model of the visitor's own.
        models_dir: where the folders lie (CPython); see `find_models_dir` for the default.

    Raises UnknownNameError when there is no such model, ModelError when it is not built or broken.
    """
    if _platform.IN_PYODIDE:
        if isinstance(model_id, str) and model_id.startswith(LOCAL):
            return await _open_local(model_id)
        models = _platform.site_models()
        if model_id not in models:
            raise UnknownNameError("model", model_id, models)
        return ModelFolder(model_id, models[model_id], None)
    _check_id(model_id)
    root = find_models_dir(models_dir)
    directory = root / model_id
    if not directory.is_dir():
        if (root.parent.parent / "static" / "models" / model_id / "README.md").is_file():
            raise ModelError(f"The model {model_id!r} is not built.", hint="python build.py site builds it.")
        raise UnknownNameError("model", model_id, list_models(root), hint=f"Models are looked for in {root}.")
    return ModelFolder(model_id, await asyncio.to_thread(_manifest, model_id, directory), directory)


async def _open_local(model_id: str) -> ModelFolder:
    """A model of the visitor's own (Pyodide only)."""
    manifest = await _platform.local_model(model_id)
    if manifest is None:
        known = await _platform.local_models()
        hint = "Give the model's folder once more: what is not kept any more has to be imported again."
        raise UnknownNameError("model of your own", model_id, known, hint=hint)
    return ModelFolder(model_id, manifest, None)


def find_models_dir(models_dir: Path | str | None = None) -> Path:
    """The directory of the model folders: the argument, else the environment variable `WARDIAN_MODELS`, else
    the nearest `.build/models` above the working directory.

    Raises ModelError when there is none.
    """
    given = models_dir or os.environ.get("WARDIAN_MODELS")
    if given:
        root = Path(given)
        if not root.is_dir():
            raise ModelError("The directory of the models does not exist.", value=str(root))
        return root
    here = Path.cwd()
    for directory in (here, *here.parents):
        if (directory / ".build" / "models").is_dir():
            return directory / ".build" / "models"
    raise ModelError(
        "No directory of models was found.",
        expected="the argument models_dir, the environment variable WARDIAN_MODELS, or .build/models "
        "above the working directory",
        hint="python build.py site builds the models.",
    )


def list_models(root: Path) -> list[str]:
    """Ids of the model folders in a directory (also `organisation/name`)."""
    folders = (directory for pattern in ("*", "*/*") for directory in root.glob(pattern))
    return sorted(
        directory.relative_to(root).as_posix()
        for directory in folders
        if (directory / "manifest.json").is_file() or (directory / "onnx").is_dir()
    )


def _check_id(model_id: str) -> None:
    parts = PurePosixPath(model_id).parts if isinstance(model_id, str) else ()
    if not 1 <= len(parts) <= 2 or any(part in ("..", "/") or "\\" in part or "\0" in part for part in parts):
        raise InputError(
            "This is not the id of a model.", value=repr(model_id), expected="a name, or owner/name"
        )


def _manifest(model_id: str, directory: Path) -> dict[str, Any]:
    path = directory / "manifest.json"
    if not path.is_file():
        return _describe(model_id, directory)
    try:
        manifest = json.loads(path.read_bytes())
        complete = {"id", "dtypes", "default_dtype", "files"} <= set(manifest)
    except (ValueError, TypeError) as error:
        raise ModelError(f"manifest.json of model {model_id!r} is broken.", received=str(error)) from error
    if not complete:
        raise ModelError(f"manifest.json of model {model_id!r} lacks id, dtypes, default_dtype or files.")
    return dict(manifest)


def _describe(model_id: str, directory: Path) -> dict[str, Any]:
    """What a manifest would say of a folder that has none; hashes are unknown."""
    files = [
        {"path": path.relative_to(directory).as_posix(), "bytes": path.stat().st_size}
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    ]
    paths = {str(file["path"]) for file in files}
    found = {part: _dtypes_of(part, paths) for part in _FIRST + _PARTS}
    # Older exports of a decoder that stands alone have it under the name of one that does not.
    first = next((part for part in found if found[part]), "model")
    dtypes = found[first]
    parts = {part: found[part] for part in _PARTS if found[part]} if first == "encoder_model" else {}
    # A dtype is there when all parts have it.
    dtypes = {name: path for name, path in dtypes.items() if all(name in part for part in parts.values())}
    if not dtypes:
        raise ModelError(
            f"The folder of model {model_id!r} has no ONNX model.",
            value=str(directory),
            expected="onnx/model.onnx, or onnx/encoder_model.onnx and what belongs to it",
        )
    default = next(dtype for dtype in _PREFERENCE if dtype in dtypes)
    return {
        **({"parts": parts} if parts else {}),
        "id": model_id,
        "kind": "",
        "license": "",
        "default_dtype": default,
        "dtypes": dtypes,
        "files": files,
    }


def _dtypes_of(part: str, paths: set[str]) -> dict[str, str]:
    """Path by dtype of the files of one name."""
    found: dict[str, str] = {}
    for dtype, suffixes in _SUFFIXES.items():
        for path in (f"onnx/{part}{suffix}.onnx" for suffix in suffixes):
            if path in paths:
                found.setdefault(dtype, path)
    return found


def _read_verified(file: ModelFile) -> bytes:
    assert file.local is not None  # only called for local files
    content = _read(file)
    if file.sha256:
        _compare(file, hashlib.sha256(content).hexdigest())
    return content


def _read(file: ModelFile) -> bytes:
    try:
        return Path(str(file.local)).read_bytes()
    except OSError as error:
        raise ModelError(
            f"{file.path} of model {file.model_id!r} cannot be read.", received=error.strerror or str(error)
        ) from error


def _verify(file: ModelFile) -> None:
    """Compare a file with its hash, once per process and content."""
    if not file.sha256:
        return
    assert file.local is not None  # only called for local files
    try:
        stat = file.local.stat()
    except OSError as error:
        raise ModelError(
            f"{file.path} of model {file.model_id!r} cannot be read.", received=str(error)
        ) from error
    key = (str(file.local), stat.st_size, stat.st_mtime_ns)
    if key not in _verified:
        with file.local.open("rb") as stream:
            _verified[key] = hashlib.file_digest(stream, "sha256").hexdigest()
    _compare(file, _verified[key])


def _compare(file: ModelFile, found: str) -> None:
    if found != file.sha256:
        raise IntegrityError(
            f"{file.path} of model {file.model_id!r} is not the file that the manifest states.",
            value=str(file.local),
            expected=f"SHA-256 {file.sha256}",
            received=f"SHA-256 {found}",
            hint="Delete the folder and build the model again.",
        )
