"""Wheels of packages that PyPI has only with compiled speedups, though they run without: from single source
files.

The files are artefacts of the group "pure" in `wasm/runtimes.toml`, each with its hash; the same files give
the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wardian_build import cache, lock, vendor, wheel
from wardian_build.errors import BuildError
from wardian_build.runtimes import Artefact, Runtimes

__all__ = ["pure_wheels", "write_pure_wheel"]

TAG = "py3-none-any"


def pure_wheels(runtimes: Runtimes) -> list[tuple[dict[str, Any], Path, str]]:
    """(lock entry, file, file name) of the wheel of each package."""
    found = vendor.artefacts(runtimes.group("pure"), runtimes)
    wheels = []
    for package in dict.fromkeys(artefact.package for artefact in found):
        files = {artefact: path for artefact, path in found.items() if artefact.package == package}
        data = write_pure_wheel({artefact: path.read_bytes() for artefact, path in files.items()})
        made = cache.made("wheels", cache.sha256(data), lambda data=data: data)  # type: ignore[misc]
        first = next(iter(files))
        depends = {name for artefact in files for name in artefact.depends}
        entry = lock.entry_for(package, first.version, depends, imports(files))
        wheels.append((entry, made, f"{package}-{first.version}-{TAG}.whl"))
    return wheels


def write_pure_wheel(files: dict[Artefact, bytes]) -> bytes:
    """The files of one package as a wheel, with metadata that says no more than is known.

    Raises BuildError where they are not of one package and version, or nothing could be imported.
    """
    about = {(artefact.package, artefact.version, artefact.license) for artefact in files}
    if len(about) != 1 or not imports(files):
        raise BuildError(f"runtimes.toml: these make no wheel: {sorted(artefact.name for artefact in files)}")
    ((package, version, license),) = about
    info = f"{package}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: {package}\nVersion: {version}\nLicense-Expression: {license}\n"
    facts = f"Wheel-Version: 1.0\nGenerator: wardian_build\nRoot-Is-Purelib: true\nTag: {TAG}\n"
    entries = sorted((artefact.name, data) for artefact, data in files.items())
    entries += [(f"{info}/METADATA", metadata.encode()), (f"{info}/WHEEL", facts.encode())]
    return wheel.write_zip([*entries, (f"{info}/RECORD", wheel.record(entries, info))])


def imports(files: Iterable[Artefact]) -> list[str]:
    """The folders at the top that are packages."""
    return sorted(
        {name.partition("/")[0] for name in (one.name for one in files) if name.endswith("/__init__.py")}
    )
