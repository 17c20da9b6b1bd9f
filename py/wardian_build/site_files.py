"""The files of one site: collected first, then written, so that what is not part of it any more can go."""

from __future__ import annotations

import base64
from pathlib import Path

from wardian_build import cache
from wardian_build.errors import BuildError

__all__ = ["SiteFiles"]

MARKER = "site.json"
"""Tells a folder that we made from one that holds something else."""


class SiteFiles:
    """Paths of the site (relative, with slashes) and what is to lie there."""

    def __init__(self) -> None:
        self._files: dict[str, Path | bytes] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def add(self, path: str, content: Path | bytes) -> str:
        """Take a file into the site; returns its path."""
        self._files[path] = content
        return path

    def add_hashed(self, folder: str, name: str, content: Path | bytes) -> str:
        """Take a file under a name with its hash, and return the path: `static/style-1a2b3c4d.css`."""
        stem, dot, suffix = name.rpartition(".")
        return self.add(f"{folder}/{stem}-{self._digest(content)[:8]}{dot}{suffix}", content)

    def paths(self) -> list[str]:
        return sorted(self._files)

    def sha256(self, path: str) -> str:
        return self._digest(self._files[path])

    def integrity(self, path: str) -> str:
        """The hash as `fetch(url, {integrity})` wants it."""
        return "sha256-" + base64.b64encode(bytes.fromhex(self.sha256(path))).decode()

    def size(self, path: str) -> int:
        content = self._files[path]
        return len(content) if isinstance(content, bytes) else content.stat().st_size

    @staticmethod
    def _digest(content: Path | bytes) -> str:
        return cache.sha256(content) if isinstance(content, bytes) else cache.sha256_of_file(content)

    def write(self, folder: Path) -> None:
        """Make `folder` hold exactly these files; files that are there already are left alone.

        Raises BuildError when the folder holds something that is not a site of ours.
        """
        if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
            raise BuildError(f"{folder} is not empty and not a site made by this build; choose another --out")
        # The description of the site comes last: a page never sees one whose files are not there yet.
        order = sorted(self._files, key=lambda path: (path in (MARKER, "index.html", "sw.js"), path))
        for path in order:
            self._write(folder / path, self._files[path])
        keep = {folder / path for path in self._files} | {folder / f"{path}.br" for path in self._files}
        for existing in sorted(folder.rglob("*"), reverse=True):
            if existing.is_file() and existing not in keep:
                existing.unlink()
            elif existing.is_dir() and not any(existing.iterdir()):
                existing.rmdir()

    def _write(self, target: Path, content: Path | bytes) -> None:
        if isinstance(content, Path):
            changed = not target.exists() or cache.sha256_of_file(target) != cache.sha256_of_file(content)
            cache.place(content, target)
        else:
            changed = not target.exists() or target.read_bytes() != content
            if changed:
                cache.write(target, content)
        if changed:
            target.with_name(target.name + ".br").unlink(missing_ok=True)
