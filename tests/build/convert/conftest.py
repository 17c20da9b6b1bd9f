"""What several tests of conversion run converted models in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from wardian_build import cache, paths, vendor
from wardian_build.runtimes import read_runtimes


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """onnxruntime-web's files under their own names."""
    folder = tmp_path_factory.mktemp("ort")
    runtimes = read_runtimes()
    for artefact, path in vendor.artefacts(runtimes.group("ort"), runtimes).items():
        if "asyncify" not in artefact.name:
            shutil.copyfile(path, folder / artefact.name)
    return folder


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty build, so that models of tests do not get into the real one."""
    monkeypatch.setattr(paths, "MODELS", tmp_path / "build" / "models")
    monkeypatch.setattr(paths, "CACHE", tmp_path / "build" / "cache")
    monkeypatch.setattr(cache, "_hashes", None)
    return tmp_path / "build" / "models"
