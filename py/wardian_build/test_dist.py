"""The Pyodide distribution for pytest-pyodide (`--dist-dir`): official files, pytest, our wheel as source.

Tests run against sources there, so that tracebacks show lines; that the site's bytecode works is what the
browser tests prove.
"""

from __future__ import annotations

from pathlib import Path

from wardian_build import kernels, lock, packages, paths, vendor
from wardian_build.runtimes import read_runtimes
from wardian_build.site_files import MARKER, SiteFiles

__all__ = ["build_test_dist"]


def build_test_dist(folder: Path | None = None) -> Path:
    """Write the distribution to `folder` (default `.build/test-dist`) and return it."""
    folder = folder or paths.TEST_DIST
    runtimes = read_runtimes()
    core, official = packages.core_files(runtimes)
    found = vendor.artefacts(runtimes.group("test"), runtimes)
    wheels = [
        *packages.vendored_wheels(runtimes, official),
        kernels.kernel_wheel(core),
        packages.wardian_wheel(),
    ]
    for artefact, path in found.items():
        entry = lock.entry_for(artefact.package, artefact.version, artefact.depends, artefact.imports)
        wheels.append((entry, path, artefact.name))
    files = SiteFiles()
    for name, path in core.items():
        files.add(name, path)
    locked = [lock.LockedWheel(entry, files.add(name, path), path) for entry, path, name in wheels]
    files.add(packages.OFFICIAL_LOCK, lock.write_lock(official, locked))
    files.add(MARKER, b"{}")
    files.write(folder)
    return folder
