"""What several tests of conversion run converted models in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from wardian_build import vendor
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
