"""Imports point the way docs/architecture.md draws them; read from the sources, nothing is imported."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "py" / "wardian"
BUILD = ROOT / "py" / "wardian_build"

#: A module may import modules of its own layer and of those below (higher numbers), never of those above.
LAYERS = {
    "__main__": 0, "worker": 0, "_requests": 1, "__init__": 0,
    "tasks": 1,
    "task": 2, "components": 2, "payloads": 2, "pipelines": 2,
    "tokenizers": 3, "preprocessing": 3, "postprocessing": 3, "generation": 3, "session": 3, "hub": 3,
    "_platform": 4, "_wire": 4, "_reply": 5, "types": 5, "errors": 5,
}  # fmt: skip

JAVASCRIPT = {"js", "pyodide", "pyodide_js", "wardian_bridge"}
#: Modules that may know which interpreter runs them.
SEAMS = {"session/_web.py", "_platform.py"}
ALLOWED_THIRD_PARTY = {"numpy", "PIL", "onnxruntime", "pypdf", "wardian_kernels", "jinja2"} | JAVASCRIPT


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """(dotted module, whether it is only for type checkers) of each import of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in typing_only
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which layer they reach"
            assert node.module is not None
            names = (
                [f"wardian.{alias.name}" for alias in node.names]
                if node.module == "wardian"
                else [node.module]
            )
            for name in names:
                yield name, id(node) in typing_only


def layer_of(dotted: str) -> str:
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_no_arrow_points_upwards(module: str) -> None:
    own = Path(module).parts[0].removesuffix(".py")
    assert own in LAYERS, f"{own} has no layer: add it to docs/architecture.md and here"
    for dotted, typing_only in imports(PACKAGE / module):
        if dotted.split(".")[0] != "wardian" or typing_only:
            continue
        target = layer_of(dotted)
        if target not in LAYERS:  # a name of the package's face: `from wardian import pipeline`
            target = "__init__"
        # `_platform.serve` hands the protocol to JavaScript: it builds the worker, at the very top.
        if (module, target) == ("_platform.py", "worker"):
            continue
        assert LAYERS[own] <= LAYERS[target], f"{module} imports {dotted}, which is above it"


@pytest.mark.parametrize("module", MODULES)
def test_only_the_seams_know_the_interpreter(module: str) -> None:
    for dotted, typing_only in imports(PACKAGE / module):
        top = dotted.split(".")[0]
        assert typing_only or top not in JAVASCRIPT or module in SEAMS, f"{module} imports {dotted}"
        assert typing_only or top != "onnxruntime" or module == "session/_native.py", (
            f"{module} imports onnxruntime"
        )
        assert typing_only or top != "jinja2" or module.startswith("generation/templates/"), (
            f"{module} imports jinja2"
        )


@pytest.mark.parametrize("module", MODULES)
def test_the_package_needs_numpy_and_little_else(module: str) -> None:
    for dotted, _ in imports(PACKAGE / module):
        top = dotted.split(".")[0]
        assert top != "wardian_build", f"{module} imports the build"
        assert top in sys.stdlib_module_names | ALLOWED_THIRD_PARTY | {"wardian"}, (
            f"{module} imports {dotted}"
        )


def test_the_browser_threads_keep_apart() -> None:
    """A folder of app/ imports itself and shared/; the page may also use the API's own runtime."""
    allowed = {"page": {"page", "embed", "shared"}}
    app = ROOT / "app"
    for path in app.rglob("*.ts"):
        folder = path.relative_to(app).parts[0]
        for line in path.read_text(encoding="utf-8").splitlines():
            _, found, rest = line.partition(' from "')
            if found and rest.startswith("."):
                target = (path.parent / rest.split('"')[0]).resolve().relative_to(app).parts[0]
                assert target in allowed.get(folder, {folder, "shared"}), f"{path}: {line}"


def test_onnxruntime_web_is_loaded_by_the_engine_worker_alone() -> None:
    for path in (ROOT / "app").rglob("*.ts"):
        if path.relative_to(ROOT / "app").parts[0] != "engine_worker":
            assert 'from "onnxruntime' not in path.read_text(encoding="utf-8"), path


def test_the_build_is_importable_without_the_test_requirements() -> None:
    """`serve` and `site` install requirements/build.txt alone."""
    test_only = {"pytest", "playwright", "selenium", "tokenizers", "hypothesis", "mypy", "ruff", "regex"}
    for path in BUILD.rglob("*.py"):
        # build.py installs the test requirements for these.
        if "bench" in path.parts or path.match("parity/browser.py"):
            continue
        used = {dotted.split(".")[0] for dotted, _ in imports(path)}
        assert not used & test_only, f"{path} imports {used & test_only}"
