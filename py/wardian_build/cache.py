"""Content-addressed storage under `.build/cache`, and hashes of files that are not computed twice.

A file enters the cache under a key made from everything it depends on, by a rename, so that an interrupted
build never leaves half a file behind.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from wardian_build import paths

__all__ = ["key_of", "made", "made_path", "place", "sha256", "sha256_of_file", "tree_key", "write"]


def sha256(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256.

    >>> sha256(b"")[:16]
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(data).hexdigest()


def key_of(*parts: object) -> str:
    """One key from several; the order counts and boundaries between parts do not blur.

    >>> key_of("ab", "c") == key_of("a", "bc")
    False
    """
    return sha256(json.dumps([str(part) for part in parts]).encode())


class _FileHashes:
    """SHA-256 by (path, size, modification time), kept between runs."""

    def __init__(self) -> None:
        self._path = paths.CACHE / "file-hashes.json"
        try:
            self._known: dict[str, list[object]] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            self._known = {}
        self._dirty = False
        atexit.register(self.save)

    def of(self, path: Path) -> str:
        status = path.stat()
        stamp: list[object] = [status.st_size, status.st_mtime_ns]
        entry = self._known.get(str(path))
        if entry is not None and entry[:2] == stamp:
            return str(entry[2])
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._known[str(path)] = [*stamp, digest]
        self._dirty = True
        return digest

    def save(self) -> None:
        if self._dirty and self._path.parent.is_dir():
            write(self._path, json.dumps(self._known).encode())
            self._dirty = False


_hashes: _FileHashes | None = None


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file; read again only when its size or modification time changed."""
    global _hashes
    if _hashes is None:
        _hashes = _FileHashes()
    return _hashes.of(path)


def tree_key(files: Iterable[Path], root: Path) -> str:
    """One key for many files: their paths relative to `root`, and their contents."""
    return key_of(*(f"{path.relative_to(root).as_posix()} {sha256_of_file(path)}" for path in sorted(files)))


def write(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    temporary.write_bytes(data)
    temporary.replace(path)
    return path


def place(source: Path, target: Path) -> None:
    """Put `source` at `target` if it is not there yet: a file of the cache by a hard link where possible.

    Other files are copied: a link to one of the working tree would change with it, under a name with a hash.
    """
    linked = source.is_relative_to(paths.BUILD)
    if target.exists():
        if target.samefile(source):
            there = linked
        else:
            same_size = target.stat().st_size == source.stat().st_size
            there = same_size and sha256_of_file(target) == sha256_of_file(source)
        if there:
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    if not (linked and _link(source, temporary)):
        shutil.copyfile(source, temporary)
    temporary.replace(target)


def _link(source: Path, target: Path) -> bool:
    """Whether the file system made a hard link."""
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def made(kind: str, key: str, make: Callable[[], bytes]) -> Path:
    """The file that `make` returns for `key`, made once."""
    path = made_path(kind, key)
    return path if path.exists() else write(path, make())


def made_path(kind: str, key: str) -> Path:
    """Where `made` keeps the file of a key."""
    return paths.CACHE / kind / key[:2] / key
