"""Imports point one way only: the arrows of docs/architecture.md."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import wardian

PACKAGE = Path(wardian.__file__).parent

#: What each part may import of the package, besides itself. `_platform` is the seam that all may ask.
BASE = {"types", "errors", "_platform"}
TOOLS = {"tokenizers", "preprocessing", "postprocessing", "session", "hub"}
ALLOWED = {
    "errors": set(),
    "types": {"errors"},
    "_platform": {"errors", "types", "worker"},
    "hub": BASE,
    "session": BASE | {"hub"},
    "tokenizers": BASE,
    "preprocessing": BASE,
    "postprocessing": BASE,
    "pipelines": BASE | TOOLS,
    "payloads": BASE | TOOLS,
    "components": BASE | TOOLS | {"payloads"},
    "task": BASE | TOOLS | {"components", "pipelines"},
    "tasks": BASE | TOOLS | {"components", "pipelines", "task"},
    "worker": BASE | TOOLS | {"payloads", "components", "pipelines", "task", "tasks"},
    "__main__": BASE | TOOLS | {"components", "pipelines", "task", "tasks", "worker"},
    "__init__": {"errors", "pipelines"},
}

#: Modules outside the package that only some files may import.
GUARDED = {
    "js": {"_platform.py", "session/_web.py"},
    "pyodide": {"_platform.py", "session/_web.py"},
    "pyodide_js": {"_platform.py", "session/_web.py"},
    "wardian_bridge": {"_platform.py", "session/_web.py"},
    "onnxruntime": {"session/_native.py"},
}

#: Whatever a page must download first: anything else outside the standard library needs a reason.
OUTSIDE = {"numpy", "PIL", *GUARDED}

FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def imports(path: str) -> set[str]:
    """Full names of the modules that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "wardian" else {module}
    return found


def part_of(path: str) -> str:
    return path.split("/")[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES)
def test_arrows_point_one_way(path: str) -> None:
    part = part_of(path)
    assert part in ALLOWED, f"say in this test what {part} may import"
    for name in imports(path):
        if name.startswith("wardian."):
            target = name.split(".")[1]
            assert target == part or target in ALLOWED[part], f"{path} must not import {name}"


@pytest.mark.parametrize("path", FILES)
def test_platform_modules_stay_in_their_files(path: str) -> None:
    import sys

    for name in imports(path):
        top = name.split(".")[0]
        assert path in GUARDED.get(top, {path}), f"{path} must not import {top}"
        assert top in sys.stdlib_module_names or top == "wardian" or top in OUTSIDE, f"{path} imports {top}"


def test_there_are_files() -> None:
    assert len(FILES) > 30


def test_numpy_only_imports_stay_light() -> None:
    """Extracting features must not load Pillow: no module of it imports PIL at its top."""
    for path in FILES:
        for node in ast.parse((PACKAGE / path).read_text("utf-8")).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                )
                assert not any(name.split(".")[0] == "PIL" for name in names), path
