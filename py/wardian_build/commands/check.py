"""Formatting, lint, types, import rules and doctests: what must hold before a commit, in under a minute."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from wardian_build import kernels, paths, process, progress
from wardian_build.commands.options import names

__all__ = ["CHECKS", "Check", "add_arguments", "run"]

PYTHON_SOURCES = ("build.py", "py", "tests")
TSC = str(paths.NODE_MODULES / "typescript" / "bin" / "tsc")


@dataclass(frozen=True)
class Check:
    """A command that succeeds when everything is well, and the command that mends what can be mended."""

    name: str
    command: tuple[str, ...]
    fix: tuple[str, ...] = ()


def checks() -> list[Check]:
    python = (sys.executable, "-m")
    pytest = (*python, "pytest", "-q", "-p", "no:cacheprovider")
    found = [
        Check(
            "format",
            (*python, "ruff", "format", "--check", "--quiet", *PYTHON_SOURCES),
            (*python, "ruff", "format", *PYTHON_SOURCES),
        ),
        Check(
            "lint",
            (*python, "ruff", "check", "--quiet", *PYTHON_SOURCES),
            (*python, "ruff", "check", "--fix", *PYTHON_SOURCES),
        ),
        Check("notice", (*python, "wardian_build.notice"), (*python, "wardian_build.notice", "--write")),
        Check("types", (*python, "mypy", "--strict", "py")),
        # The package's own doctests leave out the module that only Pyodide can import.
        Check(
            "doctests",
            (
                *pytest,
                "tests/test_doctests.py",
                "--doctest-modules",
                "py/wardian_build",
                "--ignore",
                NEEDS_TORCH,
            ),
        ),
        Check("rules", (*pytest, "tests/build/test_import_rules.py", "tests/build/test_repository.py")),
    ]
    configs = sorted(paths.ROOT.glob("tsconfig.*.json"))
    return found + [Check(config.name, (process.node(), TSC, "-p", str(config))) for config in configs]


#: Runs where PyTorch is, and cannot be imported here.
NEEDS_TORCH = "py/wardian_build/train/adapter_fit.py"

CHECKS = ("format", "lint", "notice", "types", "doctests", "rules", "tsconfig")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fix", action="store_true", help="first mend what can be mended: formatting, lint, NOTICE"
    )
    parser.add_argument("--only", type=names, metavar="NAME[,NAME]", help=f"some of {', '.join(CHECKS)}")


def run(arguments: argparse.Namespace) -> int:
    chosen = [
        check for check in checks() if not arguments.only or check.name.startswith(tuple(arguments.only))
    ]
    if arguments.fix:
        for check in chosen:
            if check.fix:
                subprocess.run(check.fix, cwd=paths.ROOT, check=False)
    kernels.install_host()  # which the doctests import
    began = time.monotonic()
    # Two at a time: the type checkers use one core each.
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(_run, chosen))
    failed = [check.name for check, passed in zip(chosen, results, strict=True) if not passed]
    verdict = f"failed: {', '.join(failed)}" if failed else "all passed"
    progress.say(f"[check] {len(chosen)} checks in {time.monotonic() - began:.1f} s, {verdict}")
    return 1 if failed or not chosen else 0


def _run(check: Check) -> bool:
    began = time.monotonic()
    done = subprocess.run(check.command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    passed = done.returncode == 0
    output = "" if passed else "\n" + (done.stdout + done.stderr).rstrip()
    progress.say(
        f"[check] {check.name}: {'ok' if passed else 'FAILED'} ({time.monotonic() - began:.1f} s){output}"
    )
    return passed
