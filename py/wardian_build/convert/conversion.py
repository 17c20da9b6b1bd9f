"""What a converter gives: the files of a model folder, and real inputs with the source's own answers to them.

A converter is a module with a function `convert(source: Source, options: Options) -> Conversion`; CONVERTERS
says which module reads which format. It writes nothing. `check.check` then runs what it made against the
reference, and only then `write_folder` writes the folder, all of it or nothing.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wardian.types import TensorSpec
from wardian_build.errors import ConversionError

__all__ = [
    "CONVERTERS",
    "DEFAULT_DTYPES",
    "DTYPE_FILES",
    "Arrays",
    "Content",
    "Conversion",
    "Options",
    "Part",
    "Reference",
    "onnx_path",
    "require_absent",
    "staged",
    "write_folder",
    "writing",
]

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

Content: TypeAlias = bytes | Path | tuple[NDArray[Any], ...]
"""A file's content: bytes; an existing file, to be copied; or arrays, written one after the other in
little-endian row-major order (weights of external data, which so need not be in memory at once)."""

#: Format of a source (`sources.FORMATS`) → module that converts it, imported when it is needed.
CONVERTERS: dict[str, str] = {
    "onnx": "wardian_build.convert.from_onnx",
    "huggingface-onnx": "wardian_build.convert.from_onnx",
    "huggingface": "wardian_build.convert.from_huggingface",
    "gguf": "wardian_build.convert.from_gguf",
    "ctranslate2": "wardian_build.convert.from_ctranslate2",
    "tfjs-graph": "wardian_build.convert.tfjs",
    "tfjs-layers": "wardian_build.convert.tfjs",
    "sklearn": "wardian_build.convert.sklearn",
    "torch": "wardian_build.convert.from_torch",
    "keras": "wardian_build.convert.keras",
    "tflite": "wardian_build.convert.tflite",
    "tensorflow": "wardian_build.convert.from_tensorflow",
}

#: The names of `onnx/model….onnx` by dtype: those that transformers.js asks for, and `wardian.hub` finds.
DTYPE_FILES = {"fp32": "", "fp16": "_fp16", "q8": "_quantized", "q4": "_q4", "q4f16": "_q4f16"}

DEFAULT_DTYPES = ("fp32", "q8")


def onnx_path(dtype: str, part: str = "model") -> str:
    """Where a model folder has the ONNX file of a dtype, or of one of its parts.

    >>> onnx_path("fp32"), onnx_path("q8", "encoder_model")
    ('onnx/model.onnx', 'onnx/encoder_model_quantized.onnx')
    """
    return f"onnx/{part}{DTYPE_FILES[dtype]}.onnx"


@dataclass(frozen=True)
class Options:
    """What the command line says beyond the source.

    `inputs` are (name in the source, wanted name and dimensions), `outputs` (name in the source, wanted
    name), see `interface.py`. A converter for which an option makes no sense refuses it by name.
    """

    kind: str | None = None
    dtypes: Sequence[str] = DEFAULT_DTYPES
    inputs: Sequence[tuple[str, TensorSpec]] = ()
    outputs: Sequence[tuple[str, str]] = ()
    opset: int | None = None
    reference: Path | None = None
    #: For sources that need a framework or run code, see `extras.py`.
    extras: Sequence[str] = ()
    python: Path | None = None
    trust: bool = False
    #: Real rows, texts or arrays to check with.
    data: Path | None = None


@dataclass(frozen=True)
class Reference:
    """Real inputs, and what the source computes from them.

    `inputs[i]` are feeds by the *converted* model's input names, `outputs[i]` the source's answers by the
    converted model's output names (all of them, or those that the source has). `outputs` is None where the
    source cannot be run here and nobody recorded its outputs; `made_by` then says so, in words for people:
    "native onnxruntime running the source", "outputs.npz, recorded by the user", "nothing: …".

    `tolerance` is the largest deviation of an fp32 model, relative to the larger of 1 and the output's
    largest value.
    """

    made_by: str
    inputs: Sequence[Arrays]
    outputs: Sequence[Arrays] | None
    tolerance: float = 1e-5


@dataclass(frozen=True)
class Part:
    """One ONNX file of a model that has several: its files by dtype, its tensors, what it is checked with."""

    dtypes: Mapping[str, str]
    inputs: Sequence[TensorSpec]
    outputs: Sequence[TensorSpec]
    reference: Reference


@dataclass(frozen=True)
class Conversion:
    """A model folder that is not written yet.

    `files` are contents by path inside the folder (Hugging Face's layout, POSIX separators); `dtypes` the
    ONNX file of each dtype, `fp32` first where there is one. `inputs` and `outputs` are the model's tensors.
    `reference` is what the check compares with; every dtype must agree with it within its tolerance, except
    those in `derived` (dtype → dtype that it was made from, with loss), which are compared with that one.
    `story` are sentences for the model card: what was converted, by what, what was left out.
    """

    kind: str
    files: Mapping[str, Content]
    dtypes: Mapping[str, str]
    default_dtype: str
    inputs: Sequence[TensorSpec]
    outputs: Sequence[TensorSpec]
    reference: Reference
    story: Sequence[str] = ()
    derived: Mapping[str, str] = field(default_factory=dict)
    license: str = ""
    #: Lengths of dimensions that a golden input cannot guess; goes onto the model card (`canary: {dims: …}`).
    canary_dims: Mapping[str, int] = field(default_factory=dict)
    #: The ONNX file that the fields above tell of, and the others of a model that has several, by their names
    #: in `onnx/` without dtype: `encoder_model` and `decoder_model_merged`.
    name: str = "model"
    others: Mapping[str, Part] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, Part]:
        """All ONNX files by name, the first one first."""
        first = Part(self.dtypes, self.inputs, self.outputs, self.reference)
        return {self.name: first, **self.others}


def write_folder(files: Mapping[str, Content], folder: Path) -> None:
    """Write a folder that does not exist yet: all files, or nothing. Raises ConversionError as `staged`."""
    with staged(files, folder):
        pass


@contextmanager
def staged(files: Mapping[str, Content], folder: Path) -> Iterator[Path]:
    """Write files into a temporary folder beside `folder`, and move it there with one rename when the block
    ends without an exception. Otherwise nothing is left.

    Yields the temporary folder, which has the name that `folder` has, so that it can be opened as a model of
    that id in its parent.

    Raises ConversionError when the folder exists, a path leads out of it, or the disk is full.
    """
    require_absent(folder)
    for path in files:
        parts = PurePosixPath(path)
        if parts.is_absolute() or ".." in parts.parts or "\\" in path or not parts.parts:
            raise ConversionError(path, "is not a path inside the model folder")
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside the folder's parent's content, but with a name that no search for models takes for one.
        around = Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=folder.parent))
    temporary = around / folder.name
    try:
        with writing(folder):
            temporary.mkdir()
            for path, content in files.items():
                _write(temporary / path, content)
        yield temporary
        with writing(folder):
            if folder.is_dir():
                folder.rmdir()
            temporary.rename(folder)
    finally:
        shutil.rmtree(around, ignore_errors=True)


def require_absent(folder: Path) -> None:
    """Raises ConversionError when there is something at a path; an empty folder is nothing."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConversionError(folder, "exists already", hint="Choose another name, or remove it first.")


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn what the file system says while something is written into a ConversionError."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise ConversionError(
            target,
            "cannot be written: the disk is full" if full else "cannot be written",
            received=str(error),
            hint="Nothing was kept of it.",
        ) from error


def _write(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        shutil.copyfile(content, path)
        return
    with path.open("wb") as file:
        if isinstance(content, bytes):
            file.write(content)
            return
        for array in content:
            file.write(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data)
