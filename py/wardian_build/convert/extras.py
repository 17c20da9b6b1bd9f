"""Frameworks that some sources need: installed only when they are asked for, each into a place of its own.

The project's own environment stays light. An extra is an environment in the build's cache, named by the hash
of its pinned list (`requirements/convert-NAME.txt`); a script of `elsewhere/` runs in it, in a process of its
own, and answers with arrays and JSON. `--python` names another interpreter instead: the one in which a model
was made knows best how to open it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian_build import cache, locks, paths, process, progress
from wardian_build.convert.conversion import Options, writing
from wardian_build.errors import CommandError, ConversionError, UnsupportedError

__all__ = [
    "EXTRAS",
    "FRAMEWORKS",
    "WITH_DATA",
    "Answer",
    "Extra",
    "installed",
    "interpreter",
    "require_trust",
]
__all__ += ["run_script"]

#: Formats of sources for which there are extras, and those that take --data.
FRAMEWORKS = ("sklearn", "torch", "keras", "tflite", "tensorflow")
WITH_DATA = ("sklearn", "torch", "tensorflow")

_PIP_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_STAMP = "complete"
_SCRIPTS = "wardian_build.convert.elsewhere"


@dataclass(frozen=True)
class Extra:
    """`label` and `size` tell people what would be fetched; `size` is what it takes on disk, as measured."""

    name: str
    label: str
    size: str

    @property
    def requirements(self) -> Path:
        return paths.ROOT / "requirements" / f"convert-{self.name}.txt"

    @property
    def folder(self) -> Path:
        """The environment of this list and this version of Python."""
        key = cache.key_of(self.requirements.read_text("utf-8"), sys.version, sys.platform)
        return paths.CACHE / "extras" / f"{self.name}-{key[:16]}"

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


EXTRAS = {
    extra.name: extra
    for extra in (
        Extra("sklearn", "scikit-learn, SciPy, pandas and skl2onnx", "about 430 MB on disk"),
        Extra(
            "torch",
            "PyTorch and onnxscript",
            "about 1 GB on disk; 5 GB where PyPI's build brings CUDA's libraries, as it does on Linux",
        ),
        Extra("tflite", "LiteRT, the interpreter of TensorFlow Lite files", "about 165 MB on disk"),
        Extra("tensorflow", "TensorFlow and tf2onnx", "about 1.6 GB on disk"),
        Extra("keras", "h5py, which reads HDF5", "about 115 MB on disk"),
    )
}


def installed(extra: Extra) -> bool:
    return (extra.folder / _STAMP).is_file()


def require_trust(source: Path, what: str, options: Options) -> None:
    """Opening some sources runs code. Raises ConversionError unless the user said that it may run."""
    if not options.trust:
        raise ConversionError(
            source,
            f"is {what}: to open it is to run the code in it",
            expected="--trust, if you made it or trust who did",
            hint="Nothing of it was run.",
        )


def interpreter(extra: Extra, source: Path, options: Options) -> Path:
    """The Python that has the framework: the user's own, or the extra's, installed now with consent.

    Raises ConversionError when --python is no interpreter, UnsupportedError saying what would be fetched and
    with which option when nobody consented, CommandError when pip fails.
    """
    unknown = [name for name in options.extras if name not in EXTRAS]
    if unknown:
        raise ConversionError(
            f"--extra {unknown[0]}", "is not known", expected=f"some of {', '.join(EXTRAS)}"
        )
    if options.python is not None:
        if not options.python.is_file() or not os.access(options.python, os.X_OK):
            raise ConversionError(options.python, "is no Python", expected="--python PATH of an interpreter")
        # A script runs in a folder of its own; what links lead to is another environment.
        return options.python.absolute()
    if not installed(extra):
        if extra.name not in options.extras:
            remedy = (
                f"`--extra {extra.name}` fetches it from PyPI once ({extra.size}), into the build's cache, "
                "not into .venv; or `--python PATH` names an interpreter that has it"
            )
            raise UnsupportedError(source, [(f"{extra.label}, not installed here", remedy)])
        with locks.held(
            extra.folder.with_suffix(".lock"), f"[extra] another process installs {extra.name} …"
        ):
            if not installed(extra):
                _install(extra)
    return extra.python


def _install(extra: Extra) -> None:
    progress.say(f"[extra] {extra.label}: {extra.size}, into {extra.folder}")
    shutil.rmtree(extra.folder, ignore_errors=True)
    try:
        with writing(extra.folder):
            extra.folder.mkdir(parents=True)
        process.run([sys.executable, "-m", "venv", extra.folder], f"making an environment for {extra.name}")
        _pip(extra, extra.requirements)
        more = extra.requirements.with_name(f"convert-{extra.name}-cuda.txt")
        if more.is_file() and any(extra.folder.rglob("libtorch_cuda.so")):
            _pip(extra, more)
        (extra.folder / _STAMP).write_text("")
    except BaseException:
        shutil.rmtree(extra.folder, ignore_errors=True)
        raise


def _pip(extra: Extra, requirements: Path) -> None:
    """Pinned and hashed; what pip says of each download becomes our progress."""
    # The build's own pip, pinned: it reports progress in a form that can be read.
    command = [sys.executable, "-m", "pip", "--python", str(extra.python), "install"]
    command += ["--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--progress-bar=raw", "--requirement", str(requirements)]
    lines: list[str] = []
    bar = progress.Bytes(extra.name)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            moved = _PIP_PROGRESS.search(line)
            if moved:
                bar.update(int(moved[1]), int(moved[2]))
                continue
            lines.append(line)
            if line.lstrip().startswith("Downloading "):
                bar.finish()
                bar = progress.Bytes(line.split()[1].rpartition("/")[2])
    bar.finish()
    if pip.returncode != 0:
        raise CommandError(f"installing {requirements.name} with pip", pip.returncode, "".join(lines[-15:]))


@dataclass(frozen=True)
class Answer:
    """What a script answers: JSON, and the folder in which it may have left files."""

    table: dict[str, Any]
    folder: Path


@contextmanager
def run_script(
    python: Path,
    script: str,
    source: Path,
    request: Mapping[str, Any],
    files: Mapping[str, bytes] | None = None,
    package: str = _SCRIPTS,
    say: Callable[[str], None] | None = None,
) -> Iterator[Answer]:
    """Run a script of `elsewhere/`, or of another package; its folder is gone afterwards.

    `say` is told each line that the script prints, as it is printed.
    The script finds `request.json` and `files` in its folder and leaves `answer.json` there. Raises
    ConversionError naming the source for what the script says went wrong, or when it died.
    """
    with tempfile.TemporaryDirectory(prefix="wardian-convert-") as name:
        folder = Path(name)
        with writing(folder):
            (folder / "request.json").write_text(json.dumps({**request, "source": str(source.absolute())}))
            for path, content in (files or {}).items():
                (folder / path).write_bytes(content)
        # The packages around a script have nothing in their __init__, so that any Python can import it.
        command = [str(python), "-m", f"{package}.{script}", str(folder)]
        environment = {**os.environ, "PYTHONPATH": str(paths.PY)}
        errors = folder / "stderr.txt"
        with (
            errors.open("wb") as stderr,
            subprocess.Popen(
                command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
            ) as running,
        ):
            assert running.stdout is not None
            for line in running.stdout:
                if say is not None:
                    say(f"[{script}] {line.rstrip()}")
        answer = folder / "answer.json"
        if not answer.is_file():
            raise ConversionError(
                source,
                f"made {script} end without an answer (exit code {running.returncode})",
                received="\n".join(
                    line[:300] for line in errors.read_text("utf-8", "replace").strip().splitlines()[-8:]
                ),
                hint=f"It ran in {python}: that has to have the framework and NumPy.",
            )
        try:
            table = json.loads(answer.read_text("utf-8"))
        except ValueError as error:
            raise ConversionError(
                source, f"made {script} give an answer that is not JSON", received=str(error)[:200]
            ) from None
        if "error" in table:
            facts = {str(key): str(value)[:2000] for key, value in table["error"].items()}
            raise ConversionError(source, facts.pop("problem"), **facts)
        for line in table.get("warnings", []):
            progress.say(f"[convert] {str(line)[:300]}")
        yield Answer(table, folder)
