"""Rules about the repository itself that no tool checks."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE, LONGEST_FUNCTION = 350, 60
"""Where "most under 300 lines" and "most under 40" of the house style end."""


def tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


@pytest.mark.parametrize(
    "name",
    [
        "build",
        "test",
        "node",
        "convert-sklearn",
        "convert-torch",
        "convert-torch-cuda",
        "convert-keras",
        "convert-tflite",
        "convert-tensorflow",
    ],
)
def test_requirements_are_pinned_hashed_and_name_no_host(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", "\n".join(line for line in text.splitlines() if "# " not in line))
    packages = [block for block in blocks if "==" in block]
    assert packages and all(" --hash=sha256:" in block for block in packages)
    assert "://" not in text and "--index-url" not in text


def test_npm_packages_are_pinned_and_name_no_host() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["devDependencies"].values())
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock and "registry" not in lock
    entries = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in entries.values())


def test_no_registry_host_and_no_path_of_a_machine() -> None:
    found = re.compile(
        # In halves, so that this file does not hold what it forbids.
        r"pypi"
        r"\.org|python"
        r"hosted|npm"
        r"js\.|npm"
        r"mirror|js"
        r"delivr|unp"
        r"kg\.com"
        r"|/ho"
        r"me/\w+/|/ro"
        r"ot/|/wo"
        r"rk/"
    )
    for path in tracked(
        "*.py", "*.ts", "*.mjs", "*.js", "*.toml", "*.txt", "*.in", "*.json", "*.html", ".npmrc"
    ):
        text = path.read_text(encoding="utf-8")
        # Pyodide's home directory is a path inside the browser.
        match = found.search(text.replace("/home/pyodide/", ""))
        assert match is None, f"{path}: {match and match[0]}"


def test_files_and_functions_stay_readable() -> None:
    long: list[str] = []
    for path in tracked("py/*.py", "tests/*.py", "build.py"):
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        if path.is_relative_to(ROOT / "py") and text.count("\n") > LONGEST_FILE:
            long.append(f"{name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                length = node.end_lineno - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long.append(f"{name}: {node.name} has {length} lines")
    assert not long


def test_every_dependency_has_its_reason() -> None:
    """docs/architecture.md says why each is here."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").lower()
    wanted = list(json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"])
    for name in ("build", "test", "node"):
        lines = (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8").splitlines()
        wanted += [line.partition("==")[0] for line in lines if "==" in line]
    missing = [name for name in wanted if f"`{name.lower()}`" not in text]
    assert not missing, f"docs/architecture.md gives no reason for {missing}"
