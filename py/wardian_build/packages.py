"""Python in the browser: core, wheels and lock file, as a site or a test distribution has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian_build import bytecode, cache, kernels, lock, pure_wheel, vendor, wheel
from wardian_build.runtimes import Artefact, Runtimes

__all__ = ["PythonParts", "site_python", "vendored_wheels", "wardian_wheel"]

OFFICIAL_LOCK = "pyodide-lock.json"


@dataclass(frozen=True)
class PythonParts:
    """`core` by file name, the wheels, and the bytes of their lock file."""

    core: dict[str, Path]
    wheels: list[lock.LockedWheel]
    lock: bytes


def site_python(runtimes: Runtimes, own_source: bool = False) -> PythonParts:
    """Everything as bytecode; each wheel under a folder that carries its hash.

    `own_source` leaves our own wheel as it is: rebuilt at once, and its tracebacks show lines.
    """
    core, official = core_files(runtimes)
    core = bytecode.compile_core(core)
    wheels = []
    for entry, path, name in [
        *vendored_wheels(runtimes, official),
        kernels.kernel_wheel(core),
        wardian_wheel(),
    ]:
        as_source = own_source and entry["name"] == "wardian"
        shipped = path if as_source else bytecode.compile_wheel(path, str(entry["name"]), core)
        folder = f"{entry['name']}-{cache.sha256_of_file(shipped)[:8]}"
        wheels.append(lock.LockedWheel(entry, f"{folder}/{name}", shipped))
    files = {name: path for name, path in core.items() if name != OFFICIAL_LOCK}
    return PythonParts(files, wheels, lock.write_lock(official, wheels))


def core_files(runtimes: Runtimes) -> tuple[dict[str, Path], dict[str, Any]]:
    """The core's files by name (the official lock file among them), and that lock read."""
    found = {
        artefact.name: path
        for artefact, path in vendor.artefacts(runtimes.group("pyodide"), runtimes).items()
    }
    return found, lock.read_lock(found[OFFICIAL_LOCK])


def vendored_wheels(runtimes: Runtimes, official: dict[str, Any]) -> list[tuple[dict[str, Any], Path, str]]:
    """(lock entry, file, file name) of each wheel of others; provenance checked against the official lock."""
    found = vendor.artefacts(runtimes.group("wheel"), runtimes)
    whole = [(_entry(artefact, official), path, artefact.name) for artefact, path in found.items()]
    return [*whole, *pure_wheel.pure_wheels(runtimes)]


def _entry(artefact: Artefact, official: dict[str, Any]) -> dict[str, Any]:
    if artefact.official:
        return lock.check_official(artefact, official)
    return lock.entry_for(artefact.package, artefact.version, artefact.depends, artefact.imports)


def wardian_wheel() -> tuple[dict[str, Any], Path, str]:
    """(lock entry, file, file name) of our own wheel."""
    data = wheel.write_wheel()
    path = cache.made("wheels", cache.sha256(data), lambda: data)
    version = str(wheel.project()["version"])
    return (
        lock.entry_for("wardian", version, ["numpy", kernels.DISTRIBUTION], ["wardian"]),
        path,
        wheel.wheel_name(),
    )
