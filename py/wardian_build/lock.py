"""Pyodide's lock file: the official one as the proof of provenance, and the site's own, trimmed one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian_build import cache
from wardian_build.errors import BuildError, HashError
from wardian_build.runtimes import Artefact

__all__ = ["LockedWheel", "check_official", "entry_for", "read_lock", "write_lock"]


@dataclass(frozen=True)
class LockedWheel:
    """A wheel as Pyodide will load it: its entry of the lock (without file and hash) and the file."""

    entry: dict[str, Any]
    file_name: str
    """Relative to packageBaseUrl."""
    path: Path

    @property
    def name(self) -> str:
        return str(self.entry["name"])


def read_lock(path: Path) -> dict[str, Any]:
    lock = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(lock, dict) or not {"info", "packages"} <= lock.keys():
        raise BuildError(f"{path} is not a Pyodide lock file: it lacks 'info' or 'packages'")
    return lock


def check_official(artefact: Artefact, official: dict[str, Any]) -> dict[str, Any]:
    """The official lock's entry for a wheel, after checking that it is that very file.

    Raises HashError when the official lock states another hash, BuildError when it does not know the package.
    """
    entry = official["packages"].get(artefact.package)
    if entry is None:
        raise BuildError(f"the official pyodide-lock.json has no package {artefact.package!r}")
    if entry["sha256"] != artefact.sha256:
        raise HashError(
            f"{artefact.name} by the official pyodide-lock.json", entry["sha256"], artefact.sha256
        )
    if entry["file_name"] != artefact.name:
        raise BuildError(
            f"official lock: {artefact.package} is {entry['file_name']}, runtimes.toml says {artefact.name}"
        )
    # Pyodide keys `loadedPackages` by this name: not "Pillow" but the normalized one, the key in the lock.
    return {**entry, "name": artefact.package}


def entry_for(name: str, version: str, depends: Iterable[str], imports: Iterable[str]) -> dict[str, Any]:
    """An entry for a wheel that the official lock does not have."""
    return {
        "name": name, "version": version, "depends": sorted(depends), "imports": sorted(imports),
        "install_dir": "site", "package_type": "package", "unvendored_tests": False,
    }  # fmt: skip


def write_lock(official: dict[str, Any], wheels: Iterable[LockedWheel]) -> bytes:
    """A lock of these wheels alone, for the same interpreter as the official one.

    Raises BuildError when a wheel depends on one that is not there.
    """
    packages = {
        wheel.name: {**wheel.entry, "file_name": wheel.file_name, "sha256": cache.sha256_of_file(wheel.path)}
        for wheel in wheels
    }
    for name, entry in packages.items():
        missing = [other for other in entry["depends"] if other not in packages]
        if missing:
            raise BuildError(
                f"{name} depends on {', '.join(missing)}, which wasm/runtimes.toml does not name"
            )
    return json.dumps({"info": official["info"], "packages": packages}, sort_keys=True, indent=1).encode()
